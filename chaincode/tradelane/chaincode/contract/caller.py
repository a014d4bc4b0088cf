"""The caller as the rules know it, from the certificate that the peer has verified."""

from pydantic import TypeAdapter, ValidationError

from tradelane.chaincode.shim.identity import ClientIdentity
from tradelane.model.identifiers import PartyId
from tradelane.rules.identity import Caller, UserRole

PARTY_ATTRIBUTE = "tradelane.party"
ROLE_ATTRIBUTE = "tradelane.role"
ADMIN_UNIT = "admin"
"""Fabric's node type of an organisation's administrators (NodeOUs)."""

_PARTY_ID: TypeAdapter[PartyId] = TypeAdapter(PartyId)


def caller_of(identity: ClientIdentity) -> Caller:
    """Return who is asking; whatever the certificate does not say clearly is denied."""
    signer = identity.attributes.get(ROLE_ATTRIBUTE) == UserRole.SIGNER
    return Caller(
        msp_id=identity.msp_id,
        party_id=_party_id(identity.attributes.get(PARTY_ATTRIBUTE)),
        role=UserRole.SIGNER if signer else UserRole.VIEWER,
        is_admin=ADMIN_UNIT in identity.organizational_units,
    )


def _party_id(attribute: str | None) -> PartyId | None:
    try:
        return _PARTY_ID.validate_python(attribute, strict=True)
    except ValidationError:
        return None
