"""Following one kind of events without loss or repetition, whatever happens to peers and connections.

The work is a generator of steps, performed by `streams` and `aio` like a session's, with three steps more: `Open`
a stream, `Receive` its next message, hand what is `Ready` to the caller. It begins by asking for the chain's height,
so that a wrong address, identity or channel is an error at once, and so that the place is known even before the
first event. After an interruption it goes on behind the last block it has read, from whichever peer is there.
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Final, Generic, TypeAlias, TypeVar

from tradelane.gateway.errors import (
    CallError,
    ChaincodeUnavailable,
    CheckpointError,
    ConcurrencyLimit,
    EvaluateError,
    EventsError,
    GatewayError,
    InputError,
    Overdue,
    ResultError,
    Step,
    UnknownChannel,
    Unreachable,
)
from tradelane.gateway.events.checkpointers import Checkpoint
from tradelane.gateway.events.feeds import Feed
from tradelane.gateway.faults import Fault, explain
from tradelane.gateway.ledger import queries
from tradelane.gateway.observer import Attempt, CallObserver
from tradelane.gateway.retry import chance_of, peer_is_well
from tradelane.gateway.rpc import Failure, Pause, Rpc
from tradelane.gateway.session import Session
from tradelane.gateway.tries import LEFT

T = TypeVar("T")

_LASTING: Final = frozenset(
    {"INVALID_ARGUMENT", "FAILED_PRECONDITION", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED"}
)
"""gRPC statuses that another try would only meet again."""

_WELL_SECONDS: Final = 30
"""A stream that stood so long was well, though nothing may have happened on the ledger: what comes is a new failure."""


@dataclass(frozen=True)
class Recovery:
    """How patiently a stream is resumed; the pauses double from the first to the longest.

    Each is shortened by up to a half at random, lest all who followed a peer come back to it together.
    """

    first_seconds: float = 0.1
    longest_seconds: float = 10
    attempts: int | None = 60
    """Give up after so many failures in a row, some ten minutes; None never gives up. 0: every break is an error."""

    def pause(self, failures: int, chance: float = 0.0) -> float:
        """Return how long to wait after so many failures in a row, with a random number from 0 to 1."""
        longest = min(self.longest_seconds, self.first_seconds * 2 ** min(failures - 1, 32))
        return float(longest * (1 - chance / 2))


@dataclass(frozen=True)
class Interruption:
    """A stream that broke and will be resumed."""

    error: CallError
    failures: int
    """In a row, this one included."""
    pause_seconds: float
    """How long the client waits before it goes on."""
    next_block: int
    """Where it goes on."""


RECOVERY: Final = Recovery()
"""The usual patience."""

OnInterruption: TypeAlias = Callable[[Interruption], None]


@dataclass(frozen=True)
class Start:
    """Where a caller wants to begin: by checkpoint, after a transaction, at a block, else with the next commit."""

    block: int | None = None
    after: str = ""
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True)
class Open:
    """Begin a stream; the driver answers None."""

    method: str
    request: bytes
    peer: int
    """Which of the client's gateway peers."""
    metadata: tuple[tuple[str, str], ...]
    """What to send along, e.g. a trace context."""


@dataclass(frozen=True)
class Receive:
    """Wait for the stream's next message; the driver answers its bytes, or a Failure when the stream is over."""


@dataclass(frozen=True)
class Ready(Generic[T]):
    """Hand these to the caller, and go on once they are gone: that is what holds the peer back."""

    items: tuple[T, ...]


FollowStep: TypeAlias = Rpc | Pause | Open | Receive | Ready[T]
Answer: TypeAlias = bytes | Failure | None
FollowSteps: TypeAlias = Generator[FollowStep[T], Answer, None]


@dataclass
class _Place:
    """The block that comes next, and which of its transactions are done already."""

    block: int
    done: frozenset[str] = frozenset()


def follow(
    session: Session,
    feed: Feed[T],
    start: Start,
    recovery: Recovery,
    on_interruption: OnInterruption | None = None,
) -> FollowSteps[T]:
    """Follow a feed for ever; observers are told of one call, and of a try for each stream that is opened.

    Raises:
        CallError: A peer refused for good, nothing could be reached to begin with, or `recovery` gave up.
        NotFound: The ledger does not have the transaction to begin after.
        InputError: INVALID_BLOCK_NUMBER, INVALID_TRANSACTION_ID.
        CheckpointError: CHECKPOINT_FOREIGN, the checkpoint was made on another ledger.
        ResultError: A message cannot be read, or blocks are missing between two messages.
    """
    call = session.observer.called(Step.EVENTS, feed.method.rpartition("/")[2])
    outcome: BaseException | None = None
    try:
        yield from _resuming(session, feed, start, recovery, on_interruption, call)
    except GatewayError as error:
        outcome = error
        raise
    finally:
        call.ended(outcome)


