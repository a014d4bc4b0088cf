"""The kinds of event streams: how each is asked for, and how its messages read."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from tradelane.gateway.events import requests
from tradelane.gateway.events.announcements import Announcement, read_event
from tradelane.gateway.events.reading import ChaincodeEvent, chaincode_events, delivered
from tradelane.gateway.ledger.decode import decode_block, decode_block_and_private_data, decode_filtered_block
from tradelane.gateway.ledger.records import Block, BlockAndPrivateData, FilteredBlock
from tradelane.gateway.rpc import Failure
from tradelane.gateway.session import Session

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Batch(Generic[T_co]):
    """One message of a stream: what it tells of one block."""

    block_number: int
    items: tuple[T_co, ...]


class Feed(Protocol[T_co]):
    """One kind of stream."""

    @property
    def method(self) -> str:
        """Full name of the gRPC method."""
        ...

    @property
    def every_block(self) -> bool:
        """Whether there is a message for every block, so that a gap means loss."""
        ...

    def request(self, session: Session, start_block: int) -> bytes:
        """Return the signed request for everything from a block on."""
        ...

    def read(self, session: Session, answer: bytes, done: Collection[str]) -> Batch[T_co] | Failure:
        """Read a message, without what the transactions `done` told; a Failure is how the peer ended the stream."""
        ...


@dataclass(frozen=True)
class ChaincodeFeed:
    """The events of a chaincode, its own names only if any are given."""

    chaincode: str
    names: frozenset[str] = frozenset()
    transaction_ids: frozenset[str] = frozenset()
    method: str = requests.CHAINCODE_EVENTS
    every_block: bool = False

    def request(self, session: Session, start_block: int) -> bytes:
        """Return the signed request."""
        request = requests.chaincode_events_request(
            session.channel, self.chaincode, start_block=start_block, creator=session.creator
        )
        return requests.signed_chaincode_events_request(request, session.identity.sign(request))

    def read(self, session: Session, answer: bytes, done: Collection[str]) -> Batch[ChaincodeEvent]:  # noqa: ARG002
        """Return the events of one block that pass the filters."""
        number, events = chaincode_events(answer)
        return Batch(number, tuple(one for one in events if one.transaction_id not in done and self._wanted(one)))

    def _wanted(self, event: ChaincodeEvent) -> bool:
        return (not self.names or event.name in self.names) and (
            not self.transaction_ids or event.transaction_id in self.transaction_ids
        )


@dataclass(frozen=True)
class AnnouncementFeed:
    """TradeLane's own events, read into typed facts."""

    events: ChaincodeFeed
    method: str = requests.CHAINCODE_EVENTS
    every_block: bool = False

    def request(self, session: Session, start_block: int) -> bytes:
        """Return the signed request."""
        return self.events.request(session, start_block)

    def read(self, session: Session, answer: bytes, done: Collection[str]) -> Batch[Announcement]:
        """Return the facts of one block's transactions."""
        batch = self.events.read(session, answer, done)
        found = (read_event(session.channel, event) for event in batch.items)
        return Batch(batch.block_number, tuple(one for one in found if one is not None))


@dataclass(frozen=True)
class DeliverFeed(Generic[T]):
    """Blocks in one of the Deliver service's three forms."""

    method: str
    decode: Callable[[bytes], T]
    number: Callable[[T], int]
    every_block: bool = True

    def request(self, session: Session, start_block: int) -> bytes:
        """Return the signed request; it is good for one connection, and for as long as peers accept its time."""
        payload = requests.deliver_payload(
            session.channel,
            start_block=start_block,
            creator=session.creator,
            now_ns=session.clock(),
            tls_certificate_hash=session.tls_certificate_hash,
        )
        return requests.signed_deliver_request(payload, session.identity.sign(payload))

    def read(self, session: Session, answer: bytes, done: Collection[str]) -> Batch[T] | Failure:  # noqa: ARG002
        """Return the block, or how the peer ended the stream."""
        content = delivered(answer)
        if isinstance(content, Failure):
            return content
        block = self.decode(content)
        return Batch(self.number(block), (block,))


def _number(block: Block | FilteredBlock) -> int:
    return block.number


def _number_within(delivered: BlockAndPrivateData) -> int:
    return delivered.block.number


BLOCKS: Feed[Block] = DeliverFeed(requests.DELIVER, decode_block, _number)
FILTERED_BLOCKS: Feed[FilteredBlock] = DeliverFeed(requests.DELIVER_FILTERED, decode_filtered_block, _number)
BLOCKS_AND_PRIVATE_DATA: Feed[BlockAndPrivateData] = DeliverFeed(
    requests.DELIVER_WITH_PRIVATE_DATA, decode_block_and_private_data, _number_within
)
