"""A message beyond Fabric's limit ends the stream it came on, and no other."""

import grpc
import pytest

from tests.chaincode.shim.hostile import loopback
from tests.support.scripted_peer import PACKAGE_ID, Function, input_payload
from tradelane.chaincode.shim.limits import MAX_MESSAGE_BYTES
from tradelane.chaincode.shim.server import ServerOptions, serving
from tradelane.chaincode.shim.wire import Kind


async def test_a_message_beyond_the_limit_harms_its_own_stream_alone() -> None:
    options = ServerOptions(PACKAGE_ID, "127.0.0.1:0", tls=None)
    async with (
        serving(options, Function(loopback.chaincode)) as server,
        loopback.connected(server.port) as other,
        loopback.connected(server.port) as greedy,
    ):
        for peer in (other, greedy):
            await peer.register()
        await greedy.tell(Kind.TRANSACTION, input_payload(b"x" * MAX_MESSAGE_BYTES))
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await greedy.receive()
        assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        await loopback.behave(other, "t1")
