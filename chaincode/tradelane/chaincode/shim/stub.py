"""The stub which asks the peer. What its methods mean is stated once, in `interface.Stub`."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeVar

from tradelane.chaincode.shim import keys, wire
from tradelane.chaincode.shim.batch import WriteBatch
from tradelane.chaincode.shim.errors import (
    BatchRefused,
    InvalidName,
    LocalError,
    NoProposal,
    ProtocolViolation,
    RequestRefused,
)
from tradelane.chaincode.shim.exchange import Exchange
from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.chaincode.shim.interface import KeyModification, KeyValue, Page
from tradelane.chaincode.shim.policy import Policy
from tradelane.chaincode.shim.wire import Features, Header, Kind, Request, Rows, Write
from tradelane.chaincode.shim.wire_policy import decode_policy, encode_policy

Row = TypeVar("Row")
_NO_ROWS = Rows((), has_more=False, query_id="", bookmark="")


class ChaincodeStub:
    """One transaction's view of the peer's ledger."""

    def __init__(self, exchange: Exchange, features: Features, args: tuple[bytes, ...], header: Header | None) -> None:
        self._exchange = exchange
        self._features = features
        self._args = args
        self._header = header
        self._batch: WriteBatch | None = None
        self._event: tuple[str, bytes] | None = None

    @property
    def tx_id(self) -> str:
        """Transaction id."""
        return self._exchange.tx_id

    @property
    def channel_id(self) -> str:
        """Name of the channel."""
        return self._exchange.channel_id

    @property
    def args(self) -> tuple[bytes, ...]:
        """Arguments of the invocation."""
        return self._args

    @property
    def timestamp(self) -> datetime:
        """The client's time of the proposal, UTC."""
        return self._proposal.timestamp

    @property
    def transient(self) -> Mapping[str, bytes]:
        """What the client sent for this endorsement only."""
        return self._proposal.transient

    @property
    def identity(self) -> ClientIdentity:
        """Who signed the proposal."""
        return self._proposal.identity

    @property
    def event(self) -> tuple[str, bytes] | None:
        """Name and payload of the event, for the answer."""
        return self._event

    @property
    def _proposal(self) -> Header:
        if self._header is None:
            raise NoProposal("this invocation carries no proposal, hence no caller, time or transient data")
        return self._header

    async def get_state(self, key: str) -> bytes | None:
        """Read a key."""
        keys.check_key(key)
        return await self._exchange.ask(wire.get_state(key)) or None

    async def get_multiple_states(self, keys: Sequence[str]) -> list[bytes | None]:
        """Read keys, in as few messages as the peer allows."""
        size = self._features.multi_get
        if not size:
            return [await self.get_state(key) for key in keys]
        _check_keys(keys)
        values: list[bytes | None] = []
        for start in range(0, len(keys), size):
            values += await self._get_chunk(keys[start : start + size])
        return values

    async def _get_chunk(self, chunk: Sequence[str]) -> list[bytes | None]:
        values = wire.parse_values(await self._exchange.ask(wire.get_states(chunk)))
        if len(values) != len(chunk):
            raise ProtocolViolation(f"asked for {len(chunk)} keys, the peer answered with {len(values)} values")
        return values

    async def put_state(self, key: str, value: bytes) -> None:
        """Write a key."""
        keys.check_key(key)
        await self._write(Write(Kind.PUT_STATE, "", key, value))

    async def del_state(self, key: str) -> None:
        """Delete a key."""
        keys.check_key(key)
        await self._write(Write(Kind.DEL_STATE, "", key))

    @asynccontextmanager
    async def write_batch(self) -> AsyncIterator[None]:
        """Collect the block's writes; within an open batch, or where the peer offers none, this changes nothing."""
        if self._batch is not None or not self._features.write_batch:
            yield
            return
        self._batch = WriteBatch(self._features.write_batch)
        try:
            yield
        except BaseException:
            self._batch = None  # what the block did not finish is not half-written
            raise
        await self.flush()

    async def flush(self) -> None:
        """Send an open batch, if there is one, and close it.

        Raises:
            BatchRefused: The peer refused a write of it.
        """
        batch, self._batch = self._batch, None
        if batch is None:
            return
        try:
            for request in batch.requests():
                await self._exchange.ask(request)
        except RequestRefused as error:
            raise BatchRefused(str(error)) from error

    async def set_state_validation_parameter(self, key: str, policy: Policy) -> None:
        """Set who must endorse the next change of a key."""
        keys.check_key(key)
        await self._write(Write(Kind.PUT_STATE_METADATA, "", key, encode_policy(policy)))

    async def get_state_validation_parameter(self, key: str) -> Policy | None:
        """Return the key-level policy."""
        keys.check_key(key)
        encoded = wire.parse_policy_metadata(await self._exchange.ask(wire.get_metadata(key)))
        return decode_policy(encoded) if encoded else None

    def get_state_by_partial_composite_key(
        self, object_type: str, attributes: Sequence[str]
    ) -> AsyncGenerator[KeyValue, None]:
        """Iterate over the keys under a prefix."""
        start, end = keys.partial_range(object_type, attributes)
        return self._iterate(wire.get_range(start, end), wire.parse_key_value)

    async def get_state_by_partial_composite_key_with_pagination(
        self, object_type: str, attributes: Sequence[str], page_size: int, bookmark: str
    ) -> Page[KeyValue]:
        """Return one page of the keys under a prefix."""
        if page_size < 1:
            raise LocalError(f"a page of {page_size} rows cannot be asked for")
        start, end = keys.partial_range(object_type, attributes)
        answer = await self._exchange.ask(wire.get_range(start, end, page_size, bookmark))
        rows = wire.parse_rows(answer)
        return Page(tuple(map(wire.parse_key_value, rows.results)), rows.bookmark)

    def get_history_for_key(self, key: str) -> AsyncGenerator[KeyModification, None]:
        """Iterate over a key's versions."""
        keys.check_key(key)
        return self._iterate(wire.get_history(key), wire.parse_key_modification)

    async def get_private_data(self, collection: str, key: str) -> bytes | None:
        """Read a private key."""
        _check_private(collection, key)
        return await self._exchange.ask(wire.get_state(key, collection)) or None

    async def get_private_data_hash(self, collection: str, key: str) -> bytes | None:
        """Return SHA-256 of a private value."""
        _check_private(collection, key)
        return await self._exchange.ask(wire.get_private_data_hash(collection, key)) or None

    async def put_private_data(self, collection: str, key: str, value: bytes) -> None:
        """Write a private key."""
        _check_private(collection, key)
        await self._write(Write(Kind.PUT_STATE, collection, key, value))

    async def del_private_data(self, collection: str, key: str) -> None:
        """Delete a private key."""
        _check_private(collection, key)
        await self._write(Write(Kind.DEL_STATE, collection, key))

    async def purge_private_data(self, collection: str, key: str) -> None:
        """Delete a private key and its history."""
        _check_private(collection, key)
        await self._write(Write(Kind.PURGE_PRIVATE_DATA, collection, key))

    def set_event(self, name: str, payload: bytes) -> None:
        """Set the transaction's one event."""
        if not name:
            raise InvalidName("the event name is empty")
        self._event = (name, payload)

    async def _write(self, write: Write) -> None:
        if self._batch is not None:
            self._batch.add(write)
        else:
            await self._exchange.ask(wire.single_write(write))

    async def _iterate(self, request: Request, parse: Callable[[bytes], Row]) -> AsyncGenerator[Row, None]:
        rows = wire.parse_rows(await self._exchange.ask(request))
        try:
            while True:
                for result in rows.results:
                    yield parse(result)
                if not rows.has_more:
                    return
                query_id, rows = rows.query_id, _NO_ROWS  # a query that fails is closed by the peer itself
                rows = wire.parse_rows(await self._exchange.ask(wire.query_next(query_id)))
        finally:
            # Left early, perhaps by garbage collection after the answer, when the peer has closed the query itself.
            if rows.has_more and not self._exchange.ended:
                await self._exchange.ask(wire.query_close(rows.query_id))


def _check_keys(names: Sequence[str]) -> None:
    for name in names:
        keys.check_key(name)


def _check_private(collection: str, key: str) -> None:
    keys.check_collection(collection)
    keys.check_key(key)
