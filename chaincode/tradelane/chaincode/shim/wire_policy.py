"""Endorsement policies as Fabric's SignaturePolicyEnvelope: a tree of numbers which point into a list of principals."""

from typing import Any

from fabric_protos.common import policies_pb2
from fabric_protos.msp import msp_principal_pb2
from google.protobuf.message import DecodeError

from tradelane.chaincode.shim.errors import UnreadablePolicy
from tradelane.chaincode.shim.policy import NOutOf, Opaque, Policy, Role, SignedBy

_ROLE = msp_principal_pb2.MSPPrincipal.Classification.ROLE


def encode_policy(policy: Policy) -> bytes:
    """Encode a policy; equal policies give equal bytes, since endorsers must agree on them."""
    if isinstance(policy, Opaque):
        return policy.encoded
    signers: dict[SignedBy, int] = {}
    rule = _encode_rule(policy, signers)
    envelope = policies_pb2.SignaturePolicyEnvelope(version=0, rule=rule, identities=map(_principal, signers))
    data: bytes = envelope.SerializeToString(deterministic=True)
    return data


def decode_policy(data: bytes) -> Policy:
    """Decode a policy; one which the values here do not express is opaque.

    Any chaincode may have written it, and Fabric looks at it no earlier than when the key is changed.

    Raises:
        UnreadablePolicy: The bytes are no policy.
    """
    try:
        envelope = policies_pb2.SignaturePolicyEnvelope.FromString(data)
        _check_rule(envelope.rule, len(envelope.identities))
        signers = [_signer(principal) for principal in envelope.identities]
        return _decode_rule(envelope.rule, signers)
    except DecodeError as error:
        raise UnreadablePolicy("what stands where the key's endorsement policy should be is none") from error
    except _Inexpressible:
        return Opaque(data)


class _Inexpressible(Exception):
    """A policy is legal and of another kind than ours."""


def _check_rule(rule: Any, count: int) -> None:  # noqa: ANN401 - fabric_protos ships without types
    match rule.WhichOneof("Type"):
        case "signed_by" if 0 <= rule.signed_by < count:
            return
        case "n_out_of":
            for each in rule.n_out_of.rules:
                _check_rule(each, count)
        case _:
            raise UnreadablePolicy("a rule of the key's endorsement policy is empty or names nobody")


def _encode_rule(policy: SignedBy | NOutOf, signers: dict[SignedBy, int]) -> Any:  # noqa: ANN401
    if isinstance(policy, SignedBy):
        index = signers.setdefault(policy, len(signers))
        return policies_pb2.SignaturePolicy(signed_by=index)
    rules = [_encode_rule(each, signers) for each in policy.policies if not isinstance(each, Opaque)]  # none is
    return policies_pb2.SignaturePolicy(n_out_of=policies_pb2.SignaturePolicy.NOutOf(n=policy.n, rules=rules))


def _principal(signer: SignedBy) -> Any:  # noqa: ANN401
    role = msp_principal_pb2.MSPRole(msp_identifier=signer.msp_id, role=int(signer.role))
    return msp_principal_pb2.MSPPrincipal(
        principal_classification=_ROLE, principal=role.SerializeToString(deterministic=True)
    )


def _decode_rule(rule: Any, signers: list[SignedBy]) -> Policy:  # noqa: ANN401
    if rule.WhichOneof("Type") == "signed_by":
        return signers[int(rule.signed_by)]
    rules = tuple(_decode_rule(each, signers) for each in rule.n_out_of.rules)
    try:
        return NOutOf(rule.n_out_of.n, rules)
    except ValueError as error:  # such as none of nobody, which Go's helper writes for no organisation
        raise _Inexpressible from error


def _signer(principal: Any) -> SignedBy:  # noqa: ANN401
    if principal.principal_classification != _ROLE:
        raise _Inexpressible
    role = msp_principal_pb2.MSPRole.FromString(principal.principal)
    if role.role not in set(Role):
        raise _Inexpressible
    return SignedBy(role.msp_identifier, Role(role.role))
