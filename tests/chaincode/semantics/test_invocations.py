"""What an invocation says of itself, and the invocation of other chaincodes."""

from tests.support.semantics import OTHER, Driver, Steps, submit

VALID = "VALID"
METADATA = "org.hyperledger.fabric:GetMetadata"


async def test_every_endorser_sees_the_same_invocation(ledger: Driver) -> None:
    """They answer with digests of it, so they would not agree if one saw another one."""
    committed = await submit(ledger, ledger.orgs[0], [["said"]])
    [[function, parameters, is_init, decorations, *digests]] = committed.results
    assert (committed.code, function, parameters, is_init, decorations) == (VALID, "run", 1, False, [])
    assert {len(digest) for digest in digests} == {64}
    assert len(set(digests)) == 4


async def test_another_chaincode_of_the_channel_answers(ledger: Driver, name: str) -> None:
    steps: Steps = [["invoke", "tradelane", [METADATA], ""], ["put", name, "1"]]
    committed = await submit(ledger, ledger.orgs[0], steps)
    assert (committed.code, committed.results) == (VALID, [[200, True], None])


async def test_the_channel_may_be_named(ledger: Driver) -> None:
    [[channel, *_]] = await ledger.evaluate(ledger.orgs[0], [["place"]])
    assert await ledger.evaluate(ledger.orgs[0], [["invoke", "tradelane", [METADATA], channel]]) == [[200, True]]


async def test_a_refusal_of_another_chaincode_is_an_answer(ledger: Driver, name: str) -> None:
    steps: Steps = [["invoke", "tradelane", ["no-such-function"], ""], ["put", name, "1"]]
    committed = await submit(ledger, ledger.orgs[0], steps)
    assert (committed.code, committed.results) == (VALID, [[400, False], None])


async def test_a_chaincode_or_channel_that_is_not_there_is_status_500(ledger: Driver, name: str) -> None:
    one = ledger.orgs[0]
    for called, channel in (("no-such-chaincode", ""), ("tradelane", "no-such-channel")):
        [[status, _], value] = await ledger.evaluate(one, [["invoke", called, [METADATA], channel], ["get", name]])
        assert (status, value) == (500, None)


async def test_a_chaincode_cannot_call_itself_on_its_channel(ledger: Driver) -> None:
    [[status, _]] = await ledger.evaluate(ledger.orgs[0], [["invoke", "semantics", ["run", "[]"], ""]])
    assert status == 500


async def test_a_chaincode_without_a_name_is_not_asked_for(ledger: Driver) -> None:
    steps: Steps = [["invoke", "", ["f"], ""], ["invoke", "a", ["f"], "\ud800"]]
    assert await ledger.evaluate(ledger.orgs[0], steps) == [{"refused": "InvalidName"}] * 2


async def test_what_a_called_chaincode_writes_is_part_of_the_transaction(ledger: Driver, name: str) -> None:
    one, other = ledger.orgs
    steps: Steps = [["put", name, "own"], ["call", OTHER, [["get", name], ["put", name, "called"], ["get", name]]]]
    committed = await submit(ledger, one, steps)
    assert (committed.code, committed.results[1]) == (VALID, [200, [None, None, None]])
    asked: Steps = [["get", name], ["call", OTHER, [["get", name]]]]
    assert await ledger.evaluate(other, asked) == ["own", [200, ["called"]]]


async def test_what_a_called_chaincode_writes_needs_its_own_endorsements(ledger: Driver, name: str) -> None:
    one, _ = ledger.orgs
    steps: Steps = [["call", OTHER, [["put", name, "called"]]]]
    assert (await submit(ledger, one, steps, endorsing=[one])).code == "ENDORSEMENT_POLICY_FAILURE"
    assert await ledger.evaluate(one, [["call", OTHER, [["get", name]]]]) == [[200, [None]]]


async def test_what_a_called_chaincode_reads_is_checked_at_commit(ledger: Driver, name: str) -> None:
    one, other = ledger.orgs
    change = await ledger.endorse(one, [["call", OTHER, [["put", name, "1"]]]])
    decided = await ledger.endorse(other, [["call", OTHER, [["get", name]]], ["put", name, "decided"]])
    assert [each.code for each in await ledger.commit(change, decided)] == [VALID, "MVCC_READ_CONFLICT"]


async def test_the_event_of_a_called_chaincode_is_lost(ledger: Driver, name: str) -> None:
    committed = await submit(
        ledger, ledger.orgs[0], [["event", "own", name], ["call", OTHER, [["event", "called", ""]]]]
    )
    assert committed.event == ("own", name.encode())
