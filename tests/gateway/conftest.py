"""One loopback gateway peer per test, a profile directory for it, and both clients behind one face."""

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.loopback_gateway import LoopbackGateway, Script
from tests.support.pki import Authority, Pair
from tradelane.gateway import aio, client
from tradelane.gateway.retry import RetryPolicy
from tradelane.gateway.session import Deadlines

MSP = "ShanghaiMSP"
SERVER_NAME = "peer0.shanghai.tradelane.example"
USER = "exporter"
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
            if inspect.isasyncgen(result):
                return self._each(result)
            return self._runner.run(result) if inspect.iscoroutine(result) else result

        return call

    def _each(self, events: Any) -> Iterator[Any]:
        async def following() -> Any:
            return await anext(events, None)

        try:
            while (event := self._runner.run(following())) is not None:
                yield event
        finally:
            self._runner.run(events.aclose())


Connect = Callable[..., Any]


@pytest.fixture(params=["sync", "asyncio"])
def connect(request: pytest.FixtureRequest, profile: Path) -> Iterator[Connect]:
    """Connects a client, of either kind."""
    opened: list[Any] = []
    if request.param == "sync":

        def open_sync(deadlines: Deadlines | None = None, retry: RetryPolicy = AT_ONCE) -> Any:
            gateway = client.connect(profile, USER, deadlines=deadlines, retry=retry)
            opened.append(gateway)
            return gateway

        yield open_sync
        for one in opened:
            one.close()
        return
    with asyncio.Runner() as runner:

        async def connecting(deadlines: Deadlines | None, retry: RetryPolicy) -> aio.Gateway:
            return aio.connect(profile, USER, deadlines=deadlines, retry=retry)

        def open_aio(deadlines: Deadlines | None = None, retry: RetryPolicy = AT_ONCE) -> Any:
            gateway = runner.run(connecting(deadlines, retry))
            opened.append(gateway)
            return Waiting(runner, gateway)

        yield open_aio
        for one in opened:
            runner.run(one.close())


@pytest.fixture
def gateway(connect: Connect) -> Any:
    return connect()
