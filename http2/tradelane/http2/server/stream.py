"""One stream: what the peer says goes to its receiver, what is said to the peer waits for the peer's windows.

A peer that takes nothing is not listened to: when too much waits for it, what it sends is held back unread, within the
window it was given, and the window stays shut until it has taken some.
"""

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tradelane.http2.credit import Credit
from tradelane.http2.flow import Flow
from tradelane.http2.frames import ErrorCode
from tradelane.http2.headers import Headers, content_length

if TYPE_CHECKING:
    from tradelane.http2.server.connection import Connection

WINDOW_BYTES = 1024 * 1024
"""How much a peer may send on a stream before it is read."""

MAX_UNSENT = 10_000
MAX_UNSENT_BYTES = 16 * 1024 * 1024


class Receiver(Protocol):
    """Who serves a stream. None of this blocks or raises."""

    def data(self, content: bytes) -> None:
        """Take what the peer sent."""

    def ended(self) -> None:
        """The peer has said everything."""

    def lost(self, reason: str) -> None:
        """The stream is over, by the peer's or the connection's doing; nothing can be sent any more."""


class Stream(Flow):
    """One stream of a connection, opened by a request.

    Attributes:
        headers: The request's.
        receiver: Set by whoever accepts the stream, before anything else comes on it.
    """

    __slots__ = ("_announced", "_connection", "_held", "_on_flushed", "headers", "receiver", "trailers")

    def __init__(self, connection: "Connection", number: int, headers: Headers, window: int) -> None:
        super().__init__(number, window, Credit(WINDOW_BYTES))
        self._connection = connection
        self.headers = headers
        self.receiver: Receiver | None = None
        self.trailers: list[tuple[str, str]] | None = None
        self._held: deque[tuple[bytes, int]] = deque()
        self._announced = content_length(headers)
        self._on_flushed: list[Callable[[], None]] = []

    # For whoever serves it

    def respond(self, headers: list[tuple[str, str]]) -> None:
        """Send the response's headers."""
        self._connection.send_headers(self, headers)

    def send(self, content: bytes) -> None:
        """Send content as soon as the peer takes it; has no effect once the stream is over."""
        self._connection.send_data(self, content)

    def end(self, trailers: list[tuple[str, str]]) -> None:
        """End the stream after what was sent before; no trailers are a plain end."""
        if self.trailers is None and not self.ended_here:
            self.trailers = trailers
            if not self.backlog:
                self._connection.send_trailers(self, trailers)

    def reset(self, code: ErrorCode) -> None:
        """Break the stream off."""
        if not self.ended_here:
            self._connection.reset(self.id, code)

    def when_flushed(self, call: Callable[[], None]) -> None:
        """Call once when everything has been sent, or the stream is over; at once when that is so now."""
        if self.backlog and not self.ended_here:
            self._on_flushed.append(call)
        else:
            call()

    # For its connection

    @property
    def clogged(self) -> bool:
        """Whether so much waits for the peer that it is not listened to."""
        return len(self.backlog) > MAX_UNSENT or self.backlog_bytes > MAX_UNSENT_BYTES

    def take(self, content: bytes, size: int) -> None:
        """Hand content on which took so much of the windows, or hold it back."""
        if self._held or self.clogged:
            self._held.append((content, size))
        else:
            self._deliver(content, size)

    def take_end(self) -> None:
        """The peer has ended its side."""
        self.ended_there = True
        if not self._held and self.receiver is not None:
            self.receiver.ended()

    def fits(self, size: int, last: bool) -> bool:
        """Whether this much content keeps to what the request announced."""
        if self._announced is None:
            return True
        self._announced -= size
        return self._announced == 0 if last else self._announced >= 0

    def sent(self) -> None:
        """Some of the backlog was sent: go on where that was waited for."""
        while self._held and not self.clogged and not self.ended_here:
            self._deliver(*self._held.popleft())
            if not self._held and self.ended_there and self.receiver is not None:
                self.receiver.ended()
        if not self.backlog:
            self._tell_flushed()

    def over(self, reason: str | None) -> None:
        """Forget everything; tell the receiver when it was not its own doing."""
        self.ended_here = True
        self.backlog.clear()
        self.backlog_bytes = 0
        for _, size in self._held:
            self._connection.consume(self, size)
        self._held.clear()
        if reason is not None and self.receiver is not None:
            self.receiver.lost(reason)
        self._tell_flushed()

    def _deliver(self, content: bytes, size: int) -> None:
        if content and self.receiver is not None:
            self.receiver.data(content)
        self._connection.consume(self, size)

    def _tell_flushed(self) -> None:
        calls, self._on_flushed = self._on_flushed, []
        for call in calls:
            call()
