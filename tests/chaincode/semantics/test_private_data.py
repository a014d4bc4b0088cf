"""Private data: who holds values, who holds hashes, and what is left after deletion."""

from hashlib import sha256

import pytest

from tests.support.semantics import DIRECTORY, Driver, submit

VALID = "VALID"
REFUSED = {"refused": "RequestRefused"}


async def _put(ledger: Driver, collection: str, name: str, value: bytes, endorsing: list[str]) -> None:
    steps = [["private_put", collection, name, "v"]]
    assert (await submit(ledger, endorsing[0], steps, endorsing=endorsing, transient={"v": value})).code == VALID


async def test_transient_data_reaches_the_chaincode_and_nobody_else(ledger: Driver) -> None:
    one = ledger.orgs[0]
    assert await ledger.evaluate(one, [["transient"]], transient={"a": b"1"}) == [{"a": "1"}]
    assert await ledger.evaluate(one, [["transient"]]) == [{}]


async def test_a_member_reads_the_value_and_others_its_hash_alone(ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    collection = f"_implicit_org_{one}"
    await _put(ledger, collection, name, b"secret", [one])
    digest = sha256(b"secret").hexdigest()
    steps = [["private_get", collection, name], ["private_hash", collection, name]]
    assert await ledger.evaluate(one, steps) == ["secret", digest]
    assert await ledger.evaluate(two, steps) == [REFUSED, digest]


async def test_an_absent_private_key_reads_none_everywhere(ledger: Driver, name: str) -> None:
    collection = f"_implicit_org_{ledger.orgs[0]}"
    steps = [["private_get", collection, name], ["private_hash", collection, name]]
    for org in ledger.orgs:
        assert await ledger.evaluate(org, steps) == [None, None]


async def test_every_member_of_a_shared_collection_reads_the_value(ledger: Driver, name: str) -> None:
    await _put(ledger, DIRECTORY, name, b"shared", list(ledger.orgs))
    for org in ledger.orgs:
        assert await ledger.evaluate(org, [["private_get", DIRECTORY, name]]) == ["shared"]


async def test_a_transaction_does_not_see_its_own_private_writes(ledger: Driver, name: str) -> None:
    one = ledger.orgs[0]
    collection = f"_implicit_org_{one}"
    steps = [["private_put", collection, name, "v"], ["private_get", collection, name]]
    committed = await submit(ledger, one, steps, endorsing=[one], transient={"v": b"1"})
    assert committed.results == [None, None]


@pytest.mark.parametrize("step", ["private_delete", "private_purge"])
async def test_what_is_deleted_or_purged_is_gone_with_its_hash(step: str, ledger: Driver, name: str) -> None:
    one, two = ledger.orgs
    collection = f"_implicit_org_{one}"
    await _put(ledger, collection, name, b"secret", [one])
    assert (await submit(ledger, one, [[step, collection, name]], endorsing=[one])).code == VALID
    reads = [["private_get", collection, name], ["private_hash", collection, name]]
    for org in (one, two):
        assert await ledger.evaluate(org, reads) == [None, None]


async def test_an_unknown_or_empty_collection_is_refused(ledger: Driver, name: str) -> None:
    steps = [["private_get", "no-such-collection", name], ["private_get", "", name], ["private_hash", DIRECTORY, ""]]
    assert await ledger.evaluate(ledger.orgs[0], steps) == [
        REFUSED,
        {"refused": "InvalidName"},
        {"refused": "InvalidName"},
    ]


@pytest.mark.parametrize("read", ["private_get", "private_hash"])
async def test_private_reads_are_checked_at_commit(read: str, ledger: Driver, name: str) -> None:
    one = ledger.orgs[0]
    collection = f"_implicit_org_{one}"
    await _put(ledger, collection, name, b"1", [one])
    steps = [[read, collection, name], ["private_put", collection, name, "v"]]
    first = await ledger.endorse(one, steps, endorsing=[one], transient={"v": b"2"})
    second = await ledger.endorse(one, steps, endorsing=[one], transient={"v": b"3"})
    assert [each.code for each in await ledger.commit(first, second)] == [VALID, "MVCC_READ_CONFLICT"]
    assert await ledger.evaluate(one, [["private_get", collection, name]]) == ["2"]
