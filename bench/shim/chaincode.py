"""The bare invocation on our shim: two reads, two writes and an event, with nothing around them."""

import os
import sys
from collections.abc import Awaitable, Callable

from tradelane.chaincode.service import run
from tradelane.chaincode.shim.interface import Response, Stub


async def batched(stub: Stub, key: str, document: str) -> bytes:
    """Do it in two messages: one that reads, one that writes."""
    await stub.get_multiple_states([key, f"{key}.index"])
    async with stub.write_batch():
        await stub.put_state(key, document.encode())
        await stub.put_state(f"{key}.index", key.encode())
    stub.set_event("written", key.encode())
    return b""


async def single(stub: Stub, key: str, document: str) -> bytes:
    """Do it in four messages."""
    await stub.get_state(key)
    await stub.get_state(f"{key}.index")
    await stub.put_state(key, document.encode())
    await stub.put_state(f"{key}.index", key.encode())
    stub.set_event("written", key.encode())
    return b""


async def read(stub: Stub, key: str) -> bytes:
    """Return a value."""
    return await stub.get_state(key) or b""


async def puts(stub: Stub, prefix: str, count: str, value: str) -> bytes:
    """Write many keys in one batch."""
    content = value.encode()
    async with stub.write_batch():
        for i in range(int(count)):
            await stub.put_state(f"{prefix}{i}", content)
    return b""


FUNCTIONS: dict[str, Callable[..., Awaitable[bytes]]] = {
    "batched": batched,
    "single": single,
    "read": read,
    "puts": puts,
}


class Bare:
    """Does one function."""

    async def invoke(self, stub: Stub) -> Response:
        """Call the function that the first argument names."""
        function, *parameters = (each.decode() for each in stub.args)
        return Response(200, payload=await FUNCTIONS[function](stub, *parameters))


if __name__ == "__main__":
    sys.exit(run(os.environ, Bare()))
