"""One stream of a client: a request that is whole from the beginning, and what the peer answers.

What the peer may send is up to the receiver: it gives the window back as it reads, so a receiver that does not read
holds the peer back.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tradelane.http2.credit import Credit
from tradelane.http2.flow import Flow
from tradelane.http2.frames import ErrorCode
from tradelane.http2.headers import Headers

if TYPE_CHECKING:
    from tradelane.http2.client.connection import Connection

WINDOW_BYTES = 4 * 1024 * 1024
"""How much a peer may send on a stream before it is read."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Why a stream ended without the peer's last word.

    Attributes:
        reason: For people.
        code: HTTP/2's, where one side broke this very stream off; None when the whole connection went.
        unprocessed: The peer has certainly not looked at the request, so it may be made again whatever it asks for.
    """

    reason: str
    code: int | None
    unprocessed: bool


class Receiver(Protocol):
    """Who reads a stream. None of this blocks or raises."""

    def began(self, headers: Headers) -> None:
        """Take the headers which an answer begins with."""

    def data(self, content: bytes) -> None:
        """Take content, and let the peer send more by `Stream.consume`."""

    def ended(self, headers: Headers) -> None:
        """Take the headers after which nothing comes; of an answer that is nothing but those, its only ones."""

    def lost(self, loss: Loss) -> None:
        """The stream is over without such an end."""


class Stream(Flow):
    """One stream of a connection.

    Attributes:
        head: The request's header block.
        content: Its content.
        refusals: How often the peer would not take it.
        began: Whether the answer's headers have come.
    """

    __slots__ = ("_connection", "_receiver", "began", "code", "content", "head", "refusals", "unprocessed")

    def __init__(self, connection: "Connection", receiver: Receiver, head: bytes, content: bytes) -> None:
        super().__init__(0, 0, Credit(WINDOW_BYTES))
        self._connection = connection
        self._receiver: Receiver | None = receiver
        self.head = head
        self.closing = True
        self.content = content
        self.began = False
        self.refusals = 0
        self.code: int | None = None
        self.unprocessed = True
        """Until it is opened."""

    # For who made the request

    def consume(self, size: int) -> None:
        """Let the peer send as much again, once it was read."""
        self._connection.consume(self, size)

    def cancel(self) -> None:
        """Want no answer any more; the receiver hears nothing of this stream from now on."""
        if not self.ended_here:
            self._connection.cancel(self)

    # For its connection

    def take(self, content: bytes, size: int) -> None:
        """Hand content on."""
        self._connection.came(size)
        if size > len(content):
            self.consume(size - len(content))  # padding is read as soon as it is there
        if content and self._receiver is not None:
            self._receiver.data(content)

    def take_end(self) -> None:
        """The peer has ended its side without trailers."""
        self.finish({})

    def take_headers(self, headers: Headers) -> None:
        """The answer begins."""
        self.began = True
        if self._receiver is not None:
            self._receiver.began(headers)

    def finish(self, headers: Headers) -> None:
        """The peer has ended its side with these headers."""
        self.ended_there = True
        receiver = self._receiver
        self._connection.finished(self)
        if receiver is not None:
            receiver.ended(headers)

    def begin_again(self) -> None:
        """Be as before it was opened, since the peer has refused it."""
        self.refusals += 1
        self.id = 0
        self.unprocessed = True
        self.backlog.clear()
        self.backlog_bytes = 0

    def fits(self, size: int, last: bool) -> bool:  # noqa: ARG002 -- an answer need not say how much comes
        """Whether content may come now: after the answer's headers."""
        return self.began

    def over(self, reason: str | None) -> None:
        """Forget the request; tell the receiver when the peer had not ended its side."""
        if self.ended_here:
            return
        self.ended_here = True
        self.content = b""
        self.backlog.clear()
        self.backlog_bytes = 0
        # They hold each other, and there are many of them: without this the garbage collector would have to find out.
        receiver, self._receiver = self._receiver, None
        if reason is not None and receiver is not None:
            receiver.lost(Loss(reason, self.code, self.unprocessed))


def refused(code: int) -> bool:
    """Tell whether a peer that breaks a stream off so says that it has not looked at it."""
    return code == ErrorCode.REFUSED_STREAM
