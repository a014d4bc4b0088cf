"""Puts the shim between a chaincode and the in-memory ledger: a peer whose answers come from a `MemoryStub`.

So the semantics suite also holds the shim's stub to what the in-memory stub does, message by message.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fabric_protos.ledger.queryresult import kv_query_result_pb2
from fabric_protos.peer import chaincode_pb2
from fabric_protos.peer import chaincode_shim_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from tests.support.memory_stub import MemoryStub
from tests.support.scripted_peer import PACKAGE_ID, Pipe, ScriptedPeer, proposal_bytes, serve
from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.errors import RequestRefused
from tradelane.chaincode.shim.handler import Handler
from tradelane.chaincode.shim.interface import Chaincode, KeyModification, KeyValue, Page, Response, Stub
from tradelane.chaincode.shim.keys import split_composite_key
from tradelane.chaincode.shim.wire import Kind, Message
from tradelane.chaincode.shim.wire_policy import decode_policy, encode_policy

_ROWS_PER_MESSAGE = 100


@dataclass(frozen=True)
class ThroughShim:
    """Runs a chaincode behind the shim; a size of 0 takes that feature from the peer."""

    chaincode: Chaincode
    multi_get: int = 1000
    write_batch: int = 1000

    async def invoke(self, stub: Stub) -> Response:
        if isinstance(stub, MemoryStub):
            stub.reads_ahead = False  # as many rows at a time as a message holds are asked for here
        pipe = Pipe()
        task = asyncio.create_task(serve(Handler(PACKAGE_ID, self.chaincode, pipe), pipe))
        peer = ScriptedPeer(pipe.other)
        try:
            await peer.register(self.multi_get, self.write_batch)
            proposal = proposal_bytes(stub.identity, stub.transient, seconds=int(stub.timestamp.timestamp()))
            kind = Kind.INIT if stub.is_init else Kind.TRANSACTION
            content = chaincode_pb2.ChaincodeInput(args=stub.args, is_init=stub.is_init)
            await peer.tell(kind, content.SerializeToString(), stub.tx_id, stub.channel_id, proposal)
            return await _serve(peer, stub)
        finally:
            pipe.other.close()
            await task


async def _serve(peer: ScriptedPeer, stub: Stub) -> Response:
    answers = _Answers(stub)
    while True:
        message = await peer.receive()
        assert message is not None
        if message.kind == Kind.COMPLETED:
            response, event = peer.last_answer()
            if event.event_name:
                stub.set_event(event.event_name, event.payload)
            return Response(response.status, response.message, response.payload)
        assert message.kind != Kind.ERROR, message.payload
        try:
            kind, payload = Kind.RESPONSE, await answers.of(message)
        except RequestRefused as refused:
            kind, payload = Kind.ERROR, str(refused).encode()
        await peer.tell(kind, payload, message.tx_id, message.channel_id)


class _Answers:
    """Answers requests from a stub; open queries are kept by their number."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._queries: dict[str, tuple[AsyncGenerator[Any, None], bytes]] = {}

    async def of(self, message: Message) -> bytes:
        return await _ANSWERS[Kind(message.kind)](self, message.payload)

    async def get_state(self, payload: bytes) -> bytes:
        request = pb.GetState.FromString(payload)
        if request.collection:
            return await self._stub.get_private_data(request.collection, request.key) or b""
        return await self._stub.get_state(request.key) or b""

    async def get_private_data_hash(self, payload: bytes) -> bytes:
        request = pb.GetState.FromString(payload)
        return await self._stub.get_private_data_hash(request.collection, request.key) or b""

    async def get_states(self, payload: bytes) -> bytes:
        values = await self._stub.get_multiple_states(list(pb.GetStateMultiple.FromString(payload).keys))
        return _bytes(pb.GetStateMultipleResult(values=[value or b"" for value in values]))

    async def get_metadata(self, payload: bytes) -> bytes:
        request = pb.GetStateMetadata.FromString(payload)
        if request.collection:
            policy = await self._stub.get_private_data_validation_parameter(request.collection, request.key)
        else:
            policy = await self._stub.get_state_validation_parameter(request.key)
        if policy is None:
            return b""
        entry = pb.StateMetadata(metakey="VALIDATION_PARAMETER", value=encode_policy(policy))
        return _bytes(pb.StateMetadataResult(entries=[entry]))

    async def put(self, payload: bytes) -> bytes:
        return await self._write(Kind.PUT_STATE, pb.PutState.FromString(payload))

    async def delete(self, payload: bytes) -> bytes:
        return await self._write(Kind.DEL_STATE, pb.DelState.FromString(payload))

    async def purge(self, payload: bytes) -> bytes:
        return await self._write(Kind.PURGE_PRIVATE_DATA, pb.PurgePrivateState.FromString(payload))

    async def put_metadata(self, payload: bytes) -> bytes:
        return await self._write(Kind.PUT_STATE_METADATA, pb.PutStateMetadata.FromString(payload))

    async def write_batch(self, payload: bytes) -> bytes:
        for record in pb.WriteBatchState.FromString(payload).rec:
            await self._write(Kind(record.type), record)
        return b""

    async def _write(self, kind: Kind, write: Any) -> bytes:
        match kind, bool(write.collection):
            case Kind.PUT_STATE, False:
                await self._stub.put_state(write.key, write.value)
            case Kind.PUT_STATE, True:
                await self._stub.put_private_data(write.collection, write.key, write.value)
            case Kind.DEL_STATE, False:
                await self._stub.del_state(write.key)
            case Kind.DEL_STATE, True:
                await self._stub.del_private_data(write.collection, write.key)
            case Kind.PURGE_PRIVATE_DATA, True:
                await self._stub.purge_private_data(write.collection, write.key)
            case Kind.PUT_STATE_METADATA, False:
                await self._stub.set_state_validation_parameter(write.key, decode_policy(write.metadata.value))
            case Kind.PUT_STATE_METADATA, True:
                policy = decode_policy(write.metadata.value)
                await self._stub.set_private_data_validation_parameter(write.collection, write.key, policy)
            case unknown:
                raise AssertionError(unknown)
        return b""

    async def get_range(self, payload: bytes) -> bytes:
        request = pb.GetStateByRange.FromString(payload)
        if request.metadata:
            return _page(await self._get_page(request, pb.QueryMetadata.FromString(request.metadata)))
        return await self._open(_encoded(self._get_rows(request), _key_value))

    def _get_rows(self, request: Any) -> AsyncGenerator[KeyValue, None]:
        stub, collection = self._stub, request.collection
        match _parts(request), bool(collection):
            case None, False:
                return stub.get_state_by_range(request.startKey, request.endKey)
            case None, True:
                return stub.get_private_data_by_range(collection, request.startKey, request.endKey)
            case (object_type, attributes), False:
                return stub.get_state_by_partial_composite_key(object_type, attributes)
            case (object_type, attributes), True:
                return stub.get_private_data_by_partial_composite_key(collection, object_type, attributes)
            case unknown:
                raise AssertionError(unknown)

    async def _get_page(self, request: Any, wanted: Any) -> Page[KeyValue]:
        stub, size, bookmark = self._stub, wanted.pageSize, wanted.bookmark
        if request.startKey == "\x00":
            return await stub.get_all_states_composite_key_with_pagination(size, bookmark)
        match _parts(request):
            case None:
                return await stub.get_state_by_range_with_pagination(request.startKey, request.endKey, size, bookmark)
            case object_type, attributes:
                return await stub.get_state_by_partial_composite_key_with_pagination(
                    object_type, attributes, size, bookmark
                )

    async def get_query_result(self, payload: bytes) -> bytes:
        request = pb.GetQueryResult.FromString(payload)
        if request.collection:
            rows = self._stub.get_private_data_query_result(request.collection, request.query)
        elif request.metadata:
            wanted = pb.QueryMetadata.FromString(request.metadata)
            return _page(
                await self._stub.get_query_result_with_pagination(request.query, wanted.pageSize, wanted.bookmark)
            )
        else:
            rows = self._stub.get_query_result(request.query)
        return await self._open(_encoded(rows, _key_value))

    async def invoke_chaincode(self, payload: bytes) -> bytes:
        spec = chaincode_pb2.ChaincodeSpec.FromString(payload)
        name, _, channel_id = spec.chaincode_id.name.partition("/")
        response = await self._stub.invoke_chaincode(name, list(spec.input.args), channel_id)
        return wire.encode_completed(response, None, self._stub.tx_id, self._stub.channel_id)

    async def get_history(self, payload: bytes) -> bytes:
        versions = self._stub.get_history_for_key(pb.GetHistoryForKey.FromString(payload).key)
        return await self._open(_encoded(versions, _key_modification))

    async def _open(self, rows: AsyncGenerator[bytes, None]) -> bytes:
        first = await anext(rows, b"")
        return await self._message(str(len(self._queries)), rows, first)

    async def query_next(self, payload: bytes) -> bytes:
        number = pb.QueryStateNext.FromString(payload).id
        return await self._message(number, *self._queries[number])

    async def query_close(self, payload: bytes) -> bytes:
        rows, _ = self._queries[pb.QueryStateClose.FromString(payload).id]
        await rows.aclose()
        return b""

    async def _message(self, number: str, rows: AsyncGenerator[bytes, None], pending: bytes) -> bytes:
        # Like the peer, it has always read one row more than it hands out.
        results: list[bytes] = []
        while pending and len(results) < _ROWS_PER_MESSAGE:
            results.append(pending)
            pending = await anext(rows, b"")
        self._queries[number] = (rows, pending)
        response = _response(results)
        response.has_more, response.id = bool(pending), number
        return _bytes(response)


