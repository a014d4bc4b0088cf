"""Calls from chaincode to chaincode: ours calls Go's, and Go's calls ours."""

import base64
import json
from typing import Any

import pytest

from tests.conformance.pair import Pair, Steps, bound, content

pytestmark = pytest.mark.network


def call(steps: Steps, name: str = "@other", channel: str = "") -> list[Any]:
    return ["InvokeChaincode", name, [content("run"), content(bound(steps))], channel]


def answered(result: list[Any]) -> list[Any]:
    status, _, payload = result
    assert status == 200
    return [each["ok"][0] for each in json.loads(base64.b64decode(payload))]


async def test_reads_and_writes_of_both_are_one_set(pair: Pair, key: str) -> None:
    await pair.seed([["PutState", key, content("v")]])
    steps: Steps = [["GetState", key], ["PutState", key + "2", content("w")]]
    both = await pair.ask([call(steps), *steps])
    assert answered(both.results[0]) == both.results[1:] == [content("v"), None]
    assert both.outcome.writes["@self"] == both.outcome.writes["@other"]


async def test_the_callee_sees_caller_and_transient_data(pair: Pair) -> None:
    steps: Steps = [["GetCreator"], ["GetTransient"], ["GetTxID"], ["GetTxTimestamp"], ["GetBinding"], ["MSPID"]]
    both = await pair.ask([call(steps), *steps], transient={"t": b"\x00"})
    assert answered(both.results[0]) == both.results[1:]


async def test_only_the_outermost_event_counts(pair: Pair) -> None:
    both = await pair.ask([["SetEvent", "outer", ""], call([["SetEvent", "inner", ""]])])
    assert both.outcome.event == ("@self", "outer", b"")
    assert (await pair.ask([call([["SetEvent", "inner", ""]])])).outcome.event is None


@pytest.mark.parametrize("status", [200, 399, 400, 404, 500, 599])
async def test_the_callees_response(pair: Pair, key: str, status: int) -> None:
    steps: Steps = [["PutState", key, content("v")], ["Respond", status, "said 𝔘", content(b"\x00\xff")]]
    (result,) = (await pair.ask([call(steps)])).results
    assert result == [status, "said 𝔘", content(b"\x00\xff")]


async def test_the_named_channel(pair: Pair, key: str) -> None:
    both = await pair.ask([call([["GetChannelID"]])])
    channel = answered(both.results[0])[0]
    both = await pair.ask([call([["PutState", key, content("v")]], channel=channel)])
    assert "@other" in both.outcome.writes


async def test_what_cannot_be_called(pair: Pair) -> None:
    for step in (call([], "@self"), call([], "absent"), call([], channel="absent")):
        answers, _ = await pair.invoke_each("run", bound([step]).encode())
        go, ours = answers.values()
        assert _status(ours) == _status(go) == 500


def _status(outcome: Any) -> int:
    (result,) = json.loads(outcome.payload)
    return int(result["ok"][0][0])


async def test_private_data_of_the_callee(pair: Pair, key: str) -> None:
    both = await pair.ask([call([["PutPrivateData", "directory", key, content("v")]])])
    assert "directory" in both.outcome.writes["@other"]["hashed"]


async def test_a_large_call(pair: Pair, key: str) -> None:
    both = await pair.ask([call([["PutState", key, content(b"m" * 1_000_000)]])])
    assert answered(both.results[0]) == [None]
