"""The load of bench/client, by TradeLane's client: `python -m bench.client.ours asyncio|few|threads`.

A line of JSON in is a turn, a line of JSON out its times, as with the programs of the other clients.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import grpc
import uvloop

from tradelane.gateway import aio, client, transport
from tradelane.gateway.profile import Profile, load_profile

AT_ONCE: Final = 64
"""Threads, or tasks as few."""


@dataclass(frozen=True)
class Asked:
    """What a program is to do."""

    profile: Profile
    config: dict[str, Any]

    @property
    def chaincode(self) -> str:
        """Name of the chaincode."""
        return str(self.config["chaincode"])

    @property
    def channel(self) -> str:
        """Fabric channel."""
        return self.profile.network.channel

    def dialled(self) -> Any:  # noqa: ANN401 -- gRPC ships no types
        """Open a gRPC channel to the profile's peer."""
        endpoint = self.profile.network.peers[0].endpoint
        return grpc.secure_channel(
            endpoint, transport.credentials(self.profile.tls), options=transport.options(self.profile)
        )


def _orders() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        yield json.loads(line)


def _answer(began: float, latencies: list[float]) -> None:
    print(json.dumps({"seconds": time.perf_counter() - began, "latencies": latencies}), flush=True)


async def with_tasks(asked: Asked, tasks: int) -> None:
    """Do each turn with as many tasks as calls shall be in flight."""
    connection = aio.dial(asked.profile)
    gateway = aio.connect_to(connection, asked.profile.identity, channel=asked.channel, chaincode=asked.chaincode)
    document, organisations = asked.config["document"], asked.config["organisations"]

    async def work(numbers: Iterator[int], prefix: str, latencies: list[float]) -> None:
        for number in numbers:
            begun = time.perf_counter()
            await gateway.submit("batched", f"{prefix}-{number}", document, endorsing_organizations=organisations)
            latencies.append(1000 * (time.perf_counter() - begun))

    for order in _orders():  # waiting for one blocks the loop, on which nothing else is to happen then
        latencies: list[float] = []
        numbers = iter(range(order["count"]))
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(tasks):
                group.create_task(work(numbers, order["prefix"], latencies))
        _answer(began, latencies)
    await connection.close()


def with_threads(asked: Asked) -> None:
    """Do each turn with threads."""
    connection = asked.dialled()
    gateway = client.connect_to(connection, asked.profile.identity, channel=asked.channel, chaincode=asked.chaincode)
    document, organisations = asked.config["document"], asked.config["organisations"]

    def work(numbers: Iterator[int], prefix: str, latencies: list[float]) -> None:
        for number in numbers:
            begun = time.perf_counter()
            gateway.submit("batched", f"{prefix}-{number}", document, endorsing_organizations=organisations)
            latencies.append(1000 * (time.perf_counter() - begun))

    for order in _orders():
        latencies: list[float] = []
        numbers = iter(range(order["count"]))
        began = time.perf_counter()
        threads = [threading.Thread(target=work, args=(numbers, order["prefix"], latencies)) for _ in range(AT_ONCE)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        _answer(began, latencies)
    connection.close()


def main() -> None:
    """Read the configuration and do what is asked, until there is no more."""
    config = json.loads(sys.stdin.readline())
    asked = Asked(load_profile(Path(config["profile"]), config["user"]), config)
    if sys.argv[1] == "threads":
        with_threads(asked)
    else:
        uvloop.run(with_tasks(asked, AT_ONCE if sys.argv[1] == "few" else asked.config["inFlight"]))


if __name__ == "__main__":
    main()
