"""Questions about the chain: what is asked, what is refused before, and what a peer's words become."""

from typing import Any

import pytest

from tests.gateway.ledger.qscc import failed, qscc
from tests.gateway.ledger.recorded import FACTS, RECORDED, one, recorded
from tests.support.loopback_gateway import Invocation, Script
from tradelane.gateway import ledger
from tradelane.gateway.errors import (
    AccessDenied,
    BrokenLedger,
    ChaincodeFailed,
    GatewayError,
    InputError,
    MalformedBlock,
    NotFound,
)

BLOCK = recorded("everything")
ID = FACTS["everything"][0]
QUESTIONS = {
    "GetChainInfo": ledger.height(),
    "GetBlockByNumber": ledger.block(BLOCK.number),
    "GetBlockByHash": ledger.block_by_hash(BLOCK.header.hash),
    "GetBlockByTxID": ledger.block_of(ID),
    "GetTransactionByID": ledger.transaction(ID),
}


@pytest.fixture
def chain(script: Script, gateway: Any) -> Any:
    """Both clients, at a peer with the recorded chain."""
    script.chaincode = qscc
    return gateway


def code_of(kind: type[GatewayError], gateway: Any, flow: Any) -> str:
    with pytest.raises(kind) as refused:
        gateway.run(flow)
    return refused.value.code


def test_every_question_has_its_answer(chain: Any) -> None:
    assert [chain.run(flow) for flow in QUESTIONS.values()] == [9, BLOCK, BLOCK, BLOCK, one("everything")]
    assert chain.run(ledger.info()) == ledger.ChainInfo(9, bytes(32), b"\1" * 32)


def test_own_organisations_peer_is_asked_and_nobody_else(chain: Any, script: Script) -> None:
    for flow in QUESTIONS.values():
        chain.run(flow)
    assert [each.function for each in script.invocations] == list(QUESTIONS)
    assert {each.organisations for each in script.invocations} == {("ShanghaiMSP",)}


@pytest.mark.parametrize(
    ("flow", "code"),
    [
        (ledger.block(-1), "INVALID_BLOCK_NUMBER"),
        (ledger.block(2**64 - 1), "INVALID_BLOCK_NUMBER"),
        (ledger.block_by_hash(bytes(31)), "INVALID_BLOCK_HASH"),
        (ledger.block_of(""), "INVALID_TRANSACTION_ID"),
        (ledger.transaction(ID.upper()), "INVALID_TRANSACTION_ID"),
        (ledger.transaction(f"{ID}\n"), "INVALID_TRANSACTION_ID"),
    ],
)
def test_what_cannot_be_on_a_chain_is_not_asked_for(flow: Any, code: str, chain: Any, script: Script) -> None:
    assert code_of(InputError, chain, flow) == code
    assert script.invocations == []


@pytest.mark.parametrize(
    ("flow", "code"),
    [
        (ledger.block(77), "BLOCK_NOT_FOUND"),
        (ledger.block_by_hash(bytes(32)), "BLOCK_NOT_FOUND"),
        (ledger.block_of("0" * 64), "TRANSACTION_NOT_FOUND"),
        (ledger.transaction("0" * 64), "TRANSACTION_NOT_FOUND"),
    ],
)
def test_what_is_absent_is_not_found(flow: Any, code: str, chain: Any) -> None:
    assert code_of(NotFound, chain, flow) == code


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ("access denied for [qscc/GetBlockByNumber][trade]: [no]", AccessDenied, "ACCESS_DENIED"),
        (
            "cannot serve block [3]. The ledger is bootstrapped from a snapshot. First available block = [5]",
            NotFound,
            "BLOCK_NOT_FOUND",
        ),
        ("the disk is gone", ChaincodeFailed, "REFUSED"),
    ],
)
def test_the_peers_words_become_errors(
    words: str, kind: type[GatewayError], code: str, gateway: Any, script: Script
) -> None:
    def answer(_: object) -> bytes:
        raise failed(words)

    script.chaincode = answer
    with pytest.raises(kind) as refused:
        gateway.run(ledger.block(3))
    assert refused.value.code == code
    if "snapshot" in words:
        assert "its first block is 5" in refused.value.message


@pytest.mark.parametrize("function", [name for name in QUESTIONS if name != "GetChainInfo"])
def test_an_answer_to_another_question_is_refused(function: str, gateway: Any, script: Script) -> None:
    other = recorded("gone")
    answers = {
        "GetBlockByNumber": ledger.block(other.number),
        "GetBlockByHash": ledger.block_by_hash(other.header.hash),
        "GetBlockByTxID": ledger.block_of(FACTS["gone"][0]),
        "GetTransactionByID": ledger.transaction(FACTS["gone"][0]),
    }
    kept: list[bytes] = []

    def the_same_to_all(invocation: Invocation) -> bytes:
        kept.append(qscc(invocation))
        return kept[0]

    script.chaincode = the_same_to_all
    gateway.run(answers[function])
    assert code_of(BrokenLedger, gateway, QUESTIONS[function]) == "OTHER_ANSWER"


def test_a_block_whose_content_was_changed_is_refused(gateway: Any, script: Script) -> None:
    content = (RECORDED / "everything.block").read_bytes()
    changed = content.replace(b"semantics", b"Semantics")
    script.chaincode = lambda _: changed
    assert code_of(BrokenLedger, gateway, ledger.block(BLOCK.number)) == "DATA_HASH_DIFFERS"


@pytest.mark.parametrize("function", QUESTIONS)
def test_an_answer_that_is_none_is_refused(function: str, gateway: Any, script: Script) -> None:
    script.chaincode = lambda _: b"\xff nothing"
    assert code_of(MalformedBlock, gateway, QUESTIONS[function]) == "MALFORMED_BLOCK"
