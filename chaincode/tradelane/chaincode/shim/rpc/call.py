"""One call: messages in both directions, and a status at the end."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from tradelane.http2.frames import ErrorCode
from tradelane.http2.messages import MessageReader, Unfinished, enclosed
from tradelane.http2.server.stream import Stream
from tradelane.http2.status import Failure, Fields, Status, trailers

_RESPONSE: Fields = [(":status", "200"), ("content-type", "application/grpc")]
_TYPES = (b"application/grpc", b"application/grpc+proto")
_OTHERS_TEXT = b"This port speaks gRPC.\n"


class Served(Protocol):
    """Who serves a call. None of this blocks or raises."""

    def received(self, message: bytes) -> None:
        """Take a message."""

    def ended(self) -> None:
        """The caller has said everything."""

    def lost(self, reason: str) -> None:
        """The call is over, by the caller's or the connection's doing."""


class Call:
    """A call, as who serves it sees it; also the receiver of its stream.

    Attributes:
        peer: Who calls, as "host:port".
        served: Set by the method before anything comes.
    """

    def __init__(self, stream: Stream, peer: str, unfinished: Unfinished) -> None:
        self.peer = peer
        self.served: Served | None = None
        self._stream = stream
        self._reader = MessageReader(unfinished)
        self._responding = False
        self._over = False

    def send(self, message: bytes) -> None:
        """Send a message as soon as the caller takes it; has no effect once the call is over."""
        if self._over:
            return
        if not self._responding:
            self._responding = True
            self._stream.respond(_RESPONSE)
        self._stream.send(enclosed(message))

    async def flushed(self) -> None:
        """Wait until the caller has taken what was sent, or the call is over."""
        done = asyncio.Event()
        self._stream.when_flushed(done.set)
        await done.wait()

    def finish(self, status: Status = Status.OK, text: str = "") -> None:
        """End the call after what was sent before; again it has no effect."""
        if not self._over:
            self._end()
            end = trailers(status, text)
            self._stream.end(end if self._responding else _RESPONSE + end)

    def abort(self) -> None:
        """Break the call off, whatever still waits to be sent."""
        self._end()
        self._stream.reset(ErrorCode.CANCEL)

    # For the stream

    def data(self, content: bytes) -> None:
        """Take content, as `http2.stream.Receiver` says."""
        if self._over or self.served is None:
            return
        try:
            for message in self._reader.feed(content):
                self.served.received(message)
        except Failure as failure:
            self._fail(failure)

    def ended(self) -> None:
        """Take the end."""
        if self._over or self.served is None:
            return
        if self._reader.amid_message:
            self._fail(Failure(Status.INTERNAL, "the last message is not whole"))
        else:
            self.served.ended()

    def lost(self, reason: str) -> None:
        """Take the loss."""
        self._end()
        if self.served is not None:
            self.served.lost(reason)

    def _end(self) -> None:
        self._over = True
        self._reader.close()

    def _fail(self, failure: Failure) -> None:
        self.finish(failure.status, failure.text)
        if self.served is not None:
            self.served.lost(failure.text)


Method = Callable[[Call], Served]
"""Begins to serve a call."""


def answer(stream: Stream, methods: Mapping[bytes, Method], peer: str, unfinished: Unfinished) -> None:
    """Have the method serve a new stream that its path names, or say why there is none."""
    headers = stream.headers
    if headers[b":method"] != b"POST" or headers.get(b"content-type", b"").partition(b";")[0] not in _TYPES:
        stream.receiver = _Stranger(stream)
        return
    call = Call(stream, peer, unfinished)
    stream.receiver = call
    method = methods.get(headers[b":path"])
    if method is None:
        call.finish(Status.UNIMPLEMENTED, "there is no such method here")
    elif headers.get(b"grpc-encoding", b"identity") != b"identity":
        call.finish(Status.UNIMPLEMENTED, "compressed messages are not taken here")
    else:
        call.served = method(call)


class _Stranger:
    """Tells a browser or a probe what this is, once it has said everything."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def data(self, _: bytes) -> None:
        """Nobody reads it."""

    def ended(self) -> None:
        """Answer."""
        stream = self._stream
        stream.respond([(":status", "415"), ("content-type", "text/plain")])
        if stream.headers[b":method"] != b"HEAD":
            stream.send(_OTHERS_TEXT)
        stream.end([])

    def lost(self, _: str) -> None:
        """Nobody is there to be told."""
