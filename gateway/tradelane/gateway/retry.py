"""Whether, how and when to try again after a failure. Pure: the random number is handed in.

Three ways to go on, which Fabric keeps strictly apart:

- The same bytes again. A transaction id takes effect once at most, so this is safe at every step and after every
  failure that leaves open what happened: no connection, no answer in time, a peer at its limit.
- A new transaction, with a new id. The old one stands on the ledger as invalid and can never take effect; the chaincode
  judges the request anew, by the state that came in between.
- Not at all: the contract refused, the identity is not accepted, the request is wrong. Trying again changes nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tradelane.gateway.errors import (
    CallError,
    ChaincodeUnavailable,
    CommitError,
    CommitStatusError,
    ConcurrencyLimit,
    EndorseError,
    EvaluateError,
    Overdue,
    Refused,
    Step,
    UnknownChannel,
    Unreachable,
)

OVERTAKEN: Final = frozenset({"MVCC_READ_CONFLICT", "PHANTOM_READ_CONFLICT"})
"""Another transaction changed what this one had read."""

NEW_TRANSACTION_CODES: Final = OVERTAKEN | {
    "ENDORSEMENT_POLICY_FAILURE",  # as when another act in the same block changed who must endorse the key
    "CHAINCODE_VERSION_CONFLICT",
    "EXPIRED_CHAINCODE",  # both as when the chaincode was upgraded in between
}
"""Validation codes of transactions that a new one, endorsed on the newest state, may do better than."""

BAD_REQUEST: Final = 400
"""Refusals of this class do not depend on the ledger's state, so no peer will think otherwise later."""

_CHANCE_BYTES: Final = 4


class Again(StrEnum):
    """How to go on after a failure."""

    NEVER = "never"
    SAME = "the same bytes, as long as the deadline allows"
    ELSEWHERE = "the same bytes, to peers that were not asked yet"
    CATCH_UP = "the same bytes, a few times: other organisations' peers may be a block behind"
    NEW = "a new transaction"


@dataclass(frozen=True)
class RetryPolicy:
    """How a client tries again.

    The default makes up for what happens in any network: a peer restarts, an orderer is being elected, another
    transaction comes first. A new transaction is as safe as one sent a moment later: the one it replaces has no effect,
    and the contract judges the new one by the state it finds, so a race for a title that was lost ends in the
    rule's own refusal. Where a request only fits what its maker has looked at before, and the chaincode does not check
    that, use `transactions=1`.
    """

    same: bool = True
    """Whether to ask again with the same bytes, within the deadlines."""
    catch_up: int = 3
    """How often to ask endorsers again that may be a block behind."""
    transactions: int = 5
    """How many transactions a submit makes in all while others come first."""
    first_pause_seconds: float = 0.1
    longest_pause_seconds: float = 2.0

    def pause_seconds(self, failures: int, chance: float) -> float:
        """Return how long to wait after so many failures in a row.

        Twice as long each time up to the longest, then shortened by up to a half at random, lest clients that failed
        together come back together.

        Args:
            failures: One or more.
            chance: A random number from 0 to 1.
        """
        longest = min(self.longest_pause_seconds, self.first_pause_seconds * 2 ** min(failures - 1, 32))
        return float(longest * (1 - chance / 2))


NO_RETRY: Final = RetryPolicy(same=False, catch_up=0, transactions=1)
"""One try of each step of one transaction; only a peer that cannot be reached is passed over for another one."""


def chance_of(random: Callable[[int], bytes]) -> float:
    """Return a number from 0 to 1 made of so many random bytes."""
    return int.from_bytes(random(_CHANCE_BYTES), "big") / (256**_CHANCE_BYTES - 1)


def again(error: Exception, msp_id: str) -> Again:
    """Return how to go on after an error, if a policy allows it.

    Args:
        error: What a step or a commit ended with.
        msp_id: The client's own organisation.
    """
    match error:
        case CommitError():
            return Again.NEW if error.code in NEW_TRANSACTION_CODES else Again.NEVER
        case EvaluateError() | EndorseError() if error.code == "TRANSACTION_UNDER_WAY":
            return Again.SAME
        case Refused() | EndorseError():
            return Again.CATCH_UP if _may_be_behind(error, msp_id) else Again.NEVER
        case Unreachable():
            return Again.ELSEWHERE if error.code == "TLS_FAILED" else Again.SAME
        case UnknownChannel():
            return Again.ELSEWHERE  # another peer of the organisation may be on it, or on it already
        case ChaincodeUnavailable():
            return Again.NEVER if error.code == "CHAINCODE_NOT_DEPLOYED" else Again.SAME
        case Overdue() | ConcurrencyLimit():
            return Again.SAME
        case CommitStatusError():
            # A peer that is being stopped answers so.
            return Again.SAME if error.grpc_status == "ABORTED" else Again.NEVER
        case _:
            return Again.NEVER


def peer_is_well(error: CallError) -> bool:
    """Tell whether an error shows that the gateway peer itself is at work."""
    if isinstance(error, Unreachable):
        return error.code not in {"UNREACHABLE", "TLS_FAILED", "CONNECTION_LOST"}
    if isinstance(error, UnknownChannel):
        return False  # it runs, but is of no use to this client yet
    if isinstance(error, ConcurrencyLimit):
        return bool(error.peers)  # then it passed on what an endorser said
    return not (isinstance(error, Overdue) and error.step in {Step.EVALUATE, Step.ENDORSE})


def _may_be_behind(error: Refused | EndorseError, msp_id: str) -> bool:
    """Our own peer knows a block as soon as we have seen it there; others may get it milliseconds later.

    They would judge by the old state. Nothing has been written, so asking again is safe.
    """
    if isinstance(error, EndorseError):
        return error.code == "ENDORSEMENTS_DIFFER"
    if error.step is not Step.ENDORSE or error.status == BAD_REQUEST:
        return False
    return bool(error.peers) and all(peer.msp_id != msp_id for peer in error.peers)
