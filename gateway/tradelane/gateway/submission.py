"""Submitting: one request, as many transactions as it takes and the policy allows, at most one of which has effect."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from tradelane.gateway.envelope import Commit, Committed, Proposal, Status, Transaction
from tradelane.gateway.errors import CallError, CommitError
from tradelane.gateway.retry import Again, again
from tradelane.gateway.rpc import Steps
from tradelane.gateway.way import Way

if TYPE_CHECKING:
    from tradelane.gateway.session import Deadlines


@dataclass(frozen=True)
class Submission:
    """One request on its way."""

    way: Way
    limits: "Deadlines"
    propose: Callable[[int], Proposal]
    """Makes the proposal of the first, second, ... transaction, counted from 0."""

    def perform(self) -> Steps[Committed[bytes]]:
        """Submit until a transaction has taken effect.

        Raises:
            CommitError: None has, and the policy allows no further one.
            CallError: A step failed.
        """
        for number in count():
            transaction = yield from self.endorse(self.propose(number))
            status = yield from self.commit(transaction)
            if status.successful:
                return self.committed(transaction.result, status)
            yield from self.before_next(number + 1, commit_error(status))
        raise AssertionError("unreachable")

    def endorse(self, proposal: Proposal) -> Steps[Transaction]:
        """Have a proposal endorsed."""
        return self.way.endorse(proposal, self.limits.endorse_seconds)

    def commit(self, transaction: Transaction) -> Steps[Status]:
        """Hand a transaction to the orderers and wait for its outcome.

        An orderer that took it may have lost it, as a Raft leader does that dies with it. So when half the time to
        wait is over the same bytes are handed over once more; they take effect once at most.
        """
        commit = yield from self.way.submit(transaction, self.limits.submit_seconds)
        if not self.way.tries.policy.same:
            return (yield from self.status(commit, self.limits.commit_status_seconds))
        half = self.limits.commit_status_seconds / 2
        try:
            return (yield from self.status(commit, half))
        except CallError as error:
            if again(error, self.way.tries.msp_id) is not Again.SAME:
                raise
        with suppress(CallError):  # it was taken before, so its outcome is what counts
            yield from self.way.submit(transaction, self.limits.submit_seconds)
        return (yield from self.status(commit, half))

    def status(self, commit: Commit, timeout_seconds: float | None = None) -> Steps[Status]:
        """Wait for a transaction's outcome."""
        seconds = self.limits.commit_status_seconds if timeout_seconds is None else timeout_seconds
        status = yield from self.way.status(commit, seconds)
        if status.code == DUPLICATE:
            # That is the fate of a copy. What has become of the first one stands on the ledger, where a peer looks
            # before it waits.
            status = yield from self.way.status(commit, seconds)
        return status

    def before_next(self, made: int, error: CommitError) -> Steps[None]:
        """Pause before a new transaction, or raise the error if there is to be none.

        Args:
            made: How many transactions were made.
            error: What became of the last one.
        """
        tries = self.way.tries
        if again(error, tries.msp_id) is not Again.NEW or made >= tries.policy.transactions:
            raise error
        pause = tries.policy.pause_seconds(made, tries.chance())
        if tries.monotonic() + pause >= tries.ends:
            raise error
        yield from tries.wait(pause)

    def committed(self, result: bytes, status: Status) -> Committed[bytes]:
        """Return the result of a transaction that took effect."""
        return Committed(result, status.transaction_id, status.block_number, tuple(self.way.tries.attempts))


DUPLICATE: Final = "DUPLICATE_TXID"

_ADVICE: Final = {
    "MVCC_READ_CONFLICT": "another transaction changed the same record first; look and act again if that still fits",
    "PHANTOM_READ_CONFLICT": "another transaction changed the same list first; look at it and act again if that fits",
    "ENDORSEMENT_POLICY_FAILURE": "the organisations that must endorse this act have not all done so, or another act "
    "in the same block changed which must; look and act again if that still fits",
    DUPLICATE: "this very transaction is on the ledger already",
}


def commit_error(status: Status) -> CommitError:
    """Return the error for a transaction without effect."""
    advice = _ADVICE.get(status.code, "Fabric found it invalid")
    return CommitError(
        f"The transaction is recorded in block {status.block_number} but has no effect ({status.code}): {advice}.",
        code=status.code,
        transaction_id=status.transaction_id,
        block_number=status.block_number,
    )
