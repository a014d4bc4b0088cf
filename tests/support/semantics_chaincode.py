"""A chaincode for the semantics suite: it does the steps it is told, and answers with what each returned.

Function `run`, one argument: a JSON list of steps, each a list of a name in `STEPS` and its arguments. The answer is
the JSON list of the steps' results. A step which the shim or the peer refuses returns {"refused": class of the error}.

As a service it takes the environment of TradeLane's own: `python -m tests.support.semantics_chaincode`.
"""

import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from hashlib import sha256
from typing import Any

from tradelane.chaincode.service import run
from tradelane.chaincode.shim.errors import ShimError
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.keys import create_composite_key
from tradelane.chaincode.shim.paging import every_row
from tradelane.chaincode.shim.policy import NOutOf, Opaque, Policy, SignedBy, all_of, n_of, signed_by

Step = Callable[..., Awaitable[Any]]


class SemanticsChaincode:
    """Does what it is told."""

    async def invoke(self, stub: Stub) -> Response:
        function, steps = stub.args[0].decode(), json.loads(stub.args[1])
        if function != "run":
            return Response(404, f"no function {function}")
        results = [await _do(stub, step) for step in steps]
        if {"status": 409} in results:
            return Response(409, "refused as told")
        return Response(200, payload=json.dumps(results).encode())


async def _do(stub: Stub, step: list[Any]) -> Any:
    name, *args = step
    try:
        return await STEPS[name](stub, *args)
    except ShimError as error:
        return {"refused": type(error).__name__}


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


async def _get(stub: Stub, key: str) -> str | None:
    return _text(await stub.get_state(key))


async def _get_many(stub: Stub, keys: list[str]) -> list[str | None]:
    return [_text(value) for value in await stub.get_multiple_states(keys)]


async def _put(stub: Stub, key: str, value: str) -> None:
    await stub.put_state(key, value.encode())


async def _delete(stub: Stub, key: str) -> None:
    await stub.del_state(key)


async def _batch(stub: Stub, steps: list[list[Any]]) -> list[Any]:
    async with stub.write_batch():
        return [await _do(stub, step) for step in steps]


async def _range(stub: Stub, object_type: str, attributes: list[str]) -> list[list[str]]:
    rows = stub.get_state_by_partial_composite_key(object_type, attributes)
    return [[row.key, row.value.decode()] async for row in rows]


async def _range_first(stub: Stub, object_type: str, attributes: list[str]) -> str:
    async with aclosing(stub.get_state_by_partial_composite_key(object_type, attributes)) as rows:
        return (await anext(rows)).key


async def _page(stub: Stub, object_type: str, attributes: list[str], size: int, bookmark: str) -> list[Any]:
    page = await stub.get_state_by_partial_composite_key_with_pagination(object_type, attributes, size, bookmark)
    return [[row.key for row in page.rows], page.bookmark]


async def _simple_range(stub: Stub, start: str, end: str) -> list[list[str]]:
    return [[row.key, row.value.decode()] async for row in stub.get_state_by_range(start, end)]


async def _simple_page(stub: Stub, start: str, end: str, size: int, bookmark: str) -> list[Any]:
    page = await stub.get_state_by_range_with_pagination(start, end, size, bookmark)
    return [[row.key for row in page.rows], page.bookmark]


async def _composite_page(stub: Stub, size: int, bookmark: str) -> list[Any]:
    page = await stub.get_all_states_composite_key_with_pagination(size, bookmark)
    return [[row.key for row in page.rows], page.bookmark]


async def _every_row(stub: Stub, object_type: str, attributes: list[str], size: int) -> list[str]:
    rows = every_row(
        lambda bookmark: stub.get_state_by_partial_composite_key_with_pagination(
            object_type, attributes, size, bookmark
        )
    )
    return [row.key async for row in rows]


async def _fill(stub: Stub, object_type: str, start: int, count: int) -> None:
    async with stub.write_batch():
        for number in range(start, start + count):
            await stub.put_state(create_composite_key(object_type, [f"{number:06}"]), b"1")


async def _count(stub: Stub, object_type: str) -> int:
    return len([None async for _ in stub.get_state_by_partial_composite_key(object_type, [])])


async def _count_every(stub: Stub, object_type: str, size: int) -> int:
    return len(await _every_row(stub, object_type, [], size))


async def _query(stub: Stub, query: str) -> list[str]:
    return [row.key async for row in stub.get_query_result(query)]


async def _query_page(stub: Stub, query: str, size: int, bookmark: str) -> list[Any]:
    page = await stub.get_query_result_with_pagination(query, size, bookmark)
    return [[row.key for row in page.rows], page.bookmark]


async def _history(stub: Stub, key: str) -> list[list[Any]]:
    return [
        [version.tx_id, version.value.decode(), version.is_delete, version.timestamp.isoformat()]
        async for version in stub.get_history_for_key(key)
    ]


async def _set_policy(stub: Stub, key: str, msp_ids: list[str]) -> None:
    await stub.set_state_validation_parameter(key, all_of(*map(signed_by, msp_ids)))


async def _set_policy_of(stub: Stub, key: str, n: int, msp_ids: list[str]) -> None:
    await stub.set_state_validation_parameter(key, n_of(n, *map(signed_by, msp_ids)))


