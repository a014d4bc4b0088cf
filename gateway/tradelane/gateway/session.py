"""One identity on one channel: the work of a client, written once and performed by the drivers.

Every method is a generator of steps (see `rpc`). A `Flow` is work that still waits for a session: the typed calls in
`trade` are flows, and a client's `run` performs them.
"""

import functools
import inspect
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Concatenate, Generic, ParamSpec, TypeAlias, TypeVar

from tradelane.gateway import envelope
from tradelane.gateway.envelope import Call, Commit, Committed, Proposal, Status, Transaction
from tradelane.gateway.errors import Step
from tradelane.gateway.identity import Identity
from tradelane.gateway.observer import NOBODY, Observer
from tradelane.gateway.peers import Peers
from tradelane.gateway.profile import Profile
from tradelane.gateway.request_id import Request, nonce_of, refuse_unusable
from tradelane.gateway.retry import RetryPolicy
from tradelane.gateway.rpc import Rpc, Steps
from tradelane.gateway.submission import Submission
from tradelane.gateway.tries import Tries
from tradelane.gateway.watching import watching
from tradelane.gateway.way import Way
from tradelane.model.base import Record

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
P = ParamSpec("P")

Argument: TypeAlias = Record | bytes | str
"""A record travels as its canonical JSON, text as UTF-8."""


@dataclass(frozen=True)
class Deadlines:
    """How long each step may take by default, with all its tries and the pauses between them."""

    evaluate_seconds: float = 5
    endorse_seconds: float = 15
    submit_seconds: float = 15
    commit_status_seconds: float = 60
    total_seconds: float = 120
    """How long a whole `submit` may take, with all its transactions."""


