"""The service as a process: it starts, serves, logs, and stops on SIGTERM."""

import asyncio
import json
import os
import signal
import socket
import sys
import urllib.request
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.support.loopback_peer import peer_of
from tests.support.scripted_peer import PACKAGE_ID
from tests.support.tls import Authority, Pair, write_pair
from tradelane.chaincode.service import EXIT_CANNOT_START
from tradelane.chaincode.shim.wire import Kind

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


@asynccontextmanager
async def service(module: str = "tests.support.semantics_chaincode", **environment: str) -> AsyncIterator[Process]:
    """Start a chaincode as its own process, without TLS unless told otherwise."""
    variables = {**os.environ, "CHAINCODE_ID": PACKAGE_ID, "CHAINCODE_TLS_DISABLED": "true", **environment}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, cwd=ROOT, env=variables, stderr=PIPE)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _line(process: Process) -> dict[str, Any]:
    assert process.stderr is not None
    line: dict[str, Any] = json.loads(await process.stderr.readline())
    return line


async def _started(process: Process) -> dict[str, Any]:
    """Skip what is said before, and return the line which names the port."""
    while (line := await _line(process))["message"] != "serving":
        pass
    return line


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_serves_and_stops_when_told_to(number: signal.Signals) -> None:
    async with service(CHAINCODE_SERVER_ADDRESS="127.0.0.1:0") as process:
        started = await _started(process)
        async with peer_of(started["port"], None) as peer:
            await peer.register()
            await peer.invoke(b"run", b'[["caller"], ["transient"]]')
            assert json.loads((await peer.completed()).payload) == ["HongKongMSP", {}]
            process.send_signal(number)
            await peer.expect_end()
        assert process.stderr is not None
        rest = [json.loads(line) for line in (await process.stderr.read()).splitlines()]
        assert [line["message"] for line in rest] == ["registered with a peer", "stopping", "stream ended"]
        assert await process.wait() == 0


async def test_it_may_be_told_to_stop_as_soon_as_it_serves() -> None:
    async with service(CHAINCODE_SERVER_ADDRESS="127.0.0.1:0") as process:
        await _started(process)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


@pytest.mark.parametrize("function", [b"sleep", b"spin"])
async def test_a_chaincode_that_will_not_end_does_not_keep_it_from_stopping(function: bytes) -> None:
    where = {"CHAINCODE_SERVER_ADDRESS": "127.0.0.1:0", "CHAINCODE_DRAIN_SECONDS": "0"}
    async with service("tests.support.stubborn_chaincode", **where) as process:
        started = await _started(process)
        async with peer_of(started["port"], None) as peer:
            await peer.register()
            await peer.invoke(function)
            await peer.answer(Kind.GET_STATE)
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
        assert process.stderr is not None
        lines = [json.loads(line) for line in (await process.stderr.read()).splitlines()]
    (last,) = [line["message"] for line in lines if line["level"] == "critical"]
    assert last.startswith("the chaincode did not end when it was cancelled")


@pytest.fixture
def authority() -> Authority:
    return Authority("tls-ca")


@pytest.fixture
def tls(authority: Authority, tmp_path: Path) -> dict[str, str]:
    """The environment of a service with TLS."""
    key, certificate = write_pair(authority.issue(), tmp_path, "server")
    client_ca = tmp_path / "ca.pem"
    client_ca.write_bytes(authority.certificate)
    return {
        "CHAINCODE_SERVER_ADDRESS": "127.0.0.1:0",
        "CHAINCODE_TLS_DISABLED": "",
        "CHAINCODE_TLS_KEY": str(key),
        "CHAINCODE_TLS_CERT": str(certificate),
        "CHAINCODE_CLIENT_CA_CERT": str(client_ca),
    }


WRONG_PEERS: dict[str, tuple[Callable[[Authority], tuple[bytes | None, Pair | None]], str]] = {
    "plain text": (lambda _: (None, None), "a peer spoke plain text, but this service wants TLS: set tls_required"),
    "no certificate": (lambda own: (own.certificate, None), "a peer showed no certificate"),
    "another root": (
        lambda own: (Authority("other").certificate, own.issue()),
        "a peer left during the TLS handshake, as some do that do not trust this service's certificate",
    ),
    "a foreign certificate": (
        lambda own: (own.certificate, Authority("foreign").issue()),
        "a peer showed a certificate which CHAINCODE_CLIENT_CA_CERT does not cover",
    ),
}


@pytest.mark.parametrize(("wrong", "reason"), WRONG_PEERS.values(), ids=WRONG_PEERS)
async def test_a_failed_handshake_is_one_line_that_says_what_to_check(
    wrong: Callable[[Authority], tuple[bytes | None, Pair | None]],
    reason: str,
    authority: Authority,
    tls: dict[str, str],
) -> None:
    async with service(**tls) as process:
        started = await _started(process)
        root, client = wrong(authority)
        async with peer_of(started["port"], root, client) as peer:
            with pytest.raises(grpc.aio.AioRpcError):
                await peer.receive()
        line = await _line(process)
    assert (line["logger"], line["level"]) == ("tradelane.chaincode.shim.rpc.listener", "warning")
    assert line["message"].startswith(reason)
    assert line["peer"].startswith("127.0.0.1:")
    assert line["cause"]


async def test_a_peer_with_tls_at_a_service_without_is_told_of(authority: Authority) -> None:
    async with service(CHAINCODE_SERVER_ADDRESS="127.0.0.1:0") as process:
        warning, started = await _line(process), await _line(process)
        assert warning["message"].startswith("TLS is off")
        assert "tls_required" in warning["message"]
        async with peer_of(started["port"], authority.certificate, authority.issue()) as peer:
            with pytest.raises(grpc.aio.AioRpcError, match="WRONG_VERSION_NUMBER"):
                await peer.receive()
        line = await _line(process)
    assert line["level"] == "warning"
    assert line["message"].startswith("a peer spoke TLS, but this service speaks plain text")


async def test_a_browser_is_told_what_this_is() -> None:
    async with service(CHAINCODE_SERVER_ADDRESS="127.0.0.1:0") as process:
        started = await _started(process)
        reader, writer = await asyncio.open_connection("127.0.0.1", started["port"])
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await reader.read()
        writer.close()
        assert (await _line(process))["message"].startswith("a connection that does not speak HTTP/2")


async def test_metrics_are_served_where_the_environment_says() -> None:
    async with service(CHAINCODE_SERVER_ADDRESS="127.0.0.1:0", CHAINCODE_METRICS_ADDRESS="127.0.0.1:0") as process:
        metrics = await _line(process)
        assert metrics["message"] == "serving metrics"
        url = f"http://127.0.0.1:{metrics['port']}/metrics"
        text = await asyncio.to_thread(lambda: urllib.request.urlopen(url).read().decode())
        assert "chaincode_open_streams 0.0" in text


async def test_a_taken_address_is_one_sentence() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        async with service(CHAINCODE_SERVER_ADDRESS=address) as process:
            assert f"cannot listen on {address}: the address is taken" in await _last_words(process)


async def test_a_missing_variable_is_one_sentence() -> None:
    async with service(CHAINCODE_SERVER_ADDRESS="") as process:
        assert "CHAINCODE_SERVER_ADDRESS is not set: it must be host:port" in await _last_words(process)


async def _last_words(process: Process) -> str:
    """Return why the service could not start."""
    assert process.stderr is not None
    lines = [json.loads(line) for line in (await process.stderr.read()).splitlines()]
    assert await process.wait() == EXIT_CANNOT_START
    (reason,) = [line["message"] for line in lines if line["level"] == "critical"]
    return str(reason)
