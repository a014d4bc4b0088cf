"""Whether and when to try again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway.test_faults import ROWS, Row
from tradelane.gateway import errors
from tradelane.gateway.errors import CommitError, GatewayError, PeerDetail, Refused, Step
from tradelane.gateway.faults import Fault, explain
from tradelane.gateway.retry import NO_RETRY, Again, RetryPolicy, again, peer_is_well
from tradelane.gateway.rpc import Failure

OWN, OTHER = "ShanghaiMSP", "HongKongMSP"
SAME_CODES = {
    "CONCURRENCY_LIMIT", "OVERDUE", "CHAINCODE_UNAVAILABLE", "CHAINCODE_OVERDUE", "UNREACHABLE",
    "ENDORSERS_UNAVAILABLE", "ORDERERS_UNAVAILABLE", "CONNECTION_LOST", "SERVICE_BUSY", "TRANSACTION_UNDER_WAY",
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.step}-{row.code}")
def test_the_same_bytes_are_sent_again_only_after_what_may_pass(row: Row) -> None:
    peers = tuple(PeerDetail("127.0.0.1:7151", OWN, message) for message in row.peers)
    error = explain(Fault(row.step, Failure(row.status, row.message, peers), "p", "ab"))
    way = again(error, OWN)
    if error.code == "ENDORSEMENTS_DIFFER":
        assert way is Again.CATCH_UP
    elif error.code == "UNKNOWN_CHANNEL":
        assert way is Again.ELSEWHERE
    else:
        assert way is (Again.SAME if error.code in SAME_CODES else Again.NEVER)


@pytest.mark.parametrize(
    ("code", "way"),
    [
        ("MVCC_READ_CONFLICT", Again.NEW),
        ("PHANTOM_READ_CONFLICT", Again.NEW),
        ("ENDORSEMENT_POLICY_FAILURE", Again.NEW),
        ("CHAINCODE_VERSION_CONFLICT", Again.NEW),
        ("EXPIRED_CHAINCODE", Again.NEW),
        ("DUPLICATE_TXID", Again.NEVER),
        ("BAD_CREATOR_SIGNATURE", Again.NEVER),
        ("INVALID_OTHER_REASON", Again.NEVER),
    ],
)
def test_a_new_transaction_is_made_only_where_it_may_do_better(code: str, way: Again) -> None:
    assert again(CommitError("", code=code, transaction_id="ab", block_number=1), OWN) is way


def refusal(step: Step, status: int, *orgs: str) -> Refused:
    peers = [PeerDetail("p", org, "") for org in orgs]
    return Refused("", code="WRONG_STATE", status=status, step=step, transaction_id="ab", peers=peers)


@given(st.sampled_from(Step), st.sampled_from([400, 403, 404, 409, 422]), st.lists(st.sampled_from([OWN, OTHER])))
def test_a_refusal_is_asked_for_again_only_of_others_that_may_be_behind(
    step: Step, status: int, orgs: list[str]
) -> None:
    behind = step is Step.ENDORSE and status != 400 and bool(orgs) and OWN not in orgs
    assert again(refusal(step, status, *orgs), OWN) is (Again.CATCH_UP if behind else Again.NEVER)


@pytest.mark.parametrize("error", [errors.InputError("", code="X"), errors.ResultError("", code="X")])
def test_what_is_no_failure_of_the_network_is_never_tried_again(error: GatewayError) -> None:
    assert again(error, OWN) is Again.NEVER


def test_a_peer_that_is_being_stopped_is_asked_for_the_outcome_again() -> None:
    stopping = Failure("ABORTED", "unexpected close of commit notification channel")
    assert again(explain(Fault(Step.COMMIT_STATUS, stopping, "p")), OWN) is Again.SAME


@pytest.mark.parametrize(
    ("step", "failure", "well"),
    [
        (Step.EVALUATE, Failure("UNAVAILABLE", "connection refused"), False),
        (Step.EVALUATE, Failure("UNAVAILABLE", "Ssl handshake failed"), False),
        (Step.EVALUATE, Failure("DEADLINE_EXCEEDED", ""), False),
        (Step.COMMIT_STATUS, Failure("DEADLINE_EXCEEDED", ""), True),
        (Step.SUBMIT, Failure("UNAVAILABLE", "no orderers could successfully process transaction"), True),
        (Step.ENDORSE, Failure("UNAVAILABLE", "failed to find any endorsing peers for org(s): A"), True),
        (Step.EVALUATE, Failure("UNKNOWN", "too many requests, exceeding concurrency limit (500)"), False),
        (Step.ENDORSE, Failure("ABORTED", "", (PeerDetail("x", OTHER, "exceeding concurrency limit (5)"),)), True),
        (Step.EVALUATE, Failure("UNKNOWN", "chaincode response 404, no"), True),
    ],
)
def test_what_a_failure_says_of_the_gateway_peer_itself(step: Step, failure: Failure, well: bool) -> None:
    assert peer_is_well(explain(Fault(step, failure, "p"))) is well


@given(st.floats(0.001, 10), st.floats(0.001, 100), st.integers(1, 10_000), st.floats(0, 1))
def test_pauses_grow_up_to_a_bound_and_are_spread(first: float, longest: float, failures: int, chance: float) -> None:
    policy = RetryPolicy(first_pause_seconds=first, longest_pause_seconds=longest)
    pause = policy.pause_seconds(failures, chance)
    full = policy.pause_seconds(failures, 0)
    assert full / 2 <= pause <= full <= longest
    assert full <= policy.pause_seconds(failures + 1, 0)
    if first <= longest:
        assert policy.pause_seconds(1, 0) == first


def test_no_retry_means_one_try_of_one_transaction() -> None:
    assert (NO_RETRY.same, NO_RETRY.catch_up, NO_RETRY.transactions) == (False, 0, 1)
