"""How a call ends: gRPC's status, in the trailers of its stream."""

from enum import IntEnum
from urllib.parse import quote

Fields = list[tuple[str, str]]

_MAX_TEXT = 1000
_PLAIN = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")


class Status(IntEnum):
    """gRPC's status codes."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


class Failure(Exception):
    """A call ends with this status; the text is for whoever made it."""

    def __init__(self, status: Status, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def trailers(status: Status, text: str = "") -> Fields:
    """Return the trailers which say how a call ended; the text is percent-encoded as gRPC wants it."""
    fields = [("grpc-status", str(int(status)))]
    if text:
        fields.append(("grpc-message", quote(text[:_MAX_TEXT], safe=_PLAIN)))
    return fields
