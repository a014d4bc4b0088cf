"""Guards and effects of the acts beyond endorsement and delivery: each refusal with its code, each effect once."""

from dataclasses import replace

import pytest

from tests.support.titles import (
    AUTHORITY,
    BANK,
    CARRIER,
    COURT,
    EVIDENCE,
    EXPORTER,
    IMPORTER,
    LATER,
    NETWORK,
    NOW,
    OTHER_BANK,
    RIVAL,
    STRANGER,
    SUCCESSOR,
    UNLICENSED,
    amendable,
    ended,
    frozen,
    issue_act,
    lodgement,
    pending,
    pending_amendment,
    pledged,
    received,
    straight,
    title,
    waybill,
)
from tradelane.model.law import GoverningLaw
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleKind, TitleRecord, TitleStatus
from tradelane.model.title_parts import Action, Incoming, Medium, SurrenderReason
from tradelane.rules.ebl import Act, Standing, decide, standing_of
from tradelane.rules.refusal import Code, Refused


def done(
    before: TitleRecord | None, act: Act | Action, actor: PartyRecord, recipient: PartyRecord | None = None
) -> TitleRecord:
    act = Act(act, evidence=EVIDENCE) if isinstance(act, Action) else act
    return decide(before, act, actor, recipient, LATER, NETWORK).title


def refusal(
    before: TitleRecord | None, act: Act | Action, actor: PartyRecord, recipient: PartyRecord | None = None
) -> Code:
    with pytest.raises(Refused) as refused:
        done(before, act, actor, recipient)
    assert refused.value.message
    return refused.value.code


# Kinds


def test_kinds_and_owners() -> None:
    assert (title().kind, title().owner) == (TitleKind.TO_ORDER, EXPORTER.ref)
    assert (straight().kind, straight().owner) == (TitleKind.STRAIGHT, IMPORTER.ref)
    blank = title(endorsee=None, endorsee_may_endorse=False, possessor=BANK.ref)
    assert (blank.kind, blank.owner) == (TitleKind.BLANK_ENDORSED, BANK.ref)
    assert (waybill().kind, waybill().owner) == (TitleKind.SEA_WAYBILL, IMPORTER.ref)


def test_a_pledged_bearers_bill_is_still_its_pledgors() -> None:
    blank = title(endorsee=None, endorsee_may_endorse=False)
    assert done(blank, Action.PLEDGE, EXPORTER, BANK).owner == EXPORTER.ref


@pytest.mark.parametrize(
    "action", [Action.TRANSFER, Action.PLEDGE, Action.ENDORSE, Action.BLANK_ENDORSE, Action.SURRENDER_FOR_DELIVERY]
)
def test_a_waybill_is_no_title(action: Action) -> None:
    recipient = None if action in (Action.BLANK_ENDORSE, Action.SURRENDER_FOR_DELIVERY) else BANK
    assert refusal(waybill(), action, EXPORTER, recipient) is Code.NOT_A_TITLE


def test_a_waybill_is_delivered_without_surrender_a_bill_is_not() -> None:
    delivered = done(waybill(), Action.ACCOMPLISH, CARRIER)
    assert (standing_of(delivered), delivered.possessor) == (Standing.ACCOMPLISHED, None)
    assert refusal(title(), Action.ACCOMPLISH, CARRIER) is Code.SURRENDER_FIRST


# Law


def test_a_law_gives_effect_from_its_first_day_on() -> None:
    mainland = issue_act(governing_law=GoverningLaw.CN_MARITIME_CODE)
    assert refusal(None, mainland, CARRIER, EXPORTER) is Code.LAW_NOT_IN_FORCE
    issued = decide(None, mainland, CARRIER, EXPORTER, "2026-05-01T00:00:00.000Z", NETWORK).title
    assert issued.governing_law is GoverningLaw.CN_MARITIME_CODE


