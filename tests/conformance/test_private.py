"""Private data: named and implicit collections, hashes, purges."""

import base64
import hashlib
import json
from typing import Any

import pytest

from tests.conformance.pair import Pair, bound, content

pytestmark = pytest.mark.network

COLLECTIONS = ("directory", "implicit")


@pytest.fixture(params=COLLECTIONS)
def collection(request: pytest.FixtureRequest, pair: Pair) -> str:
    if request.param == "implicit":
        return f"_implicit_org_{pair.orgs[0]}"
    return str(request.param)


@pytest.mark.parametrize(
    "value", [b"v", "𝔘".encode(), bytes(range(256)), b"p" * 1_000_000], ids=["v", "far", "bytes", "MB"]
)
async def test_put_get_and_hash(pair: Pair, key: str, collection: str, value: bytes) -> None:
    await pair.seed([["PutPrivateData", collection, key, content(value)]])
    both = await pair.ask([["GetPrivateData", collection, key], ["GetPrivateDataHash", collection, key]])
    assert both.results == [content(value), base64.b64encode(hashlib.sha256(value).digest()).decode()]


async def test_absent(pair: Pair, key: str, collection: str) -> None:
    both = await pair.ask([["GetPrivateData", collection, key], ["GetPrivateDataHash", collection, key]])
    assert both.results == [None, None]


async def test_an_empty_value(pair: Pair, key: str, collection: str) -> None:
    await pair.ask([["PutPrivateData", collection, key, ""]])


@pytest.mark.parametrize("method", ["DelPrivateData", "PurgePrivateData"])
async def test_delete_and_purge(pair: Pair, key: str, collection: str, method: str) -> None:
    await pair.ask([[method, collection, key]])
    await pair.seed([["PutPrivateData", collection, key, content("v")]])
    await pair.ask([[method, collection, key], ["GetPrivateData", collection, key]])
    await pair.seed([[method, collection, key]])
    both = await pair.ask([["GetPrivateData", collection, key], ["GetPrivateDataHash", collection, key]])
    assert both.results == [None, None]


async def test_purge_then_put_then_delete(pair: Pair, key: str, collection: str) -> None:
    steps: list[list[Any]] = [
        ["PurgePrivateData", collection, key],
        ["PutPrivateData", collection, key, content("v")],
        ["DelPrivateData", collection, key],
    ]
    await pair.ask(steps)
    await pair.ask([["Batch", steps]])
    await pair.ask([["Batch", steps[::-1]]])


async def test_another_organisations_implicit_collection(pair: Pair, key: str) -> None:
    theirs = f"_implicit_org_{pair.orgs[1]}"
    await pair.seed([["PutPrivateData", theirs, key, content("v")]])
    both = await pair.ask([["GetPrivateDataHash", theirs, key], ["GetPrivateData", theirs, key]])
    assert both.results[0] is not None
    assert both.results[1]["refused"] == "peer"
    assert (await pair.ask([["GetPrivateData", theirs, key]], on=1)).results == [content("v")]


async def test_names_that_no_collection_has(pair: Pair, key: str) -> None:
    both = await pair.ask(
        [
            ["GetPrivateData", "absent", key],
            ["GetPrivateDataHash", "absent", key],
            ["PutPrivateData", "absent", key, content("v")],
            ["DelPrivateData", "absent", key],
            ["PurgePrivateData", "absent", key],
            ["GetPrivateData", "", key],
            ["GetPrivateDataHash", "", key],
            ["PutPrivateData", "", key, content("v")],
            ["PutPrivateData", "directory", "", content("v")],
            ["DelPrivateData", "", key],
            ["PurgePrivateData", "", key],
        ]
    )
    assert [each["refused"] for each in both.results] == ["peer"] * 5 + ["local"] * 6


async def test_many_far_private_keys(pair: Pair, key: str, collection: str) -> None:
    names = [f"{key}𝔘{i}" for i in range(120)]
    puts = [["PutPrivateData", collection, name, content(name)] for name in names]
    await pair.ask([["Batch", puts]])
    await pair.ask(puts)


