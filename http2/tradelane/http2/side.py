"""A connection, as far as both sides treat it alike: what each frame may do when, and which work it may cause here.

Everything is told at once by calls. What is to be written is gathered until `output` is called, which `wake` asks for.
A fault of the peer's ends the stream or the connection as RFC 9113 says; which one ended the connection is in `closed`.
"""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from tradelane.http2 import frames
from tradelane.http2.credit import Credit
from tradelane.http2.flow import Flow
from tradelane.http2.frames import ConnectionFault, ErrorCode, FrameReader, StreamFault
from tradelane.http2.headers import Block, Codec
from tradelane.http2.patience import Patience
from tradelane.http2.writer import Writer

S = TypeVar("S", bound=Flow)

_FIRST_WINDOW_BYTES = 65_535
_REMEMBERED = 256
"""Of so many streams that are over it is known how they ended."""


class Side(Generic[S]):
    """One side of one connection.

    Args:
        wake: Called when `output` has something, once until it is called.
        settings: What this side announces.
        window_bytes: How much the peer may send on all streams together before it is read.
        max_list_bytes: How large headers may be, decoded.
    """

    preface = b""
    """What the peer begins with, before its settings."""
    greeting = b""
    """What this side begins with, before its own."""

    def __init__(
        self, wake: Callable[[], None], settings: dict[int, int], window_bytes: int, max_list_bytes: int
    ) -> None:
        self.streams: dict[int, S] = {}
        self.closed: ConnectionFault | None = None
        """The fault which ended the connection: after `output` it is to be closed."""
        self.greeted = False
        """Whether the peer has begun as it must: with its settings, a client with its preface before them."""
        self._codec = Codec(max_list_bytes)
        self._reader = FrameReader()
        self._patience = Patience()
        self._writer: Writer[S] = Writer(wake, self._patience.work, self._emptied)
        self._credit = Credit(window_bytes)
        self._expected = self.preface
        self._block: Block | None = None
        self._last_id = 0
        """The highest number of a stream that the client has opened."""
        self._ended: OrderedDict[int, bool] = OrderedDict()
        self._emit(self.greeting + frames.settings_frame(settings))
        self._emit(frames.number_frame(frames.WINDOW_UPDATE, 0, window_bytes - _FIRST_WINDOW_BYTES))
        self._take_by_kind: dict[int, Callable[[int, int, bytes], None]] = {
            frames.HEADERS: self._headers,
            frames.PRIORITY: self._priority,
            frames.RST_STREAM: self._rst_stream,
            frames.SETTINGS: self._settings,
            frames.PUSH_PROMISE: self._push_promise,
            frames.PING: self._ping,
            frames.GOAWAY: self._goaway,
            frames.WINDOW_UPDATE: self._window_update,
            frames.CONTINUATION: self._continuation,
        }

    # For the network

    def receive(self, data: bytes) -> None:
        """Take what the peer sent."""
        if self.closed is not None:
            return
        try:
            if self._expected:
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

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        for stream in list(self.streams.values()):
            self._forget(stream, reason, by_us=False)

    # For its streams

    def reset(self, stream_id: int, code: ErrorCode, reason: str = "") -> None:
        """Break a stream off."""
        self._emit(frames.number_frame(frames.RST_STREAM, stream_id, code))
        stream = self.streams.get(stream_id)
        if stream is not None:
            self._forget(stream, reason or code.name, by_us=True)
        elif stream_id <= self._last_id:
            self._remember(stream_id, by_us=True)

    def consume(self, stream: S, size: int) -> None:
        """Let the peer send as much again as was read."""
        self._give_back(size)
        self._give_back_of(stream, size)

    # What each side does in its own way

    def _block_complete(self, block: Block) -> None:
        """Take a whole header block."""
        raise NotImplementedError

    def _broken_off(self, stream: S, code: int) -> None:
        """Take the peer's RST_STREAM."""
        raise NotImplementedError

    def _emptied(self, stream: S) -> None:
        """Take note that all of a stream's content was sent."""

    def _highest_of_peer(self) -> int:
        """Return the last stream which the peer opened."""
        return 0

    def _goaway(self, flags: int, stream_id: int, content: bytes) -> None:
        raise NotImplementedError

    # Reading

    def _greet(self, data: bytes) -> bytes:
        expected = self._expected
        size = min(len(expected), len(data))
        if data[:size] != expected[:size]:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "no HTTP/2 preface")
        self._expected = expected[size:]
        return data[size:]

    def _take(self, kind: int, flags: int, stream_id: int, content: bytes) -> None:
        if self._block is not None and kind != frames.CONTINUATION:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a header block with another frame in it")
        if kind == frames.DATA:
            self._data(flags, stream_id, content)
            return
        if not self.greeted and kind != frames.SETTINGS:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a connection that does not begin with SETTINGS")
        take = self._take_by_kind.get(kind)
        if take is None:
            self._patience.try_on()  # an extension, to be ignored
            return
        if kind in (_OF_THE_CONNECTION if stream_id else _OF_A_STREAM):
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"a frame of type {kind} on stream {stream_id}")
        take(flags, stream_id, content)

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
            raise StreamFault(stream_id, ErrorCode.PROTOCOL_ERROR, "content that was not announced so")
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

    def _give_back_of(self, stream: S, size: int) -> None:
        more = stream.credit.give_back(size)
        if more and not stream.ended_there and not stream.ended_here:
            self._emit(frames.number_frame(frames.WINDOW_UPDATE, stream.id, more))

    def _headers(self, flags: int, stream_id: int, content: bytes) -> None:
        content = frames.without_padding(flags, content)
        content = frames.without_priority(stream_id, flags, content)
        block = Block(stream_id, bool(flags & frames.END_STREAM), content, self._codec.max_block_bytes)
        if flags & frames.END_HEADERS:
            self._block_complete(block)
        else:
            self._block = block

    def _continuation(self, flags: int, stream_id: int, content: bytes) -> None:
        block = self._block
        if block is None or block.stream_id != stream_id:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a continuation of no header block")
        block.add(content)
        if flags & frames.END_HEADERS:
            self._block = None
            self._block_complete(block)

    def _rst_stream(self, _: int, stream_id: int, content: bytes) -> None:
        code = frames.parse_number(content)
        self._must_have_been_opened(stream_id)
        self._patience.try_on()
        stream = self.streams.get(stream_id)
        if stream is not None:
            self._broken_off(stream, code)

    def _priority(self, _: int, stream_id: int, content: bytes) -> None:
        self._patience.try_on()
        frames.check_priority(stream_id, content)

    def _push_promise(self, _: int, __: int, ___: bytes) -> None:
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a push, which nobody may send here")

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

    def _forget(self, stream: S, reason: str | None, *, by_us: bool) -> None:
        self.streams.pop(stream.id, None)
        self._writer.forget(stream)
        self._remember(stream.id, by_us=by_us)
        stream.over(reason)

    def _remember(self, stream_id: int, *, by_us: bool) -> None:
        self._ended[stream_id] = by_us
        if len(self._ended) > _REMEMBERED:
            self._ended.popitem(last=False)

    def _fail(self, fault: ConnectionFault) -> None:
        self._emit(frames.goaway_frame(self._highest_of_peer(), fault.code, str(fault)))
        self.closed = fault
        self.lost(f"the peer broke HTTP/2: {fault}")


_OF_A_STREAM = frozenset({frames.HEADERS, frames.PRIORITY, frames.RST_STREAM, frames.PUSH_PROMISE, frames.CONTINUATION})
_OF_THE_CONNECTION = frozenset({frames.SETTINGS, frames.PING, frames.GOAWAY})
