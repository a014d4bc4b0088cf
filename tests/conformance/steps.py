"""What each step of the conformance suite does on our shim: one entry for each method of Go's stub."""

import base64
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

from tradelane.chaincode.shim import keys
from tradelane.chaincode.shim.identity import peer_msp_id
from tradelane.chaincode.shim.interface import KeyModification, KeyValue, Page, Response, Stub
from tradelane.chaincode.shim.paging import every_row
from tradelane.chaincode.shim.policy import (
    NOutOf,
    Opaque,
    Policy,
    Role,
    SignedBy,
    all_of,
    msp_ids,
    n_of,
    signed_by,
    with_organisations,
    without_organisations,
)
from tradelane.chaincode.shim.wire_policy import encode_policy

Step = Callable[..., Awaitable[Any]]
_OF_NOBODY = bytes.fromhex("12021200")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Answered(Exception):
    """Ends the invocation with a response of its own."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def _content(text: str) -> bytes:
    return base64.b64decode(text)


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _policy(tree: Any) -> Policy:
    if isinstance(tree, str):
        return signed_by(tree)
    n, *policies = tree
    return n_of(n, *map(_policy, policies))


def _tree(policy: Policy | None) -> Any:
    match policy:
        case None:
            return None
        case SignedBy(msp_id):
            return msp_id
        case NOutOf(n, policies):
            return [n, *map(_tree, policies)]
        case Opaque(encoded):
            return {"opaque": base64.b64encode(encoded).decode()}


async def _rows(rows: AsyncGenerator[KeyValue, None], count: int | None = None) -> list[Any]:
    """Read so many rows, or all, and close the query, be it exhausted or not."""
    found: list[Any] = []
    async with aclosing(rows):
        if count != 0:
            async for row in rows:
                found.append([row.key, row.value])
                if len(found) == count:
                    break
    return found


def _page(page: Page[KeyValue]) -> list[Any]:
    return [[[row.key, row.value] for row in page.rows], page.bookmark, len(page.rows)]


async def _args(stub: Stub) -> Any:
    return list(stub.args)


async def _string_args(stub: Stub) -> Any:
    return [each.decode() for each in stub.args]


async def _function_and_parameters(stub: Stub) -> Any:
    return [stub.function, list(stub.parameters)]


async def _args_slice(stub: Stub) -> Any:
    return b"".join(stub.args)


async def _tx_id(stub: Stub) -> Any:
    return stub.tx_id


async def _channel_id(stub: Stub) -> Any:
    return stub.channel_id


async def _transient(stub: Stub) -> Any:
    return dict(stub.transient)


async def _creator(stub: Stub) -> Any:
    return stub.creator


async def _binding(stub: Stub) -> Any:
    return stub.binding


async def _decorations(stub: Stub) -> Any:
    return dict(stub.decorations)


async def _signed_proposal(stub: Stub) -> Any:
    return [stub.signed_proposal.proposal, stub.signed_proposal.signature]


async def _timestamp(stub: Stub) -> Any:
    return _micros(stub.timestamp)


async def _msp_id(stub: Stub) -> Any:
    return stub.identity.msp_id


async def _attribute(stub: Stub, name: str) -> Any:
    return stub.identity.attributes.get(name)


async def _id(stub: Stub) -> Any:
    return stub.identity.id


async def _assert_attribute(stub: Stub, name: str, value: str) -> None:
    stub.identity.assert_attribute(name, value)


async def _unit(stub: Stub, name: str) -> Any:
    return name in stub.identity.organizational_units


async def _peer_msp_id(_: Stub) -> Any:
    return peer_msp_id()


async def _serial(stub: Stub) -> Any:
    return f"{stub.identity.certificate.serial_number:x}"


async def _get(stub: Stub, key: str) -> Any:
    return await stub.get_state(key)


async def _get_many(stub: Stub, names: list[str]) -> Any:
    return await stub.get_multiple_states(names)


async def _put(stub: Stub, key: str, value: str) -> None:
    await stub.put_state(key, _content(value))


async def _delete(stub: Stub, key: str) -> None:
    await stub.del_state(key)


async def _fill(stub: Stub, prefix: str, count: int, value: str) -> None:
    for i in range(count):
        await stub.put_state(f"{prefix}{i:06}", _content(value))


async def _set_policy(stub: Stub, key: str, tree: Any) -> None:
    await stub.set_state_validation_parameter(key, _policy(tree))


async def _get_policy(stub: Stub, key: str) -> Any:
    return _tree(await stub.get_state_validation_parameter(key))


async def _require(stub: Stub, key: str, msp_ids: list[str]) -> None:
    await stub.set_state_validation_parameter(key, all_of(*map(signed_by, sorted(set(msp_ids)))))


async def _set_policy_of_nobody(stub: Stub, key: str) -> Any:
    """Write what Go's helper makes of a policy without organisations; ours makes none, but keeps one."""
    await stub.set_state_validation_parameter(key, Opaque(_OF_NOBODY))
    return _OF_NOBODY