def test_a_contract_knows_no_bearer_and_makes_no_paper_inoperative() -> None:
    blank = issue_act(lodgement(endorsee=None), None, governing_law=GoverningLaw.CONTRACT)
    assert refusal(None, blank, CARRIER, EXPORTER) is Code.NOT_UNDER_THIS_LAW
    from_paper = issue_act(governing_law=GoverningLaw.CONTRACT, paper=EVIDENCE)
    assert refusal(None, from_paper, CARRIER, EXPORTER) is Code.NOT_UNDER_THIS_LAW
    bound = done(None, issue_act(governing_law=GoverningLaw.CONTRACT), CARRIER, EXPORTER)
    assert refusal(bound, Action.BLANK_ENDORSE, EXPORTER) is Code.NOT_UNDER_THIS_LAW


def test_from_paper_the_title_states_the_change_of_medium() -> None:
    conversion = done(None, issue_act(paper=EVIDENCE), CARRIER, EXPORTER).conversion
    assert conversion is not None
    assert (conversion.source, conversion.target, conversion.evidence) == (Medium.PAPER, Medium.ELECTRONIC, EVIDENCE)
    assert "replaces a paper document" in conversion.statement


# Nomination, endorsement with possession


def test_only_the_endorsee_nominates_and_possession_does_not_matter() -> None:
    away = title(possessor=BANK.ref)
    assert refusal(away, Action.NOMINATE, BANK, IMPORTER) is Code.NOT_ENDORSEE
    assert done(away, Action.NOMINATE, EXPORTER, IMPORTER).nominee == IMPORTER.ref
    assert refusal(title(nominee=IMPORTER.ref), Action.NOMINATE, EXPORTER, IMPORTER) is Code.SAME_PARTY
    assert refusal(title(), Action.NOMINATE, EXPORTER, EXPORTER) is Code.SAME_PARTY
    assert refusal(title(), Action.NOMINATE, EXPORTER) is Code.RECIPIENT_REQUIRED
    assert refusal(straight(), Action.NOMINATE, EXPORTER, BANK) is Code.NOT_NEGOTIABLE
    named = title(endorsee_may_endorse=False)
    assert refusal(named, Action.NOMINATE, EXPORTER, BANK) is Code.ENDORSEE_MAY_NOT_ENDORSE


def test_whoever_is_in_control_endorses_to_the_nominee_only() -> None:
    nominated = title(possessor=BANK.ref, nominee=IMPORTER.ref)
    assert refusal(nominated, Action.ENDORSE_TO_ORDER, BANK, STRANGER) is Code.NOT_ENDORSEE
    endorsed = done(nominated, Action.ENDORSE_TO_ORDER, BANK, IMPORTER)
    assert (endorsed.endorsee, endorsed.nominee, endorsed.possessor) == (IMPORTER.ref, None, BANK.ref)


def test_endorsement_with_possession_moves_both() -> None:
    moved = done(title(), Action.ENDORSE_AND_TRANSFER, EXPORTER, BANK)
    assert (moved.endorsee, moved.endorsee_may_endorse, moved.possessor) == (BANK.ref, True, BANK.ref)


# Refusal of what came in


def test_possession_is_refused_until_the_receivers_own_act() -> None:
    given = done(title(), Action.TRANSFER, EXPORTER, BANK)
    back = done(given, Action.REFUSE, BANK)
    assert (back.possessor, back.incoming, back.last_action.recipient) == (EXPORTER.ref, (), EXPORTER.ref)
    acted = done(given, Action.SIGN, BANK)
    assert refusal(acted, Action.REFUSE, BANK) is Code.NOTHING_TO_REFUSE
    assert refusal(given, Action.REFUSE, EXPORTER) is Code.NOTHING_TO_REFUSE
    assert refusal(given, Act(Action.REFUSE), BANK) is Code.REASON_REQUIRED


def test_an_endorsement_is_refused_even_when_possession_went_elsewhere() -> None:
    endorsed = done(title(), Action.ENDORSE, EXPORTER, BANK)
    elsewhere = done(endorsed, Action.TRANSFER, EXPORTER, IMPORTER)
    back = done(elsewhere, Action.REFUSE, BANK)
    assert (back.endorsee, back.endorsee_may_endorse, back.possessor) == (EXPORTER.ref, True, IMPORTER.ref)
    assert [entry.receiver for entry in back.incoming] == [IMPORTER.ref]


