"""A peer for tests of the shim: it says what the test tells it to say, over a pipe in memory or a real connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from fabric_protos.common import common_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import chaincode_pb2, chaincode_shim_pb2, proposal_pb2, proposal_response_pb2
from google.protobuf.timestamp_pb2 import Timestamp

from tests.support.identities import make_identity
from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.handler import Handler
from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.wire import Kind, Message

PACKAGE_ID = "tradelane:0f0f"
CHANNEL = "trade"
TX = "a" * 64
SIGNATURE = b"the client's signature"
TIME = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)
_PATIENCE_SECONDS = 10.0


class Link(Protocol):
    """One end of a stream of encoded messages."""

    async def receive(self) -> bytes | None: ...

    async def send(self, message: bytes) -> None: ...


class Far:
    """The peer's end of a pipe."""

    def __init__(self, pipe: "Pipe") -> None:
        self._pipe = pipe

    async def receive(self) -> bytes | None:
        return await self._pipe.outgoing.get()

    async def send(self, message: bytes) -> None:
        self._pipe.incoming.put_nowait(message)

    def close(self) -> None:
        self._pipe.incoming.put_nowait(None)


class Pipe:
    """The shim's end of a stream in memory; the peer has the other."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.outgoing: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.other = Far(self)

    def send(self, message: bytes) -> None:
        self.outgoing.put_nowait(message)

    async def flushed(self) -> None: ...

    def close(self) -> None:
        self.outgoing.put_nowait(None)


async def serve(handler: Handler, pipe: Pipe) -> None:
    """Run a handler over a pipe until the stream ends."""

    async def carry() -> None:
        while (message := await pipe.incoming.get()) is not None:
            handler.received(message)
        handler.ended()

    handler.begin()
    carrying = asyncio.create_task(carry())
    try:
        await handler.run()
    finally:
        carrying.cancel()


@dataclass(frozen=True)
class Function:
    """A chaincode which runs one function."""

    function: Callable[[Stub], Awaitable[Response | None]]

    async def invoke(self, stub: Stub) -> Response:
        return await self.function(stub) or Response(200)


class ScriptedPeer:
    """The peer's end of a stream."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._last = b""

    async def tell_bytes(self, data: bytes) -> None:
        await self._link.send(data)

    async def tell(
        self, kind: int, payload: bytes = b"", tx_id: str = TX, channel: str = CHANNEL, proposal: bytes | None = None
    ) -> None:
        """Send a message."""
        message = chaincode_shim_pb2.ChaincodeMessage(type=kind, payload=payload, txid=tx_id, channel_id=channel)
        if proposal is not None:
            message.proposal.proposal_bytes = proposal
            message.proposal.signature = SIGNATURE
        await self._link.send(message.SerializeToString())

    async def receive(self) -> Message | None:
        """Return the next message, None at the end of the stream."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            data = await self._link.receive()
        self._last = data or b""
        return None if data is None else wire.parse_message(data)

    async def expect(self, kind: Kind, tx_id: str | None = None) -> Message:
        """Return the next message, which must be of this type."""
        message = await self.receive()
        assert message is not None, f"the stream ended instead of {kind.name}"
        assert message.kind == kind, f"{Kind(message.kind).name} {message.payload!r} instead of {kind.name}"
        assert tx_id is None or message.tx_id == tx_id
        return message

    async def expect_nothing(self) -> None:
        """Prove that nothing is on its way: a message sent back at once comes next."""
        await self.tell(Kind.KEEPALIVE, b"are you quiet?")
        await self.expect(Kind.KEEPALIVE)

    async def expect_end(self) -> None:
        """Wait for the end of the stream."""
        assert await self.receive() is None

    async def register(self, multi_get: int = 1000, write_batch: int = 1000) -> None:
        """Go through the registration; a size of 0 offers no such feature."""
        await self.expect(Kind.REGISTER)
        await self.tell(Kind.REGISTERED, tx_id="", channel="")
        await self.tell(Kind.READY, ready_payload(multi_get, write_batch), tx_id="", channel="")

    async def invoke(
        self, *args: bytes, tx_id: str = TX, channel: str = CHANNEL, kind: Kind = Kind.TRANSACTION
    ) -> None:
        """Invoke the chaincode with a proposal."""
        await self.tell(kind, input_payload(*args), tx_id, channel, proposal_bytes(make_identity("HongKongMSP")))

    async def answer(self, kind: Kind, payload: bytes = b"", tx_id: str = TX) -> Message:
        """Take a request of this type and answer it."""
        request = await self.expect(kind, tx_id)
        await self.tell(Kind.RESPONSE, payload, tx_id)
        return request

    async def receive_request(self) -> Message:
        """Take whatever request comes, and answer it with nothing."""
        request = await self.receive()
        assert request is not None
        await self.tell(Kind.RESPONSE, b"", request.tx_id, request.channel_id)
        return request

    async def refuse(self, kind: Kind, text: str, tx_id: str = TX) -> Message:
        """Take a request of this type and answer it with ERROR."""
        request = await self.expect(kind, tx_id)
        await self.tell(Kind.ERROR, text.encode(), tx_id)
        return request

    async def completed(self, tx_id: str = TX) -> Any:
        """Take the answer to an invocation and return Fabric's Response."""
        return proposal_response_pb2.Response.FromString((await self.expect(Kind.COMPLETED, tx_id)).payload)

    async def completed_event(self) -> Any:
        """Take the answer to an invocation and return its event."""
        await self.expect(Kind.COMPLETED)
        _, event = self.last_answer()
        return event

    def last_answer(self) -> tuple[Any, Any]:
        """Return Fabric's Response and event of the answer that was received last."""
        message = chaincode_shim_pb2.ChaincodeMessage.FromString(self._last)
        return proposal_response_pb2.Response.FromString(message.payload), message.chaincode_event