async def _copy_policy(stub: Stub, key: str, other: str) -> Any:
    policy = await stub.get_state_validation_parameter(key)
    assert policy is not None
    await stub.set_state_validation_parameter(other, policy)
    return encode_policy(policy)


async def _change(stub: Stub, key: str, role: str, more: list[str], fewer: list[str]) -> Any:
    policy = with_organisations(await stub.get_state_validation_parameter(key), *more, role=Role[role])
    policy = without_organisations(policy, *fewer)
    await stub.set_state_validation_parameter(key, policy)
    return list(msp_ids(policy))


async def _create_key(_: Stub, object_type: str, attributes: list[str]) -> Any:
    return keys.create_composite_key(object_type, attributes)


async def _split_key(_: Stub, key: str) -> Any:
    return keys.split_composite_key(key)


async def _range(stub: Stub, start: str, end: str) -> Any:
    return await _rows(stub.get_state_by_range(start, end))


async def _range_first(stub: Stub, start: str, end: str, count: int) -> Any:
    return await _rows(stub.get_state_by_range(start, end), count)


async def _range_page(stub: Stub, start: str, end: str, size: int, bookmark: str) -> Any:
    return _page(await stub.get_state_by_range_with_pagination(start, end, size, bookmark))


async def _composite_page(stub: Stub, size: int, bookmark: str) -> Any:
    return _page(await stub.get_all_states_composite_key_with_pagination(size, bookmark))


async def _query(stub: Stub, query: str) -> Any:
    return await _rows(stub.get_query_result(query))


async def _query_page(stub: Stub, query: str, size: int, bookmark: str) -> Any:
    return _page(await stub.get_query_result_with_pagination(query, size, bookmark))


async def _every_row(stub: Stub, query: str, size: int) -> Any:
    pages = every_row(lambda bookmark: stub.get_query_result_with_pagination(query, size, bookmark))
    return [[row.key, row.value] async for row in pages]


async def _partial(stub: Stub, object_type: str, attributes: list[str]) -> Any:
    return await _rows(stub.get_state_by_partial_composite_key(object_type, attributes))


async def _partial_page(stub: Stub, object_type: str, attributes: list[str], size: int, bookmark: str) -> Any:
    return _page(await stub.get_state_by_partial_composite_key_with_pagination(object_type, attributes, size, bookmark))


async def _history(stub: Stub, key: str) -> Any:
    return [_version(each) async for each in stub.get_history_for_key(key)]


def _version(version: KeyModification) -> list[Any]:
    return [version.tx_id, version.value.decode(), _micros(version.timestamp), version.is_delete]


async def _private_get(stub: Stub, collection: str, key: str) -> Any:
    return await stub.get_private_data(collection, key)


async def _private_hash(stub: Stub, collection: str, key: str) -> Any:
    return await stub.get_private_data_hash(collection, key)


async def _private_put(stub: Stub, collection: str, key: str, value: str) -> None:
    await stub.put_private_data(collection, key, _content(value))


async def _private_delete(stub: Stub, collection: str, key: str) -> None:
    await stub.del_private_data(collection, key)


async def _private_purge(stub: Stub, collection: str, key: str) -> None:
    await stub.purge_private_data(collection, key)


