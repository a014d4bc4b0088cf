"""The stub of the in-memory ledger: one simulation on one organisation's peer."""

import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from tests.support.memory_policy import Collection
from tests.support.memory_state import PUBLIC, Address, RangeRead, ReadWriteSet, WorldState
from tradelane.chaincode.shim import keys
from tradelane.chaincode.shim.errors import InvalidArgument, RequestRefused
from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.chaincode.shim.interface import KeyModification, KeyValue, Page, Response, SignedProposal
from tradelane.chaincode.shim.policy import Policy
from tradelane.chaincode.shim.queries import page_span

_ROWS_PER_MESSAGE = 100
TOTAL_QUERY_LIMIT = 1000
"""After so many rows an iteration ends without a word; 100,000 on a peer, where its operator decides."""


@dataclass(frozen=True)
class Proposal:
    """What a client sends to endorsers."""

    tx_id: str
    channel_id: str
    args: tuple[bytes, ...]
    transient: Mapping[str, bytes]
    identity: ClientIdentity
    timestamp: datetime
    is_init: bool = False


Call = Callable[["MemoryStub", str, Sequence[bytes], str], Awaitable[Response]]
"""Runs another chaincode for a stub: name, arguments, channel."""


async def nobody(stub: "MemoryStub", name: str, args: Sequence[bytes], channel_id: str) -> Response:
    """Answer as a peer on which no other chaincode is defined."""
    return Response(500, f"chaincode {name} could not be found on channel {channel_id or stub.channel_id}")


