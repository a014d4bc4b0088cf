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
from typing import Any

from tradelane.chaincode.service import run
from tradelane.chaincode.shim.errors import ShimError
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.policy import NOutOf, Policy, SignedBy, all_of, signed_by

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


async def _history(stub: Stub, key: str) -> list[list[Any]]:
    return [
        [version.tx_id, version.value.decode(), version.is_delete, version.timestamp.isoformat()]
        async for version in stub.get_history_for_key(key)
    ]


async def _set_policy(stub: Stub, key: str, msp_ids: list[str]) -> None:
    await stub.set_state_validation_parameter(key, all_of(*map(signed_by, msp_ids)))


async def _get_policy(stub: Stub, key: str) -> Any:
    policy = await stub.get_state_validation_parameter(key)
    return None if policy is None else _plain(policy)


def _plain(policy: Policy) -> Any:
    match policy:
        case SignedBy(msp_id):
            return msp_id
        case NOutOf(n, policies):
            return [n, *map(_plain, policies)]


async def _private_get(stub: Stub, collection: str, key: str) -> str | None:
    return _text(await stub.get_private_data(collection, key))


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
    "history": _history,
    "set_policy": _set_policy,
    "get_policy": _get_policy,
    "private_get": _private_get,
    "private_hash": _private_hash,
    "private_put": _private_put,
    "private_delete": _private_delete,
    "private_purge": _private_purge,
    "transient": _transient,
    "event": _event,
    "caller": _caller,
    "place": _place,
    "refuse": _refuse,
}

if __name__ == "__main__":
    sys.exit(run(os.environ, SemanticsChaincode()))
