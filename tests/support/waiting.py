"""Waiting for a fact about another process."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 60.0  # only a broken program takes this long; nothing is measured by it


def until(fact: Callable[[], T | None]) -> T:
    """Ask again and again until there is an answer that is true, and return it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := fact():
            return found
        time.sleep(0.01)
    raise TimeoutError("what the test waits for did not come true")
