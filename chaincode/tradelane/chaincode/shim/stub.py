"""The stub which asks the peer. What its methods mean is stated once, in `interface.Stub`."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager

from tradelane.chaincode.shim import keys, queries, wire
from tradelane.chaincode.shim.batch import WriteBatch
from tradelane.chaincode.shim.call import Call
from tradelane.chaincode.shim.errors import BatchRefused, InvalidValue, ProtocolViolation, RequestRefused
from tradelane.chaincode.shim.exchange import Exchange
from tradelane.chaincode.shim.interface import KeyModification, KeyValue, Page, Response, SignedProposal
from tradelane.chaincode.shim.policy import Policy
from tradelane.chaincode.shim.queries import page_span
from tradelane.chaincode.shim.wire import PUT_STATE, Features, Header, Input, Kind, Write
from tradelane.chaincode.shim.wire_policy import decode_policy, encode_policy

_REFUSED_BY_PEER = 500

_log = logging.getLogger(__name__)


class ChaincodeStub(Call):
    """One transaction's view of the peer's ledger."""

    def __init__(
        self,
        exchange: Exchange,
        features: Features,
        content: Input,
        header: Header | None = None,
        signed: SignedProposal | None = None,
    ) -> None:
        super().__init__(content, header, signed)
        self._exchange = exchange
        self._features = features
        self._batch: WriteBatch | None = None
        self._torn: BatchRefused | None = None
        self._sending = 0

    @property
    def tx_id(self) -> str:
        """Transaction id."""
        return self._exchange.tx_id

    @property
    def channel_id(self) -> str:
        """Name of the channel."""
        return self._exchange.channel_id

    # Public state

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
        await self._write(Write(PUT_STATE, "", key, value))

    async def del_state(self, key: str) -> None:
        """Delete a key."""
        keys.check_key(key)
        await self._write(Write(Kind.DEL_STATE, "", key))

    def write_batch(self) -> AbstractAsyncContextManager[None]:
        """Collect the block's writes; within an open batch, or where the peer offers none, this changes nothing."""
        return _Collecting(self)

    def collect(self) -> bool:
        """Collect writes from now on, where the peer offers it; False where nothing changes."""
        if self._batch is not None or not self._features.write_batch:
            return False
        self._batch = WriteBatch(self._features.write_batch, self._exchange.request_bytes)
        return True

    def discard(self) -> None:
        """Forget what was collected."""
        self._batch = None

    async def flush(self) -> None:
        """Send an open batch, if there is one, and close it.

        Raises:
            BatchRefused: The peer refused a write of it or of one before it, or one before it was broken off.
        """
        if self._torn is not None:
            raise self._torn
        batch, self._batch = self._batch, None
        if batch is None:
            return
        self._sending += 1
        try:
            await self._send_all(batch.messages())
        except RequestRefused as error:
            self._torn = BatchRefused(str(error))
            raise self._torn from error
        except BaseException:
            self._torn = _broken_off()
            raise
        finally:
            self._sending -= 1

    async def finish(self) -> None:
        """Send what is left of the writes, now that the chaincode has done its part.

        Raises:
            BatchRefused: The peer has not taken a batch, or not yet: the chaincode left it to a task of its own.
        """
        if self._sending and self._torn is None:
            raise _broken_off()
        await self.flush()

    async def _send_all(self, messages: list[list[Write]]) -> None:
        """Send messages, each encoded while the peer works on the one before."""
        answer: asyncio.Future[bytes] | None = None
        try:
            for writes in messages:
                request = wire.write_batch(writes)
                if answer is not None:
                    await answer
                answer = self._exchange.begin(request)
                if writes is not messages[-1]:
                    await asyncio.sleep(0)  # so that it goes out before the next is encoded
            if answer is not None:
                await answer
        finally:
            if answer is not None:
                answer.cancel()  # nobody waits for it any more; has no effect once it is there

    def get_state_by_range(self, start: str, end: str) -> AsyncGenerator[KeyValue, None]:
        """Iterate over the simple keys of a range."""
        return self._rows(*keys.simple_range(start, end))

    async def get_state_by_range_with_pagination(
        self, start: str, end: str, page_size: int, bookmark: str
    ) -> Page[KeyValue]:
        """Return one page of the simple keys of a range."""
        return await self._page(*keys.simple_range(start, end), page_size, bookmark)

    def get_state_by_partial_composite_key(
        self, object_type: str, attributes: Sequence[str]
    ) -> AsyncGenerator[KeyValue, None]:
        """Iterate over the keys under a prefix."""
        return self._rows(*keys.partial_range(object_type, attributes))

    async def get_state_by_partial_composite_key_with_pagination(
        self, object_type: str, attributes: Sequence[str], page_size: int, bookmark: str
    ) -> Page[KeyValue]:
        """Return one page of the keys under a prefix."""
        return await self._page(*keys.partial_range(object_type, attributes), page_size, bookmark)

    async def get_all_states_composite_key_with_pagination(self, page_size: int, bookmark: str) -> Page[KeyValue]:
        """Return one page of all composite keys."""
        return await self._page(*keys.all_composite(), page_size, bookmark)

    def get_query_result(self, query: str) -> AsyncGenerator[KeyValue, None]:
        """Iterate over what a rich query finds."""
        keys.check_name("query", query)
        return queries.iterate(self._exchange, wire.get_query_result(query), wire.parse_key_value)

    async def get_query_result_with_pagination(self, query: str, page_size: int, bookmark: str) -> Page[KeyValue]:
        """Return one page of a rich query."""
        keys.check_name("query", query)
        request = wire.get_query_result(query, span=page_span(page_size, bookmark))
        return await queries.get_page(self._exchange, request)

    def get_history_for_key(self, key: str) -> AsyncGenerator[KeyModification, None]:
        """Iterate over a key's versions."""
        keys.check_key(key)
        return queries.iterate(self._exchange, wire.get_history(key), wire.parse_key_modification)

    async def set_state_validation_parameter(self, key: str, policy: Policy) -> None:
        """Set who must endorse the next change of a key."""
        keys.check_key(key)
        await self._write(Write(Kind.PUT_STATE_METADATA, "", key, encode_policy(policy)))

    async def get_state_validation_parameter(self, key: str) -> Policy | None:
        """Return the key-level policy."""
        keys.check_key(key)
        return await self._policy("", key)

    # Private data

    async def get_private_data(self, collection: str, key: str) -> bytes | None:
        """Read a private key."""
        _check_private(collection, key)
        return await self._exchange.ask(wire.get_state(key, collection)) or None

    async def get_multiple_private_data(self, collection: str, keys: Sequence[str]) -> list[bytes | None]:
        """Read private keys one by one: see `interface.Stub` why."""
        for key in keys:
            _check_private(collection, key)
        return [await self.get_private_data(collection, key) for key in keys]

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

    def get_private_data_by_range(self, collection: str, start: str, end: str) -> AsyncGenerator[KeyValue, None]:
        """Iterate over a range of simple private keys."""
        keys.check_collection(collection)
        return self._rows(*keys.simple_range(start, end), collection)

    def get_private_data_by_partial_composite_key(
        self, collection: str, object_type: str, attributes: Sequence[str]
    ) -> AsyncGenerator[KeyValue, None]:
        """Iterate over the private composite keys under a prefix."""
        keys.check_collection(collection)
        return self._rows(*keys.partial_range(object_type, attributes), collection)

    def get_private_data_query_result(self, collection: str, query: str) -> AsyncGenerator[KeyValue, None]:
        """Iterate over what a rich query finds in a collection."""
        keys.check_collection(collection)
        keys.check_name("query", query)
        return queries.iterate(self._exchange, wire.get_query_result(query, collection), wire.parse_key_value)

    async def set_private_data_validation_parameter(self, collection: str, key: str, policy: Policy) -> None:
        """Set who must endorse the next change of a private key."""
        _check_private(collection, key)
        await self._write(Write(Kind.PUT_STATE_METADATA, collection, key, encode_policy(policy)))

    async def get_private_data_validation_parameter(self, collection: str, key: str) -> Policy | None:
        """Return a private key's own policy."""
        _check_private(collection, key)
        return await self._policy(collection, key)

    # Beyond the state

    async def invoke_chaincode(self, name: str, args: Sequence[bytes], channel_id: str = "") -> Response:
        """Run another chaincode of this peer."""
        keys.check_name("chaincode name", name)
        keys.check_text("channel name", channel_id)
        if channel_id not in ("", self.channel_id):
            # Nothing else tells: the callee's response looks as if it had written.
            place = {"channel": self.channel_id, "txid": self.tx_id}
            _log.warning("chaincode invoked on another channel, its writes are discarded", extra=place)
        try:
            answer = await self._exchange.ask(wire.invoke_chaincode(name, channel_id, args))
        except RequestRefused as refused:
            return Response(_REFUSED_BY_PEER, str(refused), str(refused).encode())
        return wire.parse_invoked(answer)

    async def _write(self, write: Write) -> None:
        if not isinstance(write.value, bytes):  # a batch is encoded later, when nobody is left to be told
            raise InvalidValue(f"a value to write must be bytes, not {type(write.value).__name__}")
        if self._batch is not None:
            self._batch.add(write)
        else:
            await self._exchange.ask(wire.single_write(write))

    async def _policy(self, collection: str, key: str) -> Policy | None:
        encoded = wire.parse_policy_metadata(await self._exchange.ask(wire.get_metadata(key, collection)))
        return decode_policy(encoded) if encoded else None

    def _rows(self, start: str, end: str, collection: str = "") -> AsyncGenerator[KeyValue, None]:
        return queries.iterate(self._exchange, wire.get_range(start, end, collection), wire.parse_key_value)

    async def _page(self, start: str, end: str, page_size: int, bookmark: str) -> Page[KeyValue]:
        request = wire.get_range(start, end, span=page_span(page_size, bookmark))
        return await queries.get_page(self._exchange, request)


class _Collecting:
    """The block of a batch: what it does not finish is not half-written."""

    __slots__ = ("_began", "_stub")

    def __init__(self, stub: ChaincodeStub) -> None:
        self._stub = stub
        self._began = False

    async def __aenter__(self) -> None:
        self._began = self._stub.collect()

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._began and kind is not None:
            self._stub.discard()
        elif self._began:
            await self._stub.flush()


def _broken_off() -> BatchRefused:
    return BatchRefused("a write batch was left before the peer had taken it")


def _check_keys(names: Sequence[str]) -> None:
    for name in names:
        keys.check_key(name)


def _check_private(collection: str, key: str) -> None:
    keys.check_collection(collection)
    keys.check_key(key)
