"""What must hold for a document to become a title."""

import hashlib

from tradelane.model.law import GoverningLaw
from tradelane.model.party import PartyRole
from tradelane.rules.ebl.case import Case
from tradelane.rules.ebl.law import RULE_SETS
from tradelane.rules.refusal import Code, Refused


def carrier(case: Case) -> None:
    """The actor is a carrier."""
    if PartyRole.CARRIER not in case.actor.effective_roles:
        raise Refused(
            403, Code.NOT_CARRIER, f"only a carrier issues a bill of lading, and {case.actor.party_id!r} is none"
        )


def title_document(case: Case) -> None:
    """The document is an issued electronic bill of lading or sea waybill."""
    lodgement = case.issue.lodgement
    wanted = {
        "transportDocumentTypeCode": (lodgement.transport_document_type_code, ("BOL", "SWB")),
        "transportDocumentStatus": (lodgement.transport_document_status, ("ISSUED",)),
        "isElectronic": (str(lodgement.is_electronic).lower(), ("true",)),
    }
    for field, (found, demanded) in wanted.items():
        if found not in demanded:
            raise Refused(
                422,
                Code.NOT_A_TITLE_DOCUMENT,
                "only an electronic transport document with status ISSUED is issued here; "
                f"{field} must be {' or '.join(demanded)}",
                {"field": field},
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


def law_in_force(case: Case) -> None:
    """The governing law was in force on the day of the issue."""
    law = case.issue.governing_law
    since = RULE_SETS[law].in_force
    if case.now[: len(since)] < since:
        raise Refused(
            422,
            Code.LAW_NOT_IN_FORCE,
            f"{RULE_SETS[law].instrument} gives effect to titles issued from {since} on; name another governing law",
            {"governingLaw": law.value, "inForce": since},
        )


def law_allows_bearer(case: Case) -> None:
    """A bill endorsed in blank needs a law that knows a right of whoever is in possession."""
    lodgement = case.issue.lodgement
    if lodgement.is_to_order and lodgement.endorsee is None:
        require_bearer(case, case.issue.governing_law)


def law_allows_from_paper(case: Case) -> None:
    """A title that replaces a paper document needs a law which makes that paper inoperative."""
    law = case.issue.governing_law
    if case.issue.paper is not None and not RULE_SETS[law].from_paper:
        raise _not_under(law, "a paper document cannot be replaced by an electronic one")


def law_allows_blank(case: Case) -> None:
    """The governing law knows a right of whoever is in possession."""
    require_bearer(case, case.existing.governing_law)


def require_bearer(case: Case, law: GoverningLaw) -> None:
    """Refuse a bearer's right where the law has none.

    Raises:
        Refused: NOT_UNDER_THIS_LAW.
    """
    if not RULE_SETS[law].bearer:
        raise _not_under(law, f"{case.act.action} cannot make a bearer's bill; name an endorsee")


def _not_under(law: GoverningLaw, what: str) -> Refused:
    return Refused(
        422, Code.NOT_UNDER_THIS_LAW, f"under {RULE_SETS[law].instrument} {what}", {"governingLaw": law.value}
    )
