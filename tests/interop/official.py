"""An official client as one side of a conversation: a process that takes and gives lines of JSON."""

import base64
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.interop import programs

_STOP_SECONDS = 15


class OfficialError(Exception):
    """What the official client raised."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(f"{error['type']}: {error['message']}")
        self.type: str = error["type"]
        self.message: str = error["message"]
        self.peers: list[str] = error["peers"]


class Official:
    """The official Node or Go client, connected with nothing but a bundle."""

    def __init__(self, client: str, bundle: Path, user: str, *, keyless: bool = False) -> None:
        flags = ["--keyless"] if keyless else []
        self._process = subprocess.Popen(
            [*programs.command(client, "client"), str(bundle), user, *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=_STOP_SECONDS)

    def transact(self, function: str, *arguments: bytes, **options: Any) -> bytes:
        return self._do("transact", **_call(function, arguments, **options))["result"]  # type: ignore[no-any-return]

    def query(self, function: str, *arguments: bytes, **options: Any) -> bytes:
        return self._do("query", **_call(function, arguments, **options))["result"]  # type: ignore[no-any-return]

    def proposal(self, function: str, *arguments: bytes, **options: Any) -> bytes:
        """Build a proposal and return its bytes, unsigned."""
        return self._do("proposal", **_call(function, arguments, **options))["bytes"]  # type: ignore[no-any-return]

    def sign(self, digest: bytes) -> bytes:
        return self._do("sign", digest=digest)["signature"]  # type: ignore[no-any-return]

    def evaluate(self, proposal: bytes) -> bytes:
        return self._do("evaluate", bytes=proposal)["result"]  # type: ignore[no-any-return]

    def endorse(self, proposal: bytes) -> bytes:
        """Have a proposal endorsed and return the transaction's bytes, unsigned."""
        return self._do("endorse", bytes=proposal)["bytes"]  # type: ignore[no-any-return]

    def submit(self, transaction: bytes) -> bytes:
        """Submit a transaction and return the bytes of the question for its outcome, unsigned."""
        return self._do("submit", bytes=transaction)["bytes"]  # type: ignore[no-any-return]

    def status(self, commit: bytes) -> dict[str, Any]:
        return self._do("status", bytes=commit)

    def events_request(self, kind: str, start_block: int) -> bytes:
        return self._do("eventsRequest", kind=kind, startBlock=start_block)["bytes"]  # type: ignore[no-any-return]

    def events(self, kind: str, request: bytes, count: int) -> list[dict[str, Any]]:
        """Return the first so many events that a request asks for."""
        return self._do("events", kind=kind, bytes=request, count=count)["events"]  # type: ignore[no-any-return]

    def _do(self, what: str, **fields: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": what} | fields, default=_base64) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise OfficialError(answer["error"])
        for name in ("bytes", "digest", "result", "signature"):
            if name in answer["ok"]:
                answer["ok"][name] = base64.b64decode(answer["ok"][name] or "")
        return answer["ok"]  # type: ignore[no-any-return]


def _call(
    function: str,
    arguments: Sequence[bytes],
    *,
    transient: Mapping[str, bytes] | None = None,
    organisations: Sequence[str] = (),
) -> dict[str, Any]:
    return {
        "function": function,
        "arguments": arguments,
        "transient": dict(transient or {}),
        "organisations": list(organisations),
    }


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