def test_both_are_refused_together() -> None:
    given = done(title(), Action.ENDORSE_AND_TRANSFER, EXPORTER, BANK)
    back = done(given, Action.REFUSE, BANK)
    assert (back.endorsee, back.possessor) == (EXPORTER.ref, EXPORTER.ref)


@pytest.mark.parametrize("action", [Action.ENDORSE, Action.ENDORSE_TO_ORDER, Action.ENDORSE_AND_TRANSFER])
def test_what_is_refused_leaves_the_nomination_as_it_was(action: Action) -> None:
    before = title(nominee=IMPORTER.ref)
    given = done(before, action, EXPORTER, BANK)
    assert given.nominee is None
    assert done(given, Action.REFUSE, BANK).nominee == IMPORTER.ref


def test_a_refused_or_released_pledge_leaves_the_nomination_as_it_was() -> None:
    held = done(title(nominee=IMPORTER.ref), Action.PLEDGE, EXPORTER, BANK)
    assert done(held, Action.REFUSE, BANK).nominee == IMPORTER.ref
    assert done(held, Action.RELEASE, BANK).nominee == IMPORTER.ref
    assert done(held, Action.ENFORCE, BANK).nominee is None


def test_the_senders_time_limit() -> None:
    until = "2026-03-05T00:00:00.000Z"
    given = done(title(), Act(Action.TRANSFER, refusable_until=until), EXPORTER, BANK)
    act = Act(Action.REFUSE, evidence=EVIDENCE)
    assert decide(given, act, BANK, None, until, NETWORK).title.possessor == EXPORTER.ref
    with pytest.raises(Refused) as refused:
        decide(given, act, BANK, None, "2026-03-05T00:00:00.001Z", NETWORK)
    assert refused.value.code is Code.TOO_LATE_TO_REFUSE
    assert refusal(title(), Act(Action.TRANSFER, refusable_until=NOW), EXPORTER, BANK) is Code.LIMIT_PASSED


def test_nothing_is_refused_after_a_surrender() -> None:
    surrendered = done(received(endorsee=BANK.ref), Action.SURRENDER_FOR_DELIVERY, BANK)
    assert surrendered.incoming == ()


# Pledge


def test_the_titleholder_pledges_to_a_licensed_bank() -> None:
    assert refusal(title(), Action.PLEDGE, EXPORTER, IMPORTER) is Code.NOT_A_BANK
    assert refusal(title(), Action.PLEDGE, EXPORTER, UNLICENSED) is Code.RECIPIENT_NOT_LICENSED
    assert refusal(title(), Action.PLEDGE, BANK, OTHER_BANK) is Code.NOT_IN_CONTROL
    assert refusal(title(possessor=IMPORTER.ref), Action.PLEDGE, IMPORTER, BANK) is Code.NOT_TITLEHOLDER
    assert refusal(title(), Action.PLEDGE, EXPORTER) is Code.RECIPIENT_REQUIRED
    held = done(title(), Action.PLEDGE, EXPORTER, BANK)
    assert (standing_of(held), held.possessor, held.owner) == (Standing.PLEDGED, BANK.ref, EXPORTER.ref)


def test_a_second_pledge_and_every_move_by_others_is_refused() -> None:
    for action in (Action.PLEDGE, Action.TRANSFER, Action.ENDORSE, Action.SURRENDER_FOR_DELIVERY, Action.NOMINATE):
        for actor in (EXPORTER, BANK):
            assert refusal(pledged(), action, actor, OTHER_BANK) is Code.WRONG_STATE
    for action in (Action.RELEASE, Action.ENFORCE, Action.SUBSTITUTE_PLEDGEE):
        assert refusal(pledged(), action, EXPORTER, OTHER_BANK) is Code.NOT_PLEDGEE


def test_release_enforcement_and_substitution() -> None:
    released = done(pledged(), Action.RELEASE, BANK)
    assert (released.possessor, released.pledge, standing_of(released)) == (EXPORTER.ref, None, Standing.ISSUED)
    enforced = done(pledged(), Action.ENFORCE, BANK)
    assert (enforced.possessor, enforced.endorsee, enforced.pledge) == (BANK.ref, BANK.ref, None)
    assert enforced.endorsee_may_endorse
    other = done(pledged(), Action.SUBSTITUTE_PLEDGEE, BANK, OTHER_BANK)
    assert other.pledge is not None
    assert (other.possessor, other.pledge.pledgee, other.pledge.pledgor) == (
        OTHER_BANK.ref,
        OTHER_BANK.ref,
        EXPORTER.ref,
    )
    back = done(other, Action.REFUSE, OTHER_BANK)
    assert back.pledge is not None
    assert (back.possessor, back.pledge.pledgee) == (BANK.ref, BANK.ref)


