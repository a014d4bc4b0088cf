"""A client's connection: it opens streams as the peer allows, and those beyond that wait their turn."""

from collections import OrderedDict
from collections.abc import Callable

from tradelane.http2 import frames
from tradelane.http2.client.answers import AnswerReader
from tradelane.http2.client.stream import WINDOW_BYTES, Receiver, Stream, refused
from tradelane.http2.frames import MAX_STREAM_ID, ConnectionFault, ErrorCode, StreamFault
from tradelane.http2.headers import Block
from tradelane.http2.side import Side

CONNECTION_WINDOW_BYTES = 4 * WINDOW_BYTES

MAX_ANSWER_LIST_BYTES = 256 * 1024
"""How large an answer's headers may be, decoded: a failure's words and details travel in them."""

_MOST_REFUSALS = 10
"""So often a stream is tried before its request counts as refused."""

_MOST_LEFT = 4096
_LATE_FRAMES = 8
"""Of so many streams that were ended here so many frames may still come, without any cost to the peer."""

_OURS = {
    frames.ENABLE_PUSH: 0,
    frames.INITIAL_WINDOW_SIZE: WINDOW_BYTES,
    frames.MAX_HEADER_LIST_SIZE: MAX_ANSWER_LIST_BYTES,
}


class Connection(Side[Stream]):
    """The client's side of one connection.

    Args:
        wake: Called when `output` has something, once until it is called.
    """

    greeting = frames.PREFACE

    def __init__(self, wake: Callable[[], None]) -> None:
        self.going = False
        """Whether no more streams can be opened here; those that are open go on."""
        self.farewell = ""
        """What the peer said when it announced its going."""
        self._answers = AnswerReader()
        self._queue: OrderedDict[Stream, None] = OrderedDict()
        self._left: OrderedDict[int, int] = OrderedDict()
        self._max_streams = MAX_STREAM_ID  # as long as the peer says nothing else
        super().__init__(wake, _OURS, CONNECTION_WINDOW_BYTES, MAX_ANSWER_LIST_BYTES)

    def open(self, head: bytes, content: bytes, receiver: Receiver) -> Stream:
        """Make a request, at once or as soon as the peer allows another stream.

        Args:
            head: The request's header block; it must leave the compression's tables alone (see `requests`).
            content: The request's content, whole; not empty.
            receiver: Hears the answer. A connection that is `going` loses the stream at once.
        """
        stream = Stream(self, receiver, head, content)
        if self.going or self.closed is not None:
            stream.over("the connection is being closed")
        elif self._queue or len(self.streams) >= self._max_streams:
            self._queue[stream] = None
        else:
            self._begin(stream)
        return stream

    @property
    def waiting(self) -> int:
        """How many streams wait for the peer to allow them."""
        return len(self._queue)

    @property
    def idle(self) -> bool:
        """Whether there is no stream."""
        return not self.streams and not self._queue

    def go_away(self) -> None:
        """Say that nothing more will come."""
        if self.closed is None:
            self._emit(frames.goaway_frame(0, ErrorCode.NO_ERROR))
        self.going = True

    def lost(self, reason: str) -> None:
        """The connection is gone."""
        self.going = True
        self._drop_queue(reason)
        super().lost(reason)

    # For its streams

    def cancel(self, stream: Stream) -> None:
        """Break a stream off whose answer nobody wants."""
        if stream.id == 0:
            self._queue.pop(stream, None)
            stream.over(None)
            return
        self._emit(frames.number_frame(frames.RST_STREAM, stream.id, ErrorCode.CANCEL))
        self._forget(stream, None, by_us=True)

    def finished(self, stream: Stream) -> None:
        """The peer has ended a stream; when it does not want all of the request, the rest is not sent."""
        unsent = bool(stream.backlog)
        if unsent:
            self._emit(frames.number_frame(frames.RST_STREAM, stream.id, ErrorCode.NO_ERROR))
        self._forget(stream, None, by_us=unsent)

    def came(self, size: int) -> None:
        """Open the connection's window again: it never shuts for want of one reader, since others share it."""
        self._give_back(size)

    def consume(self, stream: Stream, size: int) -> None:
        """Open a stream's own window again, as far as its content was read."""
        self._give_back_of(stream, size)

    # Opening

    def _begin(self, stream: Stream) -> None:
        stream.id = number = self._last_id + 2 if self._last_id else 1
        if number > MAX_STREAM_ID - 2:
            self.going = True  # the last one there is
        self._last_id = number
        stream.unprocessed = False
        stream.window = self._writer.initial_window
        self.streams[number] = stream
        for frame in frames.header_frames(number, stream.head):
            self._emit(frame)
        self._writer.send(stream, stream.content)

    def _begin_waiting(self) -> None:
        while self._queue and len(self.streams) < self._max_streams and not self.going:
            self._begin(self._queue.popitem(last=False)[0])
        if self.going:
            self._drop_queue("the connection is being closed")

    def _drop_queue(self, reason: str) -> None:
        dropped = list(self._queue)
        self._queue.clear()
        for stream in dropped:
            stream.over(reason)

    def _forget(self, stream: Stream, reason: str | None, *, by_us: bool) -> None:
        super()._forget(stream, reason, by_us=by_us)
        if self._queue:
            self._begin_waiting()

    def _remember(self, stream_id: int, *, by_us: bool) -> None:
        if by_us:  # what still comes on others is a fault of the peer's
            self._left.setdefault(stream_id, _LATE_FRAMES)
            if len(self._left) > _MOST_LEFT:
                self._left.popitem(last=False)

    def _was_left(self, stream_id: int) -> bool:
        """Whether a frame was on its way when its stream was ended here: an answer's few frames are no fault."""
        frames_left = self._left.get(stream_id)
        if not frames_left:
            return False
        self._left[stream_id] = frames_left - 1
        return True

    # Reading

    def _data_out_of_place(self, stream_id: int) -> None:
        if not self._was_left(stream_id):
            super()._data_out_of_place(stream_id)

    def _block_complete(self, block: Block) -> None:
        stream = self.streams.get(block.stream_id)
        if stream is None:
            self._must_have_been_opened(block.stream_id)
            if not self._was_left(block.stream_id):
                self._patience.try_on()
            self._answers.skip(self._codec, block)
            return
        headers = self._answers.read(self._codec, block, first=not stream.began)
        if block.ends_stream:
            stream.finish(headers)
        elif stream.began:
            raise StreamFault(stream.id, ErrorCode.PROTOCOL_ERROR, "headers amid the content")
        elif headers[b":status"].startswith(b"1"):
            self._patience.try_on()  # an interim answer, of no use here
        else:
            stream.take_headers(headers)

    def _broken_off(self, stream: Stream, code: int) -> None:
        if refused(code) and len(self.streams) > 1 and stream.refusals < _MOST_REFUSALS and not self.going:
            self._put_back(stream)
            return
        stream.code, stream.unprocessed = code, refused(code)
        self._forget(stream, f"Received RST_STREAM with error code {code}", by_us=False)

    def _put_back(self, stream: Stream) -> None:
        """Let a stream wait for another one's end that the peer refused: it may count one of which we know the end."""
        del self.streams[stream.id]
        self._writer.forget(stream)
        stream.begin_again()
        self._queue[stream] = None
        self._queue.move_to_end(stream, last=False)

    def reset(self, stream_id: int, code: ErrorCode, reason: str = "") -> None:
        """Break a stream off for the peer's fault."""
        stream = self.streams.get(stream_id)
        if stream is not None:
            stream.code = code
        super().reset(stream_id, code, reason)

    def _set(self, setting: int, value: int) -> None:
        super()._set(setting, value)
        if setting == frames.ENABLE_PUSH and value:
            raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a server that asks to be pushed to")
        if setting == frames.MAX_CONCURRENT_STREAMS:
            self._max_streams = value
            self._begin_waiting()

    def _goaway(self, _: int, __: int, content: bytes) -> None:
        self._patience.try_on()
        last, code, words = frames.parse_goaway(content)
        self.going = True
        self.farewell = f"the peer is closing the connection (code {code}{f', {words}' if words else ''})"
        self._drop_queue(self.farewell)
        for number, stream in list(self.streams.items()):
            if number > last:
                stream.unprocessed = True
                self._forget(stream, self.farewell, by_us=True)
