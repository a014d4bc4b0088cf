"""Parties and titles for tests of the rules."""

import hashlib
from typing import Any

from tradelane.model.document import Lodgement
from tradelane.model.party import NetworkRecord, PartyRecord, PartyRole
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import (
    Abroad,
    Action,
    Delivery,
    EndorsementRule,
    Freeze,
    Incoming,
    LastAction,
    Pledge,
)
from tradelane.rules.ebl import Act, IssueFacts

HK, SH = "HongKongMSP", "ShanghaiMSP"
NETWORK = NetworkRecord(msp_ids=(HK, SH))
BOTH = EndorsementRule(required=(HK, SH))
NOW = "2026-03-01T12:00:00.000Z"
LATER = "2026-03-02T08:30:00.250Z"
_LEI = "529900T8BM49AURSDO55"


def party(party_id: str, msp_id: str, *roles: PartyRole, licensed: tuple[PartyRole, ...] = ()) -> PartyRecord:
    """Return a party; the rules of titles do not look at its identifier."""
    return PartyRecord(party_id=party_id, msp_id=msp_id, lei=_LEI, roles=roles, licensed_roles=licensed)


CARRIER = party("carrier", SH, PartyRole.CARRIER)
RIVAL = party("rival-carrier", HK, PartyRole.CARRIER)
EXPORTER = party("exporter", SH, PartyRole.TRADER)
BANK = party("bank", HK, PartyRole.BANK, licensed=(PartyRole.BANK,))
IMPORTER = party("importer", HK, PartyRole.TRADER)
STRANGER = party("stranger", HK, PartyRole.TRADER)
UNLICENSED = party("unlicensed-bank", HK, PartyRole.BANK)
OTHER_BANK = party("other-bank", HK, PartyRole.BANK, licensed=(PartyRole.BANK,))
AUTHORITY = party("authority", HK, PartyRole.AUTHORITY)
COURT = party("court", SH, PartyRole.AUTHORITY)
OPERATOR = party("operator", HK, PartyRole.PLATFORM, licensed=(PartyRole.PLATFORM,))
SUCCESSOR = party("successor", SH, PartyRole.TRADER)
EVERYONE = (
    CARRIER,
    RIVAL,
    EXPORTER,
    BANK,
    OTHER_BANK,
    IMPORTER,
    STRANGER,
    UNLICENSED,
    AUTHORITY,
    COURT,
    SUCCESSOR,
    OPERATOR,
)
EVIDENCE = "e" * 64
LEFT_BY, BACK_BY = "1" * 64, "2" * 64
"""The chain entries with which a title leaves and comes back."""


def lodgement(**changes: Any) -> Lodgement:
    """Return the facts of an electronic bill of lading to the exporter's order."""
    facts: dict[str, Any] = {
        "document_id": "d" * 32,
        "commitment": "c" * 64,
        "owner": CARRIER.party_id,
        "transport_document_type_code": "BOL",
        "transport_document_status": "ISSUED",
        "is_electronic": True,
        "is_to_order": True,
        "endorsee": EXPORTER.party_id,
    }
    return Lodgement(**{**facts, **changes})


def issue_facts(
    facts: Lodgement | None = None,
    endorsee: PartyRecord | None = EXPORTER,
    consignee: PartyRecord | None = None,
    **more: Any,
) -> IssueFacts:
    """Return what an issue over facts that are lodged brings along."""
    facts = facts or lodgement()
    digest = hashlib.sha256(facts.to_json()).digest()
    return IssueFacts(more.pop("title_id", "a" * 32), facts, digest, endorsee, consignee, **more)


def issue_act(*args: Any, **more: Any) -> Act:
    """Return the act of issuing over facts that are lodged; see `issue_facts`."""
    return Act(Action.ISSUE, issue_facts(*args, **more))


