"""What an invocation says of itself, and the invocation of other chaincodes."""

from tests.support.semantics import Driver, Steps, submit

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
