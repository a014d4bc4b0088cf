"""Telling whoever waits what is going on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """One step of a long act.

    Attributes:
        title: What is done.
        seconds: How long it took; `None` while it runs.
    """

    title: str
    seconds: float | None = None


Progress = Callable[[Step], None]


def silent(_step: Step) -> None:
    """Tell nobody."""


@contextmanager
def step(progress: Progress, title: str) -> Iterator[None]:
    """Report the begin of a step, and its end unless it failed."""
    began = time.monotonic()
    progress(Step(title))
    yield
    progress(Step(title, time.monotonic() - began))
