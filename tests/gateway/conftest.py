"""One loopback gateway peer per test, a profile directory for it, and both clients behind one face."""

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.contracts import Contracts
from tests.support.loopback_gateway import LoopbackGateway, Script
from tests.support.pki import Authority, Pair
from tradelane.gateway import aio, client
from tradelane.gateway.cli import root as cli
from tradelane.gateway.retry import RetryPolicy
from tradelane.gateway.session import Deadlines

MSP = "ShanghaiMSP"
SERVER_NAME = "peer0.shanghai.tradelane.example"
USER = "exporter"
AS = ("--as", f"{USER}@shanghai")
AT_ONCE = RetryPolicy(first_pause_seconds=0)
"""Tries again as by default, but without a pause."""


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority("ca.shanghai.tradelane.example")


@pytest.fixture(scope="session")
def signer(authority: Authority) -> Pair:
    return authority.issue("exporter")


@pytest.fixture(scope="session")
def tls_pairs(authority: Authority) -> tuple[Pair, Pair]:
    """The server's and the client's."""
    return authority.issue(SERVER_NAME), authority.issue("client")


@pytest.fixture
def peer(authority: Authority, tls_pairs: tuple[Pair, Pair]) -> Iterator[LoopbackGateway]:
    gateway = LoopbackGateway(tls_pairs[0], authority.root.certificate_pem)
    yield gateway
    gateway.stop()


@pytest.fixture
def script(peer: LoopbackGateway) -> Script:
    return peer.script


def write_profile(directory: Path, endpoint: str, authority: Authority, signer: Pair, tls: Pair) -> Path:
    home = directory / "users" / USER
    home.mkdir(parents=True)
    profile = {
        "version": 1,
        "organisation": "shanghai",
        "mspId": MSP,
        "channel": "trade",
        "chaincode": "tradelane",
        "peers": [{"endpoint": endpoint, "serverName": SERVER_NAME}],
        "tlsRoots": "tls-roots.pem",
    }
    (directory / "profile.json").write_text(json.dumps(profile))
    (directory / "tls-roots.pem").write_bytes(authority.root.certificate_pem)
    (home / "user.json").write_text(json.dumps({"name": USER, "partyId": "shexporter", "role": "signer"}))
    for name, pair in (("", signer), ("tls-", tls)):
        (home / f"{name}cert.pem").write_bytes(pair.certificate_pem)
        (home / f"{name}key.pem").touch(mode=0o600)
        (home / f"{name}key.pem").write_bytes(pair.key_pem)
    return directory


@pytest.fixture
def profile(
    tmp_path: Path, peer: LoopbackGateway, authority: Authority, signer: Pair, tls_pairs: tuple[Pair, Pair]
) -> Path:
    """The profile directory of organisation `shanghai` below a TRADELANE_HOME."""
    return write_profile(tmp_path / "profiles" / "shanghai", peer.endpoint, authority, signer, tls_pairs[1])


class Waiting:
    """An asyncio client whose coroutines are waited for, so that one test serves both clients."""

    def __init__(self, runner: asyncio.Runner, gateway: Any) -> None:
        self._runner, self._gateway = runner, gateway

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._gateway, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            result = found(*args, **kwargs)
            if hasattr(result, "__anext__"):
                return WaitingEvents(self._runner, result)
            return self._runner.run(result) if inspect.iscoroutine(result) else result

        return call if callable(found) else found


class WaitingEvents:
    """The asyncio client's events, waited for."""

    def __init__(self, runner: asyncio.Runner, events: Any) -> None:
        self._runner, self._events = runner, events

    def __enter__(self) -> "WaitingEvents":
        self._runner.run(self._events.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> "WaitingEvents":
        return self

    def __next__(self) -> Any:
        try:
            return self._runner.run(self._events.__anext__())
        except StopAsyncIteration:
            raise StopIteration from None

    def next(self, timeout_seconds: float | None = None) -> Any:
        try:
            return self._runner.run(self._events.next(timeout_seconds))
        except StopAsyncIteration:
            raise StopIteration from None

    def close(self) -> None:
        self._runner.run(self._events.close())


Connect = Callable[..., Any]


@pytest.fixture(params=["sync", "asyncio"])
def connect(request: pytest.FixtureRequest, profile: Path) -> Iterator[Connect]:
    """Connects a client, of either kind."""
    opened: list[Any] = []
    if request.param == "sync":

        def open_sync(
            deadlines: Deadlines | None = None, retry: RetryPolicy = AT_ONCE, *, offline: bool = False
        ) -> Any:
            gateway = client.connect(profile, USER, deadlines=deadlines, retry=retry, offline=offline)
            opened.append(gateway)
            return gateway

        yield open_sync
        for one in opened:
            one.close()
        return
    with asyncio.Runner() as runner:

        async def connecting(deadlines: Deadlines | None, retry: RetryPolicy, offline: bool) -> aio.Gateway:
            return aio.connect(profile, USER, deadlines=deadlines, retry=retry, offline=offline)

        def open_aio(deadlines: Deadlines | None = None, retry: RetryPolicy = AT_ONCE, *, offline: bool = False) -> Any:
            gateway = runner.run(connecting(deadlines, retry, offline))
            opened.append(gateway)
            return Waiting(runner, gateway)

        yield open_aio
        for one in opened:
            runner.run(one.close())


@pytest.fixture
def gateway(connect: Connect) -> Any:
    return connect()


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def contracts(script: Script) -> Contracts:
    script.chaincode = found = Contracts()
    return found


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command without a network: exit status, stdout, stderr."""
    monkeypatch.setenv("TRADELANE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("TRADELANE_DEBUG", "TRADELANE_AS", "TRADELANE_PROFILE", "TRADELANE_LOG"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> tuple[int, str, str]:
        status = cli.run(arguments)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the command give a step a third of a second, for tests in which nobody will answer."""
    short = Deadlines(evaluate_seconds=0.3, endorse_seconds=0.3, submit_seconds=0.3, commit_status_seconds=0.3)
    monkeypatch.setattr("tradelane.gateway.session.Deadlines", lambda: short)


@pytest.fixture
def act(run: Run, profile: Path, contracts: Contracts) -> Run:
    """Runs a command as the exporter, against scripted contracts."""
    return lambda *arguments: run(*AS, *arguments)
