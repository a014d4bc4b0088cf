"""Ranges, pages, composite keys."""

from typing import Any

import pytest

from tests.conformance.pair import Pair, content, keys_of

pytestmark = pytest.mark.network

FAR = "𝔘𐍈 \ue000 é"


async def test_composite_keys(pair: Pair) -> None:
    for object_type, attributes in (("t", []), ("", []), ("t", ["", "a", ""]), (FAR, [FAR, "\x7f", "\x01"])):
        both = await pair.ask([["CreateCompositeKey", object_type, attributes]])
        split = await pair.ask([["SplitCompositeKey", both.results[0]]])
        assert split.results == [[object_type, attributes]]


LONG: dict[str, tuple[str, list[str]]] = {
    "a long type": ("t" * 60_000, ["a"]),
    "a long attribute": ("t", ["𝔘" * 20_000, "b"]),
    "many attributes": ("t", [str(number) for number in range(5000)]),
    "many empty attributes": ("t", [""] * 5000),
}


@pytest.mark.parametrize(("object_type", "attributes"), LONG.values(), ids=LONG)
async def test_long_composite_keys(pair: Pair, key: str, object_type: str, attributes: list[str]) -> None:
    attributes = [*attributes, key]
    both = await pair.ask([["CreateCompositeKey", object_type, attributes]])
    name = both.results[0]
    await pair.seed([["PutState", name, content("v")]])
    both = await pair.ask(
        [
            ["SplitCompositeKey", name],
            ["GetState", name],
            ["GetStateByPartialCompositeKey", object_type, attributes],
            ["PutState", name, content("w")],
        ]
    )
    assert both.results == [[object_type, attributes], content("v"), [[name, content("v")]], None]


@pytest.mark.parametrize("part", ["\x00", "a\x00b", "\U0010ffff", "a\U0010ffff"])
async def test_parts_that_a_composite_key_cannot_hold(pair: Pair, part: str) -> None:
    both = await pair.ask([["CreateCompositeKey", part, []], ["CreateCompositeKey", "t", ["a", part]]])
    assert both.results == [{"refused": "local"}] * 2
    both = await pair.ask([["GetStateByPartialCompositeKey", "t", [part]]])
    assert both.results == [{"refused": "local"}]
    both = await pair.ask([["GetStateByPartialCompositeKeyWithPagination", "t", [part], 10, ""]])
    assert both.results == [{"refused": "local"}]


async def _composites(pair: Pair, key: str, count: int) -> list[str]:
    """Put composite keys under an object type, one of them with far characters, and return them in order."""
    attributes = [[f"{i // 10:03}", f"{i % 10}"] for i in range(count)] + [["far", "𝔘"], ["far", "\uffee"], ["far"], []]
    keys = ["\x00" + "\x00".join([key, *each]) + "\x00" for each in attributes]
    await pair.seed([["Batch", [["PutState", each, content(str(i))] for i, each in enumerate(keys)]]])
    return sorted(keys, key=str.encode)


async def test_partial_composite_keys(pair: Pair, key: str) -> None:
    keys = await _composites(pair, key, 25)
    both = await pair.ask(
        [
            ["GetStateByPartialCompositeKey", key, []],
            ["GetStateByPartialCompositeKey", key, ["001"]],
            ["GetStateByPartialCompositeKey", key, ["far"]],
            ["GetStateByPartialCompositeKey", key, ["far", "𝔘"]],
            ["GetStateByPartialCompositeKey", key, ["00"]],
            ["GetStateByPartialCompositeKey", key + "-absent", []],
        ]
    )
    assert [len(rows) for rows in both.results] == [29, 10, 3, 1, 0, 0]
    assert keys_of(both.results[0]) == keys
    assert len(both.public["rangeQueriesInfo"]) == 6


@pytest.mark.parametrize("size", [1, 7, 250])
async def test_pages_of_composite_keys(pair: Pair, key: str, size: int) -> None:
    keys = await _composites(pair, key, 20)
    found: list[str] = []
    bookmark = ""
    while True:
        both = await pair.ask([["GetStateByPartialCompositeKeyWithPagination", key, [], size, bookmark]])
        rows, bookmark, count = both.results[0]
        assert count == len(rows)
        found += keys_of(rows)
        if not bookmark:
            break
    assert found == keys


async def test_ten_thousand_composite_keys(pair: Pair, key: str) -> None:
    keys = [f"\x00{key}\x00{i:05}\x00" for i in range(10_000)]
    await pair.seed([["Fill", f"\x00{key}\x00\x00", 10_000, content("v")]])
    (rows,) = (await pair.ask([["GetStateByPartialCompositeKey", key, []]])).results
    assert len(rows) == len(keys)


