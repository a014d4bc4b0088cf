"""Fabric's messages as bytes: with `wire_policy` the only module of the shim that knows protobuf.

Everything here is a pure function between bytes and the shim's own records. The field layout is that of the package
hyperledger-fabric-protos; what a field means is in Fabric's peer, and said here only where it surprises. Bytes that
cannot be parsed raise ProtocolViolation everywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple

from fabric_protos.common import common_pb2
from fabric_protos.ledger.queryresult import kv_query_result_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import (
    chaincode_event_pb2,
    chaincode_pb2,
    chaincode_shim_pb2,
    proposal_pb2,
    proposal_response_pb2,
)
from google.protobuf.message import DecodeError

from tradelane.chaincode.shim.errors import ProtocolViolation
from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.chaincode.shim.interface import KeyModification, KeyValue, Response, SignedProposal

VALIDATION_PARAMETER = "VALIDATION_PARAMETER"
"""Name of the metadata entry that holds a key's endorsement policy."""

_RUN_CHAINCODE = (common_pb2.HeaderType.ENDORSER_TRANSACTION, common_pb2.HeaderType.CONFIG)
_MIN_CHUNK = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANOS = 1_000_000_000


class Kind(IntEnum):
    """Types of a message between peer and chaincode, with Fabric's numbers."""

    REGISTER = 1
    REGISTERED = 2
    INIT = 3
    READY = 4
    TRANSACTION = 5
    COMPLETED = 6
    ERROR = 7
    GET_STATE = 8
    PUT_STATE = 9
    DEL_STATE = 10
    INVOKE_CHAINCODE = 11
    RESPONSE = 13
    GET_STATE_BY_RANGE = 14
    GET_QUERY_RESULT = 15
    QUERY_STATE_NEXT = 16
    QUERY_STATE_CLOSE = 17
    KEEPALIVE = 18
    GET_HISTORY_FOR_KEY = 19
    GET_STATE_METADATA = 20
    PUT_STATE_METADATA = 21
    GET_PRIVATE_DATA_HASH = 22
    PURGE_PRIVATE_DATA = 23
    WRITE_BATCH_STATE = 24
    GET_STATE_MULTIPLE = 25


PUT_STATE, PUT_STATE_METADATA = Kind.PUT_STATE, Kind.PUT_STATE_METADATA
"""Those which are named for every write: looking a member up in its class takes longer than what is done with it."""


class Message(NamedTuple):
    """One received message; `kind` is a plain number, for the peer may be newer than `Kind`."""

    kind: int
    tx_id: str
    channel_id: str
    payload: bytes
    proposal: SignedProposal | None


class Request(NamedTuple):
    """A question to the peer: message type and payload."""

    kind: Kind
    payload: bytes


class Features(NamedTuple):
    """What a peer offers: how many keys one message may read or write, 0 where it takes one key per message."""

    multi_get: int = 0
    write_batch: int = 0


class Header(NamedTuple):
    """What the proposal says about the caller and the call."""

    identity: ClientIdentity
    timestamp: datetime
    transient: Mapping[str, bytes]
    creator: bytes
    nonce: bytes
    epoch: int

    def __repr__(self) -> str:
        """Return who called; transient data are nobody else's business."""
        return f"Header({self.identity.msp_id}, {self.timestamp})"


class Input(NamedTuple):
    """What an invocation says beside its proposal."""

    args: tuple[bytes, ...]
    decorations: Mapping[str, bytes]
    is_init: bool


class Write(NamedTuple):
    """One write: `kind` is PUT_STATE, DEL_STATE, PURGE_PRIVATE_DATA or PUT_STATE_METADATA (value = policy)."""

    kind: Kind
    collection: str
    key: str
    value: bytes = b""


class Span(NamedTuple):
    """The part of a query's result that is asked for; a page size of 0 asks for all of it."""

    page_size: int = 0
    bookmark: str = ""


ALL = Span()


class Rows(NamedTuple):
    """One message of a query's result; `results` are encoded rows."""

    results: tuple[bytes, ...]
    has_more: bool
    query_id: str
    bookmark: str


def _decode(message_class: Any, data: bytes) -> Any:  # noqa: ANN401 - fabric_protos ships without types
    try:
        return message_class.FromString(data)
    except DecodeError as error:
        raise ProtocolViolation(f"the peer sent a malformed {message_class.DESCRIPTOR.name}") from error


def _encode(body: Any) -> bytes:  # noqa: ANN401
    data: bytes = body.SerializeToString()
    return data


