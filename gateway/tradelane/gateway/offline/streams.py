"""One stream of events for a request that was signed elsewhere."""

from typing import TypeVar

from tradelane.gateway.errors import CallError, GatewayError, ResultError, Step
from tradelane.gateway.events.following import FollowSteps, Open, Ready, Receive
from tradelane.gateway.faults import Fault, explain
from tradelane.gateway.offline.messages import EventsRequest
from tradelane.gateway.retry import peer_is_well
from tradelane.gateway.rpc import Failure
from tradelane.gateway.session import Session

T = TypeVar("T")


def follow_once(session: Session, request: EventsRequest[T]) -> FollowSteps[T]:
    """Follow the stream that a request opens until it breaks: nobody here could sign another request.

    Raises:
        OfflineError: The request is unsigned and cannot be signed here.
        CallError: The stream broke; ask for a new request from the block that its `nextBlock` names.
        ResultError: A message cannot be read, or blocks are missing between two messages.
    """
    signed = request.signed_by(session.creator, session.identity.sign)
    turn = session.peers.pick(session.monotonic(), stream=True)
    well: bool | None = None
    try:
        yield from _stream(session, signed, turn.peer)
    except GatewayError as error:
        well = peer_is_well(error) if isinstance(error, CallError) else True
        raise
    finally:
        session.peers.release(turn, session.monotonic(), well=well)


def _stream(session: Session, request: EventsRequest[T], peer: int) -> FollowSteps[T]:
    feed = request.feed
    due: int | None = None
    yield Open(feed.method, request.to_bytes(), peer, ())
    while True:
        answer = yield Receive()
        message = answer if isinstance(answer, Failure) else feed.read(session, answer or b"", ())
        if isinstance(message, Failure):
            error = explain(Fault(Step.EVENTS, message, session.peers.names[peer]))
            if due is not None:
                error.advise(f"Go on from block {due}.", nextBlock=str(due))
            raise error
        if feed.every_block and due is not None and message.block_number != due:
            raise ResultError(
                f"The peer delivered block {message.block_number} where block {due} was due.",
                code="BLOCKS_MISSING",
                details={"nextBlock": str(due)},
            )
        due = message.block_number + 1
        yield Ready(message.items)