@asynccontextmanager
async def connected(function: Callable[[Stub], Awaitable[Response | None]]) -> AsyncIterator[ScriptedPeer]:
    """Run a handler over a pipe; at the end of the block the peer closes, and the handler must end."""
    pipe = Pipe()
    task = asyncio.create_task(serve(Handler(PACKAGE_ID, Function(function), pipe), pipe))
    task.add_done_callback(lambda _: pipe.close())
    try:
        yield ScriptedPeer(pipe.other)
    finally:
        pipe.other.close()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await task


@asynccontextmanager
async def registered(
    function: Callable[[Stub], Awaitable[Response | None]], multi_get: int = 1000, write_batch: int = 1000
) -> AsyncIterator[ScriptedPeer]:
    """Run a handler and go through the registration."""
    async with connected(function) as peer:
        await peer.register(multi_get, write_batch)
        yield peer


def ready_payload(multi_get: int, write_batch: int) -> bytes:
    """Return what READY offers."""
    offered = chaincode_pb2.ChaincodeAdditionalParams(
        use_get_multiple_keys=bool(multi_get),
        max_size_get_multiple_keys=multi_get,
        use_write_batch=bool(write_batch),
        max_size_write_batch=write_batch,
    )
    data: bytes = offered.SerializeToString()
    return data


def input_payload(*args: bytes) -> bytes:
    """Return an invocation's payload."""
    data: bytes = chaincode_pb2.ChaincodeInput(args=args).SerializeToString()
    return data


def proposal_bytes(
    identity: ClientIdentity,
    transient: Mapping[str, bytes] | None = None,
    header_type: int = common_pb2.HeaderType.ENDORSER_TRANSACTION,
    seconds: int = int(TIME.timestamp()),
) -> bytes:
    """Return an encoded proposal."""
    creator = identities_pb2.SerializedIdentity(mspid=identity.msp_id, id_bytes=identity.certificate_pem)
    channel_header = common_pb2.ChannelHeader(
        type=header_type, timestamp=Timestamp(seconds=seconds), channel_id=CHANNEL, tx_id=TX, epoch=7
    )
    signature_header = common_pb2.SignatureHeader(creator=creator.SerializeToString(), nonce=b"n" * 24)
    header = common_pb2.Header(
        channel_header=channel_header.SerializeToString(), signature_header=signature_header.SerializeToString()
    )
    payload = proposal_pb2.ChaincodeProposalPayload(TransientMap=dict(transient or {}))
    data: bytes = proposal_pb2.Proposal(
        header=header.SerializeToString(), payload=payload.SerializeToString()
    ).SerializeToString()
    return data
