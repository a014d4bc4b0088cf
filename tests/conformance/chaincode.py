"""The Python half of the conformance suite: it does the steps it is told, as the Go program beside it does.

Function `run` takes a JSON list of steps, each a list of a name and its arguments, and answers with the JSON list of
what each returned: {"ok": [result]}, or {"refused": "local"} where the shim refused by itself, or {"refused": "peer",
"text": what the peer said}. Bytes are base64.

As a service it takes the environment of TradeLane's own: `python -m tests.conformance.chaincode`.
"""

import base64
import json
import os
import sys
from typing import Any

from tests.conformance.steps import STEPS, Answered
from tradelane.chaincode.service import run
from tradelane.chaincode.shim.errors import LocalError, RequestRefused
from tradelane.chaincode.shim.interface import Response, Stub


class ConformanceChaincode:
    """Does what it is told."""

    async def invoke(self, stub: Stub) -> Response:
        if len(stub.args) < 2 or stub.args[0] != b"run":
            return Response(404, "no such function")
        try:
            steps = json.loads(stub.args[1])
        except ValueError:
            return Response(400, "the steps are not JSON")
        try:
            outcomes = [await do(stub, step) for step in steps]
        except Answered as answered:
            return answered.response
        return Response(200, payload=encode(outcomes))


async def do(stub: Stub, step: list[Any]) -> dict[str, Any]:
    name, *arguments = step
    if name == "Batch":
        return await _batch(stub, arguments[0])
    try:
        return {"ok": [_plain(await STEPS[name](stub, *arguments))]}
    except LocalError:
        return {"refused": "local"}
    except RequestRefused as error:
        return {"refused": "peer", "text": str(error)}


async def _batch(stub: Stub, steps: list[list[Any]]) -> dict[str, Any]:
    """Do steps within a write batch; one that the peer refuses ends the invocation, so nothing is caught here."""
    async with stub.write_batch():
        outcomes = [await do(stub, step) for step in steps]
    return {"ok": [outcomes]}


def encode(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> Any:
    """Return a result as JSON has it, with bytes as base64."""
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case list() | tuple():
            return [_plain(each) for each in value]
        case dict():
            return {name: _plain(each) for name, each in sorted(value.items())}
        case _:
            return value


if __name__ == "__main__":
    sys.exit(run(os.environ, ConformanceChaincode()))