def test_enforcement_gives_no_more_than_the_pledgor_had() -> None:
    named = title(endorsee_may_endorse=False)
    enforced = done(done(named, Action.PLEDGE, EXPORTER, BANK), Action.ENFORCE, BANK)
    assert (enforced.endorsee, enforced.endorsee_may_endorse) == (BANK.ref, False)
    assert refusal(enforced, Action.ENDORSE, BANK, IMPORTER) is Code.ENDORSEE_MAY_NOT_ENDORSE
    assert done(enforced, Action.SURRENDER_FOR_DELIVERY, BANK).surrendered_by == BANK.ref


def test_a_bearers_bill_is_enforced_by_staying_where_it_is() -> None:
    blank = done(title(endorsee=None, endorsee_may_endorse=False), Action.PLEDGE, EXPORTER, BANK)
    enforced = done(blank, Action.ENFORCE, BANK)
    assert (enforced.kind, enforced.owner) == (TitleKind.BLANK_ENDORSED, BANK.ref)


def test_limits_of_a_pledge() -> None:
    assert refusal(pledged(), Act(Action.ENFORCE), BANK) is Code.REASON_REQUIRED
    kept = pledged(is_to_order=False, endorsee=None, consignee=IMPORTER.ref)
    assert refusal(kept, Action.ENFORCE, BANK) is Code.NOT_NEGOTIABLE
    assert refusal(pledged(), Action.SUBSTITUTE_PLEDGEE, BANK, IMPORTER) is Code.NOT_A_BANK
    by_a_bank = pledged(pledge=pledged().pledge.model_copy(update={"pledgor": OTHER_BANK.ref}))  # type: ignore[union-attr]
    assert refusal(by_a_bank, Action.SUBSTITUTE_PLEDGEE, BANK, OTHER_BANK) is Code.SAME_PARTY


def test_a_refused_pledge_never_was() -> None:
    held = done(title(), Action.PLEDGE, EXPORTER, BANK)
    back = done(held, Action.REFUSE, BANK)
    assert (back.possessor, back.pledge, standing_of(back)) == (EXPORTER.ref, None, Standing.ISSUED)


# Surrender for amendment, paper, delivery


def test_amendment_is_accepted_or_rejected_once() -> None:
    asked = done(title(), Act(Action.SURRENDER_FOR_AMENDMENT, reason=SurrenderReason.SWITCH_BILL), EXPORTER)
    assert (asked.possessor, asked.surrender_reason) == (CARRIER.ref, SurrenderReason.SWITCH_BILL)
    accepted = done(asked, Action.SACC, CARRIER)
    assert (accepted.status, accepted.possessor) == (TitleStatus.SURRENDERED_FOR_AMENDMENT, None)
    assert refusal(accepted, Action.SREJ, CARRIER) is Code.WRONG_STATE
    rejected = done(asked, Action.SREJ, CARRIER)
    assert (rejected.possessor, rejected.surrender_reason) == (EXPORTER.ref, None)
    assert refusal(asked, Act(Action.SREJ), CARRIER) is Code.REASON_REQUIRED


def test_a_switch_to_paper_ends_the_record_for_ever() -> None:
    asked = done(title(), Act(Action.SURRENDER_FOR_AMENDMENT, reason=SurrenderReason.SWITCH_TO_PAPER), EXPORTER)
    assert refusal(asked, Act(Action.SACC), CARRIER) is Code.REASON_REQUIRED
    paper = done(asked, Action.SACC, CARRIER)
    assert paper.conversion is not None
    assert (paper.status, paper.possessor, paper.conversion.target) == (TitleStatus.VOIDED, None, Medium.PAPER)
    for action in Action:
        if action is not Action.ISSUE:
            assert refusal(paper, action, CARRIER) is Code.WRONG_STATE


