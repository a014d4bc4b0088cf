"""A server's connection: which streams a peer may open, and what it is answered."""

from collections.abc import Callable

from tradelane.http2 import frames, patience
from tradelane.http2.frames import ConnectionFault, ErrorCode, StreamFault
from tradelane.http2.headers import MAX_LIST_BYTES, Block, check_trailers, request_headers
from tradelane.http2.server.stream import WINDOW_BYTES, Stream
from tradelane.http2.side import Side

MAX_STREAMS = 100
"""How many streams a peer may have open at once. Fabric's has one."""

CONNECTION_WINDOW_BYTES = 4 * WINDOW_BYTES

_OURS = {
    frames.MAX_CONCURRENT_STREAMS: MAX_STREAMS,
    frames.INITIAL_WINDOW_SIZE: WINDOW_BYTES,
    frames.MAX_HEADER_LIST_SIZE: MAX_LIST_BYTES,
}


class Connection(Side[Stream]):
    """The server's side of one connection.

    Args:
        accept: Called with every new stream; sets its receiver.
        wake: Called when `output` has something, once until it is called.
    """

    preface = frames.PREFACE

    def __init__(self, accept: Callable[[Stream], None], wake: Callable[[], None]) -> None:
        super().__init__(wake, _OURS, CONNECTION_WINDOW_BYTES, MAX_LIST_BYTES)
        self._accept = accept
        self._going = False

    # For the network

    def go_away(self, reason: str = "") -> None:
        """Tell the peer to open no more streams here; those it opens nevertheless are refused."""
        if not self._going and self.closed is None:
            self._going = True
            self._emit(frames.goaway_frame(self._last_id, ErrorCode.NO_ERROR, reason))

    # For its streams

    def send_headers(self, stream: Stream, headers: list[tuple[str, str]]) -> None:
        """Send a stream's response headers."""
        if not stream.ended_here:
            self._emit(frames.frame(frames.HEADERS, frames.END_HEADERS, stream.id, self._codec.encode(headers)))

    def send_data(self, stream: Stream, content: bytes) -> None:
        """Send a stream's content as far as the windows are open, and keep the rest."""
        if not stream.ended_here:
            self._writer.send(stream, content)

    def send_trailers(self, stream: Stream, headers: list[tuple[str, str]]) -> None:
        """End a stream, all of whose content is sent."""
        if headers:
            flags = frames.END_HEADERS | frames.END_STREAM
            self._emit(frames.frame(frames.HEADERS, flags, stream.id, self._codec.encode(headers)))
        else:
            self._emit(frames.frame(frames.DATA, frames.END_STREAM, stream.id))
        if not stream.ended_there:  # nothing the peer still says would be read
            self._emit(frames.number_frame(frames.RST_STREAM, stream.id, ErrorCode.NO_ERROR))
        self._forget(stream, None, by_us=not stream.ended_there)

    # Reading

    def _block_complete(self, block: Block) -> None:
        fields = self._codec.decode(block.content)
        number = block.stream_id
        stream = self.streams.get(number)
        if stream is not None:
            self._end_with_trailers(stream, block, fields)
        elif number in self._ended:
            self._patience.try_on()
            if not self._ended[number]:
                raise ConnectionFault(ErrorCode.STREAM_CLOSED, "headers after the end of the stream")
        elif number <= self._last_id or not number % 2:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"a new stream with the number {number}")
        else:
            self._last_id = number
            self._patience.try_on(patience.STREAM)
            self._begin(block, fields)

    def _begin(self, block: Block, fields: list[tuple[bytes, bytes]]) -> None:
        number = block.stream_id
        if self._going or len(self.streams) >= MAX_STREAMS:
            raise StreamFault(number, ErrorCode.REFUSED_STREAM, "no more streams are taken")
        stream = Stream(self, number, request_headers(number, fields), self._writer.initial_window)
        if block.ends_stream and not stream.fits(0, last=True):
            raise StreamFault(number, ErrorCode.PROTOCOL_ERROR, "not as much content as the request announced")
        self.streams[number] = stream
        self._accept(stream)
        if block.ends_stream:
            stream.take_end()

    def _end_with_trailers(self, stream: Stream, block: Block, fields: list[tuple[bytes, bytes]]) -> None:
        if stream.ended_there:
            raise StreamFault(stream.id, ErrorCode.STREAM_CLOSED, "headers after the end of the stream")
        if not block.ends_stream or not stream.fits(0, last=True):
            raise StreamFault(stream.id, ErrorCode.PROTOCOL_ERROR, "headers amid the content, or content that lacks")
        check_trailers(stream.id, fields)
        stream.take_end()

    def _broken_off(self, stream: Stream, code: int) -> None:
        self._forget(stream, f"the peer broke the stream off with code {code}", by_us=False)

    def _goaway(self, flags: int, stream_id: int, content: bytes) -> None:  # noqa: ARG002 -- as every frame
        """Leave it to the peer to close the connection."""
        self._patience.try_on()

    # Ending

    def _highest_of_peer(self) -> int:
        return self._last_id

    def _emptied(self, stream: Stream) -> None:
        if stream.trailers is not None:
            self.send_trailers(stream, stream.trailers)
