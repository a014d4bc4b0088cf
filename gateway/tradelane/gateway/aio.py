"""The asyncio client: same names, same work and same errors as the sync one; see there for arguments."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import grpc
import grpc.aio

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
    """Connect a user of a profile directory; see `client.connect`."""
    profile = load_profile(Path(profile_dir), user)
    channel = grpc.aio.secure_channel(
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
    """Use a `grpc.aio.Channel` of the caller's, which stays open; see `client.connect_to`."""
    session = Session(identity, channel, chaincode, endpoint, deadlines or Deadlines())
    return Gateway(grpc_channel, session, owns_channel=False)


class Gateway:
    """One identity's way to one channel, for the tasks of one event loop."""

    def __init__(self, grpc_channel: Any, session: Session, *, owns_channel: bool) -> None:  # noqa: ANN401
        self._grpc = grpc_channel
        self._session = session
        self._owns_channel = owns_channel
        # One callable per method: making one costs more than a good part of a call.
        self._calls = {method: grpc_channel.unary_unary(method) for method in envelope.UNARY_METHODS}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection if this gateway opened it."""
        if self._owns_channel:
            await self._grpc.close()

    async def run(self, flow: Flow[T]) -> T:
        """Perform a typed call, e.g. `await gateway.run(ebl.transfer(title_id, to="hkbank"))`."""
        return await self._drive(flow.steps(self._session))

    async def evaluate(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        target_organizations: Sequence[str] = (),
        timeout_seconds: float | None = None,
    ) -> bytes:
        """Ask one peer and return the chaincode's answer; see `client.Gateway.evaluate`."""
        return await self._drive(
            self._session.evaluate(
                function,
                *arguments,
                transient=transient,
                target_organizations=target_organizations,
                timeout_seconds=timeout_seconds,
            )
        )

    async def submit(
        self,
        function: str,
        *arguments: Argument,
        transient: Mapping[str, bytes] | None = None,
        endorsing_organizations: Sequence[str] = (),
        deadlines: Deadlines | None = None,
    ) -> Committed[bytes]:
        """Endorse, submit and wait until the transaction has taken effect; see `client.Gateway.submit`."""
        return await self._drive(
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

    async def endorse(self, proposal: Proposal, *, timeout_seconds: float | None = None) -> Transaction:
        """Second step: have the proposal endorsed."""
        return await self._drive(self._session.endorse(proposal, timeout_seconds=timeout_seconds))

    async def submit_endorsed(self, transaction: Transaction, *, timeout_seconds: float | None = None) -> Commit:
        """Third step: hand the transaction to the orderers."""
        return await self._drive(self._session.submit_endorsed(transaction, timeout_seconds=timeout_seconds))

    async def status(self, commit: Commit, *, timeout_seconds: float | None = None) -> Status:
        """Fourth step: wait for the outcome and return it; a transaction without effect is no error here."""
        return await self._drive(self._session.status(commit, timeout_seconds=timeout_seconds))

    async def outcome(self, transaction_id: str, *, timeout_seconds: float | None = None) -> Status:
        """Wait for the outcome of a transaction known by its id; see `client.Gateway.outcome`."""
        return await self._drive(self._session.outcome(transaction_id, timeout_seconds=timeout_seconds))

    async def chaincode_events(self, start_block: int | None = None) -> AsyncIterator[Announcement]:
        """Yield what transactions announce until closed; see `client.Gateway.chaincode_events`."""
        session = self._session
        stream = self._grpc.unary_stream(envelope.CHAINCODE_EVENTS)(session.events_request(start_block))
        try:
            async for answer in stream:
                for event in envelope.raw_events(answer):
                    announcement = read_event(session.channel, event)
                    if announcement is not None:
                        yield announcement
        except grpc.RpcError as error:
            failure = transport.failure_of(error)
            if failure.status != "CANCELLED":  # which is how closing the gateway ends the stream
                raise explain(Fault(Step.EVENTS, failure, session.endpoint)) from error
        except asyncio.CancelledError:
            # Raised when the gateway is closed, too; then nobody has cancelled this task.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
        finally:
            stream.cancel()

    async def _drive(self, steps: Steps[T]) -> T:
        answer: bytes | Failure | None = None
        try:
            while True:
                answer = await self._perform(steps.send(answer))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]

    async def _perform(self, step: Rpc | Pause) -> bytes | Failure | None:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        try:
            return await self._calls[step.method](step.request, timeout=step.timeout_seconds)  # type: ignore[no-any-return]
        except grpc.RpcError as error:
            return transport.failure_of(error)