_ANSWERS: Mapping[Kind, Callable[[_Answers, bytes], Awaitable[bytes]]] = {
    Kind.GET_STATE: _Answers.get_state,
    Kind.GET_PRIVATE_DATA_HASH: _Answers.get_private_data_hash,
    Kind.GET_STATE_MULTIPLE: _Answers.get_states,
    Kind.GET_STATE_METADATA: _Answers.get_metadata,
    Kind.PUT_STATE: _Answers.put,
    Kind.DEL_STATE: _Answers.delete,
    Kind.PURGE_PRIVATE_DATA: _Answers.purge,
    Kind.PUT_STATE_METADATA: _Answers.put_metadata,
    Kind.WRITE_BATCH_STATE: _Answers.write_batch,
    Kind.GET_STATE_BY_RANGE: _Answers.get_range,
    Kind.GET_QUERY_RESULT: _Answers.get_query_result,
    Kind.INVOKE_CHAINCODE: _Answers.invoke_chaincode,
    Kind.GET_HISTORY_FOR_KEY: _Answers.get_history,
    Kind.QUERY_STATE_NEXT: _Answers.query_next,
    Kind.QUERY_STATE_CLOSE: _Answers.query_close,
}


async def _encoded(rows: AsyncGenerator[Any, None], encode: Callable[[Any], bytes]) -> AsyncGenerator[bytes, None]:
    async for row in rows:
        yield encode(row)


