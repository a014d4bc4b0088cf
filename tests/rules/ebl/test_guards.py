"""Who is refused what: every guard of every act, with the code it gives."""

import pytest

from tests.support.titles import (
    BANK,
    CARRIER,
    EVERYONE,
    EXPORTER,
    HK,
    IMPORTER,
    LATER,
    NETWORK,
    RIVAL,
    SH,
    STRANGER,
    UNLICENSED,
    issue_act,
    lodgement,
    pending,
    straight,
    title,
)
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.rules.ebl import Act, IssueFacts, decide
from tradelane.rules.refusal import Code, Refused

ENDORSEMENTS = (Action.ENDORSE, Action.ENDORSE_TO_ORDER, Action.BLANK_ENDORSE)
NAMED = (Action.ENDORSE, Action.ENDORSE_TO_ORDER)


def refusal(
    before: TitleRecord | None, act: Act | Action, actor: PartyRecord, recipient: PartyRecord | None = None
) -> Code:
    act = Act(act) if isinstance(act, Action) else act
    with pytest.raises(Refused) as refused:
        decide(before, act, actor, recipient, LATER, NETWORK)
    assert refused.value.message
    return refused.value.code


# Issue


@pytest.mark.parametrize("actor", [party for party in EVERYONE if party not in (CARRIER, RIVAL, UNLICENSED)])
def test_only_a_carrier_issues(actor: PartyRecord) -> None:
    own = lodgement(owner=actor.party_id)
    assert refusal(None, issue_act(own), actor, IMPORTER) is Code.NOT_CARRIER


def test_issue_needs_a_role_with_effect() -> None:
    assert refusal(None, issue_act(), UNLICENSED, EXPORTER) is Code.NOT_LICENSED


def test_another_carrier_does_not_issue_over_what_it_did_not_lodge() -> None:
    assert refusal(None, issue_act(), RIVAL, EXPORTER) is Code.NOT_OWNER


@pytest.mark.parametrize("digest", [None, b"\x00" * 32])
def test_issue_over_facts_that_are_not_lodged(digest: bytes | None) -> None:
    act = Act(Action.ISSUE, IssueFacts("a" * 32, lodgement(), digest, EXPORTER))
    assert refusal(None, act, CARRIER, EXPORTER) is Code.NOT_LODGED


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("transport_document_type_code", "AWB", "transportDocumentTypeCode"),
        ("transport_document_status", "DRAFT", "transportDocumentStatus"),
        ("transport_document_status", "APPROVED", "transportDocumentStatus"),
        ("transport_document_status", "VOIDED", "transportDocumentStatus"),
        ("is_electronic", False, "isElectronic"),
    ],
)
def test_only_an_issued_electronic_bill_becomes_a_title(field: str, value: object, name: str) -> None:
    with pytest.raises(Refused) as refused:
        decide(None, issue_act(lodgement(**{field: value})), CARRIER, EXPORTER, LATER, NETWORK)
    assert refused.value.code is Code.NOT_A_TITLE_DOCUMENT
    assert refused.value.details["field"] == name


def test_issue_to_nobody_to_oneself_or_to_an_unlicensed_bank() -> None:
    assert refusal(None, issue_act(), CARRIER, None) is Code.RECIPIENT_REQUIRED
    assert refusal(None, issue_act(), CARRIER, CARRIER) is Code.SAME_PARTY
    assert refusal(None, issue_act(), CARRIER, UNLICENSED) is Code.RECIPIENT_NOT_LICENSED


# Transfer


@pytest.mark.parametrize("actor", [party for party in EVERYONE if party not in (EXPORTER, UNLICENSED)])
def test_only_the_possessor_transfers(actor: PartyRecord) -> None:
    assert refusal(title(), Action.TRANSFER, actor, BANK) is Code.NOT_IN_CONTROL


def test_endorsee_without_possession_does_not_transfer() -> None:
    assert refusal(title(endorsee=BANK.ref), Action.TRANSFER, BANK, IMPORTER) is Code.NOT_IN_CONTROL


def test_former_possessor_is_refused_after_the_transfer() -> None:
    after = decide(title(), Act(Action.TRANSFER), EXPORTER, BANK, LATER, NETWORK).title
    assert refusal(after, Action.TRANSFER, EXPORTER, IMPORTER) is Code.NOT_IN_CONTROL


def test_transfer_to_nobody_to_oneself_or_to_an_unlicensed_bank() -> None:
    assert refusal(title(), Action.TRANSFER, EXPORTER) is Code.RECIPIENT_REQUIRED
    assert refusal(title(), Action.TRANSFER, EXPORTER, EXPORTER) is Code.SAME_PARTY
    assert refusal(title(), Action.TRANSFER, EXPORTER, UNLICENSED) is Code.RECIPIENT_NOT_LICENSED


def test_unlicensed_bank_does_not_transfer_even_in_possession() -> None:
    assert refusal(title(possessor=UNLICENSED.ref), Action.TRANSFER, UNLICENSED, BANK) is Code.NOT_LICENSED


# Endorsements


@pytest.mark.parametrize("action", ENDORSEMENTS)
def test_only_the_possessor_endorses(action: Action) -> None:
    assert refusal(title(), action, STRANGER, BANK) is Code.NOT_IN_CONTROL
    assert refusal(title(possessor=BANK.ref), action, EXPORTER, BANK) is Code.NOT_IN_CONTROL


@pytest.mark.parametrize("action", ENDORSEMENTS)
def test_unlicensed_bank_does_not_endorse(action: Action) -> None:
    own = title(possessor=UNLICENSED.ref, endorsee=UNLICENSED.ref)
    assert refusal(own, action, UNLICENSED, BANK) is Code.NOT_LICENSED


