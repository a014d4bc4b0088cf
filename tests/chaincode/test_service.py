"""The service as a process: it starts, serves, logs, and stops on SIGTERM."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.loopback_peer import peer_of
from tests.support.scripted_peer import PACKAGE_ID
from tradelane.chaincode.service import EXIT_CANNOT_START

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 30


@asynccontextmanager
async def service(**environment: str) -> AsyncIterator[Process]:
    """Start the semantics chaincode as its own process, without TLS."""
    variables = {**os.environ, "CHAINCODE_ID": PACKAGE_ID, "CHAINCODE_TLS_DISABLED": "true", **environment}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.semantics_chaincode", cwd=ROOT, env=variables, stderr=PIPE
    )
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


async def test_a_taken_address_is_one_sentence() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        async with service(CHAINCODE_SERVER_ADDRESS=address) as process:
            assert f"cannot listen on {address}: the address is taken" in await _last_words(process)


async def test_a_missing_variable_is_one_sentence() -> None:
    async with service(CHAINCODE_SERVER_ADDRESS="") as process:
        assert "CHAINCODE_SERVER_ADDRESS is not set: it must be host:port" in await _last_words(process)


async def _last_words(process: Process) -> str:
    """Return why the service could not start; gRPC's own library may say something too."""
    assert process.stderr is not None
    lines = [json.loads(line) for line in (await process.stderr.read()).splitlines()]
    assert await process.wait() == EXIT_CANNOT_START
    (reason,) = [line["message"] for line in lines if line["level"] == "critical"]
    return str(reason)