def _resuming(
    session: Session,
    feed: Feed[T],
    start: Start,
    recovery: Recovery,
    on_interruption: OnInterruption | None,
    call: CallObserver,
) -> FollowSteps[T]:
    height = yield from session.run(queries.height())
    place = yield from _first_place(session, start, height)
    failures, pause = 0, 0.0
    while True:
        before, opened = place.block, session.monotonic()
        try:
            if failures:
                height = yield from session.run(queries.height())
            # The Deliver service refuses to begin beyond the next block, as after a change to a peer that is behind.
            request = feed.request(session, min(place.block, height))
            yield from _stream(session, feed, place, _Try(session, call, pause), request)
        except CallError as error:
            lasted = session.monotonic() - opened
            failures = 1 if place.block > before or lasted > _WELL_SECONDS else failures + 1
            if not _passes(error) or (recovery.attempts is not None and failures > recovery.attempts):
                error.advise(f"Go on from block {place.block}.", nextBlock=str(place.block))
                raise
            pause = recovery.pause(failures, chance_of(session.random))
            if on_interruption is not None:
                on_interruption(Interruption(error, failures, pause, place.block))
        yield Pause(pause)


class _Try:
    """One stream of one peer, from its opening until it breaks or is left."""

    def __init__(self, session: Session, call: CallObserver, waited: float) -> None:
        self._session, self._waited = session, waited
        self._turn = session.peers.pick(session.monotonic(), stream=True)
        self.number = self._turn.peer
        self.peer = session.peers.names[self.number]
        self._watch = call.tried(Step.EVENTS, "", self.peer)
        self.metadata = tuple(self._watch.metadata)

    def ended(self, error: BaseException | None) -> None:
        """Count it as over; it went well as long as the peer had something to say."""
        known = isinstance(error, GatewayError)
        well = peer_is_well(error) if isinstance(error, CallError) else known or None
        self._session.peers.release(self._turn, self._session.monotonic(), well=well)
        code = error.code if isinstance(error, GatewayError) else LEFT
        self._watch.ended(Attempt("", Step.EVENTS, code, self.peer, self._waited))


def _stream(session: Session, feed: Feed[T], place: _Place, attempt: _Try, request: bytes) -> FollowSteps[T]:
    """Open a stream and keep the place up to date, until the stream breaks with a CallError."""
    outcome: BaseException | None = None
    try:
        yield Open(feed.method, request, attempt.number, attempt.metadata)
        while True:
            answer = yield Receive()
            message = answer if isinstance(answer, Failure) else feed.read(session, answer or b"", place.done)
            if isinstance(message, Failure):
                raise explain(Fault(Step.EVENTS, message, attempt.peer))
            if message.block_number < place.block:
                continue
            if feed.every_block and message.block_number > place.block:
                raise _gap(place.block, message.block_number)
            place.block, place.done = message.block_number + 1, frozenset()
            yield Ready(message.items)
    except GatewayError as error:
        outcome = error
        raise
    finally:
        attempt.ended(outcome)


def _gap(due: int, came: int) -> ResultError:
    return ResultError(
        f"The peer delivered block {came} where block {due} was due.",
        code="BLOCKS_MISSING",
        details={"nextBlock": str(due)},
    )


def _first_place(session: Session, start: Start, height: int) -> Generator[Rpc | Pause, Answer, _Place]:
    kept = start.checkpoint
    if kept is not None and (kept.block_number, kept.transaction_id) != (0, ""):
        if not kept.transaction_id:
            return _Place(_number(kept.block_number))
        place = yield from _place_after(session, kept.transaction_id)
        if place.block != kept.block_number:
            raise CheckpointError(
                f"The checkpoint was made on another ledger: transaction {kept.transaction_id} is in block "
                f"{place.block} here, not in block {kept.block_number}.",
                code="CHECKPOINT_FOREIGN",
            )
        return place
    if start.after:
        return (yield from _place_after(session, start.after))
    return _Place(height if start.block is None else _number(start.block))


def _number(block: int) -> int:
    if block < 0:
        raise InputError(f"{block} is no number of a block: they count from 0.", code="INVALID_BLOCK_NUMBER")
    return block


def _place_after(session: Session, transaction_id: str) -> Generator[Rpc | Pause, Answer, _Place]:
    """Return the place behind a transaction.

    A peer asked for events after a transaction that announced none would never answer, so the block itself says
    which of its transactions are done.
    """
    block = yield from session.run(queries.block_of(transaction_id))
    ids = [one.id for one in block.transactions]
    return _Place(block.number, frozenset(ids[: ids.index(transaction_id) + 1]))


def _passes(error: CallError) -> bool:
    """Tell whether an interruption is one that passes, such as a peer's restart."""
    if isinstance(error, Unreachable | Overdue | ConcurrencyLimit | ChaincodeUnavailable | UnknownChannel):
        return True  # it was on the channel when the stream began, so a peer that starts is on it again soon
    return isinstance(error, EventsError | EvaluateError) and error.grpc_status not in _LASTING
