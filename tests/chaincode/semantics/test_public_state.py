"""What Fabric does with keys: simulation, versions, phantoms, history, events."""

import json

import pytest

from tests.support.semantics import Driver, Mismatch, Refused, Steps, submit
from tradelane.chaincode.shim.keys import create_composite_key

VALID, CONFLICT, PHANTOM = "VALID", "MVCC_READ_CONFLICT", "PHANTOM_READ_CONFLICT"


async def test_a_transaction_does_not_see_its_own_writes(ledger: Driver, name: str) -> None:
    steps: Steps = [["put", name, "1"], ["get", name], ["delete", name], ["put", name, "2"], ["get_many", [name]]]
    first = await submit(ledger, ledger.orgs[0], steps)
    assert (first.code, first.results) == (VALID, [None, None, None, None, [None]])
    assert await ledger.evaluate(ledger.orgs[1], [["get", name]]) == ["2"]


async def test_a_batch_is_not_seen_either_and_is_written_as_one(ledger: Driver, name: str) -> None:
    steps: Steps = [["batch", [["put", name, "1"], ["get", name], ["put", name + "b", "2"]]], ["get", name]]
    first = await submit(ledger, ledger.orgs[0], steps)
    assert first.results == [[None, None, None], None]
    assert await ledger.evaluate(ledger.orgs[1], [["get_many", [name, name + "b", name + "c"]]]) == [["1", "2", None]]


async def test_evaluation_writes_nothing(ledger: Driver, name: str) -> None:
    await ledger.evaluate(ledger.orgs[0], [["put", name, "1"]])
    assert await ledger.evaluate(ledger.orgs[0], [["get", name]]) == [None]


async def test_an_empty_value_is_a_deletion(ledger: Driver, name: str) -> None:
    key = _key(name, "a")
    await submit(ledger, ledger.orgs[0], [["put", key, "1"]])
    await submit(ledger, ledger.orgs[0], [["put", key, ""]])
    value, rows, [newest, _] = await ledger.evaluate(
        ledger.orgs[0], [["get", key], ["range", name, []], ["history", key]]
    )
    assert (value, rows, newest[1:3]) == (None, [], ["", True])


async def test_a_deleted_key_is_absent(ledger: Driver, name: str) -> None:
    await submit(ledger, ledger.orgs[0], [["put", name, "1"]])
    assert (await submit(ledger, ledger.orgs[0], [["delete", name]])).code == VALID
    assert await ledger.evaluate(ledger.orgs[0], [["get", name], ["range", name, []]]) == [None, []]


async def test_an_empty_key_is_refused(ledger: Driver) -> None:
    steps = [["get", ""], ["put", "", "1"], ["delete", ""]]
    assert await ledger.evaluate(ledger.orgs[0], steps) == [{"refused": "InvalidName"}] * 3


async def test_a_refused_invocation_is_not_endorsed(ledger: Driver, name: str) -> None:
    with pytest.raises(Refused) as refused:
        await ledger.endorse(ledger.orgs[0], [["put", name, "1"], ["refuse"]])
    assert refused.value.status == 409
    with pytest.raises(Refused):
        await ledger.evaluate(ledger.orgs[0], [["refuse"]])


async def test_of_two_transactions_on_one_version_the_first_is_written(ledger: Driver, name: str) -> None:
    await submit(ledger, ledger.orgs[0], [["put", name, "0"]])
    first = await ledger.endorse(ledger.orgs[0], [["get", name], ["put", name, "1"]])
    second = await ledger.endorse(ledger.orgs[1], [["get", name], ["put", name, "2"]])
    assert [each.code for each in await ledger.commit(first, second)] == [VALID, CONFLICT]
    assert await ledger.evaluate(ledger.orgs[0], [["get", name]]) == ["1"]


async def test_of_two_transactions_which_both_saw_a_key_absent_the_first_is_written(ledger: Driver, name: str) -> None:
    first = await ledger.endorse(ledger.orgs[0], [["get", name], ["put", name, "1"]])
    second = await ledger.endorse(ledger.orgs[1], [["get_many", [name]], ["put", name, "2"]])
    assert [each.code for each in await ledger.commit(first, second)] == [VALID, CONFLICT]


