"""The sync client: performs the session's work over gRPC, one channel per gateway peer."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakSet

import grpc

from tradelane.gateway import envelope, transport
from tradelane.gateway.bulk.journal import Fsync, Journal
from tradelane.gateway.bulk.records import Invocation, Item, ItemResult, Outcome, Progress
from tradelane.gateway.bulk.run import IN_FLIGHT, Run, journal_of
from tradelane.gateway.bulk.windows import in_threads
from tradelane.gateway.envelope import Commit, Committed, Proposal, Status, Transaction
from tradelane.gateway.errors import InputError
from tradelane.gateway.events.announcements import Announcement
from tradelane.gateway.events.checkpointers import Checkpoint
from tradelane.gateway.events.feeds import (
    BLOCKS,
    BLOCKS_AND_PRIVATE_DATA,
    FILTERED_BLOCKS,
    AnnouncementFeed,
    ChaincodeFeed,
    Feed,
)
from tradelane.gateway.events.following import RECOVERY, FollowSteps, OnInterruption, Open, Recovery, Start, follow
from tradelane.gateway.events.reading import ChaincodeEvent
from tradelane.gateway.events.streams import Events
from tradelane.gateway.identity import Identity
from tradelane.gateway.ledger.records import Block, BlockAndPrivateData, FilteredBlock
from tradelane.gateway.observer import Observer
from tradelane.gateway.offline.messages import EventsRequest
from tradelane.gateway.offline.streams import follow_once
from tradelane.gateway.profile import load_profile
from tradelane.gateway.retry import RetryPolicy
from tradelane.gateway.rpc import Failure, Pause, Rpc, Steps
from tradelane.gateway.session import Argument, Deadlines, Flow, Session, session_of, session_to

T = TypeVar("T")


def connect(
    profile_dir: str | Path,
    user: str,
    *,
    deadlines: Deadlines | None = None,
    retry: RetryPolicy | None = None,
    observer: Observer | None = None,
    offline: bool = False,
) -> "Gateway":
    """Connect a user of a profile directory to the organisation's peers.

    Connections are made by the first calls; leaving the `with` block closes them.

    Args:
        profile_dir: As `tradelane network up` and `tradelane network bundle` write it (see `profile`).
        user: Name of a directory below `users`.
        deadlines: Other defaults than those of `Deadlines`.
        retry: How to try again, instead of the default policy.
        observer: Who is told of each call and each try; by default the log, and OpenTelemetry where it is installed.
        offline: The user's signing key is elsewhere; the profile needs none, and signs nothing (see `offline`).

    Raises:
        ProfileError: The directory, the user or a file is missing or malformed.
        IdentityError: The user's certificate or key is unusable.
    """
    profile = load_profile(Path(profile_dir), user, offline=offline)
    credentials = transport.credentials(profile.tls)
    channels = [
        grpc.secure_channel(peer.endpoint, credentials, options=transport.options(profile, number))
        for number, peer in enumerate(profile.network.peers)
    ]
    session = session_of(profile, deadlines, retry, observer)
    session.tls_certificate_hash = transport.tls_certificate_hash(profile)
    return Gateway(channels, session, owns_channels=True)


def connect_to(
    grpc_channel: Any,  # noqa: ANN401 -- gRPC ships no types
    identity: Identity,
    *,
    channel: str,
    chaincode: str,
    endpoint: str | Sequence[str] = "the gateway peer",
    deadlines: Deadlines | None = None,
    retry: RetryPolicy | None = None,
    observer: Observer | None = None,
    tls_certificate_hash: bytes = b"",
) -> "Gateway":
    """Use gRPC channels of the caller's; they stay open when the gateway is closed.

    Args:
        grpc_channel: A `grpc.Channel` to a gateway peer, or a list of them, the preferred one first.
        identity: Who signs.
        channel: Fabric channel.
        chaincode: Name of the chaincode on that channel.
        endpoint: How errors name the peer; with a list of channels, a list of names.
        deadlines: As for `connect`.
        retry: As for `connect`.
        observer: As for `connect`.
        tls_certificate_hash: SHA-256 over the DER of the channel's TLS client certificate; peers that demand such
            certificates send blocks only to those who name it.
    """
    channels = list(grpc_channel) if isinstance(grpc_channel, list | tuple) else [grpc_channel]
    names = transport.names_of(channels, endpoint)
    session = session_to(identity, channel, chaincode, names, deadlines, retry, observer)
    session.tls_certificate_hash = tls_certificate_hash
    return Gateway(channels, session, owns_channels=False)


class Gateway:
    """One identity's way to one channel. Safe for use by several threads."""

    def __init__(self, channels: Sequence[Any], session: Session, *, owns_channels: bool) -> None:
        self._channels = channels
        self._session = session
        self._owns_channels = owns_channels
        # One callable per peer and method: making one costs more than a good part of a call.
        self._calls = [
            {method: channel.unary_unary(method) for method in envelope.UNARY_METHODS} for channel in channels
        ]
        self._streams: WeakSet[Events[Any]] = WeakSet()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the event streams, and close the connections if this gateway opened them."""
        for events in tuple(self._streams):
            events.close()
        if self._owns_channels:
            for channel in self._channels:
                channel.close()

    def run(
        self,
        flow: Flow[T],
        *,
        request_id: str | None = None,
        deadlines: Deadlines | None = None,
        retry: RetryPolicy | None = None,
    ) -> T:
        """Perform a typed call, e.g. `gateway.run(ebl.transfer(title_id, to="hkbank"))`.

        Args:
            flow: The call.
            request_id: As for `submit`; it holds for all that the call submits.
            deadlines: Instead of the defaults; for each step of each transaction.
            retry: Instead of the client's policy.

        Raises:
            GatewayError: See `errors`; `Refused` when the contract says no.
        """
        session = self._session
        if (request_id, deadlines, retry) != (None, None, None):
            session = session.under(request_id, deadlines, retry)
        return self._drive(flow.steps(session))

    def evaluate(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        target_organizations: Sequence[str] = (),
        timeout_seconds: float | None = None,
        retry: RetryPolicy | None = None,
    ) -> bytes:
        """Ask one peer and return the chaincode's answer; nothing is written.

        Args:
            function: `contract:function`.
            arguments: Records, text or bytes.
            transient: Private inputs.
            target_organizations: MSP ids of which one answers, whom the caller trusts with that; by default the own.
            timeout_seconds: Instead of the default.
            retry: Instead of the client's policy.

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
                retry=retry,
            )
        )

    def submit(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] = (),
        request_id: str | None = None,
        deadlines: Deadlines | None = None,
        retry: RetryPolicy | None = None,
    ) -> Committed[bytes]:
        """Have a transaction endorsed, submit it and wait until it has taken effect.

        Args:
            function: `contract:function`.
            arguments: Records, text or bytes; they are public to the channel.
            transient: Private inputs; they reach the endorsing organisations only, so name those.
            endorsing_organizations: MSP ids that must endorse; empty leaves the choice to the peer.
            request_id: The caller's name for this very request: repeated with it, by this or another process of
                the same user, the request takes effect once and the first result is returned (see `request_id`).
            deadlines: Instead of the defaults.
            retry: Instead of the client's policy, which makes up to five transactions while others come first.

        Raises:
            Refused: The contract said no; nothing is written.
            CommitError: It was ordered but has no effect, e.g. other transactions always came first.
            InputError: INVALID_REQUEST_ID, REQUEST_ID_REUSED.
            CallError: Any other failure; EndorseError, SubmitError or CommitStatusError says at which step.
        """
        return self._drive(
            self._session.submit(
                function,
                *arguments,
                transient=transient,
                endorsing_organizations=endorsing_organizations,
                request_id=request_id,
                deadlines=deadlines,
                retry=retry,
            )
        )

    def submit_async(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] = (),
        deadlines: Deadlines | None = None,
        retry: RetryPolicy | None = None,
    ) -> Commit:
        """Have a transaction endorsed and submit it, and do not wait: whether it takes effect, `status` will say.

        Arguments and errors as for `submit`. The commit has the contract's result already, and the attempts so far.
        """
        to = endorsing_organizations
        steps = self._session.submit_async(
            function, *arguments, transient=transient, endorsing_organizations=to, deadlines=deadlines, retry=retry
        )
        return self._drive(steps)

    def submit_many(
        self,
        stream: Iterable[Invocation | Item],
        *,
        in_flight: int = IN_FLIGHT,
        journal: Journal | None = None,
        again: Collection[Outcome] = (),
        progress: Callable[[Progress], None] | None = None,
    ) -> Iterator[ItemResult]:
        """Submit a stream of invocations and yield what became of each, in the order they end.

        The next one is taken from the stream when one may begin, and none while nobody takes the results. Leaving the
        iteration early waits for what is under way.

        Args:
            stream: What to submit; each needs a key of its own, or has its number.
            in_flight: How many are under way at most.
            journal: Makes the run one that can be taken up again after a crash (see `journal`): each item then takes
                effect once, however often the run is repeated.
            again: Outcomes of an earlier run with this journal to try again, such as REFUSED and INVALID. What failed
                for want of a connection, and what nobody knows the outcome of, is always taken up again.
            progress: Called after each result.

        Raises:
            InputError: DUPLICATE_KEY.
            JournalError: The journal cannot be written, or knows an item of this key as another one.
        """
        return in_threads(Run(journal, again, progress), stream, self.run, in_flight)

    def journal(self, path: str | Path, *, source: str | None = None, fsync: Fsync = Fsync.INTERVAL) -> Journal:
        """Open a bulk run's journal to go on with it, or begin one; close it, e.g. by `with`.

        Args:
            path: The file; it is created with mode 0600.
            source: Names the input, e.g. a hash of its file, so that the journal of another input is refused.
            fsync: When its lines are forced to disk.

        Raises:
            JournalError: It cannot be used, is in use, or belongs to another input, identity, channel or chaincode.
        """
        return journal_of(self._session, Path(path), source, fsync)

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

    def endorse(
        self, proposal: Proposal, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Transaction:
        """Second step: have the proposal endorsed; `result` of the transaction is the chaincode's answer."""
        return self._drive(self._session.endorse(proposal, timeout_seconds=timeout_seconds, retry=retry))

    def submit_endorsed(
        self, transaction: Transaction, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Commit:
        """Third step: hand the transaction to the orderers."""
        return self._drive(self._session.submit_endorsed(transaction, timeout_seconds=timeout_seconds, retry=retry))

    def status(
        self, commit: Commit, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Status:
        """Fourth step: wait for the outcome and return it; a transaction without effect is no error here."""
        return self._drive(self._session.status(commit, timeout_seconds=timeout_seconds, retry=retry))

    def outcome(
        self, transaction_id: str, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Status:
        """Wait for the outcome of a transaction known by its id, be it another client's.

        Useful when `submit` was overdue, and before acting on what somebody else has just committed: another
        organisation's peer may have the block some milliseconds later than theirs.
        """
        return self._drive(self._session.outcome(transaction_id, timeout_seconds=timeout_seconds, retry=retry))

    def chaincode_events(
        self,
        start_block: int | None = None,
        *,
        after: str = "",
        checkpoint: Checkpoint | None = None,
        chaincode: str | None = None,
        names: Collection[str] = (),
        transaction_ids: Collection[str] = (),
        recovery: Recovery = RECOVERY,
        on_interruption: OnInterruption | None = None,
    ) -> Events[ChaincodeEvent]:
        """Follow the events of a chaincode, without loss or repetition across restarts of peers.

            with gateway.chaincode_events(start_block=0) as events:
                for event in events:
                    ...

        It begins behind the checkpoint if that is set, else behind the transaction `after`, else with the start
        block, else with what is committed from now on. The iteration ends when it or the gateway is closed.

        Args:
            start_block: Number of the first block; one that is not there yet is waited for.
            after: Id of a transaction.
            checkpoint: Where the consumer has come to; `events.checkpointers` and `events.sql` keep one.
            chaincode: Instead of the gateway's own.
            names: Only events with one of these names.
            transaction_ids: Only events of these transactions.
            recovery: How patiently an interrupted stream is resumed.
            on_interruption: Called at each interruption, before the pause; it must not raise.

        Raises:
            AccessDenied: The peer does not accept the identity, or has no such channel.
            Unreachable: Nothing could be reached to begin with.
            CallError: Any other refusal for good, or the interruption that exhausted `recovery`.
            NotFound: The ledger does not have the transaction to begin behind.
            CheckpointError: CHECKPOINT_FOREIGN, the checkpoint is of another ledger.
        """
        feed = ChaincodeFeed(chaincode or self._session.chaincode, frozenset(names), frozenset(transaction_ids))
        return self._follow(feed, Start(start_block, after, checkpoint), recovery, on_interruption)

    def announcements(
        self,
        start_block: int | None = None,
        *,
        after: str = "",
        checkpoint: Checkpoint | None = None,
        transaction_ids: Collection[str] = (),
        recovery: Recovery = RECOVERY,
        on_interruption: OnInterruption | None = None,
    ) -> Events[Announcement]:
        """Follow TradeLane's own events as typed facts; otherwise as `chaincode_events`.

        Raises:
            ResultError: UNKNOWN_FACT, an event holds facts this release does not know.
            GatewayError: As `chaincode_events`.
        """
        feed = AnnouncementFeed(ChaincodeFeed(self._session.chaincode, transaction_ids=frozenset(transaction_ids)))
        return self._follow(feed, Start(start_block, after, checkpoint), recovery, on_interruption)

    def block_events(
        self,
        start_block: int | None = None,
        *,
        after: str = "",
        checkpoint: Checkpoint | None = None,
        recovery: Recovery = RECOVERY,
        on_interruption: OnInterruption | None = None,
    ) -> Events[Block]:
        """Follow the channel's blocks, each once and none left out; otherwise as `chaincode_events`.

        A block comes whole: behind a transaction, the first block is the one that holds it.

        Raises:
            ResultError: A block cannot be read, or the peer left blocks out.
            GatewayError: As `chaincode_events`.
        """
        return self._follow(BLOCKS, Start(start_block, after, checkpoint), recovery, on_interruption)

    def filtered_block_events(
        self,
        start_block: int | None = None,
        *,
        after: str = "",
        checkpoint: Checkpoint | None = None,
        recovery: Recovery = RECOVERY,
        on_interruption: OnInterruption | None = None,
    ) -> Events[FilteredBlock]:
        """Follow the outcomes of all transactions, without their content; otherwise as `block_events`."""
        return self._follow(FILTERED_BLOCKS, Start(start_block, after, checkpoint), recovery, on_interruption)

    def block_and_private_data_events(
        self,
        start_block: int | None = None,
        *,
        after: str = "",
        checkpoint: Checkpoint | None = None,
        recovery: Recovery = RECOVERY,
        on_interruption: OnInterruption | None = None,
    ) -> Events[BlockAndPrivateData]:
        """Follow blocks with the private data that the caller's organisation may see; otherwise as `block_events`."""
        return self._follow(BLOCKS_AND_PRIVATE_DATA, Start(start_block, after, checkpoint), recovery, on_interruption)

    def events(self, request: EventsRequest[T]) -> Events[T]:
        """Follow the one stream that a request signed elsewhere opens, until it breaks; it is not resumed.

        Args:
            request: From `offline`; an unsigned one is signed here if it names this gateway's identity as its maker.

        Raises:
            OfflineError: SIGNATURE_NEEDED, it is unsigned and cannot be signed here.
            CallError: The stream broke; its detail `nextBlock` names the block to have a new request signed for.
            ResultError: A message cannot be read, or the peer left blocks out.
        """
        return self._begun(follow_once(self._session, request))

    def _follow(
        self, feed: Feed[T], start: Start, recovery: Recovery, on_interruption: OnInterruption | None
    ) -> Events[T]:
        return self._begun(follow(self._session, feed, start, recovery, on_interruption))

    def _begun(self, steps: FollowSteps[T]) -> Events[T]:
        events = Events(steps, self._perform, self._open_stream)
        self._streams.add(events)
        return events

    def _open_stream(self, step: Open) -> Iterator[bytes]:
        try:
            return self._channels[step.peer].unary_stream(step.method)(step.request, metadata=step.metadata)  # type: ignore[no-any-return]
        except ValueError as error:  # gRPC's word for a channel that is closed
            raise transport.closed() from error

    def _drive(self, steps: Steps[T]) -> T:
        answer: bytes | Failure | None = None
        began = False
        try:
            while True:
                step = steps.send(answer)
                try:
                    answer = self._perform(step)
                except InputError as error:
                    answer = transport.closed_since(error, began=began)
                began = True
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        finally:
            steps.close()  # so that it notes at once that its caller left

    def _perform(self, step: Rpc | Pause) -> bytes | Failure | None:
        if isinstance(step, Pause):
            time.sleep(step.seconds)
            return None
        call = self._calls[step.peer][step.method]
        try:
            return call(step.request, timeout=step.timeout_seconds, metadata=step.metadata)  # type: ignore[no-any-return]
        except grpc.RpcError as error:
            return transport.failure_of(error)
        except ValueError as error:
            raise transport.closed() from error
