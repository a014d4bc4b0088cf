"""How a call ends: from an answer's headers, or from the loss of its stream, to gRPC's status. Pure."""

import base64
import binascii
from typing import Final
from urllib.parse import unquote_to_bytes

from tradelane.gateway.faults import LEFT
from tradelane.gateway.rpc import Failure
from tradelane.gateway.transport import peers_of
from tradelane.http2.client.stream import Loss
from tradelane.http2.frames import ErrorCode
from tradelane.http2.headers import Headers
from tradelane.http2.status import Status

OVERDUE: Final = Failure(Status.DEADLINE_EXCEEDED.name, "Deadline Exceeded")
CANCELLED: Final = Failure(Status.CANCELLED.name, "cancelled by this program")
NO_ANSWER: Final = Failure(Status.INTERNAL.name, "the peer said that it has answered, and did not")
SEVERAL_ANSWERS: Final = Failure(Status.INTERNAL.name, "the peer answered more than once")
PEER_ENDED: Final = Failure(Status.UNAVAILABLE.name, "the peer ended the stream")

_OK: Final = b"0"
_BY_NUMBER: Final = {str(int(status)).encode(): status.name for status in Status}

# As gRPC's documents "PROTOCOL-HTTP2" and "http-grpc-status-mapping" have it.
_OF_HTTP: Final = {
    b"400": Status.INTERNAL,
    b"401": Status.UNAUTHENTICATED,
    b"403": Status.PERMISSION_DENIED,
    b"404": Status.UNIMPLEMENTED,
    b"429": Status.UNAVAILABLE,
    b"502": Status.UNAVAILABLE,
    b"503": Status.UNAVAILABLE,
    b"504": Status.UNAVAILABLE,
}
_OF_RESET: Final[dict[int, Status]] = {
    ErrorCode.REFUSED_STREAM: Status.UNAVAILABLE,
    ErrorCode.CANCEL: Status.CANCELLED,
    ErrorCode.ENHANCE_YOUR_CALM: Status.RESOURCE_EXHAUSTED,
    ErrorCode.INADEQUATE_SECURITY: Status.PERMISSION_DENIED,
    ErrorCode.STREAM_CLOSED: Status.UNKNOWN,
}


def of_beginning(headers: Headers) -> Failure | None:
    """Return the failure that an answer's first headers are, None if messages may follow."""
    status = headers.get(b":status", b"")
    if status != b"200":
        found = _OF_HTTP.get(status, Status.UNKNOWN)
        return Failure(found.name, f"the peer answered with HTTP status {status.decode('ascii', 'replace')}")
    if not headers.get(b"content-type", b"").startswith(b"application/grpc"):
        return Failure(Status.UNKNOWN.name, "the peer answered with something else than gRPC")
    if headers.get(b"grpc-encoding", b"identity") != b"identity":
        return Failure(Status.INTERNAL.name, "the peer answered compressed, which it was not asked for")
    return None


def of_end(headers: Headers, *, began: bool) -> Failure | None:
    """Return the failure that an answer's last headers tell of, None if the call did what it should.

    Args:
        headers: The trailers, or of an answer that has no more its only headers.
        began: Whether others came before them.
    """
    number = headers.get(b"grpc-status")
    if number == _OK:
        return None
    if number is None:
        found = None if began else of_beginning(headers)
        return found or Failure(Status.UNKNOWN.name, "the peer ended the call without a status")
    message = unquote_to_bytes(headers.get(b"grpc-message", b"")).decode("utf-8", "replace")
    details = headers.get(b"grpc-status-details-bin")
    return Failure(
        _BY_NUMBER.get(number, Status.UNKNOWN.name), message, () if details is None else peers_of(_binary(details))
    )


def of_loss(loss: Loss) -> Failure:
    """Return the failure that the loss of a stream is."""
    if loss.reason == LEFT.message:
        return LEFT
    if loss.code is None:
        return Failure(Status.UNAVAILABLE.name, loss.reason)
    return Failure(_OF_RESET.get(loss.code, Status.INTERNAL).name, loss.reason)


def _binary(value: bytes) -> bytes:
    """Read base64, which gRPC writes without padding."""
    try:
        return base64.b64decode(value + b"=" * (-len(value) % 4))
    except binascii.Error:
        return b""
