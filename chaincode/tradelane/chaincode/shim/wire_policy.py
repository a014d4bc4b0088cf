"""Endorsement policies as Fabric's SignaturePolicyEnvelope: a tree of numbers which point into a list of principals."""

from typing import Any

from fabric_protos.common import policies_pb2
from fabric_protos.msp import msp_principal_pb2
from google.protobuf.message import DecodeError

from tradelane.chaincode.shim.errors import ProtocolViolation
from tradelane.chaincode.shim.policy import NOutOf, Policy, SignedBy

_ROLE = msp_principal_pb2.MSPPrincipal.Classification.ROLE
_PEER = msp_principal_pb2.MSPRole.MSPRoleType.PEER


def encode_policy(policy: Policy) -> bytes:
    """Encode a policy; equal policies give equal bytes, since endorsers must agree on them."""
    msp_ids: dict[str, int] = {}
    rule = _encode_rule(policy, msp_ids)
    envelope = policies_pb2.SignaturePolicyEnvelope(version=0, rule=rule, identities=map(_peer_of, msp_ids))
    data: bytes = envelope.SerializeToString(deterministic=True)
    return data


def decode_policy(data: bytes) -> Policy:
    """Decode a policy.

    Raises:
        ProtocolViolation: The bytes are no policy, or one of other principals than organisations' peers.
    """
    try:
        envelope = policies_pb2.SignaturePolicyEnvelope.FromString(data)
        msp_ids = [_msp_of(principal) for principal in envelope.identities]
        return _decode_rule(envelope.rule, msp_ids)
    except (DecodeError, IndexError, ValueError) as error:
        raise ProtocolViolation("the key's endorsement policy is malformed") from error


def _encode_rule(policy: Policy, msp_ids: dict[str, int]) -> Any:  # noqa: ANN401 - fabric_protos ships without types
    if isinstance(policy, SignedBy):
        index = msp_ids.setdefault(policy.msp_id, len(msp_ids))
        return policies_pb2.SignaturePolicy(signed_by=index)
    rules = [_encode_rule(each, msp_ids) for each in policy.policies]
    return policies_pb2.SignaturePolicy(n_out_of=policies_pb2.SignaturePolicy.NOutOf(n=policy.n, rules=rules))


def _peer_of(msp_id: str) -> Any:  # noqa: ANN401
    role = msp_principal_pb2.MSPRole(msp_identifier=msp_id, role=_PEER)
    return msp_principal_pb2.MSPPrincipal(
        principal_classification=_ROLE, principal=role.SerializeToString(deterministic=True)
    )


def _decode_rule(rule: Any, msp_ids: list[str]) -> Policy:  # noqa: ANN401
    match rule.WhichOneof("Type"):
        case "signed_by":
            return SignedBy(msp_ids[rule.signed_by])
        case "n_out_of":
            return NOutOf(rule.n_out_of.n, tuple(_decode_rule(each, msp_ids) for each in rule.n_out_of.rules))
        case _:
            raise ProtocolViolation("the key's endorsement policy has an empty rule")


def _msp_of(principal: Any) -> str:  # noqa: ANN401
    role = msp_principal_pb2.MSPRole.FromString(principal.principal)
    if principal.principal_classification != _ROLE or role.role != _PEER:
        raise ProtocolViolation("the key's endorsement policy names others than organisations' peers")
    msp_id: str = role.msp_identifier
    return msp_id