async def _private_many(stub: Stub, collection: str, names: list[str]) -> Any:
    return await stub.get_multiple_private_data(collection, names)


async def _private_set_policy(stub: Stub, collection: str, key: str, tree: Any) -> None:
    await stub.set_private_data_validation_parameter(collection, key, _policy(tree))


async def _private_get_policy(stub: Stub, collection: str, key: str) -> Any:
    return _tree(await stub.get_private_data_validation_parameter(collection, key))


async def _private_range(stub: Stub, collection: str, start: str, end: str) -> Any:
    return await _rows(stub.get_private_data_by_range(collection, start, end))


async def _private_partial(stub: Stub, collection: str, object_type: str, attributes: list[str]) -> Any:
    return await _rows(stub.get_private_data_by_partial_composite_key(collection, object_type, attributes))


async def _private_query(stub: Stub, collection: str, query: str) -> Any:
    return await _rows(stub.get_private_data_query_result(collection, query))


async def _invoke(stub: Stub, name: str, arguments: list[str], channel_id: str) -> Any:
    response = await stub.invoke_chaincode(name, [_content(each) for each in arguments], channel_id)
    return [response.status, response.message, response.payload or None]


async def _event(stub: Stub, name: str, payload: str) -> None:
    stub.set_event(name, _content(payload))


async def _respond(_: Stub, status: int, message: str, payload: str) -> None:
    raise Answered(Response(status, message, _content(payload)))


async def _raise(_: Stub) -> None:
    raise RuntimeError("as told")


STEPS: Mapping[str, Step] = {
    "GetArgs": _args,
    "GetStringArgs": _string_args,
    "GetFunctionAndParameters": _function_and_parameters,
    "GetArgsSlice": _args_slice,
    "GetTxID": _tx_id,
    "GetChannelID": _channel_id,
    "GetTransient": _transient,
    "GetCreator": _creator,
    "GetBinding": _binding,
    "GetDecorations": _decorations,
    "GetSignedProposal": _signed_proposal,
    "GetTxTimestamp": _timestamp,
    "ID": _id,
    "MSPID": _msp_id,
    "Attribute": _attribute,
    "AssertAttribute": _assert_attribute,
    "OU": _unit,
    "GetMSPID": _peer_msp_id,
    "Serial": _serial,
    "GetState": _get,
    "GetMultipleStates": _get_many,
    "PutState": _put,
    "DelState": _delete,
    "Fill": _fill,
    "SetStateValidationParameter": _set_policy,
    "GetStateValidationParameter": _get_policy,
    "RequireOrganisations": _require,
    "ChangeOrganisations": _change,
    "RequireNobody": _set_policy_of_nobody,
    "CopyValidationParameter": _copy_policy,
    "CreateCompositeKey": _create_key,
    "SplitCompositeKey": _split_key,
    "GetStateByRange": _range,
    "GetStateByRangeFirst": _range_first,
    "GetStateByRangeWithPagination": _range_page,
    "GetAllStatesCompositeKeyWithPagination": _composite_page,
    "GetQueryResult": _query,
    "GetQueryResultWithPagination": _query_page,
    "EveryRow": _every_row,
    "GetStateByPartialCompositeKey": _partial,
    "GetStateByPartialCompositeKeyWithPagination": _partial_page,
    "GetHistoryForKey": _history,
    "GetPrivateData": _private_get,
    "GetPrivateDataHash": _private_hash,
    "PutPrivateData": _private_put,
    "DelPrivateData": _private_delete,
    "PurgePrivateData": _private_purge,
    "GetMultiplePrivateData": _private_many,
    "SetPrivateDataValidationParameter": _private_set_policy,
    "GetPrivateDataValidationParameter": _private_get_policy,
    "GetPrivateDataByRange": _private_range,
    "GetPrivateDataByPartialCompositeKey": _private_partial,
    "GetPrivateDataQueryResult": _private_query,
    "InvokeChaincode": _invoke,
    "SetEvent": _event,
    "Respond": _respond,
    "Raise": _raise,
}
