"""What both sides' streams have in common: two windows, and what waits for the peer's."""

from collections import deque

from tradelane.http2.credit import Credit


class Flow:
    """One stream of a connection, as far as its content flows.

    Attributes:
        id: Its number.
        window: How much the peer takes now; below zero after it has made its windows smaller.
        credit: How much the peer may send now.
        backlog: Content that waits for the peer's windows.
        closing: Whether the last of its content ends this side, for streams whose content is whole from the beginning.
        ended_here: It is over; nothing more is said on it.
        ended_there: The peer has said everything.
    """

    __slots__ = ("backlog", "backlog_bytes", "closing", "credit", "ended_here", "ended_there", "id", "window")

    def __init__(self, number: int, window: int, credit: Credit) -> None:
        self.id = number
        self.window = window
        self.credit = credit
        self.backlog: deque[bytes | memoryview] = deque()
        self.backlog_bytes = 0
        self.closing = False
        self.ended_here = False
        self.ended_there = False

    def fits(self, size: int, last: bool) -> bool:  # noqa: ARG002 -- for those that were told how much comes
        """Whether this much content keeps to what was announced."""
        return True

    def take(self, content: bytes, size: int) -> None:
        """Take content which took so much of the windows."""

    def take_end(self) -> None:
        """The peer has ended its side, without trailers or after them."""

    def sent(self) -> None:
        """Some of the backlog was sent."""

    def over(self, reason: str | None) -> None:
        """Forget everything; None when this side itself has ended it."""
