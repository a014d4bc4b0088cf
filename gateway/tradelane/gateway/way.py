"""The steps on a transaction's way, each with as many tries as its call allows."""

from dataclasses import dataclass
from types import TracebackType
from typing import NoReturn, Self

from tradelane.gateway import envelope
from tradelane.gateway.envelope import Commit, Proposal, Status, Transaction
from tradelane.gateway.errors import GatewayError, ResultError, Step
from tradelane.gateway.identity import Identity
from tradelane.gateway.rpc import Rpc, Steps
from tradelane.gateway.tries import Tries


@dataclass(frozen=True)
class Way:
    """One call under way, made by one identity; as a context it notes for caller and observer how it ends."""

    tries: Tries
    identity: Identity
    creator: bytes
    """The identity, serialised."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, GatewayError):
            error.attempts = tuple(self.tries.attempts)
        self.tries.observer.ended(error)

    def evaluate(self, proposal: Proposal, timeout_seconds: float, *, outcome_open: bool = False) -> Steps[bytes]:
        """Ask one peer and return the chaincode's answer; nothing is written.

        `outcome_open` says that it is asked about a transaction which may stand on the ledger: so shall its error.
        """
        rpc = Rpc(envelope.EVALUATE, envelope.evaluate_request(proposal), timeout_seconds)
        answer = yield from self.tries.ask(rpc, Step.EVALUATE, proposal.transaction_id, outcome_open=outcome_open)
        try:
            return envelope.evaluate_result(answer)
        except envelope.UNREADABLE as error:
            _unreadable(error)

    def endorse(self, proposal: Proposal, timeout_seconds: float) -> Steps[Transaction]:
        """Have a proposal endorsed and sign what comes back; nothing is written yet."""
        rpc = Rpc(envelope.ENDORSE, envelope.endorse_request(proposal), timeout_seconds)
        answer = yield from self.tries.ask(rpc, Step.ENDORSE, proposal.transaction_id)
        try:
            return envelope.endorsed_transaction(proposal, answer, sign=self.identity.sign)
        except (*envelope.UNREADABLE, ValueError) as error:
            _unreadable(error)

    def submit(self, transaction: Transaction, timeout_seconds: float) -> Steps[Commit]:
        """Hand an endorsed transaction to the orderers."""
        rpc = Rpc(envelope.SUBMIT, envelope.submit_request(transaction), timeout_seconds)
        yield from self.tries.ask(rpc, Step.SUBMIT, transaction.transaction_id)
        return Commit(transaction.transaction_id, transaction.channel, transaction.result)

    def status(self, commit: Commit, timeout_seconds: float) -> Steps[Status]:
        """Wait until the transaction stands in a block and return its outcome, whatever that is."""
        request = envelope.commit_status_request(commit, creator=self.creator, sign=self.identity.sign)
        rpc = Rpc(envelope.COMMIT_STATUS, request, timeout_seconds)
        read: list[Status] = []

        def code_of(answer: bytes) -> str:
            read.append(envelope.commit_status(commit, answer))
            return read[-1].code

        try:
            yield from self.tries.ask(rpc, Step.COMMIT_STATUS, commit.transaction_id, code_of=code_of)
            return read[-1]
        except envelope.UNREADABLE as error:
            _unreadable(error)


def _unreadable(error: Exception) -> NoReturn:
    raise ResultError(f"The peer's answer cannot be read: {error}.", code="BAD_ANSWER") from error
