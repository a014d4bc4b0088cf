"""A chaincode for the client's scenarios: it answers, fails and writes as its caller asks.

As a service it takes the environment of TradeLane's own: `python -m tests.support.client_chaincode`. It may be crashed:
it is started again then.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from tradelane.chaincode.service import run
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.policy import all_of, signed_by

NAME = "clientcc"
ORGANISATION = os.environ.get("CORE_PEER_LOCALMSPID", "")
Function = Callable[..., Awaitable[Response]]
_CRASHED = 70


def collection(name: str, members: str, *, member_only_write: bool) -> dict[str, Any]:
    """Return the definition of a collection of one organisation, which endorses its writes and alone reads it."""
    return {
        "name": name,
        "policy": f"OR('{members}.member')",
        "requiredPeerCount": 0,
        "maxPeerCount": 1,
        "blockToLive": 0,
        "memberOnlyRead": True,
        "memberOnlyWrite": member_only_write,
        "endorsementPolicy": {"signaturePolicy": f"OR('{members}.member')"},
    }


COLLECTIONS = (
    collection("hongkong", "HongKongMSP", member_only_write=False),
    collection("hongkong-closed", "HongKongMSP", member_only_write=True),
    collection("shanghai", "ShanghaiMSP", member_only_write=False),
)


class ClientChaincode:
    """Knows the functions below."""

    async def invoke(self, stub: Stub) -> Response:
        name, *arguments = stub.args
        function = FUNCTIONS.get(name.decode())
        if function is None:
            return Response(404, f"there is no function {name.decode()}")
        return await function(stub, *arguments)


def _answer(payload: bytes = b"") -> Response:
    return Response(200, payload=payload)


async def _echo(_: Stub, *arguments: bytes) -> Response:
    """Return the only argument, or say how many there were."""
    if len(arguments) != 1:
        return Response(400, f"echo takes one argument, not {len(arguments)}")
    return _answer(arguments[0])


async def _large(_: Stub, size: bytes) -> Response:
    return _answer(b"x" * int(size))


async def _put(stub: Stub, key: bytes, value: bytes) -> Response:
    await stub.put_state(key.decode(), value)
    return _answer(value)


async def _get(stub: Stub, key: bytes) -> Response:
    value = await stub.get_state(key.decode())
    return Response(404, "there is no such key") if value is None else _answer(value)


async def _bump(stub: Stub, key: bytes) -> Response:
    """Count on: what is written depends on what is read."""
    return await _put(stub, key, str(int(await stub.get_state(key.decode()) or b"0") + 1).encode())


async def _transient(stub: Stub, name: bytes) -> Response:
    return _answer(stub.transient[name.decode()])


async def _where(_: Stub) -> Response:
    """Tell whose peer this is; endorsers of two organisations never agree on it."""
    return _answer(ORGANISATION.encode())


async def _own_transient(stub: Stub) -> Response:
    """Refuse unless the transient data hold something for this organisation."""
    if ORGANISATION not in stub.transient:
        return Response(400, f"there is nothing for {ORGANISATION}")
    return _answer(b"done")


async def _refused_by(_: Stub, *organisations: bytes) -> Response:
    if ORGANISATION.encode() in organisations:
        return Response(500, f"{ORGANISATION} says no")
    return _answer()


async def _random(stub: Stub, key: bytes) -> Response:
    await stub.put_state(key.decode(), os.urandom(16))
    return _answer()


async def _crash(_: Stub) -> Response:
    os._exit(_CRASHED)


async def _announce(stub: Stub, name: bytes, payload: bytes) -> Response:
    stub.set_event(name.decode(), payload)
    return _answer()


async def _put_private(stub: Stub, key: bytes, *collections: bytes) -> Response:
    """Write the transient `value` into collections."""
    for name in collections:
        await stub.put_private_data(name.decode(), key.decode(), stub.transient["value"])
    return _answer()


async def _get_private(stub: Stub, name: bytes, key: bytes) -> Response:
    value = await stub.get_private_data(name.decode(), key.decode())
    return Response(404, "there is no such key") if value is None else _answer(value)


async def _set_policy(stub: Stub, key: bytes, *organisations: bytes) -> Response:
    """Have every change of a key endorsed by all of these organisations."""
    names = [each.decode() for each in organisations]
    await stub.set_state_validation_parameter(key.decode(), all_of(*map(signed_by, names)))
    return _answer(json.dumps(names).encode())


FUNCTIONS: Mapping[str, Function] = {
    "echo": _echo,
    "large": _large,
    "put": _put,
    "get": _get,
    "bump": _bump,
    "transient": _transient,
    "where": _where,
    "own_transient": _own_transient,
    "refused_by": _refused_by,
    "random": _random,
    "crash": _crash,
    "announce": _announce,
    "put_private": _put_private,
    "get_private": _get_private,
    "set_policy": _set_policy,
}


def _supervise() -> int:
    """Serve in a child process, and again after each crash."""
    status = _CRASHED
    while status == _CRASHED:
        child = subprocess.Popen([sys.executable, "-m", "tests.support.client_chaincode", "serve"])
        signal.signal(signal.SIGTERM, lambda *_, child=child: child.terminate())
        status = child.wait()
    return status


if __name__ == "__main__":
    sys.exit(run(os.environ, ClientChaincode()) if sys.argv[1:] == ["serve"] else _supervise())
