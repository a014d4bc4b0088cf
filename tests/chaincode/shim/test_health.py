"""gRPC's health service beside the chaincode's, asked by the standard client."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.support.loopback_peer import channel_to, peer_of
from tests.support.scripted_peer import PACKAGE_ID, Function
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.server import RunningServer, ServerOptions, serving
from tradelane.chaincode.shim.wire import Kind

STATUS = health_pb2.HealthCheckResponse
SERVICES = ["", "protos.Chaincode"]


async def read_a(stub: Stub) -> Response:
    return Response(200, payload=await stub.get_state("a") or b"-")


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with serving(ServerOptions(PACKAGE_ID, "127.0.0.1:0", tls=None), Function(read_a)) as running:
        yield running


def request(service: str) -> Any:
    return health_pb2.HealthCheckRequest(service=service)


@pytest.mark.parametrize("service", SERVICES)
async def test_it_serves(service: str, server: RunningServer) -> None:
    async with channel_to(server.port, None) as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(request(service))
    assert answer.status == STATUS.SERVING


async def test_a_service_it_does_not_have_is_not_found(server: RunningServer) -> None:
    async with channel_to(server.port, None) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await health.Check(request("nobody"))
        assert refusal.value.code() is grpc.StatusCode.NOT_FOUND
        assert (await health.Watch(request("nobody")).read()).status == STATUS.SERVICE_UNKNOWN


async def test_watchers_hear_when_it_is_drained_and_keep_it_from_nothing(server: RunningServer) -> None:
    async with channel_to(server.port, None) as channel, peer_of(server.port, None) as peer:
        health = health_pb2_grpc.HealthStub(channel)
        watchers = [health.Watch(request(service)) for service in SERVICES * 2]
        for watcher in watchers:
            assert (await watcher.read()).status == STATUS.SERVING
        watchers.pop().cancel()
        await peer.register()
        await peer.invoke()
        await peer.expect(Kind.GET_STATE)
        stopping = asyncio.create_task(server.stop())
        for watcher in watchers:
            assert (await watcher.read()).status == STATUS.NOT_SERVING
            assert await watcher.read() is grpc.aio.EOF
        await peer.tell(Kind.RESPONSE, b"1")
        assert (await peer.completed()).payload == b"1"
        await stopping
