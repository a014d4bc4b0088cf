"""A connection: what each frame may do when, and what a peer may not make this side work for.

Everything is told at once by calls: a new stream to `accept`, its content to its receiver. What is to be written is
gathered until `output` is called, which `wake` asks for. A fault of the peer's ends the stream or the connection as
RFC 9113 says; which one ended the connection is in `closed`, for the log.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping

from tradelane.chaincode.shim.http2 import frames, patience
from tradelane.chaincode.shim.http2.credit import Credit
from tradelane.chaincode.shim.http2.frames import ConnectionFault, ErrorCode, FrameReader, StreamFault
from tradelane.chaincode.shim.http2.headers import MAX_LIST_BYTES, Block, Codec, check_trailers, request_headers
from tradelane.chaincode.shim.http2.patience import Patience
from tradelane.chaincode.shim.http2.stream import WINDOW_BYTES, Stream
from tradelane.chaincode.shim.http2.writer import Writer

MAX_STREAMS = 100
"""How many streams a peer may have open at once. Fabric's has one."""

CONNECTION_WINDOW_BYTES = 4 * WINDOW_BYTES
_FIRST_WINDOW_BYTES = 65_535
_REMEMBERED = 256
"""Of so many streams that are over it is known how they ended."""

_OURS = {
    frames.MAX_CONCURRENT_STREAMS: MAX_STREAMS,
    frames.INITIAL_WINDOW_SIZE: WINDOW_BYTES,
    frames.MAX_HEADER_LIST_SIZE: MAX_LIST_BYTES,
}


