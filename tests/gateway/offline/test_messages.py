"""What is signed elsewhere: bytes out, signature in, and nothing accepted that is not what its signer thinks."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from hypothesis import given
from hypothesis import strategies as st

from tests.support.loopback_gateway import endorsed
from tradelane.gateway import envelope, offline
from tradelane.gateway.envelope import Call
from tradelane.gateway.errors import InputError, OfflineError
from tradelane.gateway.events import requests
from tradelane.gateway.offline.flows import unsigned

CREATOR = envelope.creator_bytes("ShanghaiMSP", b"PEM")
OTHER = envelope.creator_bytes("HongKongMSP", b"PEM")
NONCE = bytes(range(24))
CALL = Call("trade", "tradelane", "ebl:transfer", (b"{}", b"\xff"), {"salt": b"\x01"}, ("A", "B"))
SIGNATURE = b"a signature"
RESULT = b"the answer"


def proposal(call: Call = CALL) -> offline.Proposal:
    made = envelope.new_proposal(call, creator=CREATOR, nonce=NONCE, now_ns=1_767_225_600_123_456_789, sign=unsigned)
    return offline.Proposal.of(made)


def transaction() -> offline.Transaction:
    made = proposal()
    return offline.Transaction(endorsed(made.message, RESULT), made.transaction_id)


def commit() -> offline.Commit:
    asked = envelope.Commit("ab" * 32, "trade", b"")
    return offline.Commit.from_bytes(envelope.commit_status_request(asked, creator=CREATOR, sign=unsigned))


def chaincode_events() -> offline.ChaincodeEventsRequest:
    return offline.ChaincodeEventsRequest(
        requests.chaincode_events_request("trade", "tradelane", start_block=3, creator=CREATOR)
    )


def blocks(kind: Callable[[bytes], offline.Signable]) -> offline.Signable:
    return kind(requests.deliver_payload("trade", start_block=None, creator=CREATOR, now_ns=1))


SIGNABLES = (
    proposal(),
    transaction(),
    commit(),
    chaincode_events(),
    blocks(offline.BlockEventsRequest),
    blocks(offline.FilteredBlockEventsRequest),
    blocks(offline.BlockAndPrivateDataEventsRequest),
)
each_signable = pytest.mark.parametrize("made", SIGNABLES, ids=lambda made: type(made).__name__)


@each_signable
def test_bytes_hold_everything_with_and_without_the_signature(made: offline.Signable) -> None:
    kind = type(made)
    assert kind.from_bytes(made.to_bytes()) == made
    signed = made.with_signature(SIGNATURE)
    assert kind.from_bytes(signed.to_bytes()) == signed
    assert (signed.message, signed.signature) == (made.message, SIGNATURE)


@each_signable
def test_digest_is_of_the_message_and_does_not_change_by_signing(made: offline.Signable) -> None:
    assert made.digest() == hashlib.sha256(made.message).digest() == made.with_signature(SIGNATURE).digest()
    assert made.digest(offline.Hash.NONE) == made.message
    assert made.digest(offline.Hash.SHA3_384) == hashlib.sha3_384(made.message).digest()


@each_signable
def test_the_maker_signs_once_and_nobody_else_does(made: offline.Signable) -> None:
    assert made.creator == CREATOR
    assert made.msp_id == "ShanghaiMSP"
    signed = made.signed_by(CREATOR, lambda message: b"signed " + message)
    assert signed.signature == b"signed " + made.message
    assert signed.signed_by(OTHER, lambda _: b"another") is signed
    with pytest.raises(OfflineError, match="another identity") as refused:
        made.signed_by(OTHER, lambda _: b"another")
    assert refused.value.code == "SIGNATURE_NEEDED"


@each_signable
def test_an_empty_signature_is_refused(made: offline.Signable) -> None:
    with pytest.raises(InputError) as refused:
        made.with_signature(b"")
    assert refused.value.code == "SIGNATURE_EMPTY"


@each_signable
@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(made: offline.Signable, data: bytes) -> None:
    for content in (data, made.to_bytes()[: len(data)], made.to_bytes() + data):
        with suppress(InputError):
            found = type(made).from_bytes(content)
            assert type(made).from_bytes(found.to_bytes()) == found


@each_signable
def test_another_kinds_bytes_are_refused(made: offline.Signable) -> None:
    blocks_alike = SIGNABLES[4:]
    for other in SIGNABLES:
        if other is not made and not (made in blocks_alike and other in blocks_alike):
            with pytest.raises(InputError):
                type(made).from_bytes(other.to_bytes())


def test_a_proposal_shows_what_is_proposed() -> None:
    assert proposal().call == CALL
    assert transaction().result == RESULT


def _with_transaction_id(data: bytes, transaction_id: str, message: Any) -> bytes:
    changed = message.FromString(data)
    changed.transaction_id = transaction_id
    return changed.SerializeToString()  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("made", "message"),
    [(proposal(), gateway_pb2.ProposedTransaction), (transaction(), gateway_pb2.PreparedTransaction)],
)
def test_a_transaction_id_that_is_not_the_messages_own_is_refused(made: offline.Signable, message: Any) -> None:
    with pytest.raises(InputError, match="transaction id"):
        type(made).from_bytes(_with_transaction_id(made.to_bytes(), "cd" * 32, message))


def test_a_transaction_without_endorsed_content_is_refused() -> None:
    made = transaction()
    payload = common_pb2.Payload.FromString(made.message)
    payload.data = b""
    with pytest.raises(InputError, match="no transaction"):
        offline.Transaction.from_bytes(offline.Transaction(payload.SerializeToString(), made.transaction_id).to_bytes())
