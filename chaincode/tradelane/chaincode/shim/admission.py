"""Who may run now: a bounded number of transactions, a bounded queue behind them, and a refusal for the rest."""

from collections import deque
from collections.abc import Callable

from tradelane.chaincode.shim.limits import Limits
from tradelane.chaincode.shim.observer import Refusal


class Ticket:
    """A transaction's place, running or waiting."""

    __slots__ = ("running", "size", "start")

    def __init__(self, size: int, start: Callable[[], None]) -> None:
        self.size = size
        self.start: Callable[[], None] | None = start
        self.running = False


class Admission:
    """The places of one service; all its streams share them.

    Args:
        limits: How many there are.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._waiting: deque[Ticket] = deque()
        self._count_running = 0
        self._count_waiting = 0
        self._bytes = 0

    @property
    def running(self) -> int:
        """How many transactions run."""
        return self._count_running

    @property
    def waiting(self) -> int:
        """How many transactions wait."""
        return self._count_waiting

    def enter(self, size: int, start: Callable[[], None]) -> Ticket | Refusal:
        """Call `start` now, or when a place is free; never, when there are too many already.

        Args:
            size: Bytes of input which the transaction holds until it leaves.
            start: Must not block.
        """
        limits = self.limits
        if self._bytes and self._bytes + size > limits.input_bytes:
            return Refusal.BYTES
        ticket = Ticket(size, start)
        if self._count_running < limits.running:
            self._bytes += size
            self._run(ticket)
            return ticket
        if self._count_waiting >= limits.waiting:
            return Refusal.PLACES
        self._bytes += size
        self._count_waiting += 1
        self._waiting.append(ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Give a place back, whether the transaction was running or still waiting; again it has no effect."""
        if ticket.running:
            ticket.running = False
            self._count_running -= 1
        elif ticket.start is not None:
            ticket.start = None
            self._count_waiting -= 1
        else:
            return
        self._bytes -= ticket.size
        self._run_next()

    def _run(self, ticket: Ticket) -> None:
        start, ticket.start, ticket.running = ticket.start, None, True
        self._count_running += 1
        if start is not None:
            start()

    def _run_next(self) -> None:
        while self._waiting and self._count_running < self.limits.running:
            ticket = self._waiting.popleft()
            if ticket.start is not None:  # one that left while it waited is only dropped here
                self._count_waiting -= 1
                self._run(ticket)
