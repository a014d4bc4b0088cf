"""Reading a node's log."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

POLL_SECONDS = 0.2


def lines(log: Path, last: int, *, follow: bool) -> Iterator[str]:
    """Give the last lines of a log and, when asked to follow, every line written from then on, for ever."""
    with log.open("r", encoding="utf-8", errors="replace") as stream:
        written = stream.read().splitlines(keepends=True)
        yield from written[len(written) - min(last, len(written)) :]
        while follow:
            if line := stream.readline():
                yield line
            else:
                time.sleep(POLL_SECONDS)