@dataclass
class Session:
    """What the client's work needs to know; clocks and random source are handed in so that tests can fix them."""

    identity: Identity
    channel: str
    chaincode: str
    peers: Peers
    deadlines: Deadlines = field(default_factory=Deadlines)
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    observer: Observer = NOBODY
    clock: Callable[[], int] = time.time_ns
    monotonic: Callable[[], float] = time.monotonic
    random: Callable[[int], bytes] = secrets.token_bytes
    organisations: tuple[str, ...] = ()
    """MSP ids of the channel's registered organisations, once `trade.organisations` has asked for them."""
    request_id: str | None = None
    """Of the flow under way: it names all that the flow submits (see `once`)."""
    joint_party: str | None = None
    """The joint party for which a member acts in the flow under way (see `trade.ebl.jointly`)."""
    tls_certificate_hash: bytes = b""
    """Of the connection's TLS client certificate (`transport.tls_certificate_hash`): requests for blocks name it."""

    @property
    def endpoint(self) -> str:
        """The preferred gateway peer, as errors name it."""
        return self.peers.names[0]

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
        call = self._invocation(function, arguments, transient, organisations, chaincode)
        return self._propose(call, self.random(envelope.NONCE_LENGTH_BYTES), sign)

    def evaluate(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        target_organizations: Sequence[str] = (),
        timeout_seconds: float | None = None,
        retry: RetryPolicy | None = None,
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
        with self._way(Step.EVALUATE, function, timeout, retry) as way:
            return (yield from way.evaluate(proposal, timeout))

    def endorse(
        self, proposal: Proposal, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Steps[Transaction]:
        """Have a proposal endorsed and sign what comes back; nothing is written yet."""
        timeout = self.deadlines.endorse_seconds if timeout_seconds is None else timeout_seconds
        with self._way(Step.ENDORSE, "", timeout, retry) as way:
            transaction = yield from way.endorse(proposal, timeout)
        return replace(transaction, attempts=tuple(way.tries.attempts))

    def submit_endorsed(
        self, transaction: Transaction, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Steps[Commit]:
        """Hand an endorsed transaction to the orderers; it may be handed over again, it takes effect once at most."""
        timeout = self.deadlines.submit_seconds if timeout_seconds is None else timeout_seconds
        with self._way(Step.SUBMIT, "", timeout, retry) as way:
            commit = yield from way.submit(transaction, timeout)
        return replace(commit, attempts=tuple(way.tries.attempts))

    def status(
        self, commit: Commit, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Steps[Status]:
        """Wait until the transaction stands in a block and return its outcome, whatever that is."""
        timeout = self.deadlines.commit_status_seconds if timeout_seconds is None else timeout_seconds
        with self._way(Step.COMMIT_STATUS, "", timeout, retry) as way:
            status = yield from way.status(commit, timeout)
        return replace(status, attempts=tuple(way.tries.attempts))

    def outcome(
        self, transaction_id: str, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Steps[Status]:
        """Wait until a transaction, be it another client's, stands in a block of this organisation's peer."""
        return self.status(Commit(transaction_id, self.channel, b""), timeout_seconds=timeout_seconds, retry=retry)

    def submit(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] = (),
        request_id: str | None = None,
        part: str = "",
        deadlines: Deadlines | None = None,
        retry: RetryPolicy | None = None,
    ) -> Steps[Committed[bytes]]:
        """Endorse, submit and wait until the transaction has taken effect. See `client.Gateway.submit`.

        `part` tells apart what one flow submits to the same function.
        """
        limits = deadlines or self.deadlines
        call = self._invocation(function, arguments, transient, endorsing_organizations)
        if request_id is not None:
            refuse_unusable(request_id)
        else:
            request_id = self.name_of(function, part)
        if request_id is not None:
            return (yield from self._submit_once(request_id, call, limits, retry))
        with self._way("submit", function, limits.total_seconds, retry) as way:
            submission = Submission(
                way, limits, lambda _: self._propose(call, self.random(envelope.NONCE_LENGTH_BYTES))
            )
            return (yield from submission.perform())

    def submit_async(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] = (),
        deadlines: Deadlines | None = None,
        retry: RetryPolicy | None = None,
    ) -> Steps[Commit]:
        """Endorse and submit, and leave it at that. See `client.Gateway.submit_async`."""
        limits = deadlines or self.deadlines
        call = self._invocation(function, arguments, transient, endorsing_organizations)
        with self._way("submit_async", function, limits.endorse_seconds + limits.submit_seconds, retry) as way:
            proposal = self._propose(call, self.random(envelope.NONCE_LENGTH_BYTES))
            transaction = yield from way.endorse(proposal, limits.endorse_seconds)
            commit = yield from way.submit(transaction, limits.submit_seconds)
        return replace(commit, attempts=tuple(way.tries.attempts))

    def _submit_once(
        self, request_id: str, call: Call, limits: Deadlines, retry: RetryPolicy | None
    ) -> Steps[Committed[bytes]]:
        def propose(number: int) -> Proposal:
            return self._propose(call, nonce_of(request_id, number, channel=call.channel, chaincode=call.chaincode))

        with self._way("submit", call.function, limits.total_seconds, retry) as way:
            return (yield from Request(Submission(way, limits, propose), call, self._ledger_query).perform())

    def ask(self, rpc: Rpc, step: Step, transaction_id: str) -> Steps[bytes]:
        """Perform one step and return the answer's bytes, or raise the CallError that says what happened."""
        with self._way(step, "", rpc.timeout_seconds, None) as way:
            return (yield from way.tries.ask(rpc, step, transaction_id))

    def run(self, flow: "Flow[T]") -> Steps[T]:
        """Perform a flow within another one."""
        return flow.steps(self)

    def under(
        self, request_id: str | None, deadlines: Deadlines | None = None, retry: RetryPolicy | None = None
    ) -> "Session":
        """Return the session for one flow, with its request id and other defaults.

        Raises:
            InputError: INVALID_REQUEST_ID.
        """
        if request_id is not None:
            refuse_unusable(request_id)
        return replace(self, request_id=request_id, deadlines=deadlines or self.deadlines, retry=retry or self.retry)

    def name_of(self, function: str, part: str = "") -> str | None:
        """Return the request id of what the flow under way submits to a function; None if it has none."""
        return None if self.request_id is None else f"{self.request_id} {function} {part}".rstrip()

    def _way(self, name: str, function: str, seconds: float, retry: RetryPolicy | None) -> Way:
        """Begin a call that must be over in time."""
        tries = Tries(
            peers=self.peers,
            policy=retry or self.retry,
            observer=self.observer.called(name, function),
            msp_id=self.identity.msp_id,
            monotonic=self.monotonic,
            random=self.random,
            ends=self.monotonic() + seconds,
        )
        return Way(tries, self.identity, self.creator)

    def _invocation(
        self,
        function: str,
        arguments: Sequence[Argument],
        transient: Mapping[str, bytes] | None = None,
        organisations: Sequence[str] = (),
        chaincode: str | None = None,
    ) -> Call:
        plain = [one.to_json() if isinstance(one, Record) else one for one in arguments]
        return Call(
            channel=self.channel,
            chaincode=chaincode or self.chaincode,
            function=function,
            arguments=envelope.encode_arguments(plain),
            transient=transient,
            organisations=tuple(organisations),
        )

    def _propose(self, call: Call, nonce: bytes, sign: envelope.Sign | None = None) -> Proposal:
        return envelope.new_proposal(
            call, creator=self.creator, nonce=nonce, now_ns=self.clock(), sign=sign or self.identity.sign
        )

    def _ledger_query(self, function: str, argument: str) -> Proposal:
        """Return a proposal that asks the own organisation's peer for a part of its chain."""
        call = self._invocation(function, (self.channel, argument), None, (self.identity.msp_id,), "qscc")
        return self._propose(call, self.random(envelope.NONCE_LENGTH_BYTES))


def session_of(
    profile: Profile,
    deadlines: Deadlines | None = None,
    retry: RetryPolicy | None = None,
    observer: Observer | None = None,
) -> Session:
    """Return the session of a profile's user at the organisation's peers."""
    names, network = [peer.endpoint for peer in profile.network.peers], profile.network
    return session_to(profile.identity, network.channel, network.chaincode, names, deadlines, retry, observer)


def session_to(
    identity: Identity,
    channel: str,
    chaincode: str,
    names: Sequence[str],
    deadlines: Deadlines | None,
    retry: RetryPolicy | None,
    observer: Observer | None,
) -> Session:
    """Return the session of an identity at peers, with the defaults for what is not given."""
    return Session(
        identity=identity,
        channel=channel,
        chaincode=chaincode,
        peers=Peers(names),
        deadlines=deadlines or Deadlines(),
        retry=retry or RetryPolicy(),
        observer=observer or watching(channel, chaincode),
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
