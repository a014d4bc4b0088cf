"""A caller's gRPC channel and our own connection are one to a gateway: the same answers, failures and ends."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio
import pytest

from tests.gateway.wire.conftest import NAME, secured
from tests.support.grpc_server import COUNT, ECHO, ENDLESS, FAIL, HANG, GrpcServer
from tests.support.waiting import until
from tradelane.gateway import aio, errors, transport
from tradelane.gateway.errors import PeerDetail
from tradelane.gateway.identity import Identity
from tradelane.gateway.profile import TlsMaterial
from tradelane.gateway.rpc import Failure
from tradelane.gateway.wire.channel import ChannelTransport
from tradelane.gateway.wire.connection import Connection
from tradelane.gateway.wire.transports import Transport

LONG = 60.0


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Any:
    """gRPC's library does its own waiting, whatever the loop."""
    return {"asyncio": asyncio.SelectorEventLoop}


@pytest.fixture(params=["own", "gRPC's"])
async def way(request: pytest.FixtureRequest, server: GrpcServer, material: TlsMaterial) -> AsyncIterator[Transport]:
    way: Transport
    if request.param == "own":
        way = secured(server.endpoint, material)
    else:
        options = [("grpc.ssl_target_name_override", NAME)]
        credentials = transport.credentials(material)
        way = ChannelTransport(grpc.aio.secure_channel(server.endpoint, credentials, options=options))
    yield way
    await way.close()


async def test_calls_and_their_failures(way: Transport) -> None:
    assert await way.unary(ECHO, b"request", LONG) == b"request"
    assert await way.unary(FAIL, b"5 words", LONG) == Failure(
        "NOT_FOUND", "words", (PeerDetail("peer:1", "MSP", "words"),)
    )
    assert await way.unary(HANG, b"", 0.05) == Failure("DEADLINE_EXCEEDED", "Deadline Exceeded")


async def test_streams_and_their_ends(way: Transport) -> None:
    stream = way.stream(COUNT, b"2 10")
    assert [len(found) for _ in range(2) if isinstance(found := await stream.receive(), bytes)] == [10, 10]
    assert await stream.receive() == Failure("UNAVAILABLE", "the peer ended the stream")
    found = await way.stream("/test.Test/Nothing", b"").receive()
    assert isinstance(found, Failure)
    assert found.status == "UNIMPLEMENTED"
    endless = way.stream(ENDLESS, b"first")
    assert await endless.receive() == b"first"
    endless.cancel()


async def test_closing_ends_a_call_under_way_and_refuses_later_ones(way: Transport, server: GrpcServer) -> None:
    call = asyncio.create_task(way.unary(HANG, b"", LONG))
    await asyncio.to_thread(until, lambda: server.heard.under_way)
    await way.close()
    assert await call == Failure("CANCELLED", "Channel closed!")
    with pytest.raises(errors.InputError) as caught:
        await way.unary(ECHO, b"", LONG)
    assert caught.value.code == "GATEWAY_CLOSED"
    with pytest.raises(errors.InputError, match="is closed"):
        way.stream(COUNT, b"1 4")


async def test_a_task_that_is_cancelled_is(way: Transport, server: GrpcServer) -> None:
    call = asyncio.create_task(way.unary(HANG, b"", LONG))
    await asyncio.to_thread(until, lambda: server.heard.under_way)
    call.cancel()
    await asyncio.wait([call])
    assert call.cancelled()


async def test_one_connection_serves_many_gateways_and_stays_open(
    server: GrpcServer, material: TlsMaterial, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity = Identity.load("ShanghaiMSP", material.certificate, material.key)
    async with secured(server.endpoint, material) as connection:
        assert isinstance(connection, aio.Connection)
        for _ in range(3):
            async with aio.connect_to(connection, identity, channel="trade", chaincode="c") as gateway:
                with pytest.raises(errors.EvaluateError, match="Method not found"):
                    await gateway.evaluate("a:b")
        assert len(connection._links) == 1


async def test_closing_twice_or_without_a_call_has_no_effect(server: GrpcServer, material: TlsMaterial) -> None:
    connection: Connection = secured(server.endpoint, material)
    await connection.close()
    await connection.close()
