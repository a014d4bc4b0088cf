"""Standard error as records of the log.

Libraries write there, and whatever else prints. The file descriptor itself is exchanged for a pipe, since not all of
them are Python. Should the process be killed, the last lines in that pipe are lost; those of a crash are not, for
Python's fault handler writes past it.
"""

import contextlib
import faulthandler
import logging
import os
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

_STDERR = 2
_JOIN_SECONDS = 1.0

_log = logging.getLogger("stderr")


@contextlib.contextmanager
def captured_stderr() -> Iterator[TextIO]:
    """Turn lines on standard error into records within the block; yield the true one, for the log itself."""
    true_error = os.dup(_STDERR)
    stream = os.fdopen(true_error, "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    reader, writer = os.pipe()
    os.dup2(writer, _STDERR)
    os.close(writer)
    faulthandler.enable(file=true_error)
    thread = threading.Thread(target=_forward, args=(reader,), name="stderr", daemon=True)
    thread.start()
    try:
        yield stream
    finally:
        sys.stderr.flush()
        os.dup2(true_error, _STDERR)
        faulthandler.disable()
        thread.join(_JOIN_SECONDS)  # a child process may still hold the pipe open


def _forward(reader: int) -> None:
    with os.fdopen(reader, encoding="utf-8", errors="backslashreplace") as lines:
        for line in lines:
            _log.warning("%s", line.rstrip("\n"))
