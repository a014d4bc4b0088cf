"""A peer's event services over a chain in memory: real gRPC, with the checks and the rules of start and end a peer has.

A stream can be cut after any message, and the chain can grow while streams wait.
"""

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from fabric_protos.common import common_pb2, ledger_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.orderer import ab_pb2
from fabric_protos.peer import events_pb2, events_pb2_grpc

from tests.support.loopback_calls import Refusal, abort, verify

NO_END = 2**64 - 1
NO_SUCH_TRANSACTION = (
    "chaincode response 500, Failed to get block for txID {0}, error no such transaction ID [{0}] in index"
)


@dataclass(frozen=True)
class Event:
    """One chaincode event; `block` as in which block it is comes from its place."""

    transaction_id: str
    name: str = "named"
    payload: bytes = b""
    chaincode: str = "tradelane"


@dataclass(frozen=True)
class Opened:
    """What a stream was asked for."""

    method: str
    start: int | None
    after: str
    tls_certificate_hash: bytes


@dataclass
class Chain:
    """Blocks of events, one after the other, and how the streams over them are cut."""

    blocks: list[tuple[Event, ...]] = field(default_factory=list)
    cuts: Iterator[tuple[int, Refusal | None]] = field(default_factory=lambda: iter(()))
    """For each stream, after how many messages it ends, and how; None is an end without an error."""
    opened: list[Opened] = field(default_factory=list)
    sent: list[Opened] = field(default_factory=list)
    """For each message, what its stream had been asked for."""
    height_shown: int | None = None
    """A peer that says less than it has."""
    changed: threading.Condition = field(default_factory=threading.Condition)
    ended: bool = False

    def add(self, *blocks: Sequence[Event]) -> None:
        with self.changed:
            self.blocks.extend(tuple(each) for each in blocks)
            self.changed.notify_all()

    def end(self) -> None:
        """Let no stream wait any longer."""
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def answer(self, function: str, arguments: Sequence[bytes]) -> bytes:
        """Answer as the system chaincode qscc."""
        if function == "GetChainInfo":
            height = len(self.blocks) if self.height_shown is None else self.height_shown
            return ledger_pb2.BlockchainInfo(height=height).SerializeToString()  # type: ignore[no-any-return]
        assert function == "GetBlockByTxID"
        wanted = arguments[1].decode()
        for number, events in enumerate(self.blocks):
            if any(each.transaction_id == wanted for each in events):
                return block(number, events).SerializeToString()  # type: ignore[no-any-return]
        raise Refusal(grpc.StatusCode.UNKNOWN, NO_SUCH_TRANSACTION.format(wanted))

    def from_block(self, number: int, wanted: Callable[[], bool]) -> Iterator[tuple[int, tuple[Event, ...]]]:
        """Yield the blocks from a number on, those to come too, until nobody wants them."""
        while True:
            with self.changed:
                while number >= len(self.blocks) and wanted() and not self.ended:
                    self.changed.wait(timeout=0.05)
                if number >= len(self.blocks):
                    return
                events = self.blocks[number]
            yield number, events
            number += 1


def block(number: int, events: Iterable[Event]) -> Any:
    """Put a block together whose transactions have only their headers."""
    envelopes = [_envelope(each.transaction_id) for each in events]
    found = common_pb2.Block(header={"number": number, "data_hash": hashlib.sha256(b"".join(envelopes)).digest()})
    found.data.data.extend(envelopes)
    found.metadata.metadata.extend([b"", b"", bytes(len(envelopes)), b"", b""])
    return found


def filtered(number: int, events: Iterable[Event]) -> Any:
    found = events_pb2.FilteredBlock(channel_id="trade", number=number)
    for each in events:
        found.filtered_transactions.add(txid=each.transaction_id, type=common_pb2.ENDORSER_TRANSACTION)
    return found


def _envelope(transaction_id: str) -> bytes:
    channel = common_pb2.ChannelHeader(type=common_pb2.MESSAGE, channel_id="trade", tx_id=transaction_id)
    header = common_pb2.Header(channel_header=channel.SerializeToString())
    payload = common_pb2.Payload(header=header).SerializeToString()
    return common_pb2.Envelope(payload=payload).SerializeToString()  # type: ignore[no-any-return]