def test_void_and_accomplish_are_the_carriers() -> None:
    assert refusal(amendable(), Action.VOID, EXPORTER) is Code.NOT_ISSUER
    assert done(amendable(), Action.VOID, CARRIER).status is TitleStatus.VOIDED
    assert refusal(ended(), Action.ACCOMPLISH, RIVAL) is Code.NOT_ISSUER
    assert refusal(ended(), Act(Action.ACCOMPLISH), CARRIER) is Code.REASON_REQUIRED
    delivered = done(ended(), Action.ACCOMPLISH, CARRIER)
    assert delivered.delivery is not None
    assert delivered.delivery.reference == EVIDENCE


# Courts


def test_only_an_authority_of_a_jurisdiction_concerned_freezes() -> None:
    assert refusal(title(), Action.FREEZE, BANK) is Code.NOT_AUTHORITY
    assert refusal(title(), Action.FREEZE, AUTHORITY) is Code.FOREIGN_ORGANISATION
    assert refusal(title(), Act(Action.FREEZE), COURT) is Code.REASON_REQUIRED
    assert len(done(title(possessor=BANK.ref), Action.FREEZE, AUTHORITY).freezes) == 1


@pytest.mark.parametrize(
    "before",
    [title(endorsee=BANK.ref), straight(), pledged(possessor=EXPORTER.ref), title(nominee=IMPORTER.ref)],
    ids=["endorsee", "consignee", "pledgee", "nominee"],
)
def test_a_jurisdiction_is_concerned_by_whoever_has_a_right_in_the_title(before: TitleRecord) -> None:
    assert standing_of(done(before, Action.FREEZE, AUTHORITY)) is Standing.FROZEN


def test_a_title_is_free_when_the_orders_of_all_jurisdictions_are_lifted() -> None:
    first = done(straight(), Action.FREEZE, COURT)
    both = done(first, Action.FREEZE, AUTHORITY)
    assert [freeze.authority for freeze in both.freezes] == [COURT.ref, AUTHORITY.ref]
    one = done(both, Action.UNFREEZE, COURT)
    assert (standing_of(one), one.freezes) == (Standing.FROZEN, both.freezes[1:])
    assert refusal(one, Action.TRANSFER, EXPORTER, BANK) is Code.WRONG_STATE
    assert refusal(one, Action.UNFREEZE, COURT) is Code.FOREIGN_ORGANISATION
    assert standing_of(done(one, Action.UNFREEZE, AUTHORITY)) is Standing.ISSUED


def test_each_authority_has_one_order_and_lifts_its_own() -> None:
    second = COURT.model_copy(update={"party_id": "court-of-appeal"})
    third = COURT.model_copy(update={"party_id": "high-court"})
    assert refusal(frozen(), Action.FREEZE, COURT) is Code.ALREADY_FROZEN
    both = done(frozen(), Action.FREEZE, second)
    assert [freeze.authority for freeze in done(both, Action.UNFREEZE, COURT).freezes] == [second.ref]
    assert refusal(both, Action.UNFREEZE, third) is Code.FOREIGN_ORGANISATION


def test_who_lifts_another_authoritys_order_says_so() -> None:
    second = COURT.model_copy(update={"party_id": "court-of-appeal"})
    named = Act(Action.UNFREEZE, evidence=EVIDENCE, frozen_by=COURT.party_id)
    seen = Act(Action.UNFREEZE, evidence=EVIDENCE, expected_sequence=2)
    for act in (named, seen):
        assert done(frozen(), act, second).freezes == ()
        assert refusal(frozen(), act, AUTHORITY) is Code.FOREIGN_ORGANISATION
    both = done(frozen(), Action.FREEZE, second)
    assert [freeze.authority for freeze in done(both, named, second).freezes] == [second.ref]
    one = done(both, Action.UNFREEZE, COURT)
    for repeated in (Act(Action.UNFREEZE, evidence=EVIDENCE), named):  # its answer was lost
        assert refusal(one, repeated, COURT) is Code.FOREIGN_ORGANISATION
    assert refusal(one, replace(seen, expected_sequence=both.sequence), COURT) is Code.STALE_TITLE
    assert [each.authority for each in one.freezes] == [second.ref]


