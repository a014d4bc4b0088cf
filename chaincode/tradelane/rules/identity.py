"""Who is asking: from what the certificate says to an actor, denying by default.

The organisation is the one that signed the certificate; the party and the role are attributes set by that
organisation's CA. Nothing is ever taken from a request's arguments.
"""

from dataclasses import dataclass
from enum import StrEnum

from tradelane.model.identifiers import MspId, PartyId
from tradelane.model.party import PartyRecord, PartyRole
from tradelane.rules.refusal import Code, Refused


class UserRole(StrEnum):
    """What a user may do for its party (certificate attribute `tradelane.role`)."""

    SIGNER = "signer"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Caller:
    """What the caller's certificate says.

    Attributes:
        msp_id: The organisation whose CA issued it.
        party_id: The party the user belongs to, None for an administrator or a stranger.
        role: Viewer where the certificate names no role, or one unknown here.
        is_admin: Whether it is one of the organisation's administrators.
    """

    msp_id: MspId
    party_id: PartyId | None
    role: UserRole
    is_admin: bool


def party_of(caller: Caller) -> PartyId:
    """Return the id of the party the caller belongs to.

    Raises:
        Refused: NOT_IDENTIFIED, the certificate names no party.
    """
    if caller.party_id is None:
        raise Refused(
            403,
            Code.NOT_IDENTIFIED,
            "your certificate names no party; use the certificate of a user whom your organisation's administrator "
            "enrolled for one",
        )
    return caller.party_id


def reader(caller: Caller, party: PartyRecord | None) -> PartyRecord:
    """Return the party for which the caller may read.

    Args:
        caller: Who is asking.
        party: The record of the party that the certificate names, None where it has not been admitted.

    Raises:
        Refused: NOT_IDENTIFIED, UNKNOWN_PARTY, or FOREIGN_ORGANISATION: the party is at home in another organisation.
    """
    party_id = party_of(caller)
    if party is None:
        raise Refused(
            404,
            Code.UNKNOWN_PARTY,
            f"the party {party_id!r} in your certificate has not been admitted; an administrator of your organisation "
            "admits it",
            {"partyId": party_id},
        )
    if party.msp_id != caller.msp_id:
        raise Refused(
            403,
            Code.FOREIGN_ORGANISATION,
            f"the party {party_id!r} is at home in {party.msp_id}, but your certificate is from {caller.msp_id}; only "
            f"users of {party.msp_id} act for it",
            {"partyId": party_id, "mspId": party.msp_id},
        )
    return party


def signer(caller: Caller, party: PartyRecord | None) -> PartyRecord:
    """Return the party for which the caller may act.

    Raises:
        Refused: As reader; NOT_SIGNER: the user may only read.
    """
    actor = reader(caller, party)
    if caller.role is not UserRole.SIGNER:
        raise Refused(
            403,
            Code.NOT_SIGNER,
            f"your certificate lets you read for {actor.party_id!r} but not act; a user with the role signer can",
        )
    return actor


def administrator(caller: Caller) -> MspId:
    """Return the organisation the caller administers.

    Raises:
        Refused: NOT_ADMIN.
    """
    if not caller.is_admin:
        raise Refused(
            403, Code.NOT_ADMIN, f"only an administrator of {caller.msp_id} may do this; your certificate is not one"
        )
    return caller.msp_id


def authority(actor: PartyRecord) -> PartyRecord:
    """Return the actor, where it is an authority.

    Raises:
        Refused: NOT_AUTHORITY.
    """
    if PartyRole.AUTHORITY not in actor.effective_roles:
        raise Refused(
            403,
            Code.NOT_AUTHORITY,
            f"{actor.party_id!r} does not have the role AUTHORITY, which alone licenses regulated roles",
        )
    return actor
