"""Doing independent things at once. Almost all of it is waiting for other processes, so threads serve."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

WORKERS = 8


def each(act: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Apply an act to every item at once; results in the order of the items, the first error raised when all ended."""
    with ThreadPoolExecutor(WORKERS) as pool:
        pending = [pool.submit(act, item) for item in items]
    return [future.result() for future in pending]
