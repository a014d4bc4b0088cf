"""One identity on one channel: the work of a client, written once and performed by the drivers.

Every method is a generator of steps (see `rpc`). A `Flow` is work that still waits for a session: the typed calls in
`trade` are flows, and a client's `run` performs them.
"""

import functools
import inspect
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Concatenate, Final, Generic, NoReturn, ParamSpec, TypeAlias, TypeVar

from tradelane.gateway import envelope
from tradelane.gateway.envelope import Call, Commit, Committed, Proposal, Status, Transaction
from tradelane.gateway.errors import CallError, CommitError, EndorseError, Refused, ResultError, Step
from tradelane.gateway.faults import Fault, explain
from tradelane.gateway.identity import Identity
from tradelane.gateway.profile import Profile
from tradelane.gateway.rpc import Failure, Pause, Rpc, Steps
from tradelane.model.base import Record

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
P = ParamSpec("P")

Argument: TypeAlias = Record | bytes | str
"""A record travels as its canonical JSON, text as UTF-8."""


@dataclass(frozen=True)
class Deadlines:
    """How long to wait for each step by default."""

    evaluate_seconds: float = 5
    endorse_seconds: float = 15
    submit_seconds: float = 5
    commit_status_seconds: float = 60


CATCH_UP_SECONDS: Final = (0.1, 0.3, 0.9)
"""How long to wait before each new try while other organisations' peers may still be a block behind ours."""


@dataclass
class Session:
    """What the client's work needs to know; clock and random source are handed in so that tests can fix them."""

    identity: Identity
    channel: str
    chaincode: str
    endpoint: str
    """The gateway peer, as errors name it."""
    deadlines: Deadlines = field(default_factory=Deadlines)
    catch_up_seconds: Sequence[float] = CATCH_UP_SECONDS
    clock: Callable[[], int] = time.time_ns
    random: Callable[[int], bytes] = secrets.token_bytes
    organisations: tuple[str, ...] = ()
    """MSP ids of the channel's registered organisations, once `trade.organisations` has asked for them."""
    tls_certificate_hash: bytes = b""
    """Of the connection's TLS client certificate (`transport.tls_certificate_hash`): requests for blocks name it."""

    @functools.cached_property
    def creator(self) -> bytes:
        """The serialised identity in every proposal."""
        return envelope.creator_bytes(self.identity.msp_id, self.identity.certificate_pem)

    def new_proposal(
        self,
        function: str,
        arguments: Sequence[Argument] = (),
        *,
        transient: Mapping[str, bytes] | None = None,
        organisations: Sequence[str] = (),
        sign: envelope.Sign | None = None,
        chaincode: str | None = None,
    ) -> Proposal:
        """Build and sign a proposal with a transaction id of its own; nothing is sent.

        `sign` stands in for the identity's own: offline signing leaves the signature open.
        """
        plain = [one.to_json() if isinstance(one, Record) else one for one in arguments]
        call = Call(
            channel=self.channel,
            chaincode=chaincode or self.chaincode,
            function=function,
            arguments=envelope.encode_arguments(plain),
            transient=transient,
            organisations=tuple(organisations),
        )
        return envelope.new_proposal(
            call,
            creator=self.creator,
            nonce=self.random(envelope.NONCE_LENGTH_BYTES),
            now_ns=self.clock(),
            sign=sign or self.identity.sign,
        )

    def evaluate(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        target_organizations: Sequence[str] = (),
        timeout_seconds: float | None = None,
        chaincode: str | None = None,
    ) -> Steps[bytes]:
        """Ask one peer; nothing is written. See `client.Gateway.evaluate`.

        `chaincode` asks another one than the session's, e.g. the peer's own `qscc`.
        """
        # Left to itself the gateway peer may pass the question on. Another organisation's peer shall not learn who
        # asks what, nor answer where a document is to be sent.
        organisations = target_organizations or (self.identity.msp_id,)
        proposal = self.new_proposal(
            function, arguments, transient=transient, organisations=organisations, chaincode=chaincode
        )
        timeout = self.deadlines.evaluate_seconds if timeout_seconds is None else timeout_seconds
        rpc = Rpc(envelope.EVALUATE, envelope.evaluate_request(proposal), timeout)
        answer = yield from self.ask(rpc, Step.EVALUATE, proposal.transaction_id)
        try:
            return envelope.evaluate_result(answer)
        except envelope.UNREADABLE as error:
            _unreadable(error)

    def endorse(self, proposal: Proposal, *, timeout_seconds: float | None = None) -> Steps[Transaction]:
        """Have a proposal endorsed and sign what comes back; nothing is written yet."""
        timeout = self.deadlines.endorse_seconds if timeout_seconds is None else timeout_seconds
        rpc = Rpc(envelope.ENDORSE, envelope.endorse_request(proposal), timeout)
        answer = yield from self.ask(rpc, Step.ENDORSE, proposal.transaction_id)
        try:
            return envelope.endorsed_transaction(proposal, answer, sign=self.identity.sign)
        except (*envelope.UNREADABLE, ValueError) as error:
            _unreadable(error)

    def submit_endorsed(self, transaction: Transaction, *, timeout_seconds: float | None = None) -> Steps[Commit]:
        """Hand an endorsed transaction to the orderers; it may be handed over again, it takes effect once at most."""
        timeout = self.deadlines.submit_seconds if timeout_seconds is None else timeout_seconds
        rpc = Rpc(envelope.SUBMIT, envelope.submit_request(transaction), timeout)
        yield from self.ask(rpc, Step.SUBMIT, transaction.transaction_id)
        return Commit(transaction.transaction_id, transaction.channel, transaction.result)

    def status(self, commit: Commit, *, timeout_seconds: float | None = None) -> Steps[Status]:
        """Wait until the transaction stands in a block and return its outcome, whatever that is."""
        timeout = self.deadlines.commit_status_seconds if timeout_seconds is None else timeout_seconds
        request = envelope.commit_status_request(commit, creator=self.creator, sign=self.identity.sign)
        rpc = Rpc(envelope.COMMIT_STATUS, request, timeout)
        answer = yield from self.ask(rpc, Step.COMMIT_STATUS, commit.transaction_id)
        try:
            return envelope.commit_status(commit, answer)
        except envelope.UNREADABLE as error:
            _unreadable(error)

    def outcome(self, transaction_id: str, *, timeout_seconds: float | None = None) -> Steps[Status]:
        """Wait until a transaction, be it another client's, stands in a block of this organisation's peer."""
        return self.status(Commit(transaction_id, self.channel, b""), timeout_seconds=timeout_seconds)

    def submit(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] = (),
        deadlines: Deadlines | None = None,
    ) -> Steps[Committed[bytes]]:
        """Endorse, submit and wait until the transaction has taken effect. See `client.Gateway.submit`."""
        limits = deadlines or self.deadlines
        proposal = self.new_proposal(function, arguments, transient=transient, organisations=endorsing_organizations)
        transaction = yield from self._endorse_with_patience(proposal, limits.endorse_seconds)
        commit = yield from self.submit_endorsed(transaction, timeout_seconds=limits.submit_seconds)
        status = yield from self.status(commit, timeout_seconds=limits.commit_status_seconds)
        if not status.successful:
            raise _commit_error(status)
        return Committed(transaction.result, status.transaction_id, status.block_number)

    def events_request(self, start_block: int | None) -> bytes:
        """Return the signed request for the chaincode's events, from a block on or from the next commit."""
        return envelope.events_request(
            self.channel,
            self.chaincode,
            start_block=start_block,
            creator=self.creator,
            sign=self.identity.sign,
        )

    def run(self, flow: "Flow[T]") -> Steps[T]:
        """Perform a flow within another one."""
        return flow.steps(self)

    def _endorse_with_patience(self, proposal: Proposal, timeout_seconds: float) -> Steps[Transaction]:
        """Endorse; ask again a few times while the organisations' peers may not have the same block yet.

        Our own peer knows a block as soon as we have seen it there; another organisation's peer may get it
        milliseconds later and would judge by the old state. Nothing has been written, so asking again is safe.
        """
        for seconds in self.catch_up_seconds:
            try:
                return (yield from self.endorse(proposal, timeout_seconds=timeout_seconds))
            except CallError as error:
                if not self._may_be_behind(error):
                    raise
            yield Pause(seconds)
        return (yield from self.endorse(proposal, timeout_seconds=timeout_seconds))

    def _may_be_behind(self, error: CallError) -> bool:
        if isinstance(error, EndorseError):
            return error.code == "ENDORSEMENTS_DIFFER"
        if not isinstance(error, Refused) or error.status == BAD_REQUEST:
            return False
        return bool(error.peers) and all(peer.msp_id != self.identity.msp_id for peer in error.peers)

    def ask(self, rpc: Rpc, step: Step, transaction_id: str) -> Steps[bytes]:
        """Perform one call and return the answer's bytes, or raise the CallError that says what happened."""
        answer = yield rpc
        if isinstance(answer, Failure):
            raise explain(Fault(step, answer, self.endpoint, transaction_id))
        return answer or b""


