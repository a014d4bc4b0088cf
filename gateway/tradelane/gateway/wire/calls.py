"""The calls on a connection: who hears what their streams bring."""

import asyncio
from collections import deque

from tradelane.gateway.rpc import Failure
from tradelane.gateway.wire import ending
from tradelane.http2 import status
from tradelane.http2.client.stream import Loss, Stream
from tradelane.http2.headers import Headers
from tradelane.http2.messages import HEAD_BYTES, MessageReader, Unfinished, whole


class Unary:
    """A call with one answer.

    Attributes:
        done: The answer, or how the call failed.
        stream: Its stream, once it is opened.
        unprocessed: The peer has certainly not looked at it.
    """

    __slots__ = ("_answer", "_began", "_reader", "_unfinished", "done", "stream", "unprocessed")

    def __init__(self, loop: asyncio.AbstractEventLoop, unfinished: Unfinished) -> None:
        self.done: asyncio.Future[bytes | Failure] = loop.create_future()
        self.stream: Stream | None = None
        self.unprocessed = False
        self._unfinished = unfinished
        self._reader: MessageReader | None = None
        self._answer: bytes | None = None
        self._began = False

    def expire(self) -> None:
        """Its time is over."""
        self._give_up(ending.OVERDUE)

    def leave(self) -> None:
        """Nobody waits for it any more."""
        self._close()
        if self.stream is not None:
            self.stream.cancel()

    # For its stream

    def began(self, headers: Headers) -> None:
        """Take the headers which the answer begins with."""
        self._began = True
        failure = ending.of_beginning(headers)
        if failure is not None and b"grpc-status" not in headers:
            self._give_up(failure)

    def data(self, content: bytes) -> None:
        """Take content."""
        if self.stream is not None:
            self.stream.consume(len(content))
        if self._reader is None and self._answer is None:
            self._answer = whole(content)
            if self._answer is not None:
                return
        try:
            self._read(content)
        except status.Failure as failure:
            self._give_up(Failure(failure.status.name, failure.text))

    def ended(self, headers: Headers) -> None:
        """Take the last headers."""
        amid = self._reader is not None and self._reader.amid_message
        self._close()
        if not self.done.done():
            failure = ending.of_end(headers, began=self._began)
            if failure is None and (self._answer is None or amid):
                failure = ending.NO_ANSWER
            self.done.set_result(failure or self._answer or b"")

    def lost(self, loss: Loss) -> None:
        """The stream broke."""
        self._close()
        if not self.done.done():
            self.unprocessed = loss.unprocessed
            self.done.set_result(ending.of_loss(loss))

    def _read(self, content: bytes) -> None:
        if self._reader is None:
            self._reader = MessageReader(self._unfinished)
        for message in self._reader.feed(content):
            if self._answer is not None:
                self._give_up(ending.SEVERAL_ANSWERS)
            self._answer = message

    def _give_up(self, failure: Failure) -> None:
        if not self.done.done():
            self.done.set_result(failure)
        self.leave()

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()


class Streaming:
    """The messages of a server stream, read one by one; what nobody has read holds the peer back."""

    __slots__ = ("_began", "_end", "_held", "_queue", "_queued_bytes", "_reader", "_waiter", "stream")

    def __init__(self, unfinished: Unfinished) -> None:
        self.stream: Stream | None = None
        self._reader = MessageReader(unfinished)
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._held = 0
        """How much has come for which the peer was not given its window back."""
        self._waiter: asyncio.Future[None] | None = None
        self._end: Failure | None = None
        self._began = False

    @property
    def over(self) -> bool:
        """Whether nothing more comes."""
        return self._end is not None

    async def receive(self) -> bytes | Failure:
        """Wait for the next message, or for the end; one task at a time."""
        while not self._queue:
            if self._end is not None:
                return self._end
            self._give_back(0)  # also of a message of which only a part has come: the rest is wanted
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        message = self._queue.popleft()
        self._queued_bytes -= HEAD_BYTES + len(message)
        self._give_back(self._queued_bytes + self._reader.held)
        return message

    def cancel(self) -> None:
        """Want no more."""
        self.finish(ending.CANCELLED)
        if self.stream is not None:
            self.stream.cancel()

    def finish(self, failure: Failure) -> None:
        """Nothing comes any more."""
        if self._end is None:
            self._end = failure
            self._reader.close()
            self._wake()

    # For its stream

    def began(self, headers: Headers) -> None:
        """Take the headers which the stream begins with."""
        self._began = True
        failure = ending.of_beginning(headers)
        if failure is not None and b"grpc-status" not in headers:
            self._give_up(failure)

    def data(self, content: bytes) -> None:
        """Take content."""
        if self._end is not None:
            return
        self._held += len(content)
        try:
            messages = self._reader.feed(content)
        except status.Failure as failure:
            self._give_up(Failure(failure.status.name, failure.text))
            return
        for message in messages:
            self._queue.append(message)
            self._queued_bytes += HEAD_BYTES + len(message)
        if messages:
            self._wake()
        elif self._waiter is not None and not self._queue:
            self._give_back(0)

    def ended(self, headers: Headers) -> None:
        """Take the last headers."""
        amid = self._reader.amid_message
        failure = ending.of_end(headers, began=self._began)
        self.finish(failure or (ending.NO_ANSWER if amid else ending.PEER_ENDED))

    def lost(self, loss: Loss) -> None:
        """The stream broke."""
        self.finish(ending.of_loss(loss))

    def _give_back(self, kept: int) -> None:
        """Open the peer's window for all that came but this much."""
        size = self._held - kept
        if size > 0 and self.stream is not None:
            self._held = kept
            self.stream.consume(size)

    def _give_up(self, failure: Failure) -> None:
        self.finish(failure)
        if self.stream is not None:
            self.stream.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
