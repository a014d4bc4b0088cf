"""Responses, events and errors."""

from typing import Any

import pytest

from tests.conformance.pair import GO, PYTHON, Pair, Steps, bound, content

pytestmark = pytest.mark.network

STATUSES = (0, -1, 1, 199, 200, 201, 399, 400, 404, 499, 500, 501, 599, 2**31 - 1)


@pytest.mark.parametrize("status", STATUSES)
async def test_responses(pair: Pair, key: str, status: int) -> None:
    both = await pair.ask(
        [["PutState", key, content("v")], ["SetEvent", "e", ""], ["Respond", status, "spöken 𝔘", content(b"\x00\xff")]]
    )
    assert (both.outcome.status, both.outcome.message, both.outcome.payload) == (status, "spöken 𝔘", b"\x00\xff")
    assert both.outcome.endorsed == (status < 400)


async def test_a_large_response(pair: Pair) -> None:
    both = await pair.ask([["Respond", 200, "", content(b"r" * 5_000_000)]])
    assert len(both.outcome.payload) == 5_000_000


async def test_an_unknown_function_and_unreadable_arguments(pair: Pair) -> None:
    assert (await pair.invoke("absent", b"")).outcome.status == 404
    assert (await pair.invoke("run")).outcome.status == 404
    assert (await pair.invoke("run", b"{")).outcome.status == 400


async def test_a_failure_is_a_500_of_its_own_without_internals(pair: Pair, key: str) -> None:
    answers, _ = await pair.invoke_each("run", _steps([["PutState", key, ""], ["Raise"]]))
    for answer in answers.values():
        assert (answer.endorsed, answer.status, answer.payload, answer.event) == (False, 500, b"", None)
        assert "as told" not in answer.message
    assert answers[GO].writes == answers[PYTHON].writes


@pytest.mark.parametrize(
    "step", [["PutPrivateData", "absent", "k", ""], ["SetStateValidationParameter", "k" * 100, "HongKongMSP"]]
)
async def test_a_batch_left_open_is_sent_at_the_end(pair: Pair, step: list[str]) -> None:
    answers, _ = await pair.invoke_each(
        "run", _steps([["Batch", [["PutState", "k", content("v")], step], "left open"]])
    )
    go, ours = answers[GO], answers[PYTHON]
    assert (go.endorsed, go.status, go.payload, go.event, go.writes) == (
        ours.endorsed,
        ours.status,
        ours.payload,
        ours.event,
        ours.writes,
    )


@pytest.mark.parametrize("name", ["e", "𝔘 ", "n" * 10_000])
@pytest.mark.parametrize("payload", [b"", b"\x00\xff", b"p" * 1_000_000], ids=["empty", "bytes", "MB"])
async def test_events(pair: Pair, name: str, payload: bytes) -> None:
    both = await pair.ask([["SetEvent", name, content(payload)]])
    assert both.outcome.event == ("@self", name, payload)


async def test_no_event_and_the_last_event(pair: Pair) -> None:
    assert (await pair.ask([])).outcome.event is None
    both = await pair.ask([["SetEvent", "first", content("1")], ["SetEvent", "", content("2")]])
    assert both.results[1] == {"refused": "local"}
    assert both.outcome.event == ("@self", "first", b"1")
    both = await pair.ask([["SetEvent", "first", content("1")], ["SetEvent", "last", ""]])
    assert both.outcome.event == ("@self", "last", b"")


async def test_names_refused_by_both(pair: Pair) -> None:
    assert (await pair.ask([["PutState", "", content("v")]])).results == [{"refused": "local"}]


STRICTER: Steps = [
    ["GetState", ""],
    ["GetMultipleStates", [""]],
    ["DelState", ""],
    ["SetStateValidationParameter", "", "HongKongMSP"],
    ["GetStateValidationParameter", ""],
    ["GetPrivateData", "directory", ""],
    ["GetPrivateDataHash", "directory", ""],
    ["DelPrivateData", "directory", ""],
    ["PurgePrivateData", "directory", ""],
    ["GetHistoryForKey", ""],
    ["GetPrivateDataValidationParameter", "", "k"],
    ["SetPrivateDataValidationParameter", "", "k", "HongKongMSP"],
    ["GetQueryResult", ""],
    ["GetStateByPartialCompositeKeyWithPagination", "t", [], 0, ""],
    ["GetStateByRangeWithPagination", "a", "b", -1, ""],
    ["InvokeChaincode", "", [], ""],
]


@pytest.mark.parametrize("step", STRICTER, ids=lambda step: step[0])
async def test_where_ours_refuses_before_the_peer_is_asked(pair: Pair, step: list[Any]) -> None:
    """Where we differ on purpose: Go asks for what has no name or size, and gets something else than was meant.

    An empty key may even be written, an empty collection of a policy is the public state, a page of no rows is all.
    """
    answers, _ = await pair.invoke_each("run", _steps([step]))
    assert answers[PYTHON].payload == b'[{"refused":"local"}]'
    assert answers[GO].payload != answers[PYTHON].payload


def _steps(steps: Steps) -> bytes:
    return bound(steps).encode()
