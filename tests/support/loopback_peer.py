"""A peer that dials a chaincode's server over loopback, as Fabric's does: one call of `protos.Chaincode/Connect`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc

from tests.support.scripted_peer import ScriptedPeer
from tests.support.tls import Pair

OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.ssl_target_name_override", "localhost"),
    # Without it, a channel with equal settings would share the connection, and so the TLS handshake, of another.
    ("grpc.use_local_subchannel_pool", 1),
)


class GrpcLink:
    """The peer's end of a call."""

    def __init__(self, call: Any) -> None:
        self._call = call

    async def receive(self) -> bytes | None:
        message = await self._call.read()
        return None if message is grpc.aio.EOF else bytes(message)

    async def send(self, message: bytes) -> None:
        await self._call.write(message)


@asynccontextmanager
async def channel_to(port: int, root: bytes | None, client: Pair | None = None) -> AsyncIterator[Any]:
    """Open a channel: with TLS if there is a root to trust."""
    address = f"127.0.0.1:{port}"
    if root is None:
        opened = grpc.aio.insecure_channel(address, OPTIONS)
    else:
        credentials = grpc.ssl_channel_credentials(root, client and client.key, client and client.certificate)
        opened = grpc.aio.secure_channel(address, credentials, OPTIONS)
    async with opened as channel:
        yield channel


@asynccontextmanager
async def peer_of(port: int, root: bytes | None, client: Pair | None = None) -> AsyncIterator[ScriptedPeer]:
    """Dial as a peer does."""
    async with channel_to(port, root, client) as channel:
        call = channel.stream_stream("/protos.Chaincode/Connect")()
        yield ScriptedPeer(GrpcLink(call))
        call.cancel()
