"""What the operator is told when a peer does not register the chaincode (fabric.md 2.3, rule 5)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.loopback_peer import peer_of
from tests.support.scripted_peer import PACKAGE_ID, Function, Pipe, ScriptedPeer, serve
from tradelane.chaincode.shim.handler import Handler
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.observer import Observer
from tradelane.chaincode.shim.registration import Registration
from tradelane.chaincode.shim.server import ServerOptions, serving
from tradelane.chaincode.shim.wire import Kind

SILENCE = "the peer does not answer the registration"
END = "the peer ended the stream without registering the chaincode"


async def nothing(_: Stub) -> Response:
    return Response(200)


@asynccontextmanager
async def watched(seconds: float, end_seconds: float) -> AsyncIterator[tuple[ScriptedPeer, Registration]]:
    pipe = Pipe()
    handler = Handler(PACKAGE_ID, Function(nothing), pipe)
    registration = Registration(handler, {"package": PACKAGE_ID}, seconds, end_seconds)
    running = asyncio.create_task(serve(handler, pipe))
    running.add_done_callback(lambda _: pipe.close())
    watch = asyncio.create_task(registration.watch())
    yield ScriptedPeer(pipe.other), registration
    pipe.other.close()
    await running
    watch.cancel()


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [message.partition(".")[0] for message in caplog.messages if "CHAINCODE_ID" in message]


async def test_silence_is_told_once_and_ends_the_stream_at_last(caplog: pytest.LogCaptureFixture) -> None:
    async with watched(0.01, 0.02) as (peer, registration):
        await peer.expect(Kind.REGISTER)
        await peer.expect_end()
        registration.ended()
    assert told(caplog) == [SILENCE]
    assert "queryinstalled" in caplog.text
    assert "duplicate chaincodeID" in caplog.text


async def test_a_peer_that_registers_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    async with watched(0.01, 0.02) as (peer, registration):
        await peer.register()
        await peer.expect_nothing()
        await registration.watch()
        await peer.expect_nothing()
        registration.ended()
    assert told(caplog) == []


async def test_a_real_peer_that_hangs_up_instead_of_registering_is_told(caplog: pytest.LogCaptureFixture) -> None:
    closed = asyncio.Event()

    class Listener(Observer):
        def stream_closed(self) -> None:
            closed.set()

    async with serving(ServerOptions(PACKAGE_ID, "127.0.0.1:0", tls=None), Function(nothing), Listener()) as server:
        async with peer_of(server.port, None) as peer:
            await peer.expect(Kind.REGISTER)
        async with asyncio.timeout(10):
            await closed.wait()
    assert told(caplog) == [END]
    (record,) = [each for each in caplog.records if each.getMessage().startswith(END)]
    assert vars(record)["package"] == PACKAGE_ID
    assert vars(record)["peer"].startswith("127.0.0.1:")


async def test_a_server_that_is_stopped_blames_no_peer(caplog: pytest.LogCaptureFixture) -> None:
    async with (
        serving(ServerOptions(PACKAGE_ID, "127.0.0.1:0", tls=None), Function(nothing)) as server,
        peer_of(server.port, None) as peer,
    ):
        await peer.expect(Kind.REGISTER)
        await server.stop()
    assert told(caplog) == []
