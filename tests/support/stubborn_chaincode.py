"""A chaincode that does not end when it should, as a service: `python -m tests.support.stubborn_chaincode`.

Its function `sleep` refuses to be cancelled, `spin` keeps the event loop to itself; `slow` ends when it is cancelled,
and `brisk` answers at once.
"""

import asyncio
import os
import sys

from tradelane.chaincode.service import run
from tradelane.chaincode.shim.interface import Response, Stub


class StubbornChaincode:
    """Does not end."""

    async def invoke(self, stub: Stub) -> Response:
        await stub.get_state("begun")
        if stub.args[0] == b"brisk":
            return Response(200, payload=b"here")
        if stub.args[0] == b"slow":
            await asyncio.sleep(3600)
        while stub.args[0] == b"spin":
            pass
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                sys.stderr.write("I shall not\n")


if __name__ == "__main__":
    sys.exit(run(os.environ, StubbornChaincode()))
