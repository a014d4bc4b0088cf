"""Ends what runs in circles: a test that would hang fails instead."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS = 60.0  # only a broken program takes this long; nothing is measured by it


class Hung(BaseException):
    """The block took far too long; no handler of `Exception` may catch it."""


@contextmanager
def watched(seconds: float = SECONDS) -> Iterator[None]:
    """Raise Hung within the block once it has taken so long; in the main thread only."""

    def expire(_: int, frame: FrameType | None) -> None:
        raise Hung(f"still running after {seconds} s at {frame}")

    before = signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