async def _get_policy(stub: Stub, key: str) -> Any:
    policy = await stub.get_state_validation_parameter(key)
    return None if policy is None else _plain(policy)


def _plain(policy: Policy) -> Any:
    match policy:
        case SignedBy(msp_id):
            return msp_id
        case NOutOf(n, policies):
            return [n, *map(_plain, policies)]
        case Opaque(encoded):
            return {"opaque": encoded.hex()}


async def _private_get(stub: Stub, collection: str, key: str) -> str | None:
    return _text(await stub.get_private_data(collection, key))


async def _private_get_many(stub: Stub, collection: str, keys: list[str]) -> list[str | None]:
    return [_text(value) for value in await stub.get_multiple_private_data(collection, keys)]


async def _private_range(stub: Stub, collection: str, start: str, end: str) -> list[list[str]]:
    return [[row.key, row.value.decode()] async for row in stub.get_private_data_by_range(collection, start, end)]


async def _private_prefix(stub: Stub, collection: str, object_type: str, attributes: list[str]) -> list[list[str]]:
    rows = stub.get_private_data_by_partial_composite_key(collection, object_type, attributes)
    return [[row.key, row.value.decode()] async for row in rows]


async def _private_query(stub: Stub, collection: str, query: str) -> list[str]:
    return [row.key async for row in stub.get_private_data_query_result(collection, query)]


async def _private_set_policy(stub: Stub, collection: str, key: str, msp_ids: list[str]) -> None:
    await stub.set_private_data_validation_parameter(collection, key, all_of(*map(signed_by, msp_ids)))


async def _private_get_policy(stub: Stub, collection: str, key: str) -> Any:
    policy = await stub.get_private_data_validation_parameter(collection, key)
    return None if policy is None else _plain(policy)


async def _private_hash(stub: Stub, collection: str, key: str) -> str | None:
    digest = await stub.get_private_data_hash(collection, key)
    return None if digest is None else digest.hex()


async def _private_put(stub: Stub, collection: str, key: str, name: str) -> None:
    """Write the transient value of a name: private values do not belong into arguments."""
    await stub.put_private_data(collection, key, stub.transient[name])


async def _private_delete(stub: Stub, collection: str, key: str) -> None:
    await stub.del_private_data(collection, key)


async def _private_purge(stub: Stub, collection: str, key: str) -> None:
    await stub.purge_private_data(collection, key)


async def _transient(stub: Stub) -> dict[str, str]:
    return {name: value.decode() for name, value in stub.transient.items()}


async def _event(stub: Stub, name: str, payload: str) -> None:
    stub.set_event(name, payload.encode())


async def _caller(stub: Stub) -> str:
    return stub.identity.msp_id


async def _place(stub: Stub) -> list[str]:
    return [stub.channel_id, stub.tx_id, stub.timestamp.isoformat()]


async def _invoke(stub: Stub, name: str, args: list[str], channel_id: str) -> list[Any]:
    """Run another chaincode; of the payload only whether there is one, for a peer's own errors vary."""
    response = await stub.invoke_chaincode(name, [arg.encode() for arg in args], channel_id)
    return [response.status, bool(response.payload)]


async def _call(stub: Stub, name: str, steps: list[list[Any]]) -> list[Any]:
    """Have another chaincode of this kind do steps."""
    response = await stub.invoke_chaincode(name, [b"run", json.dumps(steps).encode()])
    return [response.status, json.loads(response.payload or b"null")]


async def _said(stub: Stub) -> list[Any]:
    """Tell what the invocation says of itself; of its bytes the digest, for the answer is public."""
    signed = stub.signed_proposal
    digests = [sha256(each).hexdigest() for each in (stub.creator, signed.proposal, signed.signature)]
    facts = [stub.function, len(stub.parameters), stub.is_init, list(stub.decorations)]
    return [*facts, stub.binding.hex(), *digests]


async def _refuse(_: Stub) -> dict[str, int]:
    return {"status": 409}


STEPS: Mapping[str, Step] = {
    "get": _get,
    "get_many": _get_many,
    "put": _put,
    "delete": _delete,
    "batch": _batch,
    "range": _range,
    "range_first": _range_first,
    "page": _page,
    "simple_range": _simple_range,
    "simple_page": _simple_page,
    "composite_page": _composite_page,
    "every_row": _every_row,
    "fill": _fill,
    "count": _count,
    "count_every": _count_every,
    "query": _query,
    "query_page": _query_page,
    "history": _history,
    "set_policy": _set_policy,
    "set_policy_of": _set_policy_of,
    "get_policy": _get_policy,
    "private_get": _private_get,
    "private_get_many": _private_get_many,
    "private_range": _private_range,
    "private_prefix": _private_prefix,
    "private_query": _private_query,
    "private_set_policy": _private_set_policy,
    "private_get_policy": _private_get_policy,
    "private_hash": _private_hash,
    "private_put": _private_put,
    "private_delete": _private_delete,
    "private_purge": _private_purge,
    "transient": _transient,
    "event": _event,
    "caller": _caller,
    "place": _place,
    "invoke": _invoke,
    "call": _call,
    "said": _said,
    "refuse": _refuse,
}

if __name__ == "__main__":
    sys.exit(run(os.environ, SemanticsChaincode()))
