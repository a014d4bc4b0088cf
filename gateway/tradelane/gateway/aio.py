"""The asyncio client: same names, same work and same errors as the sync one; see there for arguments."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakSet

from tradelane.gateway import transport
from tradelane.gateway.bulk.journal import Fsync, Journal
from tradelane.gateway.bulk.records import Invocation, Item, ItemResult, Outcome, Progress
from tradelane.gateway.bulk.run import IN_FLIGHT, Run, journal_of
from tradelane.gateway.bulk.windows import in_tasks
from tradelane.gateway.envelope import Commit, Committed, Proposal, Status, Transaction
from tradelane.gateway.errors import InputError
from tradelane.gateway.events.aio import Events
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
from tradelane.gateway.identity import Identity
from tradelane.gateway.ledger.records import Block, BlockAndPrivateData, FilteredBlock
from tradelane.gateway.observer import Observer
from tradelane.gateway.offline.messages import EventsRequest
from tradelane.gateway.offline.streams import follow_once
from tradelane.gateway.profile import load_profile
from tradelane.gateway.retry import RetryPolicy
from tradelane.gateway.rpc import Failure, Pause, Rpc, Steps
from tradelane.gateway.session import Argument, Deadlines, Flow, Session, session_of, session_to
from tradelane.gateway.wire.connection import Connection, dial
from tradelane.gateway.wire.transports import Messages, Transport

__all__ = ["Connection", "Gateway", "connect", "connect_to", "dial"]

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
    """Connect a user of a profile directory; see `client.connect`."""
    profile = load_profile(Path(profile_dir), user, offline=offline)
    connections = [dial(profile, number) for number in range(len(profile.network.peers))]
    session = session_of(profile, deadlines, retry, observer)
    session.tls_certificate_hash = transport.tls_certificate_hash(profile)
    return Gateway(connections, session, owns_transports=True)


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
    """Use connections of the caller's, which stay open; see `client.connect_to`.

    Each is a `Connection`, as `dial` makes it, or a `grpc.aio.Channel`.
    """
    channels = list(grpc_channel) if isinstance(grpc_channel, list | tuple) else [grpc_channel]
    names = transport.names_of(channels, endpoint)
    session = session_to(identity, channel, chaincode, names, deadlines, retry, observer)
    session.tls_certificate_hash = tls_certificate_hash
    return Gateway([_transport(each) for each in channels], session, owns_transports=False)


def _transport(given: Any) -> Transport:  # noqa: ANN401
    if isinstance(given, Connection):
        return given
    from tradelane.gateway.wire.channel import ChannelTransport  # noqa: PLC0415 -- gRPC's library takes its time

    return ChannelTransport(given)


class Gateway:
    """One identity's way to one channel, for the tasks of one event loop."""

    def __init__(self, transports: Sequence[Transport], session: Session, *, owns_transports: bool) -> None:
        self._transports = transports
        self._session = session
        self._owns_transports = owns_transports
        self._streams: WeakSet[Events[Any]] = WeakSet()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the event streams, and close the connections if this gateway opened them."""
        for events in tuple(self._streams):
            await events.close()
        if self._owns_transports:
            await asyncio.gather(*(each.close() for each in self._transports))

    async def run(
        self,
        flow: Flow[T],
        *,
        request_id: str | None = None,
        deadlines: Deadlines | None = None,
        retry: RetryPolicy | None = None,
    ) -> T:
        """Perform a typed call, e.g. `await gateway.run(ebl.surrender(title_id))`; see `client.Gateway.run`."""
        session = self._session
        if (request_id, deadlines, retry) != (None, None, None):
            session = session.under(request_id, deadlines, retry)
        return await self._drive(flow.steps(session))

    async def evaluate(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        target_organizations: Sequence[str] = (),
        timeout_seconds: float | None = None,
        retry: RetryPolicy | None = None,
    ) -> bytes:
        """Ask one peer and return the chaincode's answer; see `client.Gateway.evaluate`."""
        return await self._drive(
            self._session.evaluate(
                function,
                *arguments,
                transient=transient,
                target_organizations=target_organizations,
                timeout_seconds=timeout_seconds,
                retry=retry,
            )
        )

    async def submit(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] = (),
        request_id: str | None = None,
        deadlines: Deadlines | None = None,
        retry: RetryPolicy | None = None,
    ) -> Committed[bytes]:
        """Endorse, submit and wait until the transaction has taken effect; see `client.Gateway.submit`."""
        return await self._drive(
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

    async def submit_async(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] = (),
        deadlines: Deadlines | None = None,
        retry: RetryPolicy | None = None,
    ) -> Commit:
        """See `client.Gateway.submit_async`."""
        to = endorsing_organizations
        steps = self._session.submit_async(
            function, *arguments, transient=transient, endorsing_organizations=to, deadlines=deadlines, retry=retry
        )
        return await self._drive(steps)

    def submit_many(
        self,
        stream: Iterable[Invocation | Item] | AsyncIterable[Invocation | Item],
        *,
        in_flight: int = IN_FLIGHT,
        journal: Journal | None = None,
        again: Collection[Outcome] = (),
        progress: Callable[[Progress], None] | None = None,
    ) -> AsyncGenerator[ItemResult]:
        """Submit a stream of invocations and yield what became of each; see `client.Gateway.submit_many`.

        Closing the generator (`contextlib.aclosing`) early cancels what is under way.
        """
        return in_tasks(Run(journal, again, progress), stream, self.run, in_flight)

    def journal(self, path: str | Path, *, source: str | None = None, fsync: Fsync = Fsync.INTERVAL) -> Journal:
        """Open a bulk run's journal to go on with it, or begin one; see `client.Gateway.journal`."""
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

    async def endorse(
        self, proposal: Proposal, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Transaction:
        """Second step: have the proposal endorsed."""
        return await self._drive(self._session.endorse(proposal, timeout_seconds=timeout_seconds, retry=retry))

    async def submit_endorsed(
        self, transaction: Transaction, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Commit:
        """Third step: hand the transaction to the orderers."""
        return await self._drive(
            self._session.submit_endorsed(transaction, timeout_seconds=timeout_seconds, retry=retry)
        )

    async def status(
        self, commit: Commit, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Status:
        """Fourth step: wait for the outcome and return it; a transaction without effect is no error here."""
        return await self._drive(self._session.status(commit, timeout_seconds=timeout_seconds, retry=retry))

    async def outcome(
        self, transaction_id: str, *, timeout_seconds: float | None = None, retry: RetryPolicy | None = None
    ) -> Status:
        """Wait for the outcome of a transaction known by its id; see `client.Gateway.outcome`."""
        return await self._drive(self._session.outcome(transaction_id, timeout_seconds=timeout_seconds, retry=retry))

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
        """Follow the events of a chaincode; see `client.Gateway.chaincode_events`.

        async with gateway.chaincode_events(start_block=0) as events:
            async for event in events:
                ...
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
        """Follow TradeLane's own events as typed facts; see `client.Gateway.announcements`."""
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
        """Follow the channel's blocks; see `client.Gateway.block_events`."""
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
        """Follow the outcomes of all transactions; see `client.Gateway.filtered_block_events`."""
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
        """Follow blocks with private data; see `client.Gateway.block_and_private_data_events`."""
        return self._follow(BLOCKS_AND_PRIVATE_DATA, Start(start_block, after, checkpoint), recovery, on_interruption)

    def events(self, request: EventsRequest[T]) -> Events[T]:
        """Follow the one stream that a request signed elsewhere opens; see `client.Gateway.events`."""
        return self._begun(follow_once(self._session, request))

    def _follow(
        self, feed: Feed[T], start: Start, recovery: Recovery, on_interruption: OnInterruption | None
    ) -> Events[T]:
        return self._begun(follow(self._session, feed, start, recovery, on_interruption))

    def _begun(self, steps: FollowSteps[T]) -> Events[T]:
        events = Events(steps, self._perform, self._open_stream)
        self._streams.add(events)
        return events

    def _open_stream(self, step: Open) -> Messages:
        return self._transports[step.peer].stream(step.method, step.request, step.metadata)

    async def _drive(self, steps: Steps[T]) -> T:
        answer: bytes | Failure | None = None
        began = False
        try:
            while True:
                step = steps.send(answer)
                try:
                    answer = await self._perform(step)
                except InputError as error:
                    answer = transport.closed_since(error, began=began)
                began = True
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        finally:
            steps.close()  # so that it notes at once that its caller left

    async def _perform(self, step: Rpc | Pause) -> bytes | Failure | None:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        return await self._transports[step.peer].unary(step.method, step.request, step.timeout_seconds, step.metadata)
