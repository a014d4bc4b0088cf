"""Fabric's messages: what is signed, and that the same inputs give the same bytes."""

import hashlib
from dataclasses import replace

from fabric_protos.common import common_pb2
from fabric_protos.gateway import gateway_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2

from tradelane.gateway import envelope
from tradelane.gateway.envelope import Call, Commit, Proposal

CREATOR = envelope.creator_bytes("ShanghaiMSP", b"PEM")
NONCE = bytes(range(24))
NOW_NS = 1_767_225_600_123_456_789
CALL = Call(
    channel="trade",
    chaincode="tradelane",
    function="ebl:transfer",
    arguments=(b"{}",),
    transient={"salt": b"\x01", "document": b"\x02"},
    organisations=("A", "B"),
)


def sign(message: bytes) -> bytes:
    return b"signed " + hashlib.sha256(message).digest()


def make(call: Call = CALL) -> Proposal:
    return envelope.new_proposal(call, creator=CREATOR, nonce=NONCE, now_ns=NOW_NS, sign=sign)


def test_transaction_id_is_sha256_of_nonce_and_creator() -> None:
    assert make().transaction_id == hashlib.sha256(NONCE + CREATOR).hexdigest()


def test_same_inputs_give_the_same_bytes_whatever_the_order_of_transient_data() -> None:
    turned = replace(CALL, transient={"document": b"\x02", "salt": b"\x01"})
    assert make() == make(turned)


def test_creator_names_organisation_and_certificate() -> None:
    creator = identities_pb2.SerializedIdentity.FromString(CREATOR)
    assert (creator.mspid, creator.id_bytes) == ("ShanghaiMSP", b"PEM")


def test_proposal_holds_header_arguments_and_transient_data() -> None:
    proposal = make()
    signed = proposal_pb2.SignedProposal.FromString(proposal.signed)
    assert signed.signature == sign(signed.proposal_bytes)
    content = proposal_pb2.Proposal.FromString(signed.proposal_bytes)
    header = common_pb2.Header.FromString(content.header)
    channel = common_pb2.ChannelHeader.FromString(header.channel_header)
    extension = proposal_pb2.ChaincodeHeaderExtension.FromString(channel.extension)
    assert (channel.type, channel.channel_id, channel.tx_id) == (3, "trade", proposal.transaction_id)
    assert (channel.timestamp.ToNanoseconds(), extension.chaincode_id.name) == (NOW_NS, "tradelane")
    maker = common_pb2.SignatureHeader.FromString(header.signature_header)
    assert (maker.creator, maker.nonce) == (CREATOR, NONCE)
    payload = proposal_pb2.ChaincodeProposalPayload.FromString(content.payload)
    spec = chaincode_pb2.ChaincodeInvocationSpec.FromString(payload.input).chaincode_spec
    assert list(spec.input.args) == [b"ebl:transfer", b"{}"]
    assert dict(payload.TransientMap) == CALL.transient


def test_evaluate_and_endorse_name_organisations_in_their_own_fields() -> None:
    evaluate = gateway_pb2.EvaluateRequest.FromString(envelope.evaluate_request(make()))
    endorse = gateway_pb2.EndorseRequest.FromString(envelope.endorse_request(make()))
    assert list(evaluate.target_organizations) == list(endorse.endorsing_organizations) == ["A", "B"]
    assert evaluate.transaction_id == endorse.transaction_id == make().transaction_id


def test_commit_status_request_is_signed_by_its_maker() -> None:
    content = envelope.commit_status_request(Commit("ab", "trade", b""), creator=CREATOR, sign=sign)
    signed = gateway_pb2.SignedCommitStatusRequest.FromString(content)
    asked = gateway_pb2.CommitStatusRequest.FromString(signed.request)
    assert signed.signature == sign(signed.request)
    assert (asked.transaction_id, asked.channel_id, asked.identity) == ("ab", "trade", CREATOR)


def test_text_arguments_are_utf_8() -> None:
    assert envelope.encode_arguments(["提單", b"\xff"]) == ("提單".encode(), b"\xff")
