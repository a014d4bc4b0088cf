"""Ranges of simple keys, pages, and rich queries, which LevelDB does not have."""

from typing import Any

import pytest

from tests.support.semantics import Driver, Steps, submit
from tradelane.chaincode.shim.keys import create_composite_key

VALID, PHANTOM = "VALID", "PHANTOM_READ_CONFLICT"
REFUSED, INVALID = {"refused": "RequestRefused"}, {"refused": "InvalidName"}
ALL = '{"selector":{}}'


async def _put(ledger: Driver, name: str, *suffixes: str) -> None:
    steps = [["put", name + suffix, suffix] for suffix in suffixes]
    assert (await submit(ledger, ledger.orgs[0], [["batch", steps]])).code == VALID


async def test_a_simple_range_includes_its_start_and_excludes_its_end(ledger: Driver, name: str) -> None:
    await _put(ledger, name, "b", "a", "c", "\uffee", "\U0001f6a2")
    [bounded, open_above] = await ledger.evaluate(
        ledger.orgs[1], [["simple_range", name + "a", name + "c"], ["simple_range", name + "c", name + "\U0010ffff"]]
    )
    assert bounded == [[name + "a", "a"], [name + "b", "b"]]
    assert [value for _, value in open_above] == ["c", "\uffee", "\U0001f6a2"]


async def test_a_range_without_bounds_holds_all_simple_keys_and_no_composite_one(ledger: Driver, name: str) -> None:
    composite = create_composite_key(name, ["a"])
    await submit(ledger, ledger.orgs[0], [["put", composite, "composite"], ["put", "\x01" + name, "first"]])
    await submit(ledger, ledger.orgs[0], [["put", "\U0010ffff" + name, "last"]])
    [everything] = await ledger.evaluate(ledger.orgs[0], [["simple_range", "", ""]])
    found = [key for key, _ in everything]
    assert "\x01" + name in found
    assert "\U0010ffff" + name in found
    assert composite not in found


async def test_a_new_key_in_a_simple_range_that_was_read_is_a_phantom(ledger: Driver, name: str) -> None:
    await _put(ledger, name, "a")
    read: Steps = [["simple_range", name, name + "~"], ["put", name + "-count", "1"]]
    first = await ledger.endorse(ledger.orgs[0], [["put", name + "b", "1"]])
    second = await ledger.endorse(ledger.orgs[1], read)
    assert [each.code for each in await ledger.commit(first, second)] == [VALID, PHANTOM]


@pytest.mark.parametrize("step", [["simple_range"], ["simple_page", 1, ""]], ids=lambda step: str(step[0]))
async def test_bounds_of_composite_keys_or_without_utf8_are_refused(step: list[Any], ledger: Driver) -> None:
    step_name, *rest = step
    bounds = [["\x00a", "b"], ["a", "\x00b"], ["\ud800", ""], ["", "\udfff"]]
    assert await ledger.evaluate(ledger.orgs[0], [[step_name, *each, *rest] for each in bounds]) == [INVALID] * 4


async def test_pages_of_simple_keys_cover_the_range_once(ledger: Driver, name: str) -> None:
    await _put(ledger, name, *"abcde")
    pages, bookmark = [], ""
    for _ in range(3):
        [[keys, bookmark]] = await ledger.evaluate(
            ledger.orgs[0], [["simple_page", name + "a", name + "f", 2, bookmark]]
        )
        pages.append("".join(key[-1] for key in keys))
    assert (pages, bookmark) == (["ab", "cd", "e"], "")


async def test_pages_of_all_composite_keys_go_across_object_types(ledger: Driver, name: str) -> None:
    keys = [create_composite_key(name + suffix, ["x"]) for suffix in "abc"]
    await submit(ledger, ledger.orgs[0], [["put", key, "1"] for key in keys])
    [[first, bookmark]] = await ledger.evaluate(ledger.orgs[0], [["composite_page", 2, keys[0]]])
    [[second, _]] = await ledger.evaluate(ledger.orgs[0], [["composite_page", 1, bookmark]])
    assert first + second == keys
    [[anything, _]] = await ledger.evaluate(ledger.orgs[0], [["composite_page", 5, ""]])
    assert all(key.startswith("\x00") for key in anything)


@pytest.mark.parametrize("size", [1, 2, 4, 5, 100])
async def test_every_row_goes_on_from_page_to_page(size: int, ledger: Driver, name: str) -> None:
    keys = [create_composite_key(name, [each]) for each in "abcd"]
    await submit(ledger, ledger.orgs[0], [["put", key, "1"] for key in keys])
    assert await ledger.evaluate(ledger.orgs[0], [["every_row", name, [], size]]) == [keys]
    assert await ledger.evaluate(ledger.orgs[0], [["every_row", name + "-none", [], size]]) == [[]]


@pytest.mark.parametrize(
    "page", [["simple_page", "a", "b", 2, ""], ["composite_page", 2, "\x00none"], ["every_row", "none", [], 2]]
)
async def test_pages_of_any_kind_and_writes_do_not_go_together(page: list[Any], ledger: Driver, name: str) -> None:
    after = await ledger.evaluate(ledger.orgs[0], [page, ["put", name, "1"], ["set_policy", name, ["A"]]])
    assert after[1:] == [REFUSED, REFUSED]
    assert await ledger.evaluate(ledger.orgs[0], [["put", name, "1"], page]) == [None, REFUSED]


@pytest.mark.parametrize("size", [0, -1, 2**31])
async def test_a_page_has_a_size_fabric_can_say(size: int, ledger: Driver) -> None:
    steps: Steps = [["simple_page", "", "", size, ""], ["composite_page", size, ""], ["query_page", ALL, size, ""]]
    assert await ledger.evaluate(ledger.orgs[0], steps) == [{"refused": "LocalError"}] * 3


async def test_a_rich_query_is_refused_by_leveldb_and_harms_nothing(ledger: Driver, name: str) -> None:
    collection = f"_implicit_org_{ledger.orgs[0]}"
    steps: Steps = [["query", ALL], ["query_page", ALL, 2, ""], ["private_query", collection, ALL], ["get", name]]
    assert await ledger.evaluate(ledger.orgs[0], steps) == [REFUSED, REFUSED, REFUSED, None]


async def test_a_rich_query_must_be_text(ledger: Driver) -> None:
    steps: Steps = [["query", ""], ["query_page", "\ud800", 2, ""], ["private_query", "", ALL]]
    assert await ledger.evaluate(ledger.orgs[0], steps) == [INVALID] * 3
