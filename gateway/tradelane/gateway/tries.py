"""The tries of one call: which peer is asked, whether and when again, and what the caller gets to see of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tradelane.gateway.errors import CallError, Step
from tradelane.gateway.faults import Fault, explain, leaves_open
from tradelane.gateway.observer import Attempt, CallObserver, TryObserver
from tradelane.gateway.peers import Peers, Turn
from tradelane.gateway.retry import Again, RetryPolicy, again, chance_of, peer_is_well
from tradelane.gateway.rpc import Failure, Pause, Rpc, Steps

OK: Final = "OK"
LEFT: Final = "LEFT"
"""The code of a try whose caller left, e.g. by cancelling its task."""


@dataclass
class Tries:
    """One call under way, of one step or of a whole transaction.

    Attributes:
        attempts: What was tried so far, in order.
    """

    peers: Peers
    policy: RetryPolicy
    observer: CallObserver
    msp_id: str
    """The client's own organisation."""
    monotonic: Callable[[], float]
    random: Callable[[int], bytes]
    ends: float
    """When the call must be over, on the monotonic clock."""
    attempts: list[Attempt] = field(default_factory=list)
    _waited: float = 0.0
    _open: set[str] = field(default_factory=set)
    """Ids of transactions that may be with the orderers."""

    def ask(
        self,
        rpc: Rpc,
        step: Step,
        transaction_id: str,
        *,
        code_of: Callable[[bytes], str] = lambda _: OK,
        outcome_open: bool = False,
    ) -> Steps[bytes]:
        """Perform one step, with as many tries as policy and deadline allow.

        Args:
            rpc: The request; its timeout is for all tries together.
            step: Which step it is.
            transaction_id: Of the transaction.
            code_of: What an attempt that brought this answer is called.
            outcome_open: Whether a transaction that this call knows nothing of may be with the orderers, so that no
                error may say that nothing was written.

        Raises:
            CallError: Of the last try.
        """
        ends = min(self.monotonic() + rpc.timeout_seconds, self.ends)
        asked: set[int] = set()
        failures = behind = 0
        if outcome_open:
            self._open.add(transaction_id)
        while True:
            turn = self.peers.pick(self.monotonic(), besides=asked)
            asked.add(turn.peer)
            others = len(asked) < len(self.peers.names)
            watch = self.observer.tried(step, transaction_id, self.peers.names[turn.peer])
            share = Rpc(rpc.method, rpc.request, self._share(ends, others=others), turn.peer, tuple(watch.metadata))
            try:
                return (yield from self._try(share, turn, step, transaction_id, code_of, watch))
            except CallError as error:
                failures += 1
                way = again(error, self.msp_id)
                behind += way is Again.CATCH_UP
                pause = self._pause(error, way, behind if way is Again.CATCH_UP else failures, others=others)
                if pause is None or self.monotonic() + pause >= ends:
                    raise
            if not others:
                asked.clear()
            yield from self.wait(pause)

    def wait(self, seconds: float) -> Steps[None]:
        """Let time pass; the next attempt tells how much."""
        self._waited += seconds
        if seconds > 0:
            yield Pause(seconds)

    def chance(self) -> float:
        """Return a random number from 0 to 1."""
        return chance_of(self.random)

    def _share(self, ends: float, *, others: bool) -> float:
        """Return how long one try may take: a peer that hangs must leave time for asking another one."""
        left = max(ends - self.monotonic(), 0.0)
        return left / 2 if others else left

    def _pause(self, error: CallError, way: Again, failures: int, *, others: bool) -> float | None:
        """Return how long to wait before the next try, or None for no further one.

        `failures` counts those of the step so far; where endorsers may be behind, those of that kind alone, for a peer
        at its limit shall not use up their time to catch up.
        """
        if others and (not peer_is_well(error) or (way is Again.SAME and self.policy.same)):
            return 0.0
        may = (way is Again.SAME and self.policy.same) or (way is Again.CATCH_UP and failures <= self.policy.catch_up)
        return self.policy.pause_seconds(failures, self.chance()) if may else None

    def _try(
        self, rpc: Rpc, turn: Turn, step: Step, transaction_id: str, code_of: Callable[[bytes], str], watch: TryObserver
    ) -> Steps[bytes]:
        peer = self.peers.names[rpc.peer]
        waited, self._waited = self._waited, 0.0
        code, well = LEFT, None
        try:
            answer = yield rpc
            if isinstance(answer, Failure):
                error = explain(Fault(step, answer, peer, transaction_id, open=transaction_id in self._open))
                code, well = error.code, peer_is_well(error)
                if leaves_open(error):
                    self._open.add(transaction_id)
                raise error
            if step is Step.SUBMIT:
                self._open.add(transaction_id)
            code, well = OK, True
            code = code_of(answer or b"")
            return answer or b""
        finally:
            self.peers.release(turn, self.monotonic(), well=well)
            attempt = Attempt(transaction_id, step, code, peer, waited)
            self.attempts.append(attempt)
            watch.ended(attempt)