def title(**changes: Any) -> TitleRecord:
    """Return a title to order, issued to the exporter, who holds it as its endorsee."""
    record = TitleRecord(
        title_id="a" * 32,
        document_id="d" * 32,
        commitment="c" * 64,
        is_to_order=True,
        status=TitleStatus.ISSUED,
        issuer=CARRIER.ref,
        possessor=EXPORTER.ref,
        endorsee=EXPORTER.ref,
        endorsee_may_endorse=True,
        first_possessor=EXPORTER.ref,
        parties=(CARRIER.party_id, EXPORTER.party_id),
        sequence=1,
        last_action=LastAction(
            action_code=Action.ISSUE, actor=CARRIER.ref, recipient=EXPORTER.ref, action_date_time=NOW
        ),
        endorsement=BOTH,
    )
    return record.model_copy(update=changes)


def straight(**changes: Any) -> TitleRecord:
    """Return a straight title, issued to the exporter and consigned to the importer."""
    return title(
        **{
            "is_to_order": False,
            "endorsee": None,
            "endorsee_may_endorse": False,
            "consignee": IMPORTER.ref,
            **changes,
        }
    )


def pending(**changes: Any) -> TitleRecord:
    """Return a title that the exporter has surrendered for delivery."""
    return title(
        **{
            "status": TitleStatus.PENDING_SURRENDER_FOR_DELIVERY,
            "possessor": CARRIER.ref,
            "surrendered_by": EXPORTER.ref,
            "sequence": 2,
            **changes,
        }
    )


def pending_amendment(**changes: Any) -> TitleRecord:
    """Return a title that the exporter has surrendered for amendment."""
    return pending(**{"status": TitleStatus.PENDING_SURRENDER_FOR_AMENDMENT, **changes})


def ended(**changes: Any) -> TitleRecord:
    """Return a title whose surrender for delivery the carrier has accepted."""
    return pending(**{"status": TitleStatus.SURRENDERED_FOR_DELIVERY, "possessor": None, "sequence": 3, **changes})


def amendable(**changes: Any) -> TitleRecord:
    """Return a title whose surrender for amendment the carrier has accepted."""
    return ended(**{"status": TitleStatus.SURRENDERED_FOR_AMENDMENT, **changes})


def voided(**changes: Any) -> TitleRecord:
    """Return a title that was replaced."""
    return amendable(**{"status": TitleStatus.VOIDED, "sequence": 4, **changes})


def accomplished(**changes: Any) -> TitleRecord:
    """Return a title whose goods were delivered."""
    return ended(**{"delivery": Delivery(reference=EVIDENCE, date_time=LATER), "sequence": 4, **changes})


def pledged(**changes: Any) -> TitleRecord:
    """Return a title that the exporter has pledged to the bank."""
    pledge = Pledge(pledgor=EXPORTER.ref, pledgee=BANK.ref, since=NOW)
    parties = (CARRIER.party_id, EXPORTER.party_id, BANK.party_id)
    return title(**{"possessor": BANK.ref, "pledge": pledge, "parties": parties, "sequence": 2, **changes})


def exported(**changes: Any) -> TitleRecord:
    """Return a title that the exporter has sent to another platform by the operator."""
    abroad = Abroad(operator=OPERATOR.ref, platform="WAVE", entry=LEFT_BY, since=NOW)
    parties = (CARRIER.party_id, EXPORTER.party_id, OPERATOR.party_id)
    return title(**{"possessor": None, "abroad": abroad, "parties": parties, "sequence": 2, **changes})


def frozen(**changes: Any) -> TitleRecord:
    """Return a title that the authority of Shanghai has frozen."""
    return title(**{"freeze": Freeze(authority=COURT.ref, order=EVIDENCE, since=NOW), "sequence": 2, **changes})


def waybill(**changes: Any) -> TitleRecord:
    """Return a sea waybill, issued to the exporter and consigned to the importer."""
    return straight(**{"transport_document_type_code": "SWB", **changes})


def received(**changes: Any) -> TitleRecord:
    """Return a title whose possession the bank was given by the exporter, and may refuse."""
    entry = Incoming(action_code=Action.TRANSFER, receiver=BANK.ref, possessor=EXPORTER.ref)
    parties = (CARRIER.party_id, EXPORTER.party_id, BANK.party_id)
    return title(**{"possessor": BANK.ref, "incoming": (entry,), "parties": parties, "sequence": 2, **changes})