class Connection:
    """The server's side of one connection.

    Args:
        accept: Called with every new stream; sets its receiver.
        wake: Called when `output` has something, once until it is called.
    """

    def __init__(self, accept: Callable[[Stream], None], wake: Callable[[], None]) -> None:
        self.streams: dict[int, Stream] = {}
        self.closed: ConnectionFault | None = None
        """The fault which ended the connection: after `output` it is to be closed."""
        self.greeted = False
        """Whether the peer has said its preface and settings."""
        self._accept = accept
        self._reader = FrameReader()
        self._codec = Codec()
        self._patience = Patience()
        self._writer = Writer(wake, self._patience.work, self._end_emptied)
        self._credit = Credit(CONNECTION_WINDOW_BYTES)
        self._preface = frames.PREFACE
        self._block: Block | None = None
        self._last_id = 0
        self._ended: OrderedDict[int, bool] = OrderedDict()
        self._going = False
        self._emit(frames.settings_frame(_OURS))
        self._emit(frames.number_frame(frames.WINDOW_UPDATE, 0, CONNECTION_WINDOW_BYTES - _FIRST_WINDOW_BYTES))

    # For the network

    def receive(self, data: bytes) -> None:
        """Take what the peer sent."""
        if self.closed is not None:
            return
        try:
            if self._preface:
                data = self._greet(data)
            for kind, flags, stream_id, content in self._reader.feed(data):
                try:
                    self._take(kind, flags, stream_id, content)
                except StreamFault as fault:
                    self._patience.try_on()
                    self.reset(fault.stream_id, fault.code, str(fault))
        except ConnectionFault as fault:
            self._fail(fault)

    def output(self) -> bytes:
        """Return what is to be written now."""
        return self._writer.output()

    def writable(self, now: bool) -> None:
        """Learn whether the network takes more than it was given."""
        self._writer.writable(now)

    def ping(self) -> None:
        """Ask the peer for a sign of life."""
        self._emit(frames.frame(frames.PING, 0, 0, bytes(8)))

    def rest(self) -> None:
        """Time has passed: be as patient with the peer as at first."""
        self._patience.restore()

    def go_away(self, reason: str = "") -> None:
        """Tell the peer to open no more streams here; those it opens nevertheless are refused."""
        if not self._going and self.closed is None:
            self._going = True
            self._emit(frames.goaway_frame(self._last_id, ErrorCode.NO_ERROR, reason))

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        for stream in list(self.streams.values()):
            self._forget(stream, reason, by_us=False)

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

    def reset(self, stream_id: int, code: ErrorCode, reason: str = "") -> None:
        """Break a stream off."""
        self._emit(frames.number_frame(frames.RST_STREAM, stream_id, code))
        stream = self.streams.get(stream_id)
        if stream is not None:
            self._forget(stream, reason or code.name, by_us=True)
        elif stream_id <= self._last_id:
            self._remember(stream_id, by_us=True)

    def consume(self, stream: Stream, size: int) -> None:
        """Let the peer send as much again as was read."""
        self._give_back(size)
        more = stream.credit.give_back(size)
        if more and not stream.ended_there and not stream.ended_here:
            self._emit(frames.number_frame(frames.WINDOW_UPDATE, stream.id, more))

    # Reading

    def _greet(self, data: bytes) -> bytes:
        expected = self._preface
        size = min(len(expected), len(data))
        if data[:size] != expected[:size]:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "no HTTP/2 preface")
        self._preface = expected[size:]
        return data[size:]

    def _take(self, kind: int, flags: int, stream_id: int, content: bytes) -> None:
        if self._block is not None and kind != frames.CONTINUATION:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a header block with another frame in it")
        if kind == frames.DATA:
            self._data(flags, stream_id, content)
            return
        if not self.greeted and kind != frames.SETTINGS:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a connection that does not begin with SETTINGS")
        take = _TAKE.get(kind)
        if take is None:
            self._patience.try_on()  # an extension, to be ignored
            return
        if kind in (_OF_THE_CONNECTION if stream_id else _OF_A_STREAM):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"a frame of type {kind} on stream {stream_id}")
        take(self, flags, stream_id, content)

    def _data(self, flags: int, stream_id: int, content: bytes) -> None:
        size = len(content)
        if not self._credit.take(size):
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "more content than the connection's window")
        stream = self.streams.get(stream_id)
        if stream is None or stream.ended_there:
            self._give_back(size)
            self._data_out_of_place(stream_id)
            return
        if flags & frames.PADDED:
            content = frames.without_padding(flags, content)
        last = bool(flags & frames.END_STREAM)
        if not stream.credit.take(size):
            self._give_back(size)
            raise StreamFault(stream_id, ErrorCode.FLOW_CONTROL_ERROR, "more content than the stream's window")
        if not stream.fits(len(content), last):
            self._give_back(size)
            raise StreamFault(stream_id, ErrorCode.PROTOCOL_ERROR, "not as much content as the request announced")
        if content:
            self._patience.work()
        else:
            self._patience.try_on()
        stream.take(content, size)
        if last:
            stream.take_end()

    def _data_out_of_place(self, stream_id: int) -> None:
        if stream_id == 0 or stream_id > self._last_id:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"content on stream {stream_id}, which nobody has opened")
        if self._ended.get(stream_id, False):
            self._patience.try_on()  # it was on its way when the stream was ended here
        else:
            raise StreamFault(stream_id, ErrorCode.STREAM_CLOSED, "content after the end of the stream")

    def _give_back(self, size: int) -> None:
        more = self._credit.give_back(size)
        if more:
            self._emit(frames.number_frame(frames.WINDOW_UPDATE, 0, more))

    def _headers(self, flags: int, stream_id: int, content: bytes) -> None:
        content = frames.without_padding(flags, content)
        content = frames.without_priority(stream_id, flags, content)
        block = Block(stream_id, bool(flags & frames.END_STREAM), content)
        if flags & frames.END_HEADERS:
            self._open(block)
        else:
            self._block = block

    def _continuation(self, flags: int, stream_id: int, content: bytes) -> None:
        block = self._block
        if block is None or block.stream_id != stream_id:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a continuation of no header block")
        block.add(content)
        if flags & frames.END_HEADERS:
            self._block = None
            self._open(block)

    def _open(self, block: Block) -> None:
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

    def _rst_stream(self, _: int, stream_id: int, content: bytes) -> None:
        code = frames.parse_number(content)
        self._must_have_been_opened(stream_id)
        self._patience.try_on()
        stream = self.streams.get(stream_id)
        if stream is not None:
            self._forget(stream, f"the peer broke the stream off with code {code}", by_us=False)

    def _priority(self, _: int, stream_id: int, content: bytes) -> None:
        self._patience.try_on()
        frames.check_priority(stream_id, content)

    def _push_promise(self, _: int, __: int, ___: bytes) -> None:
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a client that pushes")

    def _settings(self, flags: int, _: int, content: bytes) -> None:
        self._patience.try_on()
        if flags & frames.ACK:
            if content:
                raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "an acknowledgement with content")
            return
        self.greeted = True
        for setting, value in frames.parse_settings(content):
            self._set(setting, value)
        self._emit(frames.frame(frames.SETTINGS, frames.ACK, 0))

    def _set(self, setting: int, value: int) -> None:
        frames.check_setting(setting, value)
        if setting == frames.HEADER_TABLE_SIZE:
            self._codec.limit(value)
        elif setting == frames.INITIAL_WINDOW_SIZE:
            self._writer.set_initial_window(value, self.streams.values())
        elif setting == frames.MAX_FRAME_SIZE:
            self._writer.set_frame_bytes(value)

    def _ping(self, flags: int, _: int, content: bytes) -> None:
        self._patience.try_on()
        if len(content) != 8:
            raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a PING that is not of 8 bytes")
        if not flags & frames.ACK:
            self._emit(frames.frame(frames.PING, frames.ACK, 0, content))

    def _goaway(self, _: int, __: int, ___: bytes) -> None:
        """Leave it to the peer to close the connection."""
        self._patience.try_on()

    def _window_update(self, _: int, stream_id: int, content: bytes) -> None:
        self._patience.try_on()
        more = frames.parse_number(content) & frames.MAX_WINDOW
        if stream_id == 0:
            if not more:
                raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a window that grows by nothing")
            self._writer.grow(more)
            return
        self._must_have_been_opened(stream_id)
        if not more:
            raise StreamFault(stream_id, ErrorCode.PROTOCOL_ERROR, "a window that grows by nothing")
        stream = self.streams.get(stream_id)
        if stream is not None and not self._writer.grow_stream(stream, more):
            raise StreamFault(stream_id, ErrorCode.FLOW_CONTROL_ERROR, "a window beyond what HTTP/2 can count")

    def _must_have_been_opened(self, stream_id: int) -> None:
        if stream_id > self._last_id:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"a frame on stream {stream_id}, which nobody has opened")

    # Ending

    def _emit(self, frame: bytes) -> None:
        if self.closed is None:
            self._writer.emit(frame)

    def _end_emptied(self, stream: Stream) -> None:
        if stream.trailers is not None:
            self.send_trailers(stream, stream.trailers)

    def _forget(self, stream: Stream, reason: str | None, *, by_us: bool) -> None:
        self.streams.pop(stream.id, None)
        self._writer.forget(stream)
        self._remember(stream.id, by_us=by_us)
        stream.over(reason)

    def _remember(self, stream_id: int, *, by_us: bool) -> None:
        self._ended[stream_id] = by_us
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)

    def _fail(self, fault: ConnectionFault) -> None:
        self._emit(frames.goaway_frame(self._last_id, fault.code, str(fault)))
        self.closed = fault
        self.lost(f"the peer broke HTTP/2: {fault}")


_TAKE: Mapping[int, Callable[[Connection, int, int, bytes], None]] = {
    frames.HEADERS: Connection._headers,
    frames.PRIORITY: Connection._priority,
    frames.RST_STREAM: Connection._rst_stream,
    frames.SETTINGS: Connection._settings,
    frames.PUSH_PROMISE: Connection._push_promise,
    frames.PING: Connection._ping,
    frames.GOAWAY: Connection._goaway,
    frames.WINDOW_UPDATE: Connection._window_update,
    frames.CONTINUATION: Connection._continuation,
}
"""What a frame does, by type; DATA comes before all others."""

_OF_A_STREAM = frozenset({frames.HEADERS, frames.PRIORITY, frames.RST_STREAM, frames.PUSH_PROMISE, frames.CONTINUATION})
_OF_THE_CONNECTION = frozenset({frames.SETTINGS, frames.PING, frames.GOAWAY})