def test_a_law_that_knows_no_joint_control_knows_none_by_issue_or_recovery() -> None:
    both = SUCCESSOR.model_copy(update={"party_id": "both", "lei": None, "members": ("successor", "stranger")})
    act = Act(Action.RECOVER, evidence=EVIDENCE, subject=EXPORTER)
    assert done(title(), act, COURT, both).possessor == both.ref
    assert refusal(title(governing_law=GoverningLaw.CONTRACT), act, COURT, both) is Code.NOT_UNDER_THIS_LAW
    facts = lodgement(endorsee=both.party_id)
    assert done(None, issue_act(facts, endorsee=both), CARRIER, EXPORTER).endorsee == both.ref
    under_contract = issue_act(facts, endorsee=both, governing_law=GoverningLaw.CONTRACT)
    assert refusal(None, under_contract, CARRIER, EXPORTER) is Code.NOT_UNDER_THIS_LAW


@pytest.mark.parametrize("before", [title(), pledged(), pending(), pending_amendment(), ended(), amendable()])
def test_a_frozen_title_stands_afterwards_where_it_stood(before: TitleRecord) -> None:
    stopped = done(before, Action.FREEZE, COURT)
    assert standing_of(stopped) is Standing.FROZEN
    assert refusal(stopped, Action.TRANSFER, EXPORTER, BANK) is Code.WRONG_STATE
    assert refusal(stopped, Action.UNFREEZE, AUTHORITY) is Code.FOREIGN_ORGANISATION
    untouched = {"sequence", "previous", "last_action"}
    assert done(stopped, Action.UNFREEZE, COURT).model_dump(exclude=untouched) == before.model_dump(exclude=untouched)


def recovery(subject: PartyRecord | None) -> Act:
    return Act(Action.RECOVER, evidence=EVIDENCE, subject=subject)


def test_recovery_moves_all_that_a_party_had() -> None:
    entry = Incoming(action_code=Action.ENDORSE, receiver=BANK.ref, endorsed=True, endorsee=EXPORTER.ref)
    lost = title(endorsee=BANK.ref, incoming=(entry,), parties=("carrier", "exporter", "bank"))
    found = done(lost, recovery(EXPORTER), COURT, SUCCESSOR)
    assert (found.possessor, found.first_possessor, found.endorsee) == (SUCCESSOR.ref, SUCCESSOR.ref, BANK.ref)
    assert found.incoming[0].endorsee == SUCCESSOR.ref
    assert found.parties == ("carrier", "exporter", "bank", "successor")
    assert found.endorsement.required == ("HongKongMSP", "ShanghaiMSP")


def test_recovery_is_possible_while_frozen() -> None:
    assert done(frozen(), recovery(EXPORTER), COURT, SUCCESSOR).possessor == SUCCESSOR.ref


def test_limits_of_a_recovery() -> None:
    assert refusal(title(), recovery(None), COURT, SUCCESSOR) is Code.NOTHING_TO_RECOVER
    assert refusal(title(), recovery(STRANGER), COURT, SUCCESSOR) is Code.NOTHING_TO_RECOVER
    assert refusal(pending(), recovery(CARRIER), COURT, SUCCESSOR) is Code.NOTHING_TO_RECOVER
    assert refusal(title(), recovery(EXPORTER), COURT) is Code.RECIPIENT_REQUIRED
    assert refusal(title(), recovery(EXPORTER), COURT, EXPORTER) is Code.SAME_PARTY
    assert refusal(title(), recovery(EXPORTER), COURT, IMPORTER) is Code.FOREIGN_ORGANISATION
    assert refusal(title(), recovery(EXPORTER), AUTHORITY, SUCCESSOR) is Code.FOREIGN_ORGANISATION
    assert refusal(title(), recovery(EXPORTER), BANK, SUCCESSOR) is Code.NOT_AUTHORITY
    assert refusal(pledged(), recovery(BANK), AUTHORITY, IMPORTER) is Code.NOT_A_BANK
    assert done(pledged(), recovery(BANK), AUTHORITY, OTHER_BANK).possessor == OTHER_BANK.ref
