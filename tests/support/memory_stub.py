"""The stub of the in-memory ledger: one simulation on one organisation's peer."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from tests.support.memory_policy import Collection
from tests.support.memory_state import PUBLIC, Address, RangeRead, ReadWriteSet, WorldState
from tradelane.chaincode.shim import keys
from tradelane.chaincode.shim.errors import InvalidName, LocalError, RequestRefused
from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.chaincode.shim.interface import KeyModification, KeyValue, Page
from tradelane.chaincode.shim.policy import Policy


@dataclass(frozen=True)
class Proposal:
    """What a client sends to endorsers."""

    tx_id: str
    channel_id: str
    args: tuple[bytes, ...]
    transient: Mapping[str, bytes]
    identity: ClientIdentity
    timestamp: datetime


class MemoryStub:
    """Simulates a proposal on the peer of `msp_id`; `simulated` is what it read and would write."""

    def __init__(
        self, proposal: Proposal, state: WorldState, collections: Mapping[str, Collection], msp_id: str
    ) -> None:
        self.tx_id = proposal.tx_id
        self.channel_id = proposal.channel_id
        self.args: Sequence[bytes] = proposal.args
        self.timestamp = proposal.timestamp
        self.transient = proposal.transient
        self.identity = proposal.identity
        self.simulated = ReadWriteSet()
        self.event: tuple[str, bytes] | None = None
        self._state = state
        self._collections = collections
        self._msp_id = msp_id
        self._paginated = False

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
        writes, policies = dict(self.simulated.writes), dict(self.simulated.policies)
        try:
            yield
        except BaseException:
            self.simulated.writes, self.simulated.policies = writes, policies
            raise

    async def set_state_validation_parameter(self, key: str, policy: Policy) -> None:
        keys.check_key(key)
        self._refuse_write_after_pages()
        self.simulated.policies[PUBLIC, key] = policy

    async def get_state_validation_parameter(self, key: str) -> Policy | None:
        keys.check_key(key)
        self._read((PUBLIC, key))
        slot = self._state.slots.get((PUBLIC, key))
        return slot.policy if slot else None

    async def get_state_by_partial_composite_key(
        self, object_type: str, attributes: Sequence[str]
    ) -> AsyncGenerator[KeyValue, None]:
        start, end = keys.partial_range(object_type, attributes)
        seen = RangeRead(start, end)
        self.simulated.ranges.append(seen)
        for key in self._state.scan(start, end):
            slot = self._state.slots[PUBLIC, key]
            seen.rows.append((key, slot.version))
            yield KeyValue(key, slot.value)
        seen.complete = True

    async def get_state_by_partial_composite_key_with_pagination(
        self, object_type: str, attributes: Sequence[str], page_size: int, bookmark: str
    ) -> Page[KeyValue]:
        if page_size < 1:
            raise LocalError(f"a page of {page_size} rows cannot be asked for")
        if self.simulated.touched():
            raise RequestRefused("a transaction that has written may not run a paginated query")
        self._paginated = True
        start, end = keys.partial_range(object_type, attributes)
        found = self._state.scan(bookmark or start, end)
        rows = tuple(KeyValue(key, self._state.slots[PUBLIC, key].value) for key in found[:page_size])
        return Page(rows, found[page_size] if len(found) > page_size else "")

    async def get_history_for_key(self, key: str) -> AsyncGenerator[KeyModification, None]:
        keys.check_key(key)
        for modification in reversed(self._state.history.get(key, [])):
            yield modification

    async def get_private_data(self, collection: str, key: str) -> bytes | None:
        rules = self._collection(collection, key)
        if rules.member_only_read and self.identity.msp_id not in rules.members:
            raise RequestRefused(f"the creator has no read access to collection {collection}")
        if self._read((collection, key)) is None:
            return None
        if self._msp_id not in rules.members:
            raise RequestRefused("private data matching public hash version is not available")
        return self._state.private[self._msp_id][collection, key][-1]

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

    def set_event(self, name: str, payload: bytes) -> None:
        if not name:
            raise InvalidName("the event name is empty")
        self.event = (name, payload)

    def _read(self, address: Address) -> bytes | None:
        slot = self._state.slots.get(address)
        self.simulated.reads[address] = slot.version if slot else None
        return (slot.value or None) if slot else None

    def _write(self, address: Address, value: bytes | None) -> None:
        self._refuse_write_after_pages()
        self.simulated.writes[address] = value or None  # Fabric takes an empty value for a deletion
        self.simulated.purges.discard(address)

    def _write_private(self, address: Address, value: bytes | None) -> None:
        rules = self._collection(*address)
        if rules.member_only_write and self.identity.msp_id not in rules.members:
            raise RequestRefused(f"the creator has no write access to collection {rules.name}")
        self._write(address, value)

    def _collection(self, collection: str, key: str) -> Collection:
        keys.check_collection(collection)
        keys.check_key(key)
        if collection not in self._collections:
            raise RequestRefused(f"collection {collection} could not be found")
        return self._collections[collection]

    def _refuse_write_after_pages(self) -> None:
        if self._paginated:
            raise RequestRefused("a transaction that ran a paginated query may not write")
