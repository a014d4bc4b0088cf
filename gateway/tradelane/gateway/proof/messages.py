"""Fabric's messages as a proof needs them: blocks put together, memberships, policies, chaincode definitions."""

from functools import lru_cache
from typing import Any, Final

from cryptography import x509
from fabric_protos.common import common_pb2, policies_pb2
from fabric_protos.msp import msp_config_pb2, msp_principal_pb2
from fabric_protos.peer import policy_pb2
from fabric_protos.peer.lifecycle import chaincode_definition_pb2, db_pb2
from google.protobuf.message import DecodeError

from tradelane.gateway.errors import MalformedBlock, ProofError
from tradelane.gateway.ledger import Block, decode_block
from tradelane.gateway.ledger.config import ConfigPolicy
from tradelane.gateway.proof.container import CarriedBlock, CarriedHeader
from tradelane.gateway.proof.membership import Membership, Unit
from tradelane.gateway.proof.policies import ImplicitMeta, OutOf, Policy, SignedBy

X509: Final = 0
"""Fabric's number for memberships by X.509 certificate."""
SIGNATURE, IMPLICIT_META = 1, 3
"""Fabric's PolicyType."""
_RULES: Final = ("ANY", "ALL", "MAJORITY")


def block(carried: CarriedBlock | CarriedHeader) -> Block:
    """Put a carried block together again; of a header alone, one without content.

    Raises:
        ProofError: BLOCK_UNREADABLE.
    """
    signatures = [
        common_pb2.MetadataSignature(signature_header=one.header, signature=one.signature) for one in carried.signatures
    ]
    signed = common_pb2.Metadata(value=carried.signed_value, signatures=signatures)
    message = common_pb2.Block(
        header=common_pb2.BlockHeader(
            number=carried.number, previous_hash=bytes.fromhex(carried.previous_hash), data_hash=carried.data_hash
        ),
        data=common_pb2.BlockData(data=carried.envelopes),
        metadata=common_pb2.BlockMetadata(metadata=[signed.SerializeToString()]),
    )
    try:
        return decode_block(message.SerializeToString())
    except MalformedBlock as error:
        raise ProofError(
            f"Block {carried.number} cannot be read: {error.message}",
            code="BLOCK_UNREADABLE",
            details={"block": str(carried.number)},
        ) from error


def membership(data: bytes) -> Membership:
    """Read an organisation's membership rules from a channel's configuration.

    Raises:
        ProofError: CONFIGURATION_UNREADABLE; MEMBERSHIP_UNSUPPORTED: it is not by X.509 certificate.
    """
    try:
        found = msp_config_pb2.MSPConfig.FromString(data)
        if found.type != X509:
            raise ProofError(
                "An organisation of the channel proves membership by Idemix, which proofs do not support.",
                code="MEMBERSHIP_UNSUPPORTED",
            )
        return _membership(msp_config_pb2.FabricMSPConfig.FromString(found.config))
    except (DecodeError, ValueError) as error:
        raise _unreadable("an organisation's membership") from error


@lru_cache(maxsize=256)  # the same few judge every transaction
def policy(found: ConfigPolicy) -> Policy | ImplicitMeta:
    """Read a policy of the configuration.

    Raises:
        ProofError: CONFIGURATION_UNREADABLE, POLICY_UNSUPPORTED.
    """
    if found.type == SIGNATURE:
        return signature_policy(found.value)
    if found.type != IMPLICIT_META:
        raise ProofError(f"A policy of type {found.type} is not supported.", code="POLICY_UNSUPPORTED")
    try:
        meta = policies_pb2.ImplicitMetaPolicy.FromString(found.value)
    except DecodeError as error:
        raise _unreadable("a policy") from error
    return ImplicitMeta(_RULES[meta.rule], meta.sub_policy)


@lru_cache(maxsize=256)
def signature_policy(data: bytes) -> Policy:
    """Read a SignaturePolicyEnvelope, as keys and configurations have them.

    Raises:
        ProofError: CONFIGURATION_UNREADABLE; POLICY_UNSUPPORTED: it names signers otherwise than by role.
    """
    try:
        envelope = policies_pb2.SignaturePolicyEnvelope.FromString(data)
        signers = [_signer(one) for one in envelope.identities]
        return _rule(envelope.rule, signers)
    except (DecodeError, ValueError, IndexError) as error:
        raise _unreadable("a signature policy") from error


def chaincode_policy(data: bytes) -> Policy | str:
    """Read who must endorse a chaincode's transactions, from `ValidationInfo` as the lifecycle writes it.

    Returns:
        A policy, or the path of one in the channel's configuration.

    Raises:
        ProofError: DEFINITION_UNREADABLE; DEFINITION_UNSUPPORTED: another validation than Fabric's own.
    """
    try:
        state = db_pb2.StateData.FromString(data)
        info = chaincode_definition_pb2.ChaincodeValidationInfo.FromString(state.Bytes)
        found = policy_pb2.ApplicationPolicy.FromString(info.validation_parameter)
    except DecodeError as error:
        raise ProofError("The chaincode's definition cannot be read.", code="DEFINITION_UNREADABLE") from error
    if info.validation_plugin != "vscc":
        raise ProofError(
            f"The chaincode is validated by the plug-in {info.validation_plugin!r}, whose rules are not known here.",
            code="DEFINITION_UNSUPPORTED",
        )
    if found.WhichOneof("Type") == "signature_policy":
        return signature_policy(found.signature_policy.SerializeToString())
    return str(found.channel_config_policy_reference)


def _membership(found: Any) -> Membership:  # noqa: ANN401 -- Fabric ships no types
    certificates = x509.load_pem_x509_certificate
    units = found.fabric_node_ous if found.fabric_node_ous.enable else None
    return Membership(
        msp_id=found.name,
        roots=tuple(certificates(one) for one in found.root_certs),
        intermediates=tuple(certificates(one) for one in found.intermediate_certs),
        revoked=frozenset(
            (crl.issuer.rfc4514_string(), one.serial_number)
            for crl in map(x509.load_pem_x509_crl, found.revocation_list)
            for one in crl
        ),
        admins=frozenset(found.admins),
        units=None
        if units is None
        else {role: _unit(getattr(units, f"{role}_ou_identifier")) for role in ("client", "peer", "admin", "orderer")},
    )


def _unit(found: Any) -> Unit:  # noqa: ANN401
    issuer = x509.load_pem_x509_certificate(found.certificate) if found.certificate else None
    return Unit(found.organizational_unit_identifier, issuer)


def _signer(principal: Any) -> SignedBy:  # noqa: ANN401
    if principal.principal_classification != msp_principal_pb2.MSPPrincipal.ROLE:
        raise ProofError("A policy names signers otherwise than by their role.", code="POLICY_UNSUPPORTED")
    role = msp_principal_pb2.MSPRole.FromString(principal.principal)
    return SignedBy(role.msp_identifier, msp_principal_pb2.MSPRole.MSPRoleType.Name(role.role).lower())


def _rule(rule: Any, signers: list[SignedBy]) -> Policy:  # noqa: ANN401
    match rule.WhichOneof("Type"):
        case "signed_by" if rule.signed_by >= 0:
            return signers[int(rule.signed_by)]
        case "n_out_of":
            return OutOf(int(rule.n_out_of.n), tuple(_rule(one, signers) for one in rule.n_out_of.rules))
        case _:
            raise ValueError("no rule")


def _unreadable(what: str) -> ProofError:
    return ProofError(f"In the channel's configuration {what} cannot be read.", code="CONFIGURATION_UNREADABLE")
