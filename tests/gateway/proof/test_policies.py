"""Who counts for an organisation, and which signatures satisfy a policy."""

from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from tests.support.pki import Authority
from tests.support.signed_ledger import Organisation, Signer
from tradelane.chaincode.shim import policy as shim
from tradelane.chaincode.shim.wire_policy import encode_policy
from tradelane.chaincode.state.policies import policy_of
from tradelane.gateway.errors import ProofError
from tradelane.gateway.ledger import SerializedIdentity
from tradelane.gateway.proof import messages
from tradelane.gateway.proof.membership import Member
from tradelane.gateway.proof.policies import ImplicitMeta, OutOf, SignedBy, rule_of, satisfied, words
from tradelane.model.title_parts import EndorsementRule

HOME = Organisation("HongKongMSP")


def identity(signer: Signer) -> SerializedIdentity:
    return SerializedIdentity(signer.msp_id, signer.pair.certificate_pem, signer.serialized)


def member(msp_id: str, role: str = "peer") -> Member:
    return Member(msp_id, role, HOME.authority.root.certificate)


A, B, C = member("A"), member("B"), member("C")


@pytest.mark.parametrize(
    ("policy", "signers", "enough"),
    [
        (SignedBy("A", "peer"), [A], True),
        (SignedBy("A", "member"), [A], True),
        (SignedBy("A", "client"), [A], False),
        (OutOf(2, (SignedBy("A", "peer"), SignedBy("B", "peer"))), [B, A], True),
        (OutOf(2, (SignedBy("A", "peer"), SignedBy("B", "peer"))), [A], False),
        (OutOf(2, (SignedBy("A", "peer"), SignedBy("A", "peer"))), [A], False),  # one signature, one place
        (OutOf(2, (SignedBy("A", "peer"), SignedBy("A", "peer"))), [A, A], True),
        (OutOf(1, (SignedBy("A", "peer"), SignedBy("B", "peer"))), [B], True),
        (OutOf(0, ()), [], True),
        (OutOf(2, (SignedBy("A", "peer"), OutOf(1, (SignedBy("A", "peer"), SignedBy("C", "peer"))))), [A, C], True),
        (OutOf(2, (SignedBy("A", "peer"), OutOf(1, (SignedBy("A", "peer"), SignedBy("C", "peer"))))), [A], False),
    ],
)
def test_each_signature_counts_for_one_place(policy: Any, signers: list[Member], enough: bool) -> None:
    assert satisfied(policy, signers) is enough


def test_what_did_not_suffice_uses_no_signature_up() -> None:
    both = OutOf(2, (SignedBy("A", "peer"), SignedBy("B", "peer")))
    assert satisfied(OutOf(1, (both, SignedBy("A", "peer"))), [A])


@pytest.mark.parametrize(
    "rule",
    [
        EndorsementRule(required=("A", "B")),
        EndorsementRule(required=("A",)),
        EndorsementRule(required=("A",), count=1, others=("B", "C")),
    ],
)
def test_the_rule_of_a_record_is_the_policy_the_chaincode_writes(rule: EndorsementRule) -> None:
    assert messages.signature_policy(encode_policy(policy_of(rule))) == rule_of(rule)
    assert all(each in words(rule_of(rule)) for each in rule.required)


def test_a_policy_by_another_role_is_another_policy() -> None:
    other = encode_policy(shim.all_of(shim.signed_by("A", shim.Role.MEMBER)))
    assert messages.signature_policy(other) != rule_of(EndorsementRule(required=("A",)))


@pytest.mark.parametrize(("rule", "wanted"), [("ANY", 1), ("ALL", 3), ("MAJORITY", 2)])
def test_enough_organisations(rule: str, wanted: int) -> None:
    assert ImplicitMeta(rule, "Writers").enough(3) == wanted
    assert ImplicitMeta(rule, "Writers").enough(0) == 0


@pytest.mark.parametrize("role", ["client", "peer", "admin", "orderer"])
def test_a_certificates_unit_makes_the_role(role: str) -> None:
    assert messages.membership(HOME.config()).member(identity(HOME.signer("one", role))).role == role


@pytest.mark.parametrize("units", [[], ["stranger"], ["peer", "admin"]])
def test_no_single_role_is_no_membership(units: list[str]) -> None:
    signer = Signer(HOME.msp_id, HOME.authority.issue("one", units=units))
    with pytest.raises(ProofError, match="no client, peer, admin or orderer"):
        messages.membership(HOME.config()).member(identity(signer))


def test_a_subordinate_ca_signs_for_nobody() -> None:
    authority = x509.UnrecognizedExtension(ExtensionOID.BASIC_CONSTRAINTS, bytes.fromhex("30030101ff"))
    signer = Signer(HOME.msp_id, HOME.authority.issue("sub-ca", units=["peer"], extension=authority))
    with pytest.raises(ProofError, match="it is a CA's"):
        messages.membership(HOME.config()).member(identity(signer))


def test_a_namesake_ca_is_another_one() -> None:
    other = Organisation("HongKongMSP", Authority("ca.hongkongmsp.example"))
    with pytest.raises(ProofError, match="no root of the organisation has issued it"):
        messages.membership(HOME.config()).member(identity(other.signer("peer0", "peer")))


@pytest.mark.parametrize("data", [b"\xff", b"\x0a\x01\xff"])
def test_bytes_that_are_no_policy(data: bytes) -> None:
    with pytest.raises(ProofError) as error:
        messages.signature_policy(data)
    assert error.value.code == "CONFIGURATION_UNREADABLE"