def _parts(request: Any) -> tuple[str, tuple[str, ...]] | None:
    """Return the parts of a range of composite keys, None for one of simple keys."""
    if not request.startKey.startswith("\x00"):
        return None
    assert request.endKey == request.startKey + "\U0010ffff"
    return split_composite_key(request.startKey)


def _page(page: Page[KeyValue]) -> bytes:
    metadata = pb.QueryResponseMetadata(fetched_records_count=len(page.rows), bookmark=page.bookmark)
    response = _response(list(map(_key_value, page.rows)))
    response.metadata = metadata.SerializeToString()
    return _bytes(response)


def _response(results: list[bytes]) -> Any:
    return pb.QueryResponse(results=[pb.QueryResultBytes(resultBytes=result) for result in results])


def _key_value(row: KeyValue) -> bytes:
    return _bytes(kv_query_result_pb2.KV(namespace="tradelane", key=row.key, value=row.value))


def _key_modification(version: KeyModification) -> bytes:
    timestamp = Timestamp(seconds=int(version.timestamp.timestamp()))
    return _bytes(
        kv_query_result_pb2.KeyModification(
            tx_id=version.tx_id, value=version.value, timestamp=timestamp, is_delete=version.is_delete
        )
    )


def _bytes(message: Any) -> bytes:
    data: bytes = message.SerializeToString()
    return data
