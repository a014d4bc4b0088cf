"""One command at a time may change a network."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from tradelane.network import files
from tradelane.network.errors import HomeBusy
from tradelane.network.paths import HomePaths


@contextmanager
def held(home: HomePaths) -> Iterator[None]:
    """Hold the network's lock; the kernel lets go of it even when this process is killed.

    Raises:
        HomeBusy: Another command holds it.
    """
    files.make_directory(home.root)
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = stream.read().strip() or "unknown"
            raise HomeBusy(
                f"Another command (process {holder}) is changing the network in {home.root}; try again when it ended.",
                home=str(home.root),
                holder=holder,
            ) from error
        stream.truncate(0)
        stream.write(str(os.getpid()))
        stream.flush()
        yield
