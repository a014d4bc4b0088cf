"""Public state: reads, writes, batches, history."""

from typing import Any

import pytest

from tests.conformance.pair import Pair, content, keys_of

pytestmark = pytest.mark.network

FAR = "𝔘𐍈 \u007f\ue000\U000f0000 é"
MEGABYTE = b"m" * 1_000_000
VALUES = (b"plain", b"\x00", bytes(range(256)), FAR.encode(), b'{"json": true}', MEGABYTE)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value[:8].hex())
async def test_values_written_and_read_back(pair: Pair, key: str, value: bytes) -> None:
    await pair.seed([["PutState", key, content(value)]])
    both = await pair.ask([["GetState", key], ["GetMultipleStates", [key]], ["PutState", key, content(value)]])
    assert both.results == [content(value), [content(value)], None]
    assert both.public["writes"] == [{"key": key, "value": content(value)}]


async def test_an_absent_key_and_an_empty_value_read_alike(pair: Pair, key: str) -> None:
    await pair.seed([["PutState", key, ""]])
    assert (await pair.ask([["GetState", key], ["GetState", key + "-absent"]])).results == [None, None]
    await pair.ask([["PutState", key, ""]])


@pytest.mark.parametrize("suffix", [FAR, "\x7f", "a\x00b", "\U0010ffff", "k" * 10_000, " ", "%", "\n"])
async def test_far_keys(pair: Pair, key: str, suffix: str) -> None:
    await pair.seed([["PutState", key + suffix, content("there")]])
    both = await pair.ask(
        [["GetState", key + suffix], ["GetMultipleStates", [key + suffix, key]], ["DelState", key + suffix]]
    )
    assert both.results == [content("there"), [content("there"), None], None]


async def test_no_read_of_own_writes_and_the_last_write_counts(pair: Pair, key: str) -> None:
    both = await pair.ask(
        [
            ["PutState", key, content("1")],
            ["GetState", key],
            ["DelState", key],
            ["PutState", key, content("2")],
            ["GetState", key],
        ]
    )
    assert both.results == [None, None, None, None, None]
    assert both.public["writes"] == [{"key": key, "value": content("2")}]


async def test_deletes(pair: Pair, key: str) -> None:
    await pair.seed([["PutState", key, content("1")]])
    await pair.ask([["DelState", key], ["DelState", key + "-absent"], ["GetState", key]])
    await pair.seed([["DelState", key]])
    assert (await pair.ask([["GetState", key]])).results == [None]


async def test_many_keys_in_one_question(pair: Pair, key: str) -> None:
    await pair.seed([["Batch", [["Fill", key, 2500, content("v")]]]])
    names = [f"{key}{i:06}" for i in range(2500)] + [key, f"{key}000007", f"{key}000007"]
    (found,) = (await pair.ask([["GetMultipleStates", names]])).results
    assert found == [content("v")] * 2500 + [None, content("v"), content("v")]


async def test_no_keys_in_one_question(pair: Pair) -> None:
    assert (await pair.ask([["GetMultipleStates", []]])).results == [[]]


BATCHES: dict[str, Any] = {
    "empty": lambda _: [],
    "last write of a key counts": lambda key: [["PutState", key, content("1")], ["PutState", key, content("2")]],
    "put then deleted": lambda key: [["PutState", key, content("1")], ["DelState", key]],
    "deleted then put": lambda key: [["DelState", key], ["PutState", key, content("1")]],
    "read within": lambda key: [["PutState", key, content("1")], ["GetState", key]],
    "refused by the shim": lambda key: [["PutState", key, content("1")], ["PutState", "", content("2")]],
    "batch in a batch": lambda key: [["PutState", key, content("1")], ["PutState", key + "b", content("2")]],
    "policy kept apart": lambda key: [
        ["PutState", key, content("1")],
        ["SetStateValidationParameter", key, "HongKongMSP"],
        ["PutState", key, content("2")],
        ["SetStateValidationParameter", key, "ShanghaiMSP"],
    ],
    "private and public": lambda key: [
        ["PutState", key, content("1")],
        ["PutPrivateData", "directory", key, content("1")],
        ["DelPrivateData", "remarks", key],
        ["PurgePrivateData", "directory", key + "2"],
    ],
    "many": lambda key: [["Fill", key, 2500, content("v")]],
}


@pytest.mark.parametrize("name", BATCHES)
async def test_batches(pair: Pair, key: str, name: str) -> None:
    await pair.ask([["Batch", BATCHES[name](key)], ["GetState", key]])


@pytest.mark.parametrize("name", BATCHES)
async def test_writes_without_a_batch(pair: Pair, key: str, name: str) -> None:
    await pair.ask(BATCHES[name](key))


async def test_two_batches(pair: Pair, key: str) -> None:
    await pair.ask(
        [
            ["Batch", [["PutState", key, content("1")]]],
            ["Batch", [["DelState", key], ["PutState", key + "2", content("2")]]],
        ]
    )


async def test_ten_thousand_puts(pair: Pair, key: str) -> None:
    both = await pair.ask([["Batch", [["Fill", key, 10_000, content("v")]]]])
    assert len(both.public["writes"]) == 10_000


async def test_history_with_deletes(pair: Pair, key: str) -> None:
    steps: list[list[Any]] = [
        ["PutState", key, content("1")],
        ["PutState", key, content(FAR)],
        ["DelState", key],
        ["PutState", key, content("")],
        ["PutState", key, content("2")],
        ["SetStateValidationParameter", key, [1, *pair.orgs]],
        ["DelState", key],
    ]
    ids = [await pair.seed([step]) for step in steps]
    (versions,) = (await pair.ask([["GetHistoryForKey", key]])).results
    assert keys_of(versions) == [ids[i] for i in (6, 4, 3, 2, 1, 0)]  # a policy is no version


async def test_history_of_a_key_that_never_was(pair: Pair, key: str) -> None:
    assert (await pair.ask([["GetHistoryForKey", key]])).results == [[]]


async def test_long_history(pair: Pair, key: str) -> None:
    """More versions than the peer sends in one message would cost a block each; a few show the order."""
    for i in range(4):
        await pair.seed([["PutState", key, content(str(i))]])
    (versions,) = (await pair.ask([["GetHistoryForKey", key]])).results
    assert [version[1] for version in versions] == ["3", "2", "1", "0"]
