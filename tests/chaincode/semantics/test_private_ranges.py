"""Ranges of private data, several private keys at once, and policies of private keys."""

import pytest

from tests.support.semantics import DIRECTORY, Driver, Steps, submit
from tradelane.chaincode.shim.keys import create_composite_key

VALID, FAILURE = "VALID", "ENDORSEMENT_POLICY_FAILURE"
REFUSED, INVALID = {"refused": "RequestRefused"}, {"refused": "InvalidName"}


async def _put(ledger: Driver, collection: str, keys: dict[str, bytes], endorsing: list[str]) -> None:
    steps = [["private_put", collection, key, key] for key in keys]
    committed = await submit(ledger, endorsing[0], steps, endorsing=endorsing, transient=keys)
    assert committed.code == VALID


def _own(org: str) -> str:
    return f"_implicit_org_{org}"


async def test_several_private_keys_are_read_in_their_order(ledger: Driver, name: str) -> None:
    both = list(ledger.orgs)
    await _put(ledger, DIRECTORY, {name + "a": b"1", name + "b": b"2"}, both)
    keys = [name + "b", name + "absent", name + "a"]
    for org in both:
        steps: Steps = [["private_get_many", DIRECTORY, keys], ["private_get_many", DIRECTORY, []]]
        assert await ledger.evaluate(org, steps) == [["2", None, "1"], []]


async def test_several_private_keys_are_not_passed_over_where_the_value_is_missing(ledger: Driver, name: str) -> None:
    """Fabric's own multi-get would say None for both on the other organisation's peer."""
    one, two = ledger.orgs
    await _put(ledger, _own(one), {name: b"1"}, [one])
    steps: Steps = [["private_get_many", _own(one), [name + "absent", name]]]
    assert await ledger.evaluate(one, steps) == [[None, "1"]]
    assert await ledger.evaluate(two, steps) == [REFUSED]
    invalid: Steps = [["private_get_many", "", [name]], ["private_get_many", DIRECTORY, [name, ""]]]
    assert await ledger.evaluate(one, invalid) == [INVALID, INVALID]


async def test_a_private_range_holds_what_this_peer_holds(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    composite = create_composite_key(name, ["x"])
    await _put(ledger, _own(one), {name + "b": b"2", name + "a": b"1", name + "c": b"3", composite: b"4"}, [one])
    steps: Steps = [
        ["private_range", _own(one), name + "a", name + "c"],
        ["private_prefix", _own(one), name, []],
        ["private_prefix", _own(one), name, ["y"]],
    ]
    held = [[[name + "a", "1"], [name + "b", "2"]], [[composite, "4"]], []]
    assert await ledger.evaluate(one, steps) == held
    assert await ledger.evaluate(two, steps) == [[], [], []]
    await submit(ledger, one, [["private_delete", _own(one), name + "a"]], endorsing=[one])
    assert await ledger.evaluate(one, steps[:1]) == [[[name + "b", "2"]]]


@pytest.mark.parametrize("query", [["private_range", DIRECTORY, "a", "b"], ["private_prefix", DIRECTORY, "none", []]])
async def test_private_ranges_and_writes_do_not_go_together(query: list[object], ledger: Driver, name: str) -> None:
    one = ledger.orgs[0]
    after = await ledger.evaluate(one, [query, ["put", name, "1"], ["private_delete", DIRECTORY, name]])
    assert after[1:] == [REFUSED, REFUSED]
    assert await ledger.evaluate(one, [["put", name, "1"], query]) == [None, REFUSED]


async def test_a_private_range_is_of_a_known_collection_and_simple_keys(ledger: Driver, name: str) -> None:
    steps: Steps = [
        ["private_range", "", "", ""],
        ["private_range", DIRECTORY, "\x00a", ""],
        ["private_prefix", "", name, []],
        ["private_range", "no-such-collection", "a", "b"],
    ]
    assert await ledger.evaluate(ledger.orgs[0], steps) == [INVALID, INVALID, INVALID, REFUSED]


async def test_a_private_keys_policy_takes_the_place_of_its_collections(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    collection, transient = _own(one), {"v": b"1"}
    put: Steps = [["private_put", collection, name, "v"]]
    await submit(ledger, one, put, endorsing=[one], transient=transient)
    assert await ledger.evaluate(one, [["private_get_policy", collection, name]]) == [None]
    change: Steps = [["private_set_policy", collection, name, [two]]]
    assert (await submit(ledger, one, change, endorsing=[two])).code == FAILURE
    assert (await submit(ledger, one, change, endorsing=[one])).code == VALID
    for org in (one, two):
        assert await ledger.evaluate(org, [["private_get_policy", collection, name]]) == [[1, two]]
    assert (await submit(ledger, one, put, endorsing=[one], transient=transient)).code == FAILURE
    assert (await submit(ledger, one, put, endorsing=[two], transient=transient)).code == VALID


async def test_the_policy_of_a_private_key_needs_names(ledger: Driver, name: str) -> None:
    steps: Steps = [
        ["private_set_policy", "", name, ["A"]],
        ["private_get_policy", DIRECTORY, ""],
        ["private_get_policy", "no-such-collection", name],
    ]
    assert await ledger.evaluate(ledger.orgs[0], steps) == [INVALID, INVALID, REFUSED]