class LoopbackEvents(events_pb2_grpc.DeliverServicer):  # type: ignore[misc]
    """The Deliver service and the ChaincodeEvents method of a peer."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain

    def chaincode_events(self, request: Any, context: Any) -> Iterator[Any]:
        asked = gateway_pb2.ChaincodeEventsRequest.FromString(request.request)
        verify(asked.identity, request.request, request.signature)
        opened = self._opened("ChaincodeEvents", asked.start_position, asked.after_transaction_id, b"")
        return self._cut(
            opened,
            context,
            (
                gateway_pb2.ChaincodeEventsResponse(
                    block_number=number,
                    events=[
                        {
                            "tx_id": each.transaction_id,
                            "chaincode_id": each.chaincode,
                            "event_name": each.name,
                            "payload": each.payload,
                        }
                        for each in events
                        if each.chaincode == asked.chaincode_id
                    ],
                )
                for number, events in self._blocks(opened, context)
                if any(each.chaincode == asked.chaincode_id for each in events)
            ),
        )

    def Deliver(self, requests: Any, context: Any) -> Iterator[Any]:  # noqa: N802 -- gRPC names its methods so
        return self._deliver("Deliver", requests, context, lambda n, e: {"block": block(n, e)})

    def DeliverFiltered(self, requests: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        return self._deliver("DeliverFiltered", requests, context, lambda n, e: {"filtered_block": filtered(n, e)})

    def DeliverWithPrivateData(self, requests: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        return self._deliver(
            "DeliverWithPrivateData", requests, context, lambda n, e: {"block_and_private_data": {"block": block(n, e)}}
        )

    def _deliver(
        self, method: str, requests: Any, context: Any, form: Callable[[int, tuple[Event, ...]], dict[str, Any]]
    ) -> Iterator[Any]:
        envelope = next(requests)
        payload = common_pb2.Payload.FromString(envelope.payload)
        channel = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
        signer = common_pb2.SignatureHeader.FromString(payload.header.signature_header)
        verify(signer.creator, envelope.payload, envelope.signature)
        seek = ab_pb2.SeekInfo.FromString(payload.data)
        assert (channel.type, channel.channel_id) == (common_pb2.DELIVER_SEEK_INFO, "trade")
        assert channel.HasField("timestamp")
        assert seek.stop.specified.number == NO_END
        opened = self._opened(method, seek.start, "", channel.tls_cert_hash)
        if channel.tls_cert_hash != _client_certificate_hash(context):
            yield events_pb2.DeliverResponse(status=common_pb2.BAD_REQUEST)
            return
        if opened.start is not None and opened.start > len(self.chain.blocks):
            yield events_pb2.DeliverResponse(status=common_pb2.NOT_FOUND)
            return
        messages = (events_pb2.DeliverResponse(**form(n, e)) for n, e in self._blocks(opened, context))
        yield from self._cut(opened, context, messages)

    def _opened(self, method: str, start: Any, after: str, tls_certificate_hash: bytes) -> Opened:
        number = start.specified.number if start.WhichOneof("Type") == "specified" else None
        opened = Opened(method, number, after, tls_certificate_hash)
        self.chain.opened.append(opened)
        return opened

    def _blocks(self, opened: Opened, context: Any) -> Iterator[tuple[int, tuple[Event, ...]]]:
        start = len(self.chain.blocks) if opened.start is None else opened.start
        return self.chain.from_block(start, context.is_active)

    def _cut(self, opened: Opened, context: Any, messages: Iterator[Any]) -> Iterator[Any]:
        after, end = next(self.chain.cuts, (None, None))
        sent = 0
        while after is None or sent < after:
            message = next(messages, None)
            if message is None:
                return
            self.chain.sent.append(opened)
            sent += 1
            yield message
        if isinstance(end, Refusal):
            abort(context, end)


def _client_certificate_hash(context: Any) -> bytes:
    (pem,) = context.auth_context()["x509_pem_cert"]
    return x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256())
