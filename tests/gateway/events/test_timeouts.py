"""Waiting for the next event for so long and no longer loses nothing, with both clients."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.gateway.conftest import USER
from tests.support.loopback_calls import Refusal
from tests.support.loopback_events import Chain, Event
from tests.support.loopback_gateway import LoopbackGateway
from tests.support.waiting import until
from tradelane.gateway import client, errors
from tradelane.gateway.events import Recovery

AT_ONCE = Recovery(first_seconds=0, longest_seconds=0)


def tx(number: int) -> str:
    return f"{number:064x}"


@pytest.fixture
def chain(peer: LoopbackGateway) -> Chain:
    peer.chain.add((Event(tx(0)),))
    return peer.chain


def expire(events: Any, times: int = 1) -> None:
    for _ in range(times):
        with pytest.raises(errors.Overdue) as raised:
            events.next(timeout_seconds=0)
        assert (raised.value.code, raised.value.exit_status) == ("NO_EVENT", 4)


def threads() -> Iterator[threading.Thread]:
    return (one for one in threading.enumerate() if one.name == "tradelane-events")


@pytest.mark.parametrize("stream", ["chaincode_events", "block_events", "filtered_block_events"])
def test_a_wait_that_was_given_up_loses_nothing(gateway: Any, chain: Chain, stream: str) -> None:
    with getattr(gateway, stream)() as events:
        expire(events, 3)
        chain.add((Event(tx(1)),), (Event(tx(2)),), (Event(tx(3)),))
        found = [events.next(timeout_seconds=30), next(events), events.next()]
        expire(events)
        chain.add((Event(tx(4)),))
        found.append(next(events))
    numbers = [one.block_number if stream == "chaincode_events" else one.header.number
               if hasattr(one, "header") else one.number for one in found]  # fmt: skip
    assert numbers == [1, 2, 3, 4]


def test_what_is_there_is_returned_though_there_is_no_time_to_wait(gateway: Any, chain: Chain) -> None:
    chain.add(tuple(Event(tx(10 + number)) for number in range(5)))
    with gateway.chaincode_events(start_block=1) as events:
        assert events.next(timeout_seconds=30).transaction_id == tx(10)
        assert [events.next(timeout_seconds=0).transaction_id for _ in range(4)] == [tx(11), tx(12), tx(13), tx(14)]


def test_an_interruption_while_nobody_waits_loses_nothing(gateway: Any, chain: Chain) -> None:
    chain.cuts = iter([(1, Refusal(grpc.StatusCode.UNAVAILABLE, "the peer stops")), (1, None), (1, None)])
    with gateway.chaincode_events(start_block=0, recovery=AT_ONCE) as events:
        assert events.next(timeout_seconds=30).transaction_id == tx(0)
        expire(events)
        chain.add((Event(tx(1)),), (Event(tx(2)),))
        assert [events.next(timeout_seconds=30).transaction_id for _ in range(2)] == [tx(1), tx(2)]


def test_an_error_is_raised_where_it_is_waited_for(gateway: Any, chain: Chain) -> None:
    chain.cuts = iter([(1, Refusal(grpc.StatusCode.PERMISSION_DENIED, "access denied"))])
    with gateway.chaincode_events(start_block=0) as events:
        next(events)
        with pytest.raises(errors.AccessDenied):
            events.next(timeout_seconds=30)


def test_closing_ends_it_and_leaves_no_thread(gateway: Any, chain: Chain) -> None:
    events = gateway.chaincode_events()
    with events:
        expire(events)
    with pytest.raises(StopIteration):
        events.next(timeout_seconds=30)
    until(lambda: not list(threads()))


def test_closing_from_another_thread_ends_a_wait_with_a_timeout(profile: Path, chain: Chain) -> None:
    with client.connect(profile, USER) as gateway, gateway.chaincode_events() as events:

        def close() -> None:
            until(lambda: list(threads()))
            events.close()

        closing = threading.Thread(target=close)
        closing.start()
        with pytest.raises(StopIteration):
            events.next(timeout_seconds=30)
        closing.join()
