"""Endorsement policies of keys in words."""

from typing import Any, Final

from fabric_protos.common import policies_pb2
from fabric_protos.msp import msp_principal_pb2
from google.protobuf.message import DecodeError

VALIDATION_PARAMETER: Final = "VALIDATION_PARAMETER"
"""Name of the metadata entry that says who must endorse a change of the key."""


def policy_text(data: bytes) -> str | None:
    """Say who must sign, e.g. `HongKongMSP.peer and ShanghaiMSP.peer`.

    Args:
        data: A `common.SignaturePolicyEnvelope`.

    Returns:
        None if the bytes are none, or it names signers in another way than by a role in an organisation.
    """
    try:
        envelope = policies_pb2.SignaturePolicyEnvelope.FromString(data)
        signers = [_signer(one) for one in envelope.identities]
        return _text(envelope.rule, signers)
    except (DecodeError, ValueError, IndexError):
        return None


def _signer(principal: Any) -> str:  # noqa: ANN401 -- Fabric ships no types
    if principal.principal_classification != msp_principal_pb2.MSPPrincipal.ROLE:
        raise ValueError("no role")
    role = msp_principal_pb2.MSPRole.FromString(principal.principal)
    return f"{role.msp_identifier}.{msp_principal_pb2.MSPRole.MSPRoleType.Name(role.role).lower()}"


def _text(rule: Any, signers: list[str]) -> str:  # noqa: ANN401
    match rule.WhichOneof("Type"):
        case "signed_by" if rule.signed_by >= 0:
            return signers[int(rule.signed_by)]
        case "n_out_of" if rule.n_out_of.rules:
            return _out_of(rule.n_out_of.n, [_text(one, signers) for one in rule.n_out_of.rules])
        case _:
            raise ValueError("no rule")


def _out_of(n: int, parts: list[str]) -> str:
    parts = [f"({each})" if " " in each else each for each in parts] if len(parts) > 1 else parts
    if n == len(parts):
        return " and ".join(parts)
    if n == 1:
        return " or ".join(parts)
    return f"{n} of {', '.join(parts)}"
