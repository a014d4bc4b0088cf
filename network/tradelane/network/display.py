"""Showing the steps of a long act to a person, with the time each took."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.text import Text

from tradelane.network.progress import Step


class StepDisplay:
    """Turns on the spot while a step runs, and leaves one line when it is done. Writes to stderr."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._running = self._console.status("")

    def __enter__(self) -> Self:
        self._running.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._running.stop()

    def show(self, step: Step) -> None:
        """Show a step that began or ended."""
        if step.seconds is None:
            self._running.update(Text(f"{step.title} ..."))
        else:
            self._console.print(Text(f"{step.seconds:6.1f} s  {step.title}"))
