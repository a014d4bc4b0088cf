"""The sync client: performs the session's work over one gRPC channel."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc

from tradelane.gateway import envelope, transport
from tradelane.gateway.envelope import Commit, Committed, Proposal, Status, Transaction
from tradelane.gateway.errors import Step
from tradelane.gateway.events import Announcement, read_event
from tradelane.gateway.faults import Fault, explain
from tradelane.gateway.identity import Identity
from tradelane.gateway.profile import load_profile
from tradelane.gateway.rpc import Failure, Pause, Rpc, Steps
from tradelane.gateway.session import Argument, Deadlines, Flow, Session, session_of

T = TypeVar("T")


def connect(profile_dir: str | Path, user: str, *, deadlines: Deadlines | None = None) -> "Gateway":
    """Connect a user of a profile directory to the organisation's peer.

    The connection is made by the first call; leaving the `with` block closes it.

    Args:
        profile_dir: As `tradelane network up` and `tradelane network bundle` write it (see `profile`).
        user: Name of a directory below `users`.
        deadlines: Other defaults than five seconds to evaluate, fifteen to endorse, five to submit, sixty for the
            outcome.

    Raises:
        ProfileError: The directory, the user or a file is missing or malformed.
        IdentityError: The user's certificate or key is unusable.
    """
    profile = load_profile(Path(profile_dir), user)
    channel = grpc.secure_channel(
        profile.network.peers[0].endpoint, transport.credentials(profile.tls), options=transport.options(profile)
    )
    return Gateway(channel, session_of(profile, deadlines or Deadlines()), owns_channel=True)


def connect_to(
    grpc_channel: Any,  # noqa: ANN401 -- gRPC ships no types
    identity: Identity,
    *,
    channel: str,
    chaincode: str,
    endpoint: str = "the gateway peer",
    deadlines: Deadlines | None = None,
) -> "Gateway":
    """Use a gRPC channel of the caller's; it stays open when the gateway is closed.

    Args:
        grpc_channel: A `grpc.Channel` to a gateway peer.
        identity: Who signs.
        channel: Fabric channel.
        chaincode: Name of the chaincode on that channel.
        endpoint: How errors name the peer.
        deadlines: As for `connect`.
    """
    session = Session(identity, channel, chaincode, endpoint, deadlines or Deadlines())
    return Gateway(grpc_channel, session, owns_channel=False)


class Gateway:
    """One identity's way to one channel. Safe for use by several threads."""

    def __init__(self, grpc_channel: Any, session: Session, *, owns_channel: bool) -> None:  # noqa: ANN401
        self._grpc = grpc_channel
        self._session = session
        self._owns_channel = owns_channel
        # One callable per method: making one costs more than a good part of a call.
        self._calls = {method: grpc_channel.unary_unary(method) for method in envelope.UNARY_METHODS}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection if this gateway opened it."""
        if self._owns_channel:
            self._grpc.close()

    def run(self, flow: Flow[T]) -> T:
        """Perform a typed call, e.g. `gateway.run(ebl.transfer(title_id, to="hkbank"))`.

        Raises:
            GatewayError: See `errors`; `Refused` when the contract says no.
        """
        return self._drive(flow.steps(self._session))

    def evaluate(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        target_organizations: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> bytes:
        """Ask one peer and return the chaincode's answer; nothing is written.

        Args:
            function: `contract:function`.
            arguments: Records, text or bytes.
            transient: Private inputs.
            target_organizations: MSP ids of which one answers; by default the caller's own organisation, for an
                evaluation is worth what the one peer that answers is.
            timeout_seconds: Instead of the default.

        Raises:
            Refused: The contract said no.
            CallError: Any other failure; EvaluateError where it has no class of its own.
        """
        return self._drive(
            self._session.evaluate(
                function,
                *arguments,
                transient=transient,
                target_organizations=target_organizations,
                timeout_seconds=timeout_seconds,
            )
        )

    def submit(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] = (),
        deadlines: Deadlines | None = None,
    ) -> Committed[bytes]:
        """Have a transaction endorsed, submit it and wait until it has taken effect.

        Args:
            function: `contract:function`.
            arguments: Records, text or bytes; they are public to the channel.
            transient: Private inputs; they reach the endorsing organisations only, so name those.
            endorsing_organizations: MSP ids that must endorse; empty leaves the choice to the peer.
            deadlines: Instead of the defaults.

        Raises:
            Refused: The contract said no; nothing is written.
            CommitError: It was ordered but has no effect, e.g. another transaction came first.
            CallError: Any other failure; EndorseError, SubmitError or CommitStatusError says at which step.
        """
        return self._drive(
            self._session.submit(
                function,
                *arguments,
                transient=transient,
                endorsing_organizations=endorsing_organizations,
                deadlines=deadlines,
            )
        )

    def new_proposal(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] = (),
    ) -> Proposal:
        """Build and sign a proposal: the first of four steps, each of which can be repeated on its own."""
        return self._session.new_proposal(
            function, arguments, transient=transient, organisations=endorsing_organizations
        )

    def endorse(self, proposal: Proposal, *, timeout_seconds: float | None = None) -> Transaction:
        """Second step: have the proposal endorsed; `result` of the transaction is the chaincode's answer."""
        return self._drive(self._session.endorse(proposal, timeout_seconds=timeout_seconds))

    def submit_endorsed(self, transaction: Transaction, *, timeout_seconds: float | None = None) -> Commit:
        """Third step: hand the transaction to the orderers."""
        return self._drive(self._session.submit_endorsed(transaction, timeout_seconds=timeout_seconds))

    def status(self, commit: Commit, *, timeout_seconds: float | None = None) -> Status:
        """Fourth step: wait for the outcome and return it; a transaction without effect is no error here."""
        return self._drive(self._session.status(commit, timeout_seconds=timeout_seconds))

    def outcome(self, transaction_id: str, *, timeout_seconds: float | None = None) -> Status:
        """Wait for the outcome of a transaction known by its id, be it another client's.

        Useful when `submit` was overdue, and before acting on what somebody else has just committed: another
        organisation's peer may have the block some milliseconds later than theirs.
        """
        return self._drive(self._session.outcome(transaction_id, timeout_seconds=timeout_seconds))

    def chaincode_events(self, start_block: int | None = None) -> Iterator[Announcement]:
        """Yield what transactions announce, from a block on or from the next commit, until closed.

        Close the iterator (`contextlib.closing`) or the gateway to end the stream.

        Raises:
            EventsError: The stream broke; go on from the last block seen.
            ResultError: An event holds facts this release does not know.
        """
        session = self._session
        stream = self._grpc.unary_stream(envelope.CHAINCODE_EVENTS)(session.events_request(start_block))
        try:
            for answer in stream:
                for event in envelope.raw_events(answer):
                    announcement = read_event(session.channel, event)
                    if announcement is not None:
                        yield announcement
        except grpc.RpcError as error:
            failure = transport.failure_of(error)
            if failure.status != "CANCELLED":  # which is how closing the gateway ends the stream
                raise explain(Fault(Step.EVENTS, failure, session.endpoint)) from error
        finally:
            stream.cancel()

    def _drive(self, steps: Steps[T]) -> T:
        answer: bytes | Failure | None = None
        try:
            while True:
                answer = self._perform(steps.send(answer))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    def _perform(self, step: Rpc | Pause) -> bytes | Failure | None:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        try:
            return self._calls[step.method](step.request, timeout=step.timeout_seconds)  # type: ignore[no-any-return]
        except grpc.RpcError as error:
            return transport.failure_of(error)
