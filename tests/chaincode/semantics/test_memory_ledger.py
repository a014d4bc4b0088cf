"""What only the in-memory ledger can show: three organisations, restricted collections, values at rest, clocks."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import cast

import pytest

from tests.support.identities import make_identity
from tests.support.memory_ledger import (
    DUPLICATE_TXID,
    ENDORSEMENT_POLICY_FAILURE,
    VALID,
    MemoryLedger,
    NotEndorsed,
    Transaction,
)
from tests.support.memory_peer import ThroughShim
from tests.support.memory_policy import Collection, majority_of, satisfied
from tests.support.memory_stub import MemoryStub
from tests.support.scripted_peer import Function
from tests.support.semantics_chaincode import SemanticsChaincode
from tradelane.chaincode.shim.errors import RequestRefused
from tradelane.chaincode.shim.interface import Chaincode, Response, Stub
from tradelane.chaincode.shim.policy import Role, all_of, any_of, n_of, signed_by

A, B, C = (signed_by(name) for name in "ABC")


@pytest.mark.parametrize(
    ("policy", "endorsing", "expected"),
    [
        (A, "A", True),
        (A, "B", False),
        (signed_by("A", Role.MEMBER), "A", True),
        (signed_by("A", Role.ADMIN), "A", False),
        (all_of(A, B), "A", False),
        (all_of(A, B), "AB", True),
        (any_of(A, B), "B", True),
        (n_of(2, A, B, C), "AC", True),
        (n_of(2, A, B, C), "C", False),
        (all_of(A, any_of(B, C)), "AC", True),
        # A signature counts once: who is named twice would have to sign twice.
        (all_of(A, A), "A", False),
        (all_of(A, any_of(A, B)), "A", False),
        (all_of(A, any_of(A, B)), "AB", True),
        # Fabric does not search for the best use of signatures: any_of uses up both here, and A is missing then.
        (all_of(any_of(A, B), A), "AB", False),
    ],
)
def test_policies_are_evaluated_as_fabric_does(policy: object, endorsing: str, expected: bool) -> None:
    assert satisfied(policy, endorsing) is expected  # type: ignore[arg-type]


@pytest.mark.parametrize(("count", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_a_majority_is_more_than_half(count: int, needed: int) -> None:
    names = [f"{number}MSP" for number in range(count)]
    assert satisfied(majority_of(names), names[:needed])
    assert not satisfied(majority_of(names), names[: needed - 1])


async def test_strangers_to_a_restricted_collection_may_neither_read_nor_write() -> None:
    ledger = MemoryLedger("ABC", [Collection("ours", ("A", "B"))])

    async def write(stub: Stub) -> None:
        await stub.put_private_data("ours", "k", b"v")

    async def read(stub: Stub) -> Response:
        return Response(200, payload=await stub.get_private_data("ours", "k") or b"")

    assert (await ledger.submit(Function(write), make_identity("A"), "f", endorsing="AC")).valid
    assert (await ledger.evaluate(Function(read), make_identity("A"), "B", "f")).payload == b"v"
    for function in (read, write):
        with pytest.raises(RequestRefused, match="access"):
            await ledger.evaluate(Function(function), make_identity("C"), "A", "f")
    with pytest.raises(RequestRefused, match="not available"):
        await ledger.evaluate(Function(read), make_identity("A"), "C", "f")


async def test_a_purged_value_is_nowhere_a_deleted_one_stays_in_the_past() -> None:
    ledger = MemoryLedger("AB")

    async def put(stub: Stub) -> None:
        for key in ("deleted", "purged"):
            await stub.put_private_data("_implicit_org_A", key, b"secret")

    async def remove(stub: Stub) -> None:
        await stub.del_private_data("_implicit_org_A", "deleted")
        await stub.purge_private_data("_implicit_org_A", "purged")

    for function in (put, remove):
        assert (await ledger.submit(Function(function), make_identity("A"), "f", endorsing="A")).valid
    assert ledger.state.private == {
        "A": {("_implicit_org_A", "deleted"): [b"secret"], ("_implicit_org_A", "purged"): []},
        "B": {},
    }


async def test_the_ledgers_clock_moves_and_can_be_set() -> None:
    ledger = MemoryLedger()
    times = []

    async def look(stub: Stub) -> None:
        times.append(stub.timestamp)

    caller = make_identity("HongKongMSP")
    for _ in range(2):
        await ledger.evaluate(Function(look), caller, "HongKongMSP", "f")
    assert times[1] - times[0] == timedelta(seconds=1)
    await ledger.submit(Function(look), caller, "f", endorsing=["HongKongMSP"], timestamp=times[0])
    assert times[2] == times[0]


async def test_a_refusal_names_the_organisation_and_carries_the_response() -> None:
    ledger = MemoryLedger()
    with pytest.raises(NotEndorsed, match="ShanghaiMSP: 409 refused as told") as refused:
        await ledger.submit(
            SemanticsChaincode(), make_identity("HongKongMSP"), "run", b'[["refuse"]]', endorsing=["ShanghaiMSP"]
        )
    assert refused.value.response.status == 409


async def test_a_policy_changed_in_a_block_bars_its_key_for_the_rest_of_that_block() -> None:
    """As Fabric: judged before versions are, by the first transaction's endorsements alone, for this block only."""
    ledger, chaincode, caller = MemoryLedger(), SemanticsChaincode(), make_identity("HongKongMSP")

    async def endorsed(*steps: Sequence[object], endorsing: list[str] | None = None) -> Transaction:
        return await ledger.endorse(chaincode, caller, "run", json.dumps(steps).encode(), endorsing=endorsing)

    def codes(*transactions: Transaction) -> list[str]:
        return [outcome.code for outcome in ledger.commit(transactions)]

    both = ["HongKongMSP", "ShanghaiMSP"]
    assert codes(await endorsed(["put", "k", "0"], ["put", "other", "0"])) == [VALID]
    change = ["set_policy", "k", both]
    write, elsewhere = await endorsed(["put", "k", "2"]), await endorsed(["put", "other", "1"])
    assert codes(await endorsed(change), write, elsewhere) == [VALID, ENDORSEMENT_POLICY_FAILURE, VALID]
    assert codes(await endorsed(change), await endorsed(change)) == [VALID, ENDORSEMENT_POLICY_FAILURE]
    # A change that is itself not endorsed bars nothing, one that loses to versions does.
    assert codes(await endorsed(change, endorsing=both[:1]), await endorsed(["put", "k", "3"])) == [
        ENDORSEMENT_POLICY_FAILURE,
        VALID,
    ]
    stale = await endorsed(["get", "k"], change)
    assert codes(await endorsed(["put", "k", "4"]), stale, await endorsed(["put", "k", "5"])) == [
        VALID,
        "MVCC_READ_CONFLICT",
        ENDORSEMENT_POLICY_FAILURE,
    ]
    assert codes(await endorsed(["put", "k", "6"])) == [VALID]


