"""Who must endorse: the chaincode's policy, key-level policies, collections' policies."""

import pytest

from tests.support.semantics import DIRECTORY, Driver, Steps, submit

VALID, FAILURE = "VALID", "ENDORSEMENT_POLICY_FAILURE"


@pytest.mark.parametrize("steps", [[["put", "", "1"]], [["get", ""]]], ids=["a write", "a read"])
async def test_one_organisation_is_not_the_majority(steps: list[list[str]], ledger: Driver, name: str) -> None:
    named = [[step[0], name, *step[2:]] for step in steps]
    assert (await submit(ledger, ledger.orgs[0], named, endorsing=ledger.orgs[:1])).code == FAILURE
    assert (await submit(ledger, ledger.orgs[0], named)).code == VALID


async def test_a_failed_transaction_writes_nothing(ledger: Driver, name: str) -> None:
    await submit(ledger, ledger.orgs[0], [["put", name, "1"]], endorsing=ledger.orgs[:1])
    assert await ledger.evaluate(ledger.orgs[0], [["get", name], ["history", name]]) == [None, []]


async def test_a_policy_is_read_as_it_was_set(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    steps: Steps = [["get_policy", name], ["put", name, "1"], ["set_policy", name, [two, one]], ["get_policy", name]]
    assert (await submit(ledger, one, steps)).results == [None, None, None, None]
    assert await ledger.evaluate(one, [["get_policy", name]]) == [[2, two, one]]


async def test_a_key_with_a_policy_needs_just_those_it_names(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    await submit(ledger, one, [["put", name, "1"], ["set_policy", name, [two]]])
    assert (await submit(ledger, one, [["put", name, "2"]], endorsing=[one])).code == FAILURE
    assert (await submit(ledger, one, [["put", name, "3"]], endorsing=[two])).code == VALID
    assert await ledger.evaluate(one, [["get", name], ["get_policy", name]]) == ["3", [1, two]]


async def test_one_key_without_a_policy_brings_back_the_chaincodes_policy(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    await submit(ledger, one, [["put", name, "1"], ["set_policy", name, [two]]])
    steps = [["put", name, "2"], ["put", name + "-other", "2"]]
    assert (await submit(ledger, one, steps, endorsing=[two])).code == FAILURE
    assert (await submit(ledger, one, steps)).code == VALID


async def test_a_policy_guards_its_own_change_and_the_deletion(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    await submit(ledger, one, [["put", name, "1"], ["set_policy", name, [two]]])
    assert (await submit(ledger, one, [["set_policy", name, [one]]], endorsing=[one])).code == FAILURE
    assert (await submit(ledger, one, [["delete", name]], endorsing=[one])).code == FAILURE
    assert (await submit(ledger, one, [["set_policy", name, [one]]], endorsing=[two])).code == VALID
    assert (await submit(ledger, one, [["delete", name]], endorsing=[one])).code == VALID


async def test_a_deleted_key_has_no_policy_left(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    await submit(ledger, one, [["put", name, "1"], ["set_policy", name, [two]]])
    await submit(ledger, one, [["delete", name]], endorsing=[two])
    assert await ledger.evaluate(one, [["get_policy", name]]) == [None]
    assert (await submit(ledger, one, [["put", name, "2"]], endorsing=[two])).code == FAILURE


async def test_the_policy_of_a_key_which_does_not_exist_is_not_kept(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    assert (await submit(ledger, one, [["set_policy", name, [two]]])).code == VALID
    assert await ledger.evaluate(one, [["get_policy", name]]) == [None]


async def test_of_two_transactions_which_change_one_policy_exactly_one_is_written(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    await submit(ledger, one, [["put", name, "0"], ["set_policy", name, [one, two]]])
    first = await ledger.endorse(one, [["get", name], ["put", name, "1"], ["set_policy", name, [one]]])
    second = await ledger.endorse(one, [["get", name], ["put", name, "2"], ["set_policy", name, [two]]])
    codes = [each.code for each in await ledger.commit(first, second)]
    # In one block Fabric refuses the second for its policy, in two for the version it read.
    assert codes[0] == VALID
    assert codes[1] in (FAILURE, "MVCC_READ_CONFLICT")
    assert await ledger.evaluate(one, [["get", name], ["get_policy", name]]) == ["1", [1, one]]


async def test_an_implicit_collection_needs_its_own_organisation_alone(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    steps = [["private_put", f"_implicit_org_{two}", name, "v"]]
    transient = {"v": b"1"}
    assert (await submit(ledger, one, steps, endorsing=[one], transient=transient)).code == FAILURE
    assert (await submit(ledger, one, steps, endorsing=[two], transient=transient)).code == VALID


async def test_a_shared_collection_needs_its_policy(ledger: Driver, name: str) -> None:
    steps = [["private_put", DIRECTORY, name, "v"]]
    transient = {"v": b"1"}
    assert (await submit(ledger, ledger.orgs[0], steps, endorsing=ledger.orgs[:1], transient=transient)).code == FAILURE
    assert (await submit(ledger, ledger.orgs[0], steps, transient=transient)).code == VALID


async def test_private_and_public_writes_need_both_their_policies(ledger: Driver, name: str) -> None:
    one = ledger.orgs[0]
    steps = [["private_put", f"_implicit_org_{one}", name, "v"], ["put", name, "1"]]
    assert (await submit(ledger, one, steps, endorsing=[one], transient={"v": b"1"})).code == FAILURE


async def test_a_policy_of_some_out_of_several_is_met_by_any_of_them(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    await submit(ledger, one, [["put", name, "1"], ["set_policy_of", name, 1, [one, two]]])
    for org in (one, two):
        assert (await submit(ledger, org, [["put", name, org]], endorsing=[org])).code == VALID
    change = [["set_policy_of", name, 2, [one, two, "NobodyMSP"]]]
    assert (await submit(ledger, one, change, endorsing=[two])).code == VALID
    assert (await submit(ledger, one, [["put", name, "2"]], endorsing=[one])).code == FAILURE
    assert (await submit(ledger, one, [["put", name, "3"]])).code == VALID
    assert await ledger.evaluate(one, [["get_policy", name]]) == [[2, one, two, "NobodyMSP"]]