async def test_blind_writes_do_not_conflict(ledger: Driver, name: str) -> None:
    first = await ledger.endorse(ledger.orgs[0], [["put", name, "1"]])
    second = await ledger.endorse(ledger.orgs[1], [["put", name, "2"]])
    assert [each.code for each in await ledger.commit(first, second)] == [VALID, VALID]
    assert await ledger.evaluate(ledger.orgs[0], [["get", name]]) == ["2"]


def _key(name: str, *attributes: str) -> str:
    return create_composite_key(name, attributes)


async def test_a_range_holds_the_keys_under_a_prefix_in_the_order_of_utf8(ledger: Driver, name: str) -> None:
    attributes = ["b", "a", "a2", "\uffee", "\U0001f6a2", "é"]
    await submit(ledger, ledger.orgs[0], [["put", _key(name, "p", each), each] for each in attributes])
    await submit(ledger, ledger.orgs[0], [["put", _key(name, "p2", "a"), "other"], ["put", name, "simple"]])
    [rows] = await ledger.evaluate(ledger.orgs[0], [["range", name, ["p"]]])
    assert [value for _, value in rows] == ["a", "a2", "b", "é", "\uffee", "\U0001f6a2"]
    assert rows[0][0] == _key(name, "p", "a")


async def test_a_range_of_more_rows_than_one_message_holds(ledger: Driver, name: str) -> None:
    numbers = [f"{number:03}" for number in range(250)]
    await submit(ledger, ledger.orgs[0], [["batch", [["put", _key(name, each), each] for each in numbers]]])
    rows, first = await ledger.evaluate(ledger.orgs[0], [["range", name, []], ["range_first", name, []]])
    assert [value for _, value in rows] == numbers
    assert first == _key(name, "000")


async def test_a_key_which_appears_in_a_range_that_was_read_is_a_phantom(ledger: Driver, name: str) -> None:
    await submit(ledger, ledger.orgs[0], [["put", _key(name, "a"), "1"]])
    first = await ledger.endorse(ledger.orgs[0], [["put", _key(name, "b"), "1"]])
    second = await ledger.endorse(ledger.orgs[1], [["range", name, []], ["put", name + "-count", "1"]])
    assert [each.code for each in await ledger.commit(first, second)] == [VALID, PHANTOM]


async def test_a_range_left_early_was_read_to_the_end_of_its_message(ledger: Driver, name: str) -> None:
    """A peer reads as many rows at once as it sends, so a phantom is also what the chaincode never looked at."""
    await submit(ledger, ledger.orgs[0], [["batch", [["put", _key(name, each), "1"] for each in "acd"]]])
    phantom = await ledger.endorse(ledger.orgs[0], [["put", _key(name, "b"), "1"]])
    early = await ledger.endorse(ledger.orgs[1], [["range_first", name, []], ["put", name + "-found", "1"]])
    assert [each.code for each in await ledger.commit(phantom, early)] == [VALID, PHANTOM]


@pytest.mark.parametrize(("attribute", "code"), [("0985", PHANTOM), ("1005", VALID), ("249", VALID), ("300", VALID)])
async def test_a_long_range_left_early_was_read_a_row_beyond_its_message(
    ledger: Driver, name: str, attribute: str, code: str
) -> None:
    await submit(ledger, ledger.orgs[0], [["batch", [["put", _key(name, f"{each:03}"), "1"] for each in range(250)]]])
    change = await ledger.endorse(ledger.orgs[0], [["put", _key(name, attribute), "2"]])
    early = await ledger.endorse(ledger.orgs[1], [["range_first", name, []], ["put", name + "-found", "1"]])
    assert [each.code for each in await ledger.commit(change, early)] == [VALID, code]


@pytest.mark.parametrize("change", ["put", "delete"])
async def test_a_change_in_a_range_that_was_read_is_a_phantom(change: str, ledger: Driver, name: str) -> None:
    await submit(ledger, ledger.orgs[0], [["put", _key(name, "a"), "1"]])
    step = [change, _key(name, "a"), "2"] if change == "put" else [change, _key(name, "a")]
    first = await ledger.endorse(ledger.orgs[0], [step])
    second = await ledger.endorse(ledger.orgs[1], [["range", name, []], ["put", name + "-count", "1"]])
    assert [each.code for each in await ledger.commit(first, second)] == [VALID, PHANTOM]


