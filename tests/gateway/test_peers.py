"""Which peer gets the next call: laws that hold after whatever has happened."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelane.gateway.peers import FIRST_REST_SECONDS, LONGEST_REST_SECONDS, Health, Peers, Turn

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
        turn = peers.pick(0.0)
        assert turn == Turn(0)
        peers.release(turn, 0.0, well=True)


def test_the_one_with_the_fewest_calls_under_way_is_chosen() -> None:
    peers = Peers(NAMES)
    turns = [peers.pick(0.0) for _ in range(6)]
    assert [turn.peer for turn in turns] == [0, 1, 2, 0, 1, 2]
    peers.release(turns[1], 0.0, well=True)
    assert peers.pick(0.0).peer == 1


def test_a_peer_that_failed_rests_and_is_then_tried_with_one_call() -> None:
    peers = Peers(NAMES[:2])
    fail(peers, 0, 0.0)
    assert peers.health(0, 0.0) is Health.RESTING
    assert [peers.pick(0.0).peer, peers.pick(0.0).peer] == [1, 1]
    assert peers.health(0, FIRST_REST_SECONDS) is Health.DUE
    probe = peers.pick(FIRST_REST_SECONDS)
    assert [probe, peers.pick(FIRST_REST_SECONDS)] == [Turn(0, probe=True), Turn(1)]
    peers.release(probe, FIRST_REST_SECONDS, well=True)
    assert peers.health(0, FIRST_REST_SECONDS) is Health.WELL


def test_neither_an_open_stream_nor_a_call_that_hangs_keeps_a_peer_from_being_tried() -> None:
    peers = Peers(NAMES[:2])
    stream = peers.pick(0.0, stream=True)
    hanging = peers.pick(0.0, besides=[1])
    fail(peers, 0, 0.0)
    probe = peers.pick(FIRST_REST_SECONDS, besides=[1])
    assert (stream.peer, hanging.peer, probe) == (0, 0, Turn(0, probe=True))
    for _ in range(5):  # it is tried by one call at a time
        assert peers.pick(FIRST_REST_SECONDS).peer == 1
    peers.release(probe, FIRST_REST_SECONDS, well=True)
    assert (peers.health(0, FIRST_REST_SECONDS), peers.outstanding(0)) == (Health.WELL, 2)


def test_a_stream_is_no_probe() -> None:
    peers = Peers(NAMES[:2])
    fail(peers, 0, 0.0)
    assert peers.pick(FIRST_REST_SECONDS, stream=True) == Turn(0)
    assert peers.pick(FIRST_REST_SECONDS, besides=[1]) == Turn(0, probe=True)


def test_a_probe_whose_caller_left_makes_room_for_another() -> None:
    peers = Peers(NAMES[:2])
    fail(peers, 0, 0.0)
    peers.release(peers.pick(FIRST_REST_SECONDS), FIRST_REST_SECONDS, well=None)
    assert peers.pick(FIRST_REST_SECONDS) == Turn(0, probe=True)


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
    for turn in [peers.pick(0.0) for _ in range(50)]:
        peers.release(turn, 0.0, well=False)
    assert peers.health(0, FIRST_REST_SECONDS) is Health.DUE


def test_when_all_rest_the_one_due_first_is_tried() -> None:
    peers = Peers(NAMES)
    fail(peers, 1, 0.0)
    fail(peers, 0, 0.1)
    fail(peers, 2, 0.2)
    assert peers.pick(0.3).peer == 1


def test_a_call_whose_caller_left_says_nothing_of_the_peer() -> None:
    peers = Peers(NAMES)
    peers.release(peers.pick(0.0), 0.0, well=None)
    assert (peers.health(0, 0.0), peers.outstanding(0)) == (Health.WELL, 0)
    fail(peers, 0, 0.0)
    peers.release(peers.pick(0.0, besides=[1, 2]), 0.0, well=None)
    assert peers.health(0, 0.0) is Health.RESTING


STEP = st.tuples(
    st.sampled_from(["pick", "stream", "well", "failed", "left"]),
    st.floats(0, 20),
    st.frozensets(st.integers(0, 2)),
    st.integers(0, 100),
)


@given(st.integers(1, 3), st.lists(STEP, max_size=80))
def test_whatever_happens_a_peer_is_chosen_and_the_count_is_right(count: int, steps: list[Any]) -> None:
    peers, now = Peers(NAMES[:count]), 0.0
    under_way: list[Turn] = []
    for what, seconds, besides, which in steps:
        now += seconds
        if what in {"pick", "stream"}:
            before = [peers.health(number, now) for number in range(count)]
            loads = [peers.outstanding(number) for number in range(count)]
            turn = peers.pick(now, besides=besides, stream=what == "stream")
            number = turn.peer
            allowed = set(range(count)) - besides or set(range(count))
            assert number in allowed
            well = [n for n in allowed if before[n] is Health.WELL]
            if before[number] is Health.WELL:
                assert loads[number] == min(loads[n] for n in well)
            else:  # a resting peer only if no other is well
                assert before[number] is Health.DUE or not well
            # A peer that is due, and that nobody is finding out about, is asked before one that rests.
            waiting = [n for n in allowed if before[n] is Health.DUE and Turn(n, probe=True) not in under_way]
            assert before[number] is not Health.RESTING or not waiting
            under_way.append(turn)
        elif under_way:
            turn = under_way.pop(which % len(under_way))
            peers.release(turn, now, well={"well": True, "failed": False, "left": None}[what])
    assert [peers.outstanding(number) for number in range(count)] == [
        sum(turn.peer == n for turn in under_way) for n in range(count)
    ]
