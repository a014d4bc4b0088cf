"""Parties: who is admitted, and how a regulated role gets its effect."""

from tradelane.model.events import PartyFact
from tradelane.model.identifiers import MspId, PartyId
from tradelane.model.party import REGULATED_ROLES, AdmitRequest, LicenceRequest, PartyRecord, PartyRole
from tradelane.rules.refusal import Code, Refused


def known(party: PartyRecord | None, party_id: PartyId) -> PartyRecord:
    """Return a party that was asked for by its id.

    Raises:
        Refused: UNKNOWN_PARTY.
    """
    if party is None:
        raise Refused(
            404, Code.UNKNOWN_PARTY, f"no party {party_id!r} has been admitted to this channel", {"partyId": party_id}
        )
    return party


def known_lei(party_id: PartyId | None, lei: str) -> PartyId:
    """Return the party that was asked for by its Legal Entity Identifier.

    Raises:
        Refused: UNKNOWN_PARTY.
    """
    if party_id is None:
        raise Refused(404, Code.UNKNOWN_PARTY, f"no admitted party has the Legal Entity Identifier {lei}", {"lei": lei})
    return party_id


def require_licensed(actor: PartyRecord) -> None:
    """Demand that an actor has a role with effect.

    Raises:
        Refused: NOT_LICENSED.
    """
    if not actor.effective_roles:
        raise Refused(
            403,
            Code.NOT_LICENSED,
            f"none of the roles of {actor.party_id!r} has effect before its authority licenses it",
        )


def require_platform(actor: PartyRecord) -> None:
    """Demand that who asks about documents of others is a licensed operator of the way to other platforms.

    Raises:
        Refused: NOT_A_PLATFORM.
    """
    if PartyRole.PLATFORM not in actor.effective_roles:
        raise Refused(
            403,
            Code.NOT_A_PLATFORM,
            f"whether there is a title over a document is told to parties licensed as {PartyRole.PLATFORM} only, to "
            f"which documents are sent, and {actor.party_id!r} is none",
            {"partyId": actor.party_id},
        )


def require_licensed_recipient(recipient: PartyRecord) -> None:
    """Demand that a recipient has a role with effect.

    Raises:
        Refused: RECIPIENT_NOT_LICENSED.
    """
    if not recipient.effective_roles:
        raise Refused(
            422,
            Code.RECIPIENT_NOT_LICENSED,
            f"none of the roles of {recipient.party_id!r} has effect before its authority licenses it",
            {"partyId": recipient.party_id},
        )


def admit(
    request: AdmitRequest, msp_id: MspId, same_id: PartyRecord | None, same_lei: PartyId | None
) -> tuple[PartyRecord, PartyFact]:
    """Admit a party to the channel, at home in the organisation of the administrator who admits it.

    Args:
        request: Who it is; roles are stored once each, in the order given.
        msp_id: The administrator's organisation.
        same_id: The party that has this id already.
        same_lei: The party that has this Legal Entity Identifier already.

    Raises:
        Refused: PARTY_EXISTS, or LEI_EXISTS: one legal entity is one party.
    """
    if same_id is not None:
        raise Refused(
            409,
            Code.PARTY_EXISTS,
            f"the party {request.party_id!r} exists already; choose another id",
            {"partyId": request.party_id},
        )
    if same_lei is not None:
        raise Refused(
            409,
            Code.LEI_EXISTS,
            f"the Legal Entity Identifier {request.lei} is already that of party {same_lei!r}",
            {"lei": request.lei, "partyId": same_lei},
        )
    roles = tuple(dict.fromkeys(request.roles))
    record = PartyRecord(party_id=request.party_id, msp_id=msp_id, lei=request.lei, roles=roles)
    return record, PartyFact(action="ADMITTED", party_id=record.party_id, msp_id=msp_id)


def license_role(
    request: LicenceRequest, authority: PartyRecord, party: PartyRecord | None
) -> tuple[PartyRecord, PartyFact]:
    """Give a party's regulated role its effect.

    Args:
        request: Which party and role.
        authority: The acting party, known to be an authority.
        party: The party that is to be licensed.

    Raises:
        Refused: UNKNOWN_PARTY; FOREIGN_ORGANISATION, an authority licenses in its own jurisdiction only;
            ROLE_NOT_REGULATED; ROLE_NOT_HELD; ALREADY_LICENSED.
    """
    record = known(party, request.party_id)
    details = {"partyId": record.party_id, "role": request.role.value}
    if record.msp_id != authority.msp_id:
        raise Refused(
            403,
            Code.FOREIGN_ORGANISATION,
            f"{record.party_id!r} is at home in {record.msp_id}; only an authority of {record.msp_id} licenses it",
            details,
        )
    if request.role not in REGULATED_ROLES:
        raise Refused(
            422,
            Code.ROLE_NOT_REGULATED,
            f"the role {request.role} needs no licence; regulated are {' and '.join(REGULATED_ROLES)}",
            details,
        )
    if request.role not in record.roles:
        raise Refused(
            422, Code.ROLE_NOT_HELD, f"{record.party_id!r} was not admitted with the role {request.role}", details
        )
    if request.role in record.licensed_roles:
        raise Refused(409, Code.ALREADY_LICENSED, f"{record.party_id!r} is licensed as {request.role} already", details)
    licensed = record.model_copy(update={"licensed_roles": tuple(sorted((*record.licensed_roles, request.role)))})
    fact = PartyFact(action="LICENSED", party_id=record.party_id, msp_id=record.msp_id, role=request.role)
    return licensed, fact