BAD_REQUEST: Final = 400
"""Refusals of this class do not depend on the ledger's state, so no peer will think otherwise later."""


def _unreadable(error: Exception) -> NoReturn:
    raise ResultError(f"The peer's answer cannot be read: {error}.", code="BAD_ANSWER") from error


_ADVICE: Final = {
    "MVCC_READ_CONFLICT": "another transaction changed the same record first; look and act again if that still fits",
    "PHANTOM_READ_CONFLICT": "another transaction changed the same list first; look at it and act again if that fits",
    "ENDORSEMENT_POLICY_FAILURE": "the organisations that must endorse this act have not all done so, or another act "
    "in the same block changed which must; look and act again if that still fits",
    "DUPLICATE_TXID": "this very transaction is on the ledger already",
}


def _commit_error(status: Status) -> CommitError:
    advice = _ADVICE.get(status.code, "Fabric found it invalid")
    return CommitError(
        f"The transaction is recorded in block {status.block_number} but has no effect ({status.code}): {advice}.",
        code=status.code,
        transaction_id=status.transaction_id,
        block_number=status.block_number,
    )


def session_of(profile: Profile, deadlines: Deadlines) -> Session:
    """Return the session of a profile's user at the organisation's peer."""
    return Session(
        identity=profile.identity,
        channel=profile.network.channel,
        chaincode=profile.network.chaincode,
        endpoint=profile.network.peers[0].endpoint,
        deadlines=deadlines,
    )


@dataclass(frozen=True)
class Flow(Generic[T_co]):
    """Work that waits for a session: hand it to `run` of a sync or an asyncio client."""

    steps: Callable[[Session], Steps[T_co]]


def flow(body: Callable[Concatenate[Session, P], Steps[T]]) -> Callable[P, Flow[T]]:
    """Make a generator of steps, whose first parameter is the session, into a function that returns a Flow."""

    @functools.wraps(body)
    def bind(*args: P.args, **kwargs: P.kwargs) -> Flow[T]:
        return Flow(lambda session: body(session, *args, **kwargs))

    signature = inspect.signature(body)
    # help() shows what a caller passes, which is everything but the session.
    bind.__dict__["__signature__"] = signature.replace(parameters=list(signature.parameters.values())[1:])
    return bind
