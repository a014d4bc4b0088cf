"""Everything the client raises.

    GatewayError
    +-- InputError              what was handed in is unusable; nothing was sent
    +-- ProfileError            the profile directory: missing, malformed
    |   +-- IdentityError       the user's certificate or key: missing, expired, mismatched, exposed
    +-- OfflineError            the identity has no key here; what is to be signed must be signed elsewhere
    +-- JournalError            the journal of a bulk run: unusable, in use, damaged, another run's
    +-- StoreError              the organisation's store of files: unusable, or it lacks a file or holds a damaged one
    +-- CheckpointError         a consumer's kept place: unreadable, another's, or moved on by another
    +-- AuthorityError          the organisation's Fabric CA; its answer cannot be read
    |   +-- AuthorityUnreachable  it does not answer, or its TLS certificate is not trusted
    |   +-- AuthorityDenied     it does not accept who asks, or does not let them do this
    |   +-- AuthorityRefused    what was asked for cannot be done
    +-- TransferPending         a title on its way to another platform, which has given no signed answer yet
    +-- Overtaken               another process has changed what was about to be changed; try again
    +-- ResultError             a peer's answer does not hold what it must
    |   +-- MalformedBlock      the bytes are no block, or not the part of one they should be
    |   +-- BrokenLedger        hash, id or signature does not fit what it was made over
    +-- ProofError              a proof file does not prove what it says
    +-- CallError               a call failed (step, transaction id, gRPC status, peers' details)
        +-- Unreachable         no connection to the gateway peer, or from it to endorsers or orderers
        +-- Overdue             no answer within the deadline
        +-- ConcurrencyLimit    the peer is at its limit of requests
        +-- AccessDenied        the peer does not accept the identity
        +-- UnknownChannel      the peer is not on the channel
        +-- ChaincodeUnavailable  a peer could not run the chaincode
        +-- NotFound            the peer's chain holds no such block or transaction (yet)
        +-- ChaincodeFailed     the chaincode met an error of its own (status 500)
        +-- Refused             the contract refused; `code` is the rule's own
        +-- EvaluateError, EndorseError, SubmitError, CommitStatusError, EventsError   any other failure of that step
        +-- CommitError         ordered, then found invalid; `code` is Fabric's validation code

Every error has a stable `code` for programs, `diagnostics()` for people and the `exit_status` of the command.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from tradelane.rules.refusal import Code

if TYPE_CHECKING:
    from tradelane.gateway.observer import Attempt


class Step(StrEnum):
    """The part of a transaction's way that failed."""

    EVALUATE = "evaluate"
    ENDORSE = "endorse"
    SUBMIT = "submit"
    COMMIT_STATUS = "commit status"
    EVENTS = "events"


@dataclass(frozen=True)
class PeerDetail:
    """What one peer or orderer said about a failure."""

    address: str
    msp_id: str
    message: str


