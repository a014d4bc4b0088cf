"""The server's side of HTTP/2, frame by frame, for tests of the client's: it says what the test wants it to say."""

from collections.abc import Mapping

import hpack

from tests.support.http2_client import Frame
from tradelane.http2 import frames
from tradelane.http2.client.connection import Connection
from tradelane.http2.client.requests import request_head
from tradelane.http2.client.stream import Loss, Stream
from tradelane.http2.frames import ErrorCode, FrameReader, frame, settings_frame
from tradelane.http2.headers import Headers

ANSWER: Mapping[str, str] = {":status": "200", "content-type": "application/grpc"}
WELL: Mapping[str, str] = {"grpc-status": "0"}
HEAD = request_head("https", "peer0", "/gateway.Gateway/Submit", [("te", "trailers")])


class Recorder:
    """Takes down what a stream's receiver hears; gives the window back at once unless it is `slow`."""

    def __init__(self, *, slow: bool = False) -> None:
        self.stream: Stream | None = None
        self.headers: Headers | None = None
        self.content = bytearray()
        self.trailers: Headers | None = None
        self.loss: Loss | None = None
        self._slow = slow

    @property
    def over(self) -> bool:
        return self.trailers is not None or self.loss is not None

    def began(self, headers: Headers) -> None:
        assert self.headers is None
        assert not self.over
        self.headers = headers

    def data(self, content: bytes) -> None:
        assert self.headers is not None
        assert not self.over
        self.content += content
        if not self._slow:
            assert self.stream is not None
            self.stream.consume(len(content))

    def ended(self, headers: Headers) -> None:
        assert not self.over
        self.trailers = headers

    def lost(self, loss: Loss) -> None:
        assert not self.over
        self.loss = loss


class Server:
    """A server in memory, with the connection of the client that talks to it."""

    def __init__(self, settings: dict[int, int] | None = None) -> None:
        self.woken = 0
        self.connection = Connection(self._wake)
        self._encoder = hpack.Encoder()
        self._decoder = hpack.Decoder()
        self._reader = FrameReader()
        self.greeting = self.connection.output()
        self.say(settings_frame(settings or {}))
        self.heard()

    def call(self, content: bytes = b"request", *, slow: bool = False) -> Recorder:
        """Have the client make a request."""
        recorder = Recorder(slow=slow)
        recorder.stream = self.connection.open(HEAD, content, recorder)
        return recorder

    def say(self, data: bytes) -> None:
        self.connection.receive(data)

    def headers(self, stream_id: int, fields: Mapping[str, str] = ANSWER, *, last: bool = False) -> None:
        flags = frames.END_HEADERS | (frames.END_STREAM if last else 0)
        self.say(frame(frames.HEADERS, flags, stream_id, self.block(fields)))

    def block(self, fields: Mapping[str, str]) -> bytes:
        encoded: bytes = self._encoder.encode(fields.items())
        return encoded

    def data(self, stream_id: int, content: bytes, *, last: bool = False) -> None:
        self.say(frame(frames.DATA, frames.END_STREAM if last else 0, stream_id, content))

    def answer(self, stream_id: int, content: bytes = b"answer") -> None:
        self.headers(stream_id)
        self.data(stream_id, content)
        self.headers(stream_id, WELL, last=True)

    def reset(self, stream_id: int, code: int) -> None:
        self.say(frames.number_frame(frames.RST_STREAM, stream_id, code))

    def open_window(self, stream_id: int, size: int) -> None:
        self.say(frames.number_frame(frames.WINDOW_UPDATE, stream_id, size))

    def go_away(self, last: int, words: str = "") -> None:
        self.say(frames.goaway_frame(last, ErrorCode.NO_ERROR, words))

    def heard(self) -> list[Frame]:
        """Return the frames of the client since the last time."""
        said = b""
        while part := self.connection.output():
            said += part
        return [Frame(*each) for each in self._reader.feed(said)]

    def fields(self, block: bytes) -> list[tuple[str, str]]:
        """Read a header block of the client's."""
        return [(str(name), str(value)) for name, value in self._decoder.decode(block)]

    def fault(self) -> ErrorCode:
        """Return why the client ended the connection, as it tells its log and the server."""
        assert self.connection.closed is not None, "the connection goes on"
        last = self.heard()[-1]
        assert last.kind == frames.GOAWAY
        assert int.from_bytes(last.content[:4]) == 0
        code = ErrorCode(int.from_bytes(last.content[4:8]))
        assert code is self.connection.closed.code
        return code

    def reset_code(self, stream_id: int) -> ErrorCode:
        """Return why the client broke a stream off; the connection goes on."""
        assert self.connection.closed is None
        (found,) = [
            each.content for each in self.heard() if (each.kind, each.stream_id) == (frames.RST_STREAM, stream_id)
        ]
        return ErrorCode(int.from_bytes(found))

    def _wake(self) -> None:
        self.woken += 1