async def test_a_key_outside_the_range_is_none(ledger: Driver, name: str) -> None:
    await submit(ledger, ledger.orgs[0], [["put", _key(name, "p", "a"), "1"]])
    first = await ledger.endorse(ledger.orgs[0], [["put", _key(name, "p2", "b"), "1"]])
    second = await ledger.endorse(ledger.orgs[1], [["range", name, ["p"]], ["put", name + "-count", "1"]])
    assert [each.code for each in await ledger.commit(first, second)] == [VALID, VALID]


async def test_pages_cover_the_range_once(ledger: Driver, name: str) -> None:
    await submit(ledger, ledger.orgs[0], [["put", _key(name, each), each] for each in "abcde"])
    pages, bookmark = [], ""
    for _ in range(3):
        [[keys, bookmark]] = await ledger.evaluate(ledger.orgs[0], [["page", name, [], 2, bookmark]])
        pages.append(keys)
    assert pages == [[_key(name, each) for each in page] for page in ("ab", "cd", "e")]
    assert bookmark == ""


async def test_pages_and_writes_do_not_go_together(ledger: Driver, name: str) -> None:
    refused = {"refused": "RequestRefused"}
    page = ["page", name, [], 2, ""]
    assert await ledger.evaluate(ledger.orgs[0], [page, ["put", name, "1"]]) == [[[], ""], refused]
    assert await ledger.evaluate(ledger.orgs[0], [["put", name, "1"], page]) == [None, refused]


async def test_a_page_must_have_rows(ledger: Driver, name: str) -> None:
    assert await ledger.evaluate(ledger.orgs[0], [["page", name, [], 0, ""]]) == [{"refused": "LocalError"}]


async def test_history_tells_what_was_written_newest_first(ledger: Driver, name: str) -> None:
    one = await submit(ledger, ledger.orgs[0], [["put", name, "1"], ["place"]])
    two = await submit(ledger, ledger.orgs[1], [["delete", name], ["place"]])
    three = await submit(ledger, ledger.orgs[0], [["put", name, "3"], ["place"]])
    [versions] = await ledger.evaluate(ledger.orgs[1], [["history", name]])
    assert versions == [
        [three.tx_id, "3", False, three.results[1][2]],
        [two.tx_id, "", True, two.results[1][2]],
        [one.tx_id, "1", False, one.results[1][2]],
    ]


async def test_history_is_not_checked_at_commit(ledger: Driver, name: str) -> None:
    first = await ledger.endorse(ledger.orgs[0], [["put", name, "1"]])
    second = await ledger.endorse(ledger.orgs[1], [["history", name], ["put", name + "b", "1"]])
    assert [each.code for each in await ledger.commit(first, second)] == [VALID, VALID]


async def test_every_endorser_sees_the_same_place(ledger: Driver) -> None:
    committed = await submit(ledger, ledger.orgs[0], [["place"], ["caller"]])
    [_, tx_id, _], caller = committed.results
    assert (tx_id, caller) == (committed.tx_id, ledger.orgs[0])


async def test_the_last_event_of_a_valid_transaction_is_delivered(ledger: Driver, name: str) -> None:
    event = json.dumps([name])
    committed = await submit(ledger, ledger.orgs[0], [["event", "first", "1"], ["event", "last", event]])
    assert committed.event == ("last", event.encode())


async def test_the_event_of_an_invalid_transaction_is_not_delivered(ledger: Driver, name: str) -> None:
    steps = [["get", name], ["put", name, "1"], ["event", "changed", "1"]]
    first = await ledger.endorse(ledger.orgs[0], steps)
    second = await ledger.endorse(ledger.orgs[1], steps)
    assert [each.event for each in await ledger.commit(first, second)] == [("changed", b"1"), None]


async def test_an_event_needs_a_name(ledger: Driver) -> None:
    assert await ledger.evaluate(ledger.orgs[0], [["event", "", "1"]]) == [{"refused": "InvalidName"}]


async def test_endorsers_which_see_different_private_data_do_not_agree(ledger: Driver, name: str) -> None:
    collection = f"_implicit_org_{ledger.orgs[0]}"
    await submit(
        ledger,
        ledger.orgs[0],
        [["private_put", collection, name, "v"]],
        endorsing=[ledger.orgs[0]],
        transient={"v": b"1"},
    )
    with pytest.raises(Mismatch):
        await ledger.endorse(ledger.orgs[0], [["private_get", collection, name], ["put", name, "1"]])