class GatewayError(Exception):
    """Root of this package's errors.

    Attributes:
        code: Stable name of what happened; programs may rely on it.
        message: One sentence for a person.
        details: Facts for programs; strings only.
        exit_status: What the command exits with.
        attempts: All tries of all steps of the call, in order; empty if nothing was sent.
    """

    exit_status: ClassVar[int] = 1
    attempts: tuple["Attempt", ...] = ()

    def __init__(self, message: str, *, code: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.details = dict(details or {})
        self._advice: list[str] = []

    def advise(self, sentence: str, **details: str) -> None:
        """Add a sentence on what stands already and how to go on; `details` repeat its facts for programs."""
        self._advice.append(sentence)
        self.details.update(details)

    def diagnostics(self) -> str:
        """Return what a person should read: what happened, and what to do where that is known."""
        return " ".join([self.message, *self._advice])


class InputError(GatewayError):
    """What was handed in is unusable; nothing was sent to the ledger."""

    exit_status = 2


class ProfileError(GatewayError):
    """The profile directory is missing or malformed."""

    exit_status = 6


class IdentityError(ProfileError):
    """The user's certificate or key is unusable."""


class OfflineError(GatewayError):
    """The identity has no private key in this process: sign elsewhere and hand the signature in."""

    exit_status = 2


class StoreError(GatewayError):
    """The organisation's store of large files cannot be used, lacks a file, or holds a damaged one."""


class CheckpointError(GatewayError):
    """The place a consumer of events kept is unusable: cut short, something else, or moved on by another consumer."""

    exit_status = 2


class JournalError(GatewayError):
    """The journal of a bulk run is unusable, in use, damaged, or that of another run."""

    exit_status = 2


class AuthorityError(GatewayError):
    """A Fabric CA did not do what was asked of it.

    Attributes:
        reasons: Fabric CA's own error codes, where it gave any.
    """

    def __init__(self, message: str, *, code: str, reasons: Sequence[int] = ()) -> None:
        super().__init__(message, code=code)
        self.reasons = tuple(reasons)


class AuthorityUnreachable(AuthorityError):
    """The CA does not answer, or its TLS certificate is not trusted."""

    exit_status = 4


class AuthorityDenied(AuthorityError):
    """The CA does not accept who asks, or does not let them do this."""

    exit_status = 6


class AuthorityRefused(AuthorityError):
    """The CA cannot do what was asked for."""

    exit_status = 3


class TransferPending(GatewayError):
    """Another platform has given no signed answer yet, so whether a title has left is open; send it again."""

    exit_status = 4


class Overtaken(GatewayError):
    """Another process has changed meanwhile what was about to be changed; look again, and try again."""

    exit_status = 4


class ResultError(GatewayError):
    """A peer's answer does not hold what it must: unreadable, or not what the ledger commits to."""


class MalformedBlock(ResultError):
    """The bytes are no block, or not the part of one they should be."""


class BrokenLedger(ResultError):
    """A hash, an id or a signature does not fit what it was made over: the block is not the one that was ordered."""


class ProofError(GatewayError):
    """A proof file does not prove what it says: it is none, was changed, or one of its checks fails.

    `details` name the block and the transaction that the check was about, where there is one.
    """

    exit_status = 3


class CallError(GatewayError):
    """A call to the network failed.

    Attributes:
        step: Where on the transaction's way.
        transaction_id: Of the transaction, or empty for an event stream.
        grpc_status: Name of the gRPC status, e.g. ABORTED; empty where the failure is none of gRPC's.
        peers: What single peers or orderers said, where the gateway passed it on.
        outcome_open: Whether the transaction may still take effect, as the message says then.
    """

    outcome_open: bool = False

    def __init__(
        self,
        message: str,
        *,
        code: str,
        step: Step,
        transaction_id: str = "",
        grpc_status: str = "",
        peers: Sequence[PeerDetail] = (),
        details: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, code=code, details=details)
        self.step = step
        self.transaction_id = transaction_id
        self.grpc_status = grpc_status
        self.peers = tuple(peers)
        if transaction_id:
            self.details["transactionId"] = transaction_id


class Unreachable(CallError):
    """No connection to the gateway peer, or from it to the endorsers or orderers it needs."""

    exit_status = 4


class Overdue(CallError):
    """No answer within the deadline; the peer may have done its work all the same."""

    exit_status = 4


class ConcurrencyLimit(CallError):
    """The peer has as many requests under way as it allows; try again later."""

    exit_status = 4


class AccessDenied(CallError):
    """The peer does not accept the identity for this channel."""

    exit_status = 6


class UnknownChannel(CallError):
    """The gateway peer is not on the channel."""

    exit_status = 6


class ChaincodeUnavailable(CallError):
    """A peer could not run the chaincode: its service is down, or it is not deployed."""

    exit_status = 4


class NotFound(CallError):
    """The peer's chain holds no such block or transaction; it may be one block behind others."""

    exit_status = 3


class ChaincodeFailed(CallError):
    """The chaincode met an error of its own; its log has the cause, the answer does not."""


class Refused(CallError):
    """The contract refused; nothing was written.

    Attributes:
        status: The class of the refusal, 400 to 422.
        reason: The rule's code, where this release knows it; `code` holds its name in any case.
    """

    exit_status = 3

    def __init__(
        self,
        message: str,
        *,
        code: str,
        status: int,
        step: Step,
        transaction_id: str,
        grpc_status: str = "",
        peers: Sequence[PeerDetail] = (),
        details: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            message,
            code=code,
            step=step,
            transaction_id=transaction_id,
            grpc_status=grpc_status,
            peers=peers,
            details=details,
        )
        self.status = status
        self.reason = Code(code) if code in Code.__members__ else None


class EvaluateError(CallError):
    """A query failed for a reason that has no class of its own."""


class EndorseError(CallError):
    """The endorsements could not be collected; nothing was written."""


class SubmitError(CallError):
    """The orderers did not take the transaction, or did not confirm it; the message tells which."""


class CommitStatusError(CallError):
    """The outcome of a submitted transaction could not be learnt."""


class EventsError(CallError):
    """The stream of events broke."""


class CommitError(CallError):
    """The transaction was ordered, then found invalid; it is recorded and changed nothing.

    Attributes:
        block_number: Where it is recorded.
    """

    exit_status = 5

    def __init__(self, message: str, *, code: str, transaction_id: str, block_number: int) -> None:
        super().__init__(message, code=code, step=Step.COMMIT_STATUS, transaction_id=transaction_id)
        self.block_number = block_number
        self.details["blockNumber"] = str(block_number)