@pytest.mark.parametrize("action", ENDORSEMENTS)
def test_a_straight_bill_is_not_endorsed(action: Action) -> None:
    assert refusal(straight(), action, EXPORTER, BANK) is Code.NOT_NEGOTIABLE


@pytest.mark.parametrize("action", ENDORSEMENTS)
def test_a_possessor_who_is_not_the_endorsee_does_not_endorse(action: Action) -> None:
    assert refusal(title(possessor=BANK.ref), action, BANK, IMPORTER) is Code.NOT_ENDORSEE


@pytest.mark.parametrize("action", ENDORSEMENTS)
def test_an_endorsee_by_name_does_not_endorse_on(action: Action) -> None:
    assert refusal(title(endorsee_may_endorse=False), action, EXPORTER, BANK) is Code.ENDORSEE_MAY_NOT_ENDORSE


@pytest.mark.parametrize("action", NAMED)
def test_named_endorsement_needs_a_new_and_licensed_recipient(action: Action) -> None:
    assert refusal(title(), action, EXPORTER) is Code.RECIPIENT_REQUIRED
    assert refusal(title(), action, EXPORTER, EXPORTER) is Code.SAME_PARTY
    assert refusal(title(), action, EXPORTER, UNLICENSED) is Code.RECIPIENT_NOT_LICENSED


def test_blank_endorsement_has_no_recipient() -> None:
    assert refusal(title(), Action.BLANK_ENDORSE, EXPORTER, BANK) is Code.RECIPIENT_NOT_ALLOWED


# Surrender


@pytest.mark.parametrize("actor", [party for party in EVERYONE if party not in (EXPORTER, UNLICENSED)])
def test_only_the_possessor_surrenders(actor: PartyRecord) -> None:
    assert refusal(title(), Action.SURRENDER_FOR_DELIVERY, actor) is Code.NOT_IN_CONTROL


def test_unlicensed_bank_does_not_surrender() -> None:
    own = title(possessor=UNLICENSED.ref, endorsee=UNLICENSED.ref)
    assert refusal(own, Action.SURRENDER_FOR_DELIVERY, UNLICENSED) is Code.NOT_LICENSED


def test_to_order_only_the_endorsee_claims_the_goods() -> None:
    assert refusal(title(possessor=BANK.ref), Action.SURRENDER_FOR_DELIVERY, BANK) is Code.NOT_TITLEHOLDER


def test_straight_only_consignee_or_shipper_claim_the_goods() -> None:
    assert refusal(straight(possessor=BANK.ref), Action.SURRENDER_FOR_DELIVERY, BANK) is Code.NOT_TITLEHOLDER
    nobody = straight(possessor=BANK.ref, consignee=None)
    assert refusal(nobody, Action.SURRENDER_FOR_DELIVERY, BANK) is Code.NOT_TITLEHOLDER


@pytest.mark.parametrize("action", [Action.SURRENDER_FOR_DELIVERY, Action.SURRENDER_FOR_AMENDMENT])
def test_surrender_has_no_recipient(action: Action) -> None:
    assert refusal(title(), action, EXPORTER, CARRIER) is Code.RECIPIENT_NOT_ALLOWED


# Answer


@pytest.mark.parametrize("action", [Action.SACC, Action.SREJ])
@pytest.mark.parametrize("actor", [party for party in EVERYONE if party is not CARRIER])
def test_only_the_issuer_answers_a_surrender(action: Action, actor: PartyRecord) -> None:
    assert refusal(pending(), action, actor) is Code.NOT_ISSUER


@pytest.mark.parametrize("action", [Action.SACC, Action.SREJ])
def test_an_answer_has_no_recipient(action: Action) -> None:
    assert refusal(pending(), action, CARRIER, EXPORTER) is Code.RECIPIENT_NOT_ALLOWED


def abroad(party: PartyRecord) -> PartyRecord:
    """The party of this id as a record would have it that others have moved to another organisation."""
    return party.model_copy(update={"msp_id": HK if party.msp_id == SH else SH})


@pytest.mark.parametrize(
    ("before", "action", "actor", "code"),
    [
        (title(), Action.TRANSFER, EXPORTER, Code.NOT_IN_CONTROL),
        (title(), Action.SURRENDER_FOR_DELIVERY, EXPORTER, Code.NOT_IN_CONTROL),
        (title(possessor=abroad(EXPORTER).ref), Action.SURRENDER_FOR_DELIVERY, EXPORTER, Code.NOT_TITLEHOLDER),
        (title(possessor=abroad(EXPORTER).ref), Action.ENDORSE, EXPORTER, Code.NOT_ENDORSEE),
        (straight(possessor=abroad(IMPORTER).ref), Action.SURRENDER_FOR_DELIVERY, IMPORTER, Code.NOT_TITLEHOLDER),
        (straight(possessor=abroad(EXPORTER).ref), Action.SURRENDER_FOR_DELIVERY, EXPORTER, Code.NOT_TITLEHOLDER),
        (pending(), Action.SACC, CARRIER, Code.NOT_ISSUER),
        (pending(), Action.SREJ, CARRIER, Code.NOT_ISSUER),
    ],
)
def test_a_party_moved_to_another_organisation_has_no_rights_in_its_titles(
    before: TitleRecord, action: Action, actor: PartyRecord, code: Code
) -> None:
    recipient = BANK if action in (Action.TRANSFER, Action.ENDORSE) else None
    assert refusal(before, action, abroad(actor), recipient) is code
