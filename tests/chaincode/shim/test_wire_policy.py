"""Key-level policies on the wire (fabric.md 2.3, rule 30)."""

import pytest
from fabric_protos.common import policies_pb2
from fabric_protos.msp import msp_principal_pb2
from hypothesis import given
from hypothesis import strategies as st

from tradelane.chaincode.shim.errors import UnreadablePolicy
from tradelane.chaincode.shim.policy import (
    Opaque,
    Policy,
    Role,
    all_of,
    any_of,
    msp_ids,
    n_of,
    signed_by,
    with_organisations,
    without_organisations,
)
from tradelane.chaincode.shim.wire_policy import decode_policy, encode_policy

leaves = st.builds(signed_by, st.sampled_from(["HongKongMSP", "ShanghaiMSP", "SingaporeMSP"]), st.sampled_from(Role))
policies = st.recursive(
    leaves,
    lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(
        lambda each: st.integers(1, len(each)).map(lambda n: n_of(n, *each))
    ),
    max_leaves=8,
)


@given(policies)
def test_a_policy_survives_the_wire(policy: Policy) -> None:
    assert decode_policy(encode_policy(policy)) == policy


def test_the_envelope_names_each_organisations_peers_once() -> None:
    encoded = encode_policy(all_of(signed_by("A"), any_of(signed_by("B"), signed_by("A"))))
    envelope = policies_pb2.SignaturePolicyEnvelope.FromString(encoded)
    roles = [msp_principal_pb2.MSPRole.FromString(each.principal) for each in envelope.identities]
    assert [(role.msp_identifier, role.role) for role in roles] == [("A", 3), ("B", 3)]
    assert envelope.rule.n_out_of.n == 2
    assert envelope.rule.n_out_of.rules[0].signed_by == 0
    assert [each.signed_by for each in envelope.rule.n_out_of.rules[1].n_out_of.rules] == [1, 0]


def test_one_organisation_in_two_roles_is_two_principals() -> None:
    encoded = encode_policy(any_of(signed_by("A", Role.MEMBER), signed_by("A")))
    envelope = policies_pb2.SignaturePolicyEnvelope.FromString(encoded)
    roles = [msp_principal_pb2.MSPRole.FromString(each.principal) for each in envelope.identities]
    assert [(role.msp_identifier, role.role) for role in roles] == [("A", 0), ("A", 3)]


def test_a_policys_organisations_are_named_once_and_sorted() -> None:
    assert msp_ids(n_of(2, signed_by("B"), signed_by("A", Role.ADMIN), any_of(signed_by("B"), signed_by("C")))) == (
        "A",
        "B",
        "C",
    )


def _envelope(role: int, classification: int = 0, signed_by_index: int = 0) -> bytes:
    principal = msp_principal_pb2.MSPPrincipal(
        principal_classification=classification,
        principal=msp_principal_pb2.MSPRole(msp_identifier="A", role=role).SerializeToString(),
    )
    rule = policies_pb2.SignaturePolicy(signed_by=signed_by_index)
    data: bytes = policies_pb2.SignaturePolicyEnvelope(rule=rule, identities=[principal]).SerializeToString()
    return data


BAD = {
    "no message": b"\xff",
    "no rule": policies_pb2.SignaturePolicyEnvelope().SerializeToString(),
    "an index without a principal": _envelope(role=3, signed_by_index=1),
    "an index before the first": _envelope(role=3, signed_by_index=-1),
}


@pytest.mark.parametrize("encoded", BAD.values(), ids=BAD)
def test_what_is_no_policy_is_refused(encoded: bytes) -> None:
    with pytest.raises(UnreadablePolicy):
        decode_policy(encoded)


def _of_nobody(n: int) -> bytes:
    rule = policies_pb2.SignaturePolicy(n_out_of=policies_pb2.SignaturePolicy.NOutOf(n=n))
    data: bytes = policies_pb2.SignaturePolicyEnvelope(rule=rule).SerializeToString()
    return data


OTHERS = {
    "a role newer than ours": _envelope(role=99),
    "an organisational unit": _envelope(role=3, classification=1),
    "an identity": _envelope(role=3, classification=2),
    "none of nobody": _of_nobody(0),
    "more than there are": _of_nobody(1),
}


@pytest.mark.parametrize("encoded", OTHERS.values(), ids=OTHERS)
def test_a_policy_which_ours_do_not_express_stays_as_it_is(encoded: bytes) -> None:
    policy = decode_policy(encoded)
    assert policy == Opaque(encoded)
    assert encode_policy(policy) == encoded
    with pytest.raises(ValueError, match="not known"):
        msp_ids(policy)
    for change in (with_organisations, without_organisations):
        with pytest.raises(ValueError, match="all of its organisations"):
            change(policy, "D")
    with pytest.raises(ValueError, match="part of another"):
        any_of(signed_by("A"), policy)


@pytest.mark.parametrize(("n", "count"), [(0, 1), (-1, 1), (2, 1)])
def test_a_policy_nobody_or_everybody_satisfies_cannot_be_made(n: int, count: int) -> None:
    with pytest.raises(ValueError, match="cannot ask for"):
        n_of(n, *[signed_by("A")] * count)


NAMES = st.lists(st.sampled_from("ABCDE"), max_size=5)


@given(NAMES.filter(bool), NAMES, st.sampled_from(Role), NAMES)
def test_organisations_are_added_and_taken_away(
    first: list[str], more: list[str], role: Role, fewer: list[str]
) -> None:
    grown = with_organisations(with_organisations(None, *first), *more, role=role)
    names = {**dict.fromkeys(first, Role.PEER), **dict.fromkeys(more, role)}
    assert grown == all_of(*(signed_by(name, names[name]) for name in sorted(names)))
    left = sorted(set(names) - set(fewer))
    if left:
        assert without_organisations(grown, *fewer) == all_of(*(signed_by(name, names[name]) for name in left))
    else:
        with pytest.raises(ValueError, match="cannot ask for 0 of 0"):
            without_organisations(grown, *fewer)


def test_a_single_signer_can_be_joined_by_others() -> None:
    assert with_organisations(signed_by("B", Role.ADMIN), "A") == all_of(signed_by("A"), signed_by("B", Role.ADMIN))


@pytest.mark.parametrize(
    "policy",
    [
        any_of(signed_by("A"), signed_by("B")),
        all_of(signed_by("A"), any_of(signed_by("B"), signed_by("C"))),
        all_of(signed_by("A"), signed_by("A")),
    ],
)
def test_a_policy_that_is_more_than_a_list_of_organisations_is_not_made_one(policy: Policy) -> None:
    for change in (with_organisations, without_organisations):
        with pytest.raises(ValueError, match="all of its organisations"):
            change(policy, "D")
