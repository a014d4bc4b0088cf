"""An event loop whose clock is the test's: it never waits, and it says so when a program would spin for ever."""

import asyncio
import selectors
from typing import Any

_PASSES = 200_000


class Busy(AssertionError):
    """The loop was never idle: something runs in circles without waiting for anybody."""


class _Selector(selectors.SelectSelector):
    """Never blocks; where another would, it tells the loop that nothing is left to do at this time."""

    def __init__(self) -> None:
        super().__init__()
        self.loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        self.loop.passed(idle=not ready and (timeout is None or timeout > 0), timeout=timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs until nothing is left to do, or until a virtual time.

    What tasks and callbacks raised with nobody to see it is kept in `unseen`.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._until = 0.0
        self._passes = 0
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)
        self.unseen: list[dict[str, Any]] = []
        self.set_exception_handler(lambda _, context: self.unseen.append(context))

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Run everything that happens within this time, and at its end; 0 runs what can happen now."""
        self._until = self._now + seconds
        self._passes = 0
        self.run_forever()

    def passed(self, *, idle: bool, timeout: float | None) -> None:
        """Take note of a pass of the loop; called by its selector."""
        self._passes += 1
        if self._passes > _PASSES:
            raise Busy(f"the loop was busy for {_PASSES} passes")
        if not idle:
            return
        if timeout is None or self._now + timeout > self._until:
            self._now = self._until
            self.stop()
        else:
            self._now += timeout
