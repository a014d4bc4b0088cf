"""Load on a chaincode: so many calls, so many of them in flight."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tradelane.gateway import aio
from tradelane.gateway.profile import load_profile
from tradelane.network import Network

IN_FLIGHT = 256
DOCUMENT = "d" * 1536

Call = Callable[[int], Awaitable[object]]


@dataclass(frozen=True)
class Client:
    """A connected client of one chaincode and the organisations that endorse."""

    gateway: aio.Gateway
    organisations: tuple[str, ...]

    async def submit(self, function: str, *arguments: str) -> None:
        """Have a transaction endorsed by two organisations and see it take effect."""
        await self.gateway.submit(function, *arguments, endorsing_organizations=self.organisations)

    async def evaluate(self, function: str, *arguments: str) -> bytes:
        """Ask the gateway's own peer."""
        return await self.gateway.evaluate(function, *arguments, target_organizations=self.organisations[:1])

    async def endorse(self, function: str, *arguments: str) -> None:
        """Have a transaction endorsed by two organisations and leave it at that."""
        proposal = self.gateway.new_proposal(function, *arguments, endorsing_organizations=self.organisations)
        await self.gateway.endorse(proposal)


class Clients:
    """Clients of several chaincodes over one connection, that of the first organisation's administrator."""

    def __init__(self, network: Network) -> None:
        first, second = network.topology.with_peer[:2]
        self._organisations = (first.msp_id, second.msp_id)
        self._profile = load_profile(network.paths.profile(first.name).root, "admin")
        self._connection = aio.dial(self._profile)

    async def __aenter__(self) -> "Clients":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._connection.close()

    def of(self, chaincode: str) -> Client:
        """Return the client of a chaincode."""
        gateway = aio.connect_to(
            self._connection, self._profile.identity, channel=self._profile.network.channel, chaincode=chaincode
        )
        return Client(gateway, self._organisations)


async def throughput(call: Call, count: int, in_flight: int = IN_FLIGHT) -> float:
    """Make calls 0 ... count - 1 and return how many were done per second. A call that fails ends the measurement."""
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await call(number)

    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(work())
    return count / (time.perf_counter() - begun)


async def duration(call: Awaitable[object]) -> float:
    """Return the seconds a call takes."""
    begun = time.perf_counter()
    await call
    return time.perf_counter() - begun
