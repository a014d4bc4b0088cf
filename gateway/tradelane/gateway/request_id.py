"""Submitting under a request id: however often it is repeated, by whichever process, one transaction takes effect.

Fabric gives a transaction id to a block once. So the id itself is made of the request id: its nonce is a hash of
the request id and of how many transactions of this request have failed for good, which the ledger tells. Nobody has to
remember anything (docs/decisions/0009-request-ids.md).
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Final

from tradelane.gateway.envelope import NONCE_LENGTH_BYTES, Call, Commit, Committed, Proposal, Status
from tradelane.gateway.errors import CallError, ChaincodeFailed, EndorseError, InputError, Refused, ResultError
from tradelane.gateway.ledger import decode
from tradelane.gateway.ledger.records import Transaction as Recorded
from tradelane.gateway.retry import NEW_TRANSACTION_CODES, OVERTAKEN
from tradelane.gateway.rpc import Steps
from tradelane.gateway.submission import DUPLICATE, Submission, commit_error

LONGEST_ID: Final = 256

_DOMAIN: Final = "tradelane request id"
_VALID: Final = "VALID"


def nonce_of(request_id: str, number: int, *, channel: str, chaincode: str) -> bytes:
    """Return the nonce of the first, second, ... transaction of a request, counted from 0."""
    content = json.dumps([_DOMAIN, channel, chaincode, request_id, number])
    return hashlib.sha256(content.encode()).digest()[:NONCE_LENGTH_BYTES]


def refuse_unusable(request_id: str) -> None:
    """Refuse what identifies no request.

    Raises:
        InputError: INVALID_REQUEST_ID.
    """
    if not 0 < len(request_id) <= LONGEST_ID or not request_id.isprintable():
        raise InputError(
            f"A request id has 1 to {LONGEST_ID} printable characters; use one nobody guesses, e.g. a UUID.",
            code="INVALID_REQUEST_ID",
        )


@dataclass(frozen=True)
class Request:
    """One request under its id, on its way."""

    submission: Submission
    call: Call
    """What is invoked."""
    query: Callable[[str, str], Proposal]
    """Makes a proposal that asks qscc: function and argument."""

    def perform(self) -> Steps[Committed[bytes]]:
        """Submit, unless the ledger holds the result already.

        Transactions of this request that the ledger holds as failed are passed over without counting against the
        policy: they may be of a process that died long ago.

        Raises:
            InputError: REQUEST_ID_REUSED: another request was made under this id.
            CommitError: No transaction took effect, and the policy allows no further one.
            CallError: A step failed.
        """
        made = 0
        for number in count():
            proposal = self.submission.propose(number)
            status, ours = yield from self._outcome(proposal)
            if status.code not in {_VALID, *OVERTAKEN} and (yield from self._succeeded_beside(status)):
                status = Status(status.transaction_id, _VALID, status.block_number)
            if status.successful:
                return self.submission.committed((yield from self._first_result(status)), status)
            if status.code not in NEW_TRANSACTION_CODES:
                raise commit_error(status)
            if ours:
                made += 1
                yield from self.submission.before_next(made, commit_error(status))
        raise AssertionError("unreachable")

    def _outcome(self, proposal: Proposal) -> Steps[tuple[Status, bool]]:
        """Return what became of a transaction, and whether it was handed over just now."""
        try:
            transaction = yield from self.submission.endorse(proposal)
        except (EndorseError, Refused, ChaincodeFailed) as error:
            # A peer endorses no transaction that its ledger holds. It may also have got there between the peer's look
            # and the chaincode's, which then refuses a title that has moved on already. That peer may be another
            # organisation's and a block ahead of ours, which is waited for.
            held = error.code == DUPLICATE or (yield from self._recorded(proposal.transaction_id)) is not None
            if not held:
                raise
            commit = Commit(proposal.transaction_id, proposal.channel, b"")
            return (yield from self.submission.status(commit)), False
        return (yield from self.submission.commit(transaction)), True

    def _first_result(self, status: Status) -> Steps[bytes]:
        """Return the result of the copy that took effect, which another process may have made."""
        try:
            answer = yield from self._awaited("GetTransactionByID", status.transaction_id)
        except CallError as error:
            raise _unreadable(status, "took effect", "result") from error
        found = decode.decode_processed_transaction(answer) if answer is not None else None
        if found is None or not found.actions:
            raise _unreadable(status, "took effect", "result")
        action = found.actions[0]
        asked = (self.call.function.encode(), *self.call.arguments)
        if (action.chaincode, tuple(action.arguments)) != (self.call.chaincode, asked):
            raise InputError(
                "This request id was used before for another function or other arguments; this request has no effect. "
                "Give each request an id of its own.",
                code="REQUEST_ID_REUSED",
                details={"transactionId": status.transaction_id, "blockNumber": str(status.block_number)},
            )
        return action.response.payload

    def _recorded(self, transaction_id: str) -> Steps[Recorded | None]:
        """Return a transaction from the peer's ledger; None while it is not there."""
        answer = yield from self._ask_ledger("GetTransactionByID", transaction_id)
        return decode.decode_processed_transaction(answer) if answer is not None else None

    def _succeeded_beside(self, status: Status) -> Steps[bool]:
        """Tell whether the block of a failed transaction holds a copy that took effect.

        Two processes may have had the transaction endorsed by different peers, so that one copy failed for its
        endorsements; the peer tells the outcome of the first copy only.
        """
        answer = yield from self._awaited("GetBlockByNumber", str(status.block_number))
        if answer is None:  # a guess would let the request take effect twice
            raise _unreadable(status, "is recorded", "outcome")
        block = decode.decode_block(answer)
        return any(one.id == status.transaction_id and one.validation_code == _VALID for one in block.transactions)

    def _awaited(self, function: str, argument: str) -> Steps[bytes | None]:
        """Ask for what is on the ledger; another peer of the organisation may have the block only in a moment."""
        tries = self.submission.way.tries
        answer = yield from self._ask_ledger(function, argument)
        for failures in range(1, tries.policy.catch_up + 1):
            if answer is not None:
                break
            yield from tries.wait(tries.policy.pause_seconds(failures, tries.chance()))
            answer = yield from self._ask_ledger(function, argument)
        return answer

    def _ask_ledger(self, function: str, argument: str) -> Steps[bytes | None]:
        way = self.submission.way
        proposal = self.query(function, argument)
        try:
            seconds = self.submission.limits.evaluate_seconds
            return (yield from way.evaluate(proposal, seconds, outcome_open=True))
        except ChaincodeFailed:
            return None


def _unreadable(status: Status, what: str, which: str) -> ResultError:
    return ResultError(
        f"Transaction {status.transaction_id} {what} in block {status.block_number}, but its {which} cannot be read "
        "from the ledger now; repeat the request.",
        code="RESULT_UNREADABLE",
        details={"transactionId": status.transaction_id, "blockNumber": str(status.block_number)},
    )
