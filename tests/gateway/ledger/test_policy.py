"""Endorsement policies in words."""

from collections.abc import Sequence
from typing import Any

import pytest
from fabric_protos.common import policies_pb2
from fabric_protos.msp import msp_principal_pb2
from hypothesis import given
from hypothesis import strategies as st

from tradelane.gateway.ledger.policy import policy_text

Rule = int | tuple[int, Sequence[Any]]


def envelope(rule: Rule, signers: Sequence[tuple[str, int]] = (("A", 3), ("B", 1), ("C", 2))) -> bytes:
    principals = [
        msp_principal_pb2.MSPPrincipal(
            principal_classification=msp_principal_pb2.MSPPrincipal.ROLE,
            principal=msp_principal_pb2.MSPRole(msp_identifier=msp, role=role).SerializeToString(),
        )
        for msp, role in signers
    ]
    found = policies_pb2.SignaturePolicyEnvelope(rule=message(rule), identities=principals)
    return found.SerializeToString()  # type: ignore[no-any-return]


def message(rule: Rule) -> Any:
    if isinstance(rule, int):
        return policies_pb2.SignaturePolicy(signed_by=rule)
    inner = policies_pb2.SignaturePolicy.NOutOf(n=rule[0], rules=[message(each) for each in rule[1]])
    return policies_pb2.SignaturePolicy(n_out_of=inner)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (0, "A.peer"),
        ((1, [0]), "A.peer"),
        ((2, [0, 1]), "A.peer and B.admin"),
        ((1, [0, 1]), "A.peer or B.admin"),
        ((2, [0, 1, 2]), "2 of A.peer, B.admin, C.client"),
        ((2, [0, (1, [1, 2])]), "A.peer and (B.admin or C.client)"),
    ],
)
def test_a_policy_in_words(rule: Rule, text: str) -> None:
    assert policy_text(envelope(rule)) == text


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", envelope(7), envelope(-1), envelope((1, [])), envelope(0, [("A", 99)])],
    ids=["empty", "no message", "no such signer", "a negative signer", "no rules", "no such role"],
)
def test_what_is_no_policy_of_roles_has_no_words(data: bytes) -> None:
    assert policy_text(data) is None


@given(st.binary(max_size=200))
def test_random_bytes_do_no_harm(data: bytes) -> None:
    assert policy_text(data) is None or policy_text(data)