def _time(timestamp: Any) -> datetime:  # noqa: ANN401
    nanos = timestamp.nanos
    try:
        if not 0 <= nanos < _NANOS:
            raise ValueError(nanos)
        return _EPOCH + timedelta(seconds=timestamp.seconds, microseconds=nanos // 1000)
    except (ValueError, OverflowError) as error:
        raise ProtocolViolation("the peer sent a time which no calendar has") from error


# Messages


def parse_message(data: bytes) -> Message:
    """Parse a message from the peer."""
    message = _decode(chaincode_shim_pb2.ChaincodeMessage, data)
    proposal = None
    if message.HasField("proposal"):
        proposal = SignedProposal(message.proposal.proposal_bytes, message.proposal.signature)
    return Message(message.type, message.txid, message.channel_id, message.payload, proposal)


def encode_message(kind: int, payload: bytes = b"", tx_id: str = "", channel_id: str = "") -> bytes:
    """Encode a message to the peer."""
    return _encode(chaincode_shim_pb2.ChaincodeMessage(type=kind, payload=payload, txid=tx_id, channel_id=channel_id))


def encode_register(package_id: str) -> bytes:
    """Encode the first message of a stream, which names the chaincode package."""
    return encode_message(Kind.REGISTER, _encode(chaincode_pb2.ChaincodeID(name=package_id)))


def encode_completed(response: Response, event: tuple[str, bytes] | None, tx_id: str, channel_id: str) -> bytes:
    """Encode the answer to an invocation; the peer fills in the event's chaincode and transaction."""
    payload = _encode(
        proposal_response_pb2.Response(status=response.status, message=response.message, payload=response.payload)
    )
    message = chaincode_shim_pb2.ChaincodeMessage(
        type=Kind.COMPLETED, payload=payload, txid=tx_id, channel_id=channel_id
    )
    if event is not None:
        message.chaincode_event.CopyFrom(chaincode_event_pb2.ChaincodeEvent(event_name=event[0], payload=event[1]))
    return _encode(message)


def parse_features(payload: bytes) -> Features:
    """Read what READY offers; a peer before 3.1 sends nothing, and what cannot be read counts as nothing.

    Fabric takes sizes below 100 for 100.
    """
    try:
        offered = _decode(chaincode_pb2.ChaincodeAdditionalParams, payload)
    except ProtocolViolation:
        return Features()
    return Features(
        multi_get=max(_MIN_CHUNK, offered.max_size_get_multiple_keys) if offered.use_get_multiple_keys else 0,
        write_batch=max(_MIN_CHUNK, offered.max_size_write_batch) if offered.use_write_batch else 0,
    )


# Invocations


def parse_input(payload: bytes) -> Input:
    """Read an invocation's arguments and what stands beside them."""
    content = _decode(chaincode_pb2.ChaincodeInput, payload)
    return Input(tuple(content.args), _sorted(content.decorations), content.is_init)


def _sorted(entries: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return a message's map in the order of its keys; its own order is up to the build of protobuf."""
    return dict(sorted(entries.items()))


def parse_proposal(data: bytes) -> Header:
    """Read caller, time and transient data of a proposal.

    Raises:
        ProtocolViolation: Also when the header is missing or of a type that does not run chaincode.
    """
    proposal = _decode(proposal_pb2.Proposal, data)
    if not proposal.header:
        raise ProtocolViolation("the invocation's proposal has no header")
    header = _decode(common_pb2.Header, proposal.header)
    channel_header = _decode(common_pb2.ChannelHeader, header.channel_header)
    if channel_header.type not in _RUN_CHAINCODE:
        raise ProtocolViolation(f"the invocation's proposal has the header type {channel_header.type}")
    signed = _decode(common_pb2.SignatureHeader, header.signature_header)
    content = _decode(proposal_pb2.ChaincodeProposalPayload, proposal.payload)
    return Header(
        _parse_creator(signed.creator),
        _time(channel_header.timestamp),
        _sorted(content.TransientMap),
        signed.creator,
        signed.nonce,
        channel_header.epoch,
    )


@lru_cache(maxsize=1024)
def _parse_creator(creator: bytes) -> ClientIdentity:
    # The same few callers come again and again; ClientIdentity keeps the certificate it has parsed.
    identity = _decode(identities_pb2.SerializedIdentity, creator)
    return ClientIdentity(identity.mspid, identity.id_bytes)


# Requests


def get_state(key: str, collection: str = "") -> Request:
    """Ask for the value of a key."""
    return Request(Kind.GET_STATE, _encode(chaincode_shim_pb2.GetState(key=key, collection=collection)))


def get_private_data_hash(collection: str, key: str) -> Request:
    """Ask for the hash of a private value."""
    return Request(Kind.GET_PRIVATE_DATA_HASH, _encode(chaincode_shim_pb2.GetState(key=key, collection=collection)))


def get_states(keys: Sequence[str]) -> Request:
    """Ask for the values of several keys."""
    return Request(Kind.GET_STATE_MULTIPLE, _encode(chaincode_shim_pb2.GetStateMultiple(keys=keys)))


def get_metadata(key: str, collection: str = "") -> Request:
    """Ask for the metadata of a key."""
    body = chaincode_shim_pb2.GetStateMetadata(key=key, collection=collection)
    return Request(Kind.GET_STATE_METADATA, _encode(body))


def single_write(write: Write) -> Request:
    """Encode one write as a message of its own."""
    _, collection, key, value = write
    match write.kind:
        case Kind.PUT_STATE:
            body = chaincode_shim_pb2.PutState(key=key, value=value, collection=collection)
        case Kind.PUT_STATE_METADATA:
            metadata = chaincode_shim_pb2.StateMetadata(metakey=VALIDATION_PARAMETER, value=value)
            body = chaincode_shim_pb2.PutStateMetadata(key=key, collection=collection, metadata=metadata)
        case Kind.PURGE_PRIVATE_DATA:
            body = chaincode_shim_pb2.PurgePrivateState(key=key, collection=collection)
        case _:
            body = chaincode_shim_pb2.DelState(key=key, collection=collection)
    return Request(write.kind, _encode(body))


def write_batch(writes: Iterable[Write]) -> Request:
    """Encode several writes as one message."""
    batch = chaincode_shim_pb2.WriteBatchState()
    add, put_state = batch.rec.add, int(PUT_STATE)
    for kind, collection, key, value in writes:  # a field less set, or set in one call, is felt in thousands of them
        if kind is PUT_STATE and not collection:
            add(key=key, value=value, type=put_state)
        elif kind is PUT_STATE_METADATA:
            metadata = chaincode_shim_pb2.StateMetadata(metakey=VALIDATION_PARAMETER, value=value)
            add(key=key, collection=collection, type=int(kind), metadata=metadata)
        else:
            add(key=key, value=value, collection=collection, type=int(kind))
    return Request(Kind.WRITE_BATCH_STATE, _encode(batch))


def get_range(start: str, end: str, collection: str = "", span: Span = ALL) -> Request:
    """Ask for the keys from start (inclusive) to end (exclusive)."""
    body = chaincode_shim_pb2.GetStateByRange(
        startKey=start, endKey=end, collection=collection, metadata=_query_metadata(span)
    )
    return Request(Kind.GET_STATE_BY_RANGE, _encode(body))


def get_query_result(query: str, collection: str = "", span: Span = ALL) -> Request:
    """Ask for what a query in the state database's own language finds."""
    body = chaincode_shim_pb2.GetQueryResult(query=query, collection=collection, metadata=_query_metadata(span))
    return Request(Kind.GET_QUERY_RESULT, _encode(body))


def _query_metadata(span: Span) -> bytes:
    if not span.page_size:
        return b""
    return _encode(chaincode_shim_pb2.QueryMetadata(pageSize=span.page_size, bookmark=span.bookmark))


def get_history(key: str) -> Request:
    """Ask for the versions of a key."""
    return Request(Kind.GET_HISTORY_FOR_KEY, _encode(chaincode_shim_pb2.GetHistoryForKey(key=key)))


def query_next(query_id: str) -> Request:
    """Ask for the next rows of a query."""
    return Request(Kind.QUERY_STATE_NEXT, _encode(chaincode_shim_pb2.QueryStateNext(id=query_id)))


def query_close(query_id: str) -> Request:
    """Tell the peer that no more rows are wanted."""
    return Request(Kind.QUERY_STATE_CLOSE, _encode(chaincode_shim_pb2.QueryStateClose(id=query_id)))


def invoke_chaincode(name: str, channel_id: str, args: Sequence[bytes]) -> Request:
    """Ask the peer to run another chaincode; an empty channel is the caller's."""
    body = chaincode_pb2.ChaincodeSpec(
        chaincode_id=chaincode_pb2.ChaincodeID(name=f"{name}/{channel_id}" if channel_id else name),
        input=chaincode_pb2.ChaincodeInput(args=args),
    )
    return Request(Kind.INVOKE_CHAINCODE, _encode(body))


# Answers


def parse_values(payload: bytes) -> list[bytes | None]:
    """Read the values of several keys; an absent key has an empty value, which is None here."""
    return [value or None for value in _decode(chaincode_shim_pb2.GetStateMultipleResult, payload).values]


def parse_policy_metadata(payload: bytes) -> bytes:
    """Return the encoded endorsement policy among a key's metadata, empty where there is none."""
    entries = _decode(chaincode_shim_pb2.StateMetadataResult, payload).entries
    return next((bytes(entry.value) for entry in entries if entry.metakey == VALIDATION_PARAMETER), b"")


def parse_invoked(payload: bytes) -> Response:
    """Read the answer of another chaincode: what it completed with, or status 500 where it did not."""
    message = _decode(chaincode_shim_pb2.ChaincodeMessage, payload)
    if message.type != Kind.COMPLETED:
        return Response(500, message.payload.decode(errors="replace"), message.payload)
    response = _decode(proposal_response_pb2.Response, message.payload)
    return Response(response.status, response.message, response.payload)


def parse_rows(payload: bytes) -> Rows:
    """Read one message of a query's result."""
    response = _decode(chaincode_shim_pb2.QueryResponse, payload)
    metadata = _decode(chaincode_shim_pb2.QueryResponseMetadata, response.metadata)
    results = tuple(result.resultBytes for result in response.results)
    return Rows(results, response.has_more, response.id, metadata.bookmark)


def parse_key_value(row: bytes) -> KeyValue:
    """Read a row of a range query."""
    pair = _decode(kv_query_result_pb2.KV, row)
    return KeyValue(pair.key, pair.value)


def parse_key_modification(row: bytes) -> KeyModification:
    """Read a version of a key."""
    version = _decode(kv_query_result_pb2.KeyModification, row)
    return KeyModification(version.tx_id, version.value, _time(version.timestamp), version.is_delete)
