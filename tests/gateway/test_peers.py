"""Which peer gets the next call: laws that hold after whatever has happened."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelane.gateway.peers import FIRST_REST_SECONDS, LONGEST_REST_SECONDS, Health, Peers

NAMES = ("a:1", "b:1", "c:1")


def fail(peers: Peers, number: int, now: float) -> None:
    others = [other for other in range(len(peers.names)) if other != number]
    peers.release(peers.pick(now, besides=others), now, well=False)


def test_a_client_without_peers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Peers(())


def test_the_first_of_the_profile_is_preferred() -> None:
    peers = Peers(NAMES)
    for _ in range(3):
        assert peers.pick(0.0) == 0
        peers.release(0, 0.0, well=True)


def test_the_one_with_the_fewest_calls_under_way_is_chosen() -> None:
    peers = Peers(NAMES)
    assert [peers.pick(0.0) for _ in range(6)] == [0, 1, 2, 0, 1, 2]
    peers.release(1, 0.0, well=True)
    assert peers.pick(0.0) == 1


def test_a_peer_that_failed_rests_and_is_then_tried_with_one_call() -> None:
    peers = Peers(NAMES[:2])
    fail(peers, 0, 0.0)
    assert peers.health(0, 0.0) is Health.RESTING
    assert [peers.pick(0.0), peers.pick(0.0)] == [1, 1]
    assert peers.health(0, FIRST_REST_SECONDS) is Health.DUE
    assert [peers.pick(FIRST_REST_SECONDS), peers.pick(FIRST_REST_SECONDS)] == [0, 1]
    peers.release(0, FIRST_REST_SECONDS, well=True)
    assert peers.health(0, FIRST_REST_SECONDS) is Health.WELL


def test_each_failure_in_a_row_doubles_the_rest_up_to_a_bound() -> None:
    peers, now, rests = Peers(NAMES[:1]), 0.0, []
    for _ in range(10):
        fail(peers, 0, now)
        rest = next(s / 2 for s in itertools.count(1) if peers.health(0, now + s / 2) is Health.DUE)
        rests.append(rest)
        now += rest
    assert rests == [min(FIRST_REST_SECONDS * 2**n, LONGEST_REST_SECONDS) for n in range(10)]


def test_calls_that_fail_together_count_once() -> None:
    peers = Peers(NAMES[:1])
    for _ in range(50):
        peers.pick(0.0)
    for _ in range(50):
        peers.release(0, 0.0, well=False)
    assert peers.health(0, FIRST_REST_SECONDS) is Health.DUE


def test_when_all_rest_the_one_due_first_is_tried() -> None:
    peers = Peers(NAMES)
    fail(peers, 1, 0.0)
    fail(peers, 0, 0.1)
    fail(peers, 2, 0.2)
    assert peers.pick(0.3) == 1


def test_a_call_whose_caller_left_says_nothing_of_the_peer() -> None:
    peers = Peers(NAMES)
    peers.release(peers.pick(0.0), 0.0, well=None)
    assert (peers.health(0, 0.0), peers.outstanding(0)) == (Health.WELL, 0)
    fail(peers, 0, 0.0)
    peers.release(peers.pick(0.0, besides=[1, 2]), 0.0, well=None)
    assert peers.health(0, 0.0) is Health.RESTING


STEP = st.tuples(
    st.sampled_from(["pick", "well", "failed", "left"]),
    st.floats(0, 20),
    st.frozensets(st.integers(0, 2)),
    st.integers(0, 100),
)


@given(st.integers(1, 3), st.lists(STEP, max_size=80))
def test_whatever_happens_a_peer_is_chosen_and_the_count_is_right(count: int, steps: list[Any]) -> None:
    peers, now = Peers(NAMES[:count]), 0.0
    under_way: list[int] = []
    for what, seconds, besides, which in steps:
        now += seconds
        if what == "pick":
            before = [peers.health(number, now) for number in range(count)]
            loads = [peers.outstanding(number) for number in range(count)]
            number = peers.pick(now, besides=besides)
            allowed = set(range(count)) - besides or set(range(count))
            assert number in allowed
            well = [n for n in allowed if before[n] is Health.WELL]
            if before[number] is Health.WELL:
                assert loads[number] == min(loads[n] for n in well)
            else:  # a resting peer only if no other is well
                assert before[number] is Health.DUE or not well
            under_way.append(number)
        elif under_way:
            number = under_way.pop(which % len(under_way))
            peers.release(number, now, well={"well": True, "failed": False, "left": None}[what])
    assert [peers.outstanding(number) for number in range(count)] == [under_way.count(n) for n in range(count)]