async def test_events_of_valid_transactions_are_kept_in_order() -> None:
    ledger = MemoryLedger()
    for name in (b"one", b"two"):
        await ledger.submit(SemanticsChaincode(), make_identity("HongKongMSP"), "run", b'[["event", "%b", ""]]' % name)
    assert [outcome.event for outcome in ledger.events] == [("one", b""), ("two", b"")]


async def test_a_transaction_is_committed_once() -> None:
    """A real network refuses it too, but tells who asks by the id of the first one's code."""
    ledger, caller = MemoryLedger(), make_identity("HongKongMSP")
    chaincode = SemanticsChaincode()
    proposal = ledger.propose(caller, "run", [b'[["put", "k", "1"], ["event", "done", ""]]'])
    one, other = [await ledger.endorse_proposal(chaincode, proposal) for _ in range(2)]
    assert [outcome.code for outcome in ledger.commit([one, other])] == [VALID, DUPLICATE_TXID]
    assert [outcome.code for outcome in ledger.commit([one])] == [DUPLICATE_TXID]
    assert len(ledger.events) == len(ledger.state.history["k"]) == 1


@pytest.mark.parametrize("through", [lambda chaincode: chaincode, ThroughShim])
async def test_an_initialisation_sees_that_it_is_one_and_no_private_data(
    through: Callable[[Chaincode], Chaincode],
) -> None:
    ledger, caller = MemoryLedger(), make_identity("HongKongMSP")
    chaincode = through(SemanticsChaincode())
    steps = b'[["said"], ["private_get", "directory", "k"], ["private_query", "directory", "{}"], ["put", "k", "1"]]'
    proposal = ledger.propose(caller, "run", [steps], is_init=True)
    transaction = await ledger.endorse_proposal(chaincode, proposal)
    [said, *refused, put] = json.loads(transaction.response.payload)
    assert (said[2], refused, put) == (True, [{"refused": "RequestRefused"}] * 2, None)


async def test_a_batch_left_by_an_exception_leaves_no_purge_behind() -> None:
    ledger, caller = MemoryLedger(), make_identity("HongKongMSP")

    async def purge(stub: Stub) -> None:
        with suppress(LookupError):
            async with stub.write_batch():
                await stub.purge_private_data("directory", "k")
                raise LookupError
        assert not cast("MemoryStub", stub).simulated.purges

    await ledger.endorse_proposal(Function(purge), ledger.propose(caller, "run"))
