"""Events on the real network: received, replayed, resumed from a checkpoint; one listener's end leaves the others."""

from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.scenario.client.conftest import Connect, Gateway
from tradelane.gateway.events import FileCheckpointer, InMemoryCheckpointer

pytestmark = pytest.mark.network

BLOCKS = ("block_events", "filtered_block_events", "block_and_private_data_events")


def announce(gateway: Any, key: str, count: int = 1) -> list[tuple[str, bytes]]:
    """Announce events, each in a transaction of its own; return what listeners will see."""
    return [
        (gateway.submit("announce", key, f"{key} {number}").transaction_id, f"{key} {number}".encode())
        for number in range(count)
    ]


def told(events: Any, count: int) -> list[tuple[str, bytes]]:
    return [(each.transaction_id, each.payload) for each in islice(events, count)]


def number(block: Any) -> int:
    return int(getattr(block, "block", block).number)


def test_a_listener_is_told(gateway: Gateway, key: str) -> None:
    with gateway.chaincode_events() as events:
        announced = announce(gateway, key)
        event = next(events)
    assert [(event.transaction_id, event.payload)] == announced
    assert (event.name, event.block_number) == (key, gateway.outcome(event.transaction_id).block_number)


def test_what_is_past_is_replayed(gateway: Gateway, key: str) -> None:
    announced = announce(gateway, key, 3)
    start = gateway.outcome(announced[0][0]).block_number
    for _ in range(2):
        with gateway.chaincode_events(start_block=start) as events:
            assert told(events, 3) == announced
    with gateway.chaincode_events(after=announced[0][0]) as events:
        assert told(events, 2) == announced[1:]


def test_a_listener_that_was_closed_is_followed_by_another(gateway: Gateway, key: str) -> None:
    with gateway.chaincode_events() as events:
        first = announce(gateway, key)
        assert told(events, 1) == first
    announce(gateway, key)
    with gateway.chaincode_events() as events:
        third = announce(gateway, key)
        assert told(events, 1) == third, "it begins with what is committed from now on"


def test_the_end_of_one_listener_leaves_the_others(gateway: Gateway, connect: Connect, key: str) -> None:
    with gateway.chaincode_events() as leaving, gateway.chaincode_events() as staying:
        announced = announce(gateway, key)
        assert told(leaving, 1) == told(staying, 1) == announced
        leaving.close()
        announced = announce(gateway, key)
        assert told(staying, 1) == announced
        assert told(leaving, 1) == []


@pytest.mark.parametrize("kept", [InMemoryCheckpointer, None], ids=["memory", "file"])
def test_a_checkpoint_brings_a_listener_back(
    gateway: Gateway, key: str, tmp_path: Path, kept: Callable[[], Any] | None
) -> None:
    def opened() -> Any:
        return FileCheckpointer(tmp_path / "checkpoint.json")

    checkpointer = kept() if kept else opened()
    announced = announce(gateway, key, 4)
    start = gateway.outcome(announced[0][0]).block_number
    seen = []
    for _ in range(2):
        with gateway.chaincode_events(start_block=start, checkpoint=checkpointer) as events:
            for event in islice(events, 2):
                seen.append((event.transaction_id, event.payload))
                checkpointer.checkpoint_chaincode_event(event)
        checkpointer = checkpointer if kept else opened()
    assert seen == announced


@pytest.mark.parametrize("stream", BLOCKS)
def test_blocks_are_told_and_replayed(gateway: Gateway, key: str, stream: str) -> None:
    with getattr(gateway, stream)() as events:
        (transaction_id, _), *_ = announce(gateway, key)
        block = next(events)
    assert number(block) == gateway.outcome(transaction_id).block_number
    within = getattr(block, "block", block).transactions
    assert transaction_id in [each.id for each in within]
    with getattr(gateway, stream)(start_block=number(block) - 1) as events:
        assert [number(each) for each in islice(events, 2)] == [number(block) - 1, number(block)]


@pytest.mark.parametrize("stream", BLOCKS)
def test_a_checkpoint_brings_a_listener_to_blocks_back(gateway: Gateway, key: str, stream: str) -> None:
    checkpointer = InMemoryCheckpointer()
    announced = announce(gateway, key, 3)
    start = gateway.outcome(announced[0][0]).block_number
    seen = []
    for _ in range(2):
        with getattr(gateway, stream)(start_block=start, checkpoint=checkpointer) as events:
            block = next(events)
            seen.append(number(block))
            checkpointer.checkpoint_block(number(block))
    assert seen == [start, start + 1]


def test_private_data_come_with_their_block_to_a_member(gateway: Gateway, connect: Connect, key: str) -> None:
    done = gateway.submit(
        "put_private", key, "hongkong", transient={"value": b"canary"}, endorsing_organizations=["HongKongMSP"]
    )
    found: dict[str, list[bytes]] = {}
    for organisation in ("HongKongMSP", "ShanghaiMSP"):
        listener = connect(organisation)
        listener.outcome(done.transaction_id)
        with listener.block_and_private_data_events(start_block=done.block_number) as events:
            kept = [each for collections in next(events).private_data.values() for each in collections]
        found[organisation] = [write.value for each in kept for write in each.writes]
    assert found == {"HongKongMSP": [b"canary"], "ShanghaiMSP": []}
