"""What peers send on event streams, read without I/O."""

from dataclasses import dataclass
from typing import Final, TypeVar

from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.peer import events_pb2
from google.protobuf.message import DecodeError

from tradelane.gateway.errors import ResultError
from tradelane.gateway.rpc import Failure

T = TypeVar("T")

_GRPC_STATUS: Final = {
    "BAD_REQUEST": "INVALID_ARGUMENT",
    "FORBIDDEN": "PERMISSION_DENIED",
    "NOT_FOUND": "NOT_FOUND",
    "REQUEST_ENTITY_TOO_LARGE": "RESOURCE_EXHAUSTED",
    "SERVICE_UNAVAILABLE": "UNAVAILABLE",
}
"""The Deliver service ends a stream with a status of its own, in a message; here is the like of gRPC's."""

_HINTS: Final = {
    "BAD_REQUEST": "the request's time is too far from the peer's clock, or it was made for another TLS client "
    "certificate than the connection's",
    "FORBIDDEN": "access denied",
    "NOT_FOUND": "the peer has no such channel, or not yet the block to begin with",
}


@dataclass(frozen=True, slots=True)
class ChaincodeEvent:
    """What a transaction that took effect announced; the chaincode chose name and payload."""

    block_number: int
    transaction_id: str
    chaincode: str
    name: str
    payload: bytes


def chaincode_events(answer: bytes) -> tuple[int, tuple[ChaincodeEvent, ...]]:
    """Read a message of `ChaincodeEvents`: a block's number and all its events of the chaincode, in order.

    Raises:
        ResultError: BAD_ANSWER, it cannot be read.
    """
    try:
        response = gateway_pb2.ChaincodeEventsResponse.FromString(answer)
    except DecodeError as error:
        raise _unreadable(error) from error
    number = response.block_number
    return number, tuple(
        ChaincodeEvent(number, event.tx_id, event.chaincode_id, event.event_name, event.payload)
        for event in response.events
    )


def delivered(answer: bytes) -> bytes | Failure:
    """Read a message of the Deliver service: the serialised block in the form asked for, or how the stream ended.

    Raises:
        ResultError: BAD_ANSWER, it cannot be read.
    """
    try:
        response = events_pb2.DeliverResponse.FromString(answer)
    except DecodeError as error:
        raise _unreadable(error) from error
    kind = response.WhichOneof("Type")
    if kind is None:
        raise _unreadable(ValueError("the message is empty"))
    if kind != "status":
        return getattr(response, kind).SerializeToString()  # type: ignore[no-any-return]
    known = common_pb2.Status.DESCRIPTOR.values_by_number.get(response.status)
    status = known.name if known else f"STATUS_{response.status}"
    return Failure(_GRPC_STATUS.get(status, "UNKNOWN"), _HINTS.get(status, f"the peer ended the delivery: {status}"))


def _unreadable(error: Exception) -> ResultError:
    return ResultError(f"The peer's event message cannot be read: {error}.", code="BAD_ANSWER")
