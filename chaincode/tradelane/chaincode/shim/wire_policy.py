"""Endorsement policies as Fabric's SignaturePolicyEnvelope: a tree of numbers which point into a list of principals."""

from typing import Any

from fabric_protos.common import policies_pb2
from fabric_protos.msp import msp_principal_pb2
from google.protobuf.message import DecodeError

from tradelane.chaincode.shim.errors import ProtocolViolation
from tradelane.chaincode.shim.policy import NOutOf, Policy, Role, SignedBy

_ROLE = msp_principal_pb2.MSPPrincipal.Classification.ROLE


def encode_policy(policy: Policy) -> bytes:
    """Encode a policy; equal policies give equal bytes, since endorsers must agree on them."""
    signers: dict[SignedBy, int] = {}
    rule = _encode_rule(policy, signers)
    envelope = policies_pb2.SignaturePolicyEnvelope(version=0, rule=rule, identities=map(_principal, signers))
    data: bytes = envelope.SerializeToString(deterministic=True)
    return data


def decode_policy(data: bytes) -> Policy:
    """Decode a policy.

    Raises:
        ProtocolViolation: The bytes are no policy, or one of other principals than roles of organisations.
    """
    try:
        envelope = policies_pb2.SignaturePolicyEnvelope.FromString(data)
        signers = [_signer(principal) for principal in envelope.identities]
        return _decode_rule(envelope.rule, signers)
    except (DecodeError, IndexError, ValueError) as error:
        raise ProtocolViolation("the key's endorsement policy is malformed") from error


def _encode_rule(policy: Policy, signers: dict[SignedBy, int]) -> Any:  # noqa: ANN401 - fabric_protos ships without types
    if isinstance(policy, SignedBy):
        index = signers.setdefault(policy, len(signers))
        return policies_pb2.SignaturePolicy(signed_by=index)
    rules = [_encode_rule(each, signers) for each in policy.policies]
    return policies_pb2.SignaturePolicy(n_out_of=policies_pb2.SignaturePolicy.NOutOf(n=policy.n, rules=rules))


def _principal(signer: SignedBy) -> Any:  # noqa: ANN401
    role = msp_principal_pb2.MSPRole(msp_identifier=signer.msp_id, role=int(signer.role))
    return msp_principal_pb2.MSPPrincipal(
        principal_classification=_ROLE, principal=role.SerializeToString(deterministic=True)
    )


def _decode_rule(rule: Any, signers: list[SignedBy]) -> Policy:  # noqa: ANN401
    match rule.WhichOneof("Type"):
        case "signed_by":
            index = int(rule.signed_by)
            if index < 0:  # which Python would count from the end
                raise ProtocolViolation("the key's endorsement policy points before its principals")
            return signers[index]
        case "n_out_of":
            return NOutOf(rule.n_out_of.n, tuple(_decode_rule(each, signers) for each in rule.n_out_of.rules))
        case _:
            raise ProtocolViolation("the key's endorsement policy has an empty rule")


def _signer(principal: Any) -> SignedBy:  # noqa: ANN401
    if principal.principal_classification != _ROLE:
        raise ProtocolViolation("the key's endorsement policy names others than roles of organisations")
    role = msp_principal_pb2.MSPRole.FromString(principal.principal)
    return SignedBy(role.msp_identifier, Role(role.role))
