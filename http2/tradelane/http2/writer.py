"""What is written: frames in their order, content as far as the peer's windows and the network let it."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from tradelane.http2 import frames
from tradelane.http2.flow import Flow
from tradelane.http2.frames import ConnectionFault, ErrorCode

S = TypeVar("S", bound=Flow)

_DEFAULT_WINDOW = 65_535
_BURST_BYTES = 256 * 1024
"""How much is written at once: more would only fill memory before the network has taken any."""


class Writer(Generic[S]):
    """The outgoing half of a connection.

    Args:
        wake: Called when `output` has something, once until it is called.
        moved: Called when content was sent.
        emptied: Called when a stream's last content was sent.
    """

    def __init__(self, wake: Callable[[], None], moved: Callable[[], None], emptied: Callable[[S], None]) -> None:
        self.initial_window = _DEFAULT_WINDOW
        self._writable = True
        self._wake = wake
        self._moved = moved
        self._emptied = emptied
        self._awake = False
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._window = _DEFAULT_WINDOW
        self._frame_bytes = frames.MAX_FRAME_BYTES
        self._waiting: dict[int, S] = {}

    def emit(self, frame: bytes) -> None:
        """Write a frame which no window holds up."""
        self._out.append(frame)
        self._out_bytes += len(frame)
        if not self._awake:
            self._awake = True
            self._wake()

    def send(self, stream: S, content: bytes) -> None:
        """Write a stream's content as soon as the windows are open for it."""
        size = len(content)
        fits = size <= self._frame_bytes and size <= stream.window and size <= self._window
        if fits and self._writable and not stream.backlog and self._out_bytes < _BURST_BYTES:
            self._write(stream, content, size)
        else:
            stream.backlog.append(content)
            stream.backlog_bytes += size
            self._waiting[stream.id] = stream
            self._go_on()

    def output(self) -> bytes:
        """Return what is to be written now."""
        self._awake = True  # nothing that comes of it need wake again: it is all returned
        self._pump()
        data = b"".join(self._out)
        self._out.clear()
        self._out_bytes = 0
        self._awake = False
        if self._writable and self._window > 0 and any(stream.window > 0 for stream in self._waiting.values()):
            self._go_on()
        return data

    def writable(self, now: bool) -> None:
        """Learn whether the network takes more; while it does not, content waits with its streams."""
        self._writable = now
        self._go_on()

    def grow(self, more: int) -> None:
        """Open the connection's window further."""
        self._window += more
        if self._window > frames.MAX_WINDOW:
            raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "a window beyond what HTTP/2 can count")
        self._go_on()

    def grow_stream(self, stream: S, more: int) -> bool:
        """Open or shut a stream's window further; False when it cannot be that large."""
        stream.window += more
        self._go_on()
        return stream.window <= frames.MAX_WINDOW

    def set_initial_window(self, size: int, streams: Iterable[S]) -> None:
        """Change the windows of all streams by as much as that of the next one."""
        change, self.initial_window = size - self.initial_window, size
        for stream in streams:
            if not self.grow_stream(stream, change):
                raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, "a window beyond what HTTP/2 can count")

    def set_frame_bytes(self, size: int) -> None:
        """Send frames of up to this size."""
        self._frame_bytes = min(size, _BURST_BYTES)

    def forget(self, stream: S) -> None:
        """Send no more of a stream's content."""
        self._waiting.pop(stream.id, None)

    def _go_on(self) -> None:
        if self._waiting and self._writable and not self._awake:
            self._awake = True
            self._wake()

    def _pump(self) -> None:
        """Write of each waiting stream's backlog in turn, a frame at a time, what the windows let through."""
        moved = True
        while moved:
            moved = False
            for stream in list(self._waiting.values()):
                if not self._writable or self._out_bytes >= _BURST_BYTES:
                    return
                if stream.backlog:
                    moved |= self._write_some(stream)

    def _write_some(self, stream: S) -> bool:
        content = stream.backlog[0]
        size = len(content)
        room = min(self._frame_bytes, stream.window, self._window)
        if room <= 0 < size:
            return False
        if size > room:
            whole = memoryview(content)
            content, stream.backlog[0], size = whole[:room], whole[room:], room
        else:
            stream.backlog.popleft()
        stream.backlog_bytes -= size
        self._write(stream, content, size)
        if not stream.backlog:
            del self._waiting[stream.id]
        stream.sent()
        if not stream.backlog:
            self._emptied(stream)
        return True

    def _write(self, stream: S, content: bytes | memoryview, size: int) -> None:
        stream.window -= size
        self._window -= size
        self._moved()
        last = stream.closing and not stream.backlog
        self.emit(frames.frame(frames.DATA, frames.END_STREAM if last else 0, stream.id, content))