class MemoryStub:
    """Simulates a proposal on the peer of `msp_id`; `simulated` is what it read and would write.

    `called` is that of the chaincodes it called, by name. `reads_ahead` says that rows are read as many at a time as a
    peer sends in a message; it is for who asks through the shim, which takes them so, to set it off.
    """

    def __init__(
        self,
        proposal: Proposal,
        state: WorldState,
        collections: Mapping[str, Collection],
        msp_id: str,
        call: Call = nobody,
    ) -> None:
        self.proposal = proposal
        self.tx_id = proposal.tx_id
        self.channel_id = proposal.channel_id
        self.args: Sequence[bytes] = proposal.args
        self.timestamp = proposal.timestamp
        self.transient = proposal.transient
        self.identity = proposal.identity
        self.is_init = proposal.is_init
        self.simulated = ReadWriteSet()
        self.called: dict[str, ReadWriteSet] = {}
        self.reads_ahead = True
        self.event: tuple[str, bytes] | None = None
        self._state = state
        self._collections = collections
        self.msp_id = msp_id
        self._call = call
        self._read_only = False

    @property
    def function(self) -> str:
        return self._text(0) if self.args else ""

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(map(self._text, range(1, len(self.args))))

    @property
    def decorations(self) -> Mapping[str, bytes]:
        return {}

    @property
    def creator(self) -> bytes:
        return self.identity.msp_id.encode() + self.identity.certificate_pem

    @property
    def binding(self) -> bytes:
        return hashlib.sha256(self.tx_id.encode()).digest()

    @property
    def signed_proposal(self) -> SignedProposal:
        return SignedProposal(b"proposal " + self.tx_id.encode(), b"signature")

    async def get_state(self, key: str) -> bytes | None:
        keys.check_key(key)
        return self._read((PUBLIC, key))

    async def get_multiple_states(self, keys: Sequence[str]) -> list[bytes | None]:
        return [await self.get_state(key) for key in keys]

    async def put_state(self, key: str, value: bytes) -> None:
        keys.check_key(key)
        self._write((PUBLIC, key), value)

    async def del_state(self, key: str) -> None:
        keys.check_key(key)
        self._write((PUBLIC, key), None)

    @asynccontextmanager
    async def write_batch(self) -> AsyncIterator[None]:
        """Hold the block's writes back; a block left by an exception leaves none of them behind."""
        now = self.simulated
        writes, policies, purges = dict(now.writes), dict(now.policies), set(now.purges)
        try:
            yield
        except BaseException:
            now.writes, now.policies, now.purges = writes, policies, purges
            raise

    async def set_state_validation_parameter(self, key: str, policy: Policy) -> None:
        keys.check_key(key)
        self._refuse_write_after_pages()
        self.simulated.policies[PUBLIC, key] = policy

    async def get_state_validation_parameter(self, key: str) -> Policy | None:
        keys.check_key(key)
        return self._policy((PUBLIC, key))

    def get_state_by_range(self, start: str, end: str) -> AsyncGenerator[KeyValue, None]:
        return self._rows(*keys.simple_range(start, end))

    async def get_state_by_range_with_pagination(
        self, start: str, end: str, page_size: int, bookmark: str
    ) -> Page[KeyValue]:
        return self._page(*keys.simple_range(start, end), page_size, bookmark)

    def get_state_by_partial_composite_key(
        self, object_type: str, attributes: Sequence[str]
    ) -> AsyncGenerator[KeyValue, None]:
        return self._rows(*keys.partial_range(object_type, attributes))

    async def get_state_by_partial_composite_key_with_pagination(
        self, object_type: str, attributes: Sequence[str], page_size: int, bookmark: str
    ) -> Page[KeyValue]:
        return self._page(*keys.partial_range(object_type, attributes), page_size, bookmark)

    async def get_all_states_composite_key_with_pagination(self, page_size: int, bookmark: str) -> Page[KeyValue]:
        return self._page(*keys.all_composite(), page_size, bookmark)

    def get_query_result(self, query: str) -> AsyncGenerator[KeyValue, None]:
        keys.check_name("query", query)
        return _rich_rows()

    async def get_query_result_with_pagination(self, query: str, page_size: int, bookmark: str) -> Page[KeyValue]:
        keys.check_name("query", query)
        page_span(page_size, bookmark)
        return Page(_rich_query(), "")

    async def get_history_for_key(self, key: str) -> AsyncGenerator[KeyModification, None]:
        keys.check_key(key)
        for modification in reversed(self._state.history.get(key, [])):
            yield modification

    async def get_private_data(self, collection: str, key: str) -> bytes | None:
        rules = self._readable(collection, key)
        if self._read((collection, key)) is None:
            return None
        held = self._state.private[self.msp_id].get((collection, key))
        if self.msp_id not in rules.members or held is None:  # another's, or not received yet
            raise RequestRefused("private data matching public hash version is not available")
        return held[-1]

    async def get_multiple_private_data(self, collection: str, keys: Sequence[str]) -> list[bytes | None]:
        return [await self.get_private_data(collection, key) for key in keys]

    async def get_private_data_hash(self, collection: str, key: str) -> bytes | None:
        self._collection(collection, key)
        return self._read((collection, key))

    async def put_private_data(self, collection: str, key: str, value: bytes) -> None:
        self._write_private((collection, key), value)

    async def del_private_data(self, collection: str, key: str) -> None:
        self._write_private((collection, key), None)

    async def purge_private_data(self, collection: str, key: str) -> None:
        self._write_private((collection, key), None)
        self.simulated.purges.add((collection, key))

    def get_private_data_by_range(self, collection: str, start: str, end: str) -> AsyncGenerator[KeyValue, None]:
        keys.check_collection(collection)
        return self._private_rows(collection, *keys.simple_range(start, end))

    def get_private_data_by_partial_composite_key(
        self, collection: str, object_type: str, attributes: Sequence[str]
    ) -> AsyncGenerator[KeyValue, None]:
        keys.check_collection(collection)
        return self._private_rows(collection, *keys.partial_range(object_type, attributes))

    def get_private_data_query_result(self, collection: str, query: str) -> AsyncGenerator[KeyValue, None]:
        keys.check_collection(collection)
        keys.check_name("query", query)
        return _rich_rows()

    async def set_private_data_validation_parameter(self, collection: str, key: str, policy: Policy) -> None:
        self._writable(collection, key)
        self._refuse_write_after_pages()
        self.simulated.policies[collection, key] = policy

    async def get_private_data_validation_parameter(self, collection: str, key: str) -> Policy | None:
        self._readable(collection, key)
        return self._policy((collection, key))

    async def invoke_chaincode(self, name: str, args: Sequence[bytes], channel_id: str = "") -> Response:
        keys.check_name("chaincode name", name)
        keys.check_text("channel name", channel_id)
        return await self._call(self, name, args, channel_id)

    def set_event(self, name: str, payload: bytes) -> None:
        keys.check_name("event name", name)
        self.event = (name, payload)

    def _text(self, index: int) -> str:
        try:
            return self.args[index].decode()
        except UnicodeDecodeError:
            raise InvalidArgument(f"argument {index} is not UTF-8") from None

    async def _rows(self, start: str, end: str) -> AsyncGenerator[KeyValue, None]:
        seen = RangeRead(start, end)
        self.simulated.ranges.append(seen)
        found = self._state.scan(start, end)
        handed_out = found[:TOTAL_QUERY_LIMIT]
        for index, key in enumerate(handed_out):
            read = index + 1
            if self.reads_ahead:  # a message, and one row to know whether there is more; the next with its last row
                read = ((index + 1) // _ROWS_PER_MESSAGE + 1) * _ROWS_PER_MESSAGE + 1
                seen.complete = len(found) < min(read, TOTAL_QUERY_LIMIT + 1)
            for each in handed_out[len(seen.rows) : read]:
                seen.rows.append((each, self._state.slots[PUBLIC, each].version))
            yield KeyValue(key, self._state.slots[PUBLIC, key].value)
        seen.complete = len(found) <= TOTAL_QUERY_LIMIT

    async def _private_rows(self, collection: str, start: str, end: str) -> AsyncGenerator[KeyValue, None]:
        """Hand out what this peer holds; Fabric keeps no record of it to be checked at commit."""
        self._readable(collection, start)
        self._become_read_only()
        held = self._state.private[self.msp_id]
        for key in self._state.scan_private(collection, start, end)[:TOTAL_QUERY_LIMIT]:
            if (collection, key) in held:
                yield KeyValue(key, held[collection, key][-1])

    def _page(self, start: str, end: str, page_size: int, bookmark: str) -> Page[KeyValue]:
        page_span(page_size, bookmark)
        self._become_read_only()
        found = self._state.scan(bookmark or start, end)
        rows = tuple(KeyValue(key, self._state.slots[PUBLIC, key].value) for key in found[:page_size])
        return Page(rows, found[page_size] if len(found) > page_size else "")

    def _policy(self, address: Address) -> Policy | None:
        self._read(address)
        slot = self._state.slots.get(address)
        return slot.policy if slot else None

    def _read(self, address: Address) -> bytes | None:
        slot = self._state.slots.get(address)
        self.simulated.reads[address] = slot.version if slot else None
        return (slot.value or None) if slot else None

    def _write(self, address: Address, value: bytes | None) -> None:
        self._refuse_write_after_pages()
        self.simulated.writes[address] = value or None  # Fabric takes an empty value for a deletion
        self.simulated.purges.discard(address)

    def _write_private(self, address: Address, value: bytes | None) -> None:
        self._writable(*address)
        self._write(address, value)

    def _readable(self, collection: str, key: str) -> Collection:
        rules = self._collection(collection, key)
        if rules.member_only_read and self.identity.msp_id not in rules.members:
            raise RequestRefused(f"the creator has no read access to collection {collection}")
        return rules

    def _writable(self, collection: str, key: str) -> None:
        rules = self._collection(collection, key)
        if rules.member_only_write and self.identity.msp_id not in rules.members:
            raise RequestRefused(f"the creator has no write access to collection {rules.name}")

    def _collection(self, collection: str, key: str) -> Collection:
        keys.check_collection(collection)
        keys.check_key(key)
        self._refuse_private_in_init()
        if collection not in self._collections:
            raise RequestRefused(f"collection {collection} could not be found")
        return self._collections[collection]

    def _become_read_only(self) -> None:
        """Fabric does not check at commit what pages and private ranges read, so nothing may be written on it."""
        if self.simulated.touched():
            raise RequestRefused("a transaction that has written may not run this query")
        self._read_only = True

    def _refuse_private_in_init(self) -> None:
        if self.is_init:
            raise RequestRefused("private data APIs are not allowed in chaincode Init()")

    def _refuse_write_after_pages(self) -> None:
        if self._read_only:
            raise RequestRefused("a transaction that ran a paginated query or one on private data may not write")


def _rich_query() -> tuple[KeyValue, ...]:
    raise RequestRefused("rich queries are not supported for leveldb")


async def _rich_rows() -> AsyncGenerator[KeyValue, None]:
    for row in _rich_query():
        yield row
