"""What must hold for an act on a title; each guard raises one refusal, its first line says what it demands.

The table lists an act's guards in the order of looking: who is acting, then control, then what is asked for. Parties
are compared with their home organisation: a majority that moved a party's record elsewhere would not get its titles.
"""

import hashlib

from tradelane.model.party import PartyRole
from tradelane.rules.ebl.case import Case
from tradelane.rules.party import require_licensed, require_licensed_recipient
from tradelane.rules.refusal import Code, Refused


def licensed(case: Case) -> None:
    """The actor has a role with effect."""
    require_licensed(case.actor)


def carrier(case: Case) -> None:
    """The actor is a carrier."""
    if PartyRole.CARRIER not in case.actor.effective_roles:
        raise Refused(
            403, Code.NOT_CARRIER, f"only a carrier issues a bill of lading, and {case.actor.party_id!r} is none"
        )


def owner(case: Case) -> None:
    """The actor lodged the document."""
    if case.issue.lodgement.owner != case.actor.party_id:
        raise Refused(
            403,
            Code.NOT_OWNER,
            f"this document was lodged by {case.issue.lodgement.owner!r}, who alone may issue a title over it",
        )


def lodged(case: Case) -> None:
    """The facts of the document are those its carrier's organisation has examined and holds."""
    if case.issue.lodged_digest != hashlib.sha256(case.issue.lodgement.to_json()).digest():
        raise Refused(
            422,
            Code.NOT_LODGED,
            f"{case.actor.msp_id} holds no such lodgement; lodge the document first and send its lodgement unchanged",
            {"documentId": case.issue.lodgement.document_id},
        )


def title_document(case: Case) -> None:
    """The document is an issued electronic bill of lading."""
    lodgement = case.issue.lodgement
    wanted = {
        "transportDocumentTypeCode": (lodgement.transport_document_type_code, "BOL"),
        "transportDocumentStatus": (lodgement.transport_document_status, "ISSUED"),
        "isElectronic": (str(lodgement.is_electronic).lower(), "true"),
    }
    for field, (found, demanded) in wanted.items():
        if found != demanded:
            raise Refused(
                422,
                Code.NOT_A_TITLE_DOCUMENT,
                f"only an electronic bill of lading with status ISSUED becomes a title; {field} must be {demanded}",
                {"field": field},
            )


def in_control(case: Case) -> None:
    """The actor is in control (possession)."""
    if case.existing.possessor != case.actor.ref:
        raise Refused(
            403,
            Code.NOT_IN_CONTROL,
            f"only the party in control of this title may do this, and {case.actor.party_id!r} is not in control",
            {"titleId": case.existing.title_id},
        )


def issuer(case: Case) -> None:
    """The actor issued the title."""
    if case.existing.issuer != case.actor.ref:
        raise Refused(
            403,
            Code.NOT_ISSUER,
            f"only the issuing carrier answers a surrender, and {case.actor.party_id!r} is not it",
            {"titleId": case.existing.title_id},
        )


def negotiable(case: Case) -> None:
    """The title is to order."""
    if not case.existing.is_to_order:
        raise Refused(
            422,
            Code.NOT_NEGOTIABLE,
            "a straight bill of lading (isToOrder false) cannot be endorsed; its possession can be transferred",
            {"titleId": case.existing.title_id},
        )


def current_endorsee(case: Case) -> None:
    """The actor is the endorsee, or the title is endorsed in blank."""
    if case.existing.endorsee not in (None, case.actor.ref):
        raise Refused(
            403,
            Code.NOT_ENDORSEE,
            f"only the endorsee may endorse this title, and {case.actor.party_id!r} holds it without being that",
            {"titleId": case.existing.title_id},
        )


def may_endorse_on(case: Case) -> None:
    """The endorsee was endorsed to order, or the title is endorsed in blank."""
    if case.existing.endorsee is not None and not case.existing.endorsee_may_endorse:
        raise Refused(
            422,
            Code.ENDORSEE_MAY_NOT_ENDORSE,
            "the title was endorsed to you by name (ENDORSE), not to your order, so you cannot endorse it on",
            {"titleId": case.existing.title_id},
        )


def titleholder(case: Case) -> None:
    """The actor may claim the goods: named endorsee; blank: anyone; straight: consignee or first possessor."""
    title, actor = case.existing, case.actor
    if title.is_to_order:
        entitled = title.endorsee in (None, actor.ref)
    else:
        entitled = actor.ref in (title.consignee, title.first_possessor)
    if not entitled:
        raise Refused(
            403,
            Code.NOT_TITLEHOLDER,
            f"{actor.party_id!r} is in possession but may not claim the goods: a bill to order is surrendered by its "
            "endorsee, a straight bill by its consignee or the shipper it was issued to",
            {"titleId": title.title_id},
        )


def recipient_given(case: Case) -> None:
    """A recipient is named."""
    if case.recipient is None:
        raise Refused(422, Code.RECIPIENT_REQUIRED, f"{case.act.action} needs a recipient; name the party")


def no_recipient(case: Case) -> None:
    """No recipient is named."""
    if case.recipient is not None:
        raise Refused(422, Code.RECIPIENT_NOT_ALLOWED, f"{case.act.action} has no recipient; leave it out")


def recipient_other(case: Case) -> None:
    """The recipient is somebody else."""
    if case.receiver.party_id == case.actor.party_id:
        raise Refused(422, Code.SAME_PARTY, f"{case.actor.party_id!r} cannot be its own recipient; name another party")


def recipient_new_endorsee(case: Case) -> None:
    """The recipient is not the endorsee already."""
    endorsee = case.existing.endorsee
    if endorsee is not None and endorsee.party_id == case.receiver.party_id:
        raise Refused(422, Code.SAME_PARTY, f"{endorsee.party_id!r} is the endorsee already; name another party")


def recipient_licensed(case: Case) -> None:
    """The recipient has a role with effect."""
    require_licensed_recipient(case.receiver)
