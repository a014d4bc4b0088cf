"""The client's side of HTTP/2, frame by frame, for tests of the server's: it says what the test wants it to say."""

from collections.abc import Mapping
from dataclasses import dataclass

import hpack

from tradelane.http2 import frames
from tradelane.http2.frames import ErrorCode, FrameReader, frame, settings_frame
from tradelane.http2.server.connection import Connection
from tradelane.http2.server.stream import Stream

REQUEST: Mapping[str, str] = {
    ":method": "POST",
    ":scheme": "http",
    ":path": "/protos.Chaincode/Connect",
    "content-type": "application/grpc",
}


@dataclass(frozen=True)
class Frame:
    """A frame of the server."""

    kind: int
    flags: int
    stream_id: int
    content: bytes


class Recorder:
    """Takes down what a stream receives; `echo` sends everything back."""

    def __init__(self, stream: Stream, *, echo: bool = False) -> None:
        self.stream = stream
        self.content = bytearray()
        self.over = ""
        self._echo = echo
        if echo:
            stream.respond([(":status", "200")])

    def data(self, content: bytes) -> None:
        self.content += content
        if self._echo:
            self.stream.send(content)

    def ended(self) -> None:
        self.over = "ended"

    def lost(self, reason: str) -> None:
        self.over = reason


class Client:
    """A client in memory, with the connection it talks to."""

    def __init__(self, *, echo: bool = False, settings: dict[int, int] | None = None) -> None:
        self.served: list[Recorder] = []
        self.woken = 0
        self._echo = echo
        self._encoder = hpack.Encoder()
        self._reader = FrameReader()
        self.connection = Connection(self._accept, self._wake)
        self.say(frames.PREFACE + settings_frame(settings or {}))
        self.heard()

    def say(self, data: bytes) -> None:
        self.connection.receive(data)

    def request(self, stream_id: int, *, last: bool = False, **changes: str) -> None:
        """Open a stream; `changes` are further headers, with _ for -."""
        flags = frames.END_HEADERS | (frames.END_STREAM if last else 0)
        self.say(frame(frames.HEADERS, flags, stream_id, self.block(**changes)))

    def block(self, **changes: str) -> bytes:
        headers = {**REQUEST, **{name.replace("_", "-"): value for name, value in changes.items()}}
        encoded: bytes = self._encoder.encode(headers.items())
        return encoded

    def data(self, stream_id: int, content: bytes, *, last: bool = False) -> None:
        self.say(frame(frames.DATA, frames.END_STREAM if last else 0, stream_id, content))

    def open_window(self, stream_id: int, size: int) -> None:
        self.say(frames.number_frame(frames.WINDOW_UPDATE, stream_id, size))

    def heard(self) -> list[Frame]:
        """Return the frames of the server since the last time."""
        said = b""
        while part := self.connection.output():
            said += part
        return [Frame(*each) for each in self._reader.feed(said)]

    def content(self, stream_id: int = 1) -> bytes:
        """Return the content that came since the last time."""
        return b"".join(
            each.content for each in self.heard() if (each.kind, each.stream_id) == (frames.DATA, stream_id)
        )

    def fault(self) -> ErrorCode:
        """Return why the server ended the connection, as it tells its log and the client."""
        assert self.connection.closed is not None, "the connection goes on"
        last = self.heard()[-1]
        assert last.kind == frames.GOAWAY
        code = ErrorCode(int.from_bytes(last.content[4:8]))
        assert code is self.connection.closed.code
        return code

    def reset_code(self, stream_id: int) -> ErrorCode:
        """Return why the server broke a stream off; the connection goes on."""
        assert self.connection.closed is None
        (found,) = [
            each.content for each in self.heard() if (each.kind, each.stream_id) == (frames.RST_STREAM, stream_id)
        ]
        return ErrorCode(int.from_bytes(found))

    def _accept(self, stream: Stream) -> None:
        recorder = Recorder(stream, echo=self._echo)
        stream.receiver = recorder
        self.served.append(recorder)

    def _wake(self) -> None:
        self.woken += 1
