"""A consumer that takes its time holds the peer back, instead of filling memory, and nobody else."""

import asyncio
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.conftest import USER
from tests.support.loopback_events import Chain, Event
from tests.support.loopback_gateway import LoopbackGateway
from tradelane.gateway import aio, client, transport

MEBIBYTE = 2**20
BLOCKS = 64
AHEAD = 2 * transport.WINDOW_BYTES // MEBIBYTE + 4
"""How many blocks the peer may have sent at most: the one that was wanted, a window full, and what gRPC has at either
end on its way into and out of the connection, which is less than another window."""


@pytest.fixture
def chain(peer: LoopbackGateway, profile: Path) -> Chain:
    peer.chain.add(*((Event(f"{number:064x}", payload=bytes(MEBIBYTE)),) for number in range(BLOCKS)))
    return peer.chain


def sent_to_slow(chain: Chain) -> int:
    return sum(each is chain.opened[0] for each in chain.sent)


def test_a_slow_consumer_holds_the_peer_back(profile: Path, chain: Chain) -> None:
    with client.connect(profile, USER) as gateway, gateway.chaincode_events(0) as slow:
        first = next(slow)
        with gateway.chaincode_events(0) as quick:  # which shares the connection
            assert len(list(islice(quick, BLOCKS))) == BLOCKS
        assert 1 <= sent_to_slow(chain) <= AHEAD
        assert [first, *islice(slow, BLOCKS - 1)][-1].block_number == BLOCKS - 1


async def test_a_slow_consumer_holds_the_peer_back_in_asyncio_too(profile: Path, chain: Chain) -> None:
    async def take(events: Any, count: int) -> int:
        for _ in range(count):
            event = await anext(events)
        return int(event.block_number)

    async with aio.connect(profile, USER) as gateway, gateway.chaincode_events(0) as slow:
        await take(slow, 1)
        async with gateway.chaincode_events(0) as quick:
            assert await asyncio.wait_for(take(quick, BLOCKS), 60) == BLOCKS - 1
        assert 1 <= sent_to_slow(chain) <= AHEAD
        assert await take(slow, BLOCKS - 1) == BLOCKS - 1
