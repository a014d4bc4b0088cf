"""Sequences that were found to do harm, each played again step by step."""

from tests.chaincode.shim.hostile.machine import HostilePeers
from tradelane.chaincode.shim.wire import Kind

_KEY = ("trade", "t1")


def _begun(program: list[list[object]]) -> HostilePeers:
    state = HostilePeers()
    state.begin(1000, 1000, small=False)
    state.invoke(0, _KEY, program, Kind.TRANSACTION)
    state.settled()
    return state


def test_a_dropped_query_of_which_the_peer_refuses_the_end() -> None:
    state = _begun([["rows", "range", 1, "dropped"], ["sleep", 1]])
    state.answer(0, 0, more=True)
    state.settled()
    state.answer_with_garbage(0, 0, Kind.ERROR, b"")
    state.settled()
    state.wait(5)
    state.settled()
    state.teardown()


def test_a_refused_batch_that_the_chaincode_does_not_care_about() -> None:
    state = _begun([["careless", ["batch", [["put", 0]]]]])
    state.answer_with_garbage(0, 0, Kind.ERROR, b"")
    state.settled()
    state.teardown()


def test_a_late_answer_to_a_transaction_that_runs_again() -> None:
    state = _begun([["background", ["get", 0]], ["get", 1]])
    state.wait(31)
    state.settled()
    state.invoke(0, _KEY, [["get", 0]], Kind.TRANSACTION)
    state.settled()
    state.answer_whoever(0, _KEY, Kind.RESPONSE, 1)
    state.settled()
    state.answer_all(0, more=False, rounds=2)
    state.settled()
    state.teardown()
