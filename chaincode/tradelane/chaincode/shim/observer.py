"""What the shim tells about its work while it works: numbers and names of functions, never keys or values."""

import time
from dataclasses import dataclass
from enum import StrEnum

from tradelane.chaincode.shim.wire import Kind

_FIRST_REFUSAL, _FIRST_FAILURE = 400, 500


class Outcome(StrEnum):
    """How an invocation ended."""

    ENDORSED = "endorsed"
    REFUSED = "refused"
    """The chaincode answered with a status of 400 to 499."""
    FAILED = "failed"
    """The chaincode raised, or answered with a status of 500 or more."""
    ERROR = "error"
    """The shim or the peer was at fault; the peer got ERROR."""
    CANCELLED = "cancelled"
    """The peer went, the service was stopped, or the invocation took too long."""

    @classmethod
    def of_status(cls, status: int) -> "Outcome":
        """Return the outcome of an invocation that was answered with a response of this status."""
        if status < _FIRST_REFUSAL:
            return cls.ENDORSED
        return cls.REFUSED if status < _FIRST_FAILURE else cls.FAILED


class Refusal(StrEnum):
    """Why an invocation never ran."""

    PLACES = "places"
    """As many ran and waited as may."""
    BYTES = "bytes"
    """The input of those that run and wait takes as many bytes as it may."""
    OVERDUE = "overdue"
    """It waited for a place longer than a transaction may take."""
    STOPPING = "stopping"
    """The service is being stopped."""


@dataclass(slots=True)
class Seen:
    """What became known of an invocation.

    Attributes:
        function: The first argument, as the client sent it: not yet known to exist.
        outcome: How it ended.
    """

    function: str = ""
    outcome: Outcome = Outcome.CANCELLED


class Observer:
    """Hears of everything and does nothing; the base of those that do something.

    All methods are called on the event loop's thread, must not block and must not raise.
    """

    def stream_opened(self) -> None:
        """A peer opened a stream."""

    def stream_closed(self) -> None:
        """A stream ended."""

    def invocation_begun(self) -> None:
        """An invocation is being run."""

    def invocation_ended(self, seen: Seen, seconds: float) -> None:
        """An invocation was answered or cancelled."""

    def refused(self, reason: Refusal) -> None:
        """An invocation was answered without being run."""

    def round_trip(self, kind: Kind, seconds: float) -> None:
        """The peer answered a request of this type, with its result or with ERROR."""

    def invocation(self) -> "Watched":
        """Observe an invocation, which is the block."""
        return Watched(self)


class Watched:
    """A block within which an invocation is run; a plain class, for a generator costs every transaction more."""

    __slots__ = ("_began", "_observer", "_seen")

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._seen = Seen()
        self._began = 0.0

    def __enter__(self) -> Seen:
        self._began = time.perf_counter()
        self._observer.invocation_begun()
        return self._seen

    def __exit__(self, *_: object) -> None:
        self._observer.invocation_ended(self._seen, time.perf_counter() - self._began)


SILENT = Observer()
