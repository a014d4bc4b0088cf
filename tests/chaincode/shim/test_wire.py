"""What READY offers, and numbers of the messages (fabric.md 2.3, rule 3)."""

import pytest
from fabric_protos.peer import chaincode_pb2, chaincode_shim_pb2

from tests.support.identities import make_identity
from tests.support.scripted_peer import SIGNATURE, proposal_bytes, ready_payload
from tradelane.chaincode.shim.interface import SignedProposal
from tradelane.chaincode.shim.wire import Features, Kind, parse_features, parse_proposal


@pytest.mark.parametrize(
    ("payload", "features"),
    [
        (b"", Features(0, 0)),
        (b"\xff\xff", Features(0, 0)),
        (ready_payload(1000, 500), Features(1000, 500)),
        (ready_payload(0, 500), Features(0, 500)),
        (ready_payload(99, 1), Features(100, 100)),
        (
            chaincode_pb2.ChaincodeAdditionalParams(use_write_batch=True, max_size_get_multiple_keys=7),
            Features(0, 100),
        ),
    ],
)
def test_rule_03_features_are_what_ready_says(
    payload: bytes | chaincode_pb2.ChaincodeAdditionalParams, features: Features
) -> None:
    data = payload if isinstance(payload, bytes) else payload.SerializeToString()
    assert parse_features(data) == features


def test_kinds_have_fabrics_numbers() -> None:
    fabrics = dict(chaincode_shim_pb2.ChaincodeMessage.Type.items())
    assert {kind.name: kind.value for kind in Kind} == {name: n for name, n in fabrics.items() if name != "UNDEFINED"}


def test_transient_data_stand_in_no_text_of_a_proposal() -> None:
    proposal = proposal_bytes(make_identity("ShanghaiMSP"), {"salt": b"a canary"})
    header = parse_proposal(proposal)
    assert header.transient == {"salt": b"a canary"}
    assert "canary" not in repr(header) + repr(SignedProposal(proposal, SIGNATURE))
