"""What each act makes of a title."""

import pytest

from tests.support.titles import (
    BANK,
    CARRIER,
    EVIDENCE,
    EXPORTER,
    IMPORTER,
    LATER,
    NETWORK,
    STRANGER,
    issue_act,
    lodgement,
    pending,
    straight,
    title,
)
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action
from tradelane.rules.ebl import Act, decide


def after(before: TitleRecord, action: Action, actor: PartyRecord, recipient: PartyRecord | None = None) -> TitleRecord:
    return decide(before, Act(action), actor, recipient, LATER, NETWORK).title


def test_issue_to_order() -> None:
    issued = decide(None, issue_act(), CARRIER, EXPORTER, LATER, NETWORK).title
    assert issued.issuer == CARRIER.ref
    assert issued.possessor == issued.first_possessor == issued.endorsee == EXPORTER.ref
    assert issued.endorsee_may_endorse
    assert issued.consignee is None
    assert issued.parties == ("carrier", "exporter")
    assert issued.sequence == 1
    assert (issued.document_id, issued.commitment) == ("d" * 32, "c" * 64)


def test_issue_to_the_order_of_somebody_else() -> None:
    facts = lodgement(endorsee=BANK.party_id)
    issued = decide(None, issue_act(facts, BANK), CARRIER, EXPORTER, LATER, NETWORK).title
    assert (issued.possessor, issued.endorsee) == (EXPORTER.ref, BANK.ref)
    assert issued.parties == ("carrier", "exporter", "bank")


def test_issue_in_blank() -> None:
    issued = decide(None, issue_act(lodgement(endorsee=None), None), CARRIER, EXPORTER, LATER, NETWORK).title
    assert issued.endorsee is None
    assert not issued.endorsee_may_endorse


def test_issue_straight() -> None:
    facts = lodgement(is_to_order=False, endorsee=None, consignee=IMPORTER.party_id)
    issued = decide(None, issue_act(facts, None, IMPORTER), CARRIER, EXPORTER, LATER, NETWORK).title
    assert not issued.is_to_order
    assert issued.consignee == IMPORTER.ref
    assert issued.endorsee is None
    assert issued.parties == ("carrier", "exporter", "importer")


def test_transfer_moves_possession_only() -> None:
    moved = after(title(), Action.TRANSFER, EXPORTER, BANK)
    assert moved.possessor == BANK.ref
    assert (moved.endorsee, moved.endorsee_may_endorse) == (EXPORTER.ref, True)
    assert moved.parties == ("carrier", "exporter", "bank")
    assert moved.sequence == 2


@pytest.mark.parametrize(("action", "may_endorse"), [(Action.ENDORSE, False), (Action.ENDORSE_TO_ORDER, True)])
def test_endorsement_moves_the_title_only(action: Action, may_endorse: bool) -> None:
    endorsed = after(title(), action, EXPORTER, BANK)
    assert endorsed.possessor == EXPORTER.ref
    assert (endorsed.endorsee, endorsed.endorsee_may_endorse) == (BANK.ref, may_endorse)
    assert endorsed.last_action.recipient == BANK.ref


def test_after_endorsement_in_blank_possession_is_enough() -> None:
    blank = after(title(), Action.BLANK_ENDORSE, EXPORTER)
    assert blank.endorsee is None
    held = after(blank, Action.TRANSFER, EXPORTER, STRANGER)
    surrendered = after(held, Action.SURRENDER_FOR_DELIVERY, STRANGER)
    assert surrendered.status is TitleStatus.PENDING_SURRENDER_FOR_DELIVERY


def test_the_holder_of_a_blank_title_may_make_it_out_to_somebody_or_to_itself() -> None:
    blank = title(possessor=STRANGER.ref, endorsee=None, endorsee_may_endorse=False)
    assert after(blank, Action.ENDORSE_TO_ORDER, STRANGER, IMPORTER).endorsee == IMPORTER.ref
    assert after(blank, Action.ENDORSE, STRANGER, STRANGER).endorsee == STRANGER.ref


@pytest.mark.parametrize("holder", [EXPORTER, IMPORTER])
def test_straight_is_surrendered_by_shipper_or_consignee(holder: PartyRecord) -> None:
    surrendered = after(straight(possessor=holder.ref), Action.SURRENDER_FOR_DELIVERY, holder)
    assert surrendered.possessor == CARRIER.ref
    assert surrendered.surrendered_by == holder.ref


def test_surrender_gives_possession_to_the_issuer_and_remembers_who_surrendered() -> None:
    surrendered = after(title(), Action.SURRENDER_FOR_DELIVERY, EXPORTER)
    assert (surrendered.possessor, surrendered.surrendered_by) == (CARRIER.ref, EXPORTER.ref)
    assert surrendered.last_action.recipient == CARRIER.ref


def test_acceptance_ends_the_title() -> None:
    accepted = after(pending(), Action.SACC, CARRIER)
    assert accepted.possessor is None
    assert accepted.surrendered_by == EXPORTER.ref
    assert accepted.status is TitleStatus.SURRENDERED_FOR_DELIVERY


def test_rejection_gives_back_what_was_surrendered() -> None:
    before = title(endorsee=EXPORTER.ref)
    surrendered = after(before, Action.SURRENDER_FOR_DELIVERY, EXPORTER)
    returned = decide(surrendered, Act(Action.SREJ, evidence=EVIDENCE), CARRIER, None, LATER, NETWORK).title
    untouched = {"sequence", "previous", "last_action"}
    assert returned.model_dump(exclude=untouched) == before.model_dump(exclude=untouched)
    assert returned.last_action.recipient == EXPORTER.ref


def test_the_fact_tells_opaque_ids_only() -> None:
    fact = decide(title(), Act(Action.TRANSFER), EXPORTER, BANK, LATER, NETWORK).fact
    assert fact.model_dump(mode="json") == {
        "type": "title",
        "titleId": "a" * 32,
        "actionCode": "TRANSFER",
        "status": "ISSUED",
        "actor": "exporter",
        "recipient": "bank",
        "possessor": "bank",
        "sequence": 2,
    }