async def test_simple_ranges(pair: Pair, key: str) -> None:
    names = [key + end for end in ("", "a", "b", "𝔘", "\uffee", "\x01", "\x7f")]
    await pair.seed([["Batch", [["PutState", name, content(name)] for name in names]]])
    both = await pair.ask(
        [
            ["GetStateByRange", key, key + "\U0010ffff"],
            ["GetStateByRange", key + "a", key + "b"],
            ["GetStateByRange", key + "\uffee", key + "𝔘"],
            ["GetStateByRange", key + "a", key + "a"],
            ["GetStateByRange", key + "b", key + "a"],
            ["GetStateByRange", key + "a\x00", key + "b"],
        ]
    )
    assert keys_of(both.results[0]) == sorted(names, key=str.encode)
    assert [len(rows) for rows in both.results[1:]] == [1, 1, 0, 0, 0]


async def test_open_ranges_leave_composite_keys_out(pair: Pair, key: str) -> None:
    await _composites(pair, key, 3)
    await pair.seed([["PutState", "\x01" + key, content("first")], ["PutState", "\U0010ffff" + key, content("last")]])
    (rows,) = (await pair.ask([["GetStateByRangeFirst", "", "", 3]])).results
    assert all(name[0] != "\x00" for name in keys_of(rows))
    (rows,) = (await pair.ask([["GetStateByRange", "\U0010ffff" + key, ""]])).results
    assert rows[0] == ["\U0010ffff" + key, content("last")]
    await pair.ask([["GetStateByRange", "", "\x01" + key + "\x00"]])


@pytest.mark.parametrize(("start", "end"), [("\x00", ""), ("", "\x00"), ("\x00a", "b"), ("a", "\x00b")])
async def test_simple_ranges_that_touch_composite_keys_are_refused(pair: Pair, start: str, end: str) -> None:
    both = await pair.ask(
        [["GetStateByRange", start, end], ["GetStateByRangeWithPagination", start, end, 10, ""]],
    )
    assert both.results == [{"refused": "local"}] * 2


async def test_ten_thousand_rows_in_one_range_and_in_pages_of_250(pair: Pair, key: str) -> None:
    await pair.seed([["Batch", [["Fill", key, 10_000, content("𝔘")]]]])
    (rows,) = (await pair.ask([["GetStateByRange", key, key + "\U0010ffff"]])).results
    assert keys_of(rows) == [f"{key}{i:06}" for i in range(10_000)]
    bookmark, found = "", []
    while True:
        both = await pair.ask([["GetStateByRangeWithPagination", key, key + "\U0010ffff", 250, bookmark]])
        page, bookmark, count = both.results[0]
        assert count == len(page) <= 250
        found += page
        if not bookmark:
            break
    assert found == rows


@pytest.mark.parametrize("count", [1, 99, 100, 101, 199, 200, 201])
async def test_queries_left_at_the_edges_of_the_peers_messages(pair: Pair, key: str, count: int) -> None:
    await pair.seed([["Batch", [["Fill", key, 200, content("v")]]]])
    both = await pair.ask([["GetStateByRangeFirst", key, key + "\U0010ffff", count], ["GetState", key]])
    assert len(both.results[0]) == min(count, 200)


async def test_pages_of_all_composite_keys(pair: Pair, key: str) -> None:
    await _composites(pair, "\x01" + key, 5)
    both = await pair.ask([["GetAllStatesCompositeKeyWithPagination", 3, ""]])
    rows, bookmark, count = both.results[0]
    assert (len(rows), count) == (3, 3)
    await pair.ask([["GetAllStatesCompositeKeyWithPagination", 4, bookmark]])


async def test_rich_queries_without_couchdb(pair: Pair) -> None:
    query = '{"selector":{}}'
    both = await pair.ask(
        [
            ["GetQueryResult", query],
            ["GetQueryResultWithPagination", query, 10, ""],
            ["GetPrivateDataQueryResult", "directory", query],
            ["GetPrivateDataQueryResult", "", query],
        ]
    )
    assert [each["refused"] for each in both.results] == ["peer", "peer", "peer", "local"]


async def test_no_write_after_a_page(pair: Pair, key: str) -> None:
    page: list[Any] = ["GetStateByPartialCompositeKeyWithPagination", key, [], 10, ""]
    both = await pair.ask([page, ["PutState", key, content("v")]])
    assert both.results[1]["refused"] == "peer"
    both = await pair.ask([["PutState", key, content("v")], page])
    assert both.results[1]["refused"] == "peer"
