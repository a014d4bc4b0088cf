"""An asyncio transport in memory, which takes down the frames of HTTP/2 that are written to it."""

from collections.abc import Callable

from tradelane.http2.frames import FrameReader


class Transport:
    """The way to the peer, as far as a connection asks for it; whatever else is asked has no effect."""

    def __init__(self) -> None:
        self.aborted = False
        self.written = FrameReader()
        self.kinds: list[int] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: None

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True

    def write(self, data: bytes) -> None:
        self.kinds += [kind for kind, *_ in self.written.feed(data)]
