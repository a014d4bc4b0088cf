"""Transactions: evaluated, submitted, submitted without waiting; whatever the bytes, and however many."""

import pytest

from tests.scenario.client.conftest import Connect, Gateway
from tradelane.gateway.errors import Refused

pytestmark = pytest.mark.network

CONTENTS = {
    "nothing": b"",
    "text": b"conga",
    "unicode": "提單 ✓ café \U0001f6a2".encode(),
    "binary": bytes(range(256)) * 4,
    "large": bytes(1024) * 512,
}
each_content = pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)


@each_content
def test_an_evaluation_returns_the_result(gateway: Gateway, content: bytes) -> None:
    assert gateway.evaluate("echo", content) == content


@each_content
def test_a_submission_returns_the_result(gateway: Gateway, content: bytes) -> None:
    done = gateway.submit("echo", content)
    assert done.result == content
    assert gateway.outcome(done.transaction_id).block_number == done.block_number


def test_text_arguments_travel_as_utf_8(gateway: Gateway) -> None:
    assert gateway.evaluate("echo", "提單").decode() == "提單"


def test_a_result_may_be_many_times_larger_than_the_request(gateway: Gateway) -> None:
    assert len(gateway.evaluate("large", str(8 << 20))) == 8 << 20


def test_what_is_submitted_is_on_the_ledger_for_everybody(gateway: Gateway, connect: Connect, key: str) -> None:
    done = gateway.submit("put", key, "first")
    assert gateway.evaluate("get", key) == b"first"
    other = connect("ShanghaiMSP")
    other.outcome(done.transaction_id)
    assert other.evaluate("get", key) == b"first"


def test_an_evaluation_writes_nothing(gateway: Gateway, key: str) -> None:
    assert gateway.evaluate("put", key, "value") == b"value"
    with pytest.raises(Refused, match="no such key"):
        gateway.evaluate("get", key)


def test_submitting_without_waiting(gateway: Gateway, key: str) -> None:
    commit = gateway.submit_async("put", key, "value")
    assert commit.result == b"value"
    status = gateway.status(commit)
    assert (status.successful, status.transaction_id) == (True, commit.transaction_id)
    assert gateway.evaluate("get", key) == b"value"


def test_the_result_is_there_before_the_commit(gateway: Gateway, key: str) -> None:
    transaction = gateway.endorse(gateway.new_proposal("put", key, "value"))
    assert transaction.result == b"value"
    commit = gateway.submit_endorsed(transaction)
    assert commit.result == b"value"
    status = gateway.status(commit)
    assert (status.successful, status.code, status.transaction_id) == (True, "VALID", transaction.transaction_id)
    assert gateway.evaluate("get", key) == b"value"


def test_one_of_two_transactions_on_the_same_state_takes_effect(gateway: Gateway, key: str) -> None:
    gateway.submit("put", key, "0")
    first, second = (gateway.endorse(gateway.new_proposal("bump", key)) for _ in range(2))
    commits = [gateway.submit_endorsed(each) for each in (first, second)]
    codes = sorted(gateway.status(each).code for each in commits)
    assert codes == ["MVCC_READ_CONFLICT", "VALID"]
    assert gateway.evaluate("get", key) == b"1"


@each_content
def test_transient_data_reach_the_chaincode(gateway: Gateway, content: bytes) -> None:
    private = {"wanted": content, "other": b"not this"}
    assert gateway.evaluate("transient", "wanted", transient=private) == content
    assert gateway.submit("transient", "wanted", transient=private).result == content


def test_a_refusal_keeps_the_chaincodes_words(gateway: Gateway) -> None:
    for attempt in (gateway.evaluate, gateway.submit):
        with pytest.raises(Refused, match="Echo takes one argument, not 2") as refused:
            attempt("echo", "one", "two")
        assert refused.value.status == 400
        assert refused.value.transaction_id