async def test_many_keys_in_one_question(pair: Pair, key: str, collection: str) -> None:
    names = [f"{key}{i}" for i in range(150)]
    await pair.seed([["Batch", [["PutPrivateData", collection, name, content(name)] for name in names]]])
    both = await pair.ask([["GetMultiplePrivateData", collection, [*names, key, names[3]]]])
    assert both.results == [[*map(content, names), None, content(names[3])]]
    assert (await pair.ask([["GetMultiplePrivateData", collection, []]])).results == [[]]
    assert (await pair.ask([["GetMultiplePrivateData", "", [key]]])).results == [{"refused": "local"}]


async def test_many_keys_of_no_collection(pair: Pair, key: str) -> None:
    """Ours asks key by key, so the peer names another message in an answer that is the same otherwise."""
    answers, _ = await pair.invoke_each("run", bound([["GetMultiplePrivateData", "absent", [key]]]).encode())
    for answer in answers.values():
        (refused,) = json.loads(answer.payload)
        assert refused["refused"] == "peer"
        assert refused["text"].endswith("collection trade/@self/absent could not be found")


async def test_private_ranges(pair: Pair, key: str, collection: str) -> None:
    names = sorted((f"{key}{end}" for end in ("a", "b", "𝔘", "\uffee", *map(str, range(250)))), key=str.encode)
    composites = [f"\x00{key}\x00{end}\x00" for end in ("1", "2", "𝔘")]
    writes = [["PutPrivateData", collection, name, content(name)] for name in (*names, *composites)]
    await pair.seed([["Batch", writes]])
    both = await pair.ask(
        [
            ["GetPrivateDataByRange", collection, key, key + "\U0010ffff"],
            ["GetPrivateDataByRange", collection, key + "a", key + "b"],
            ["GetPrivateDataByPartialCompositeKey", collection, key, []],
            ["GetPrivateDataByPartialCompositeKey", collection, key, ["2"]],
            ["GetPrivateDataByRange", collection, "", "\x01"],
        ]
    )
    assert [row[0] for row in both.results[0]] == names
    assert [len(rows) for rows in both.results[1:4]] == [1, 3, 1]


async def test_private_ranges_that_are_refused(pair: Pair, key: str) -> None:
    both = await pair.ask(
        [
            ["GetPrivateDataByRange", "", "a", "b"],
            ["GetPrivateDataByRange", "directory", "\x00", "b"],
            ["GetPrivateDataByPartialCompositeKey", "", "t", []],
            ["GetPrivateDataByPartialCompositeKey", "directory", "t", ["\U0010ffff"]],
            ["GetPrivateDataByRange", "absent", "a", "b"],
        ]
    )
    assert [each["refused"] for each in both.results] == ["local"] * 4 + ["peer"]


async def test_no_write_after_a_private_range(pair: Pair, key: str) -> None:
    span: list[Any] = ["GetPrivateDataByRange", "directory", key, key + "z"]
    both = await pair.ask([span, ["PutState", key, content("v")]])
    assert both.results[1]["refused"] == "peer"
    both = await pair.ask([["PutState", key, content("v")], span])
    assert both.results[1]["refused"] == "peer"


async def test_policies_of_private_keys(pair: Pair, key: str, collection: str) -> None:
    policy = [1, *pair.orgs]
    await pair.seed(
        [
            ["PutPrivateData", collection, key, content("v")],
            ["SetPrivateDataValidationParameter", collection, key, policy],
        ]
    )
    both = await pair.ask(
        [
            ["GetPrivateDataValidationParameter", collection, key],
            ["GetPrivateDataValidationParameter", collection, key + "-absent"],
            ["SetPrivateDataValidationParameter", collection, key, [2, *pair.orgs]],
        ]
    )
    assert both.results == [policy, None, None]
