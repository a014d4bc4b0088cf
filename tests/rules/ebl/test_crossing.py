"""The way to another platform and back: nobody here disposes of a title abroad, and only its own chain ends that."""

from typing import Any

import pytest

from tests.support.titles import (
    BACK_BY,
    BANK,
    CARRIER,
    EVERYONE,
    EXPORTER,
    HK,
    IMPORTER,
    LATER,
    LEFT_BY,
    NETWORK,
    OPERATOR,
    SH,
    UNLICENSED,
    exported,
    pledged,
    received,
    straight,
    title,
    waybill,
)
from tradelane.model.law import GoverningLaw
from tradelane.model.party import NetworkRecord, PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action, SurrenderReason
from tradelane.rules.ebl import Act, Crossing, Standing, decide, standing_of
from tradelane.rules.refusal import Code, Refused

OUT = Act(Action.EXPORT, crossing=Crossing(LEFT_BY, platform="WAVE"))
BACK = Act(Action.IMPORT, crossing=Crossing(BACK_BY, left_by=LEFT_BY))


def done(before: TitleRecord, act: Act, actor: PartyRecord, recipient: PartyRecord | None) -> TitleRecord:
    return decide(before, act, actor, recipient, LATER, NETWORK).title


def refusal(before: TitleRecord, act: Act, actor: PartyRecord, recipient: PartyRecord | None) -> Code:
    with pytest.raises(Refused) as refused:
        done(before, act, actor, recipient)
    return refused.value.code


def endorsed(endorsee: PartyRecord | None, *, may_endorse: bool = False, by: PartyRecord | None = EXPORTER) -> Act:
    crossing = Crossing(
        BACK_BY, left_by=LEFT_BY, endorsed=True, endorsee=endorsee, may_endorse=may_endorse, endorser=by
    )
    return Act(Action.IMPORT, crossing=crossing)


def test_out_and_back() -> None:
    away = done(title(), OUT, EXPORTER, OPERATOR)
    assert standing_of(away) is Standing.EXPORTED
    assert (away.possessor, away.incoming, away.endorsee) == (None, (), EXPORTER.ref)
    back = done(away, BACK, OPERATOR, BANK)
    assert standing_of(back) is Standing.ISSUED
    assert (back.possessor, back.abroad, back.returned_by, back.endorsee) == (BANK.ref, None, BACK_BY, EXPORTER.ref)


def test_it_comes_back_with_the_endorsement_of_those_it_left_with() -> None:
    five = NetworkRecord(msp_ids=("AMSP", "BMSP", "CMSP", HK, SH))
    held = title(possessor=BANK.ref, endorsee=BANK.ref)
    away = decide(held, OUT, BANK, OPERATOR.model_copy(update={"msp_id": "AMSP"}), LATER, five).title
    assert away.endorsement.required == (HK, SH)  # the holder's and the carrier's, whoever operates the way


@pytest.mark.parametrize("actor", EVERYONE, ids=lambda party: party.party_id)
@pytest.mark.parametrize("action", [action for action in Action if action is not Action.IMPORT])
def test_nobody_disposes_of_what_is_abroad(actor: PartyRecord, action: Action) -> None:
    act = Act(action, evidence=LEFT_BY, crossing=OUT.crossing, subject=EXPORTER)
    assert refusal(exported(), act, actor, BANK) is Code.WRONG_STATE


@pytest.mark.parametrize("actor", [party for party in EVERYONE if party not in (OPERATOR, UNLICENSED)])
def test_only_its_operator_brings_it_back(actor: PartyRecord) -> None:
    assert refusal(exported(), BACK, actor, BANK) is Code.NOT_OPERATOR


@pytest.mark.parametrize("crossing", [Crossing(BACK_BY, left_by=BACK_BY), Crossing(LEFT_BY, left_by=LEFT_BY), None])
def test_only_with_its_own_chain(crossing: Crossing | None) -> None:
    assert refusal(exported(), Act(Action.IMPORT, crossing=crossing), OPERATOR, BANK) is Code.CHAIN_BROKEN


def test_who_may_let_it_out_and_by_whom() -> None:
    assert refusal(title(), OUT, IMPORTER, OPERATOR) is Code.NOT_IN_CONTROL
    assert refusal(title(), OUT, EXPORTER, BANK) is Code.NOT_A_PLATFORM
    assert refusal(title(), OUT, EXPORTER, None) is Code.RECIPIENT_REQUIRED
    assert refusal(title(), Act(Action.EXPORT), EXPORTER, OPERATOR) is Code.CHAIN_BROKEN
    assert refusal(waybill(), OUT, EXPORTER, OPERATOR) is Code.NOT_A_TITLE
    assert refusal(pledged(), OUT, BANK, OPERATOR) is Code.WRONG_STATE


def test_what_could_be_refused_cannot_any_more() -> None:
    away = done(received(), OUT, BANK, OPERATOR)
    back = done(away, BACK, OPERATOR, BANK)
    assert refusal(back, Act(Action.REFUSE, evidence=LEFT_BY), BANK, None) is Code.NOTHING_TO_REFUSE


def test_an_endorsement_abroad_is_taken_over() -> None:
    back = done(exported(), endorsed(IMPORTER, may_endorse=True), OPERATOR, BANK)
    assert (back.endorsee, back.endorsee_may_endorse) == (IMPORTER.ref, True)
    assert IMPORTER.party_id in back.parties
    blank = done(exported(), endorsed(None, may_endorse=True), OPERATOR, BANK)
    assert (blank.endorsee, blank.endorsee_may_endorse, blank.owner) == (None, False, BANK.ref)


def test_who_stands_behind_an_endorsee_abroad_is_a_party_too() -> None:
    both = IMPORTER.model_copy(update={"party_id": "both", "lei": None, "members": ("importer", "stranger")})
    back = done(exported(), endorsed(both), OPERATOR, BANK)
    assert set(back.parties) >= {"both", "importer", "stranger"}


def test_a_law_that_knows_no_joint_control_knows_none_abroad_either() -> None:
    both = IMPORTER.model_copy(update={"party_id": "both", "lei": None, "members": ("importer", "stranger")})
    away = exported(governing_law=GoverningLaw.CONTRACT)
    assert refusal(away, endorsed(both), OPERATOR, BANK) is Code.NOT_UNDER_THIS_LAW
    assert refusal(away, BACK, OPERATOR, both) is Code.NOT_UNDER_THIS_LAW
    assert done(away, endorsed(IMPORTER), OPERATOR, BANK).endorsee == IMPORTER.ref


def test_an_endorsement_abroad_that_is_none_is_refused() -> None:
    away = exported(is_to_order=False, endorsee=None, consignee=IMPORTER.ref)
    assert refusal(away, endorsed(IMPORTER), OPERATOR, BANK) is Code.NOT_NEGOTIABLE
    assert done(away, BACK, OPERATOR, IMPORTER).possessor == IMPORTER.ref
    assert refusal(exported(), endorsed(UNLICENSED), OPERATOR, BANK) is Code.RECIPIENT_NOT_LICENSED


@pytest.mark.parametrize("by", [BANK, None], ids=["the possessor", "nobody known here"])
@pytest.mark.parametrize("to", [BANK, None], ids=["to itself", "in blank"])
def test_possession_does_not_become_title_by_crossing(by: PartyRecord | None, to: PartyRecord | None) -> None:
    away = done(title(possessor=BANK.ref), OUT, BANK, OPERATOR)
    assert refusal(away, endorsed(to, may_endorse=True, by=by), OPERATOR, BANK) is Code.NOT_ENDORSEE
    assert done(away, BACK, OPERATOR, BANK).endorsee == EXPORTER.ref


def test_who_was_endorsed_by_name_does_not_endorse_on_abroad_either() -> None:
    away = done(title(endorsee_may_endorse=False), OUT, EXPORTER, OPERATOR)
    assert refusal(away, endorsed(BANK, may_endorse=True), OPERATOR, BANK) is Code.ENDORSEE_MAY_NOT_ENDORSE


def test_what_left_in_blank_is_endorsed_by_whoever_had_it() -> None:
    away = done(title(endorsee=None, endorsee_may_endorse=False), OUT, EXPORTER, OPERATOR)
    back = done(away, endorsed(IMPORTER, by=None), OPERATOR, BANK)
    assert (back.endorsee, back.endorsee_may_endorse) == (IMPORTER.ref, False)


def surrendered(how: Action = Action.SURRENDER_FOR_DELIVERY, **more: Any) -> Act:
    reason = more.pop("reason", None)
    return Act(Action.IMPORT, reason=reason, crossing=Crossing(BACK_BY, left_by=LEFT_BY, surrender=how, **more))


@pytest.mark.parametrize(
    ("how", "standing"),
    [
        (Action.SURRENDER_FOR_DELIVERY, Standing.PENDING_SURRENDER_FOR_DELIVERY),
        (Action.SURRENDER_FOR_AMENDMENT, Standing.PENDING_SURRENDER_FOR_AMENDMENT),
    ],
)
def test_a_surrender_abroad_waits_for_the_carrier_here(how: Action, standing: Standing) -> None:
    here = done(exported(), surrendered(how), OPERATOR, EXPORTER)
    assert standing_of(here) is standing
    assert (here.possessor, here.surrendered_by, here.abroad) == (CARRIER.ref, EXPORTER.ref, None)
    back = done(here, Act(Action.SREJ, evidence=LEFT_BY), CARRIER, None)
    assert (standing_of(back), back.possessor) == (Standing.ISSUED, EXPORTER.ref)
    ended = done(here, Act(Action.SACC), CARRIER, None)
    assert ended.possessor is None


def test_only_who_may_claim_the_goods_surrenders_abroad() -> None:
    assert refusal(exported(), surrendered(), OPERATOR, BANK) is Code.NOT_TITLEHOLDER
    sold = surrendered(endorsed=True, endorsee=BANK, endorser=EXPORTER)
    assert done(exported(), sold, OPERATOR, BANK).surrendered_by == BANK.ref
    assert refusal(exported(), sold, OPERATOR, EXPORTER) is Code.NOT_TITLEHOLDER
    blank = exported(endorsee=None, endorsee_may_endorse=False)
    assert done(blank, surrendered(), OPERATOR, IMPORTER).surrendered_by == IMPORTER.ref
    away = exported(is_to_order=False, endorsee=None, consignee=IMPORTER.ref)
    assert refusal(away, surrendered(), OPERATOR, BANK) is Code.NOT_TITLEHOLDER
    assert done(away, surrendered(), OPERATOR, IMPORTER).surrendered_by == IMPORTER.ref


def test_a_surrender_abroad_keeps_its_reason() -> None:
    paper = surrendered(Action.SURRENDER_FOR_AMENDMENT, reason=SurrenderReason.SWITCH_TO_PAPER)
    assert done(exported(), paper, OPERATOR, EXPORTER).surrender_reason is SurrenderReason.SWITCH_TO_PAPER


@pytest.mark.parametrize("how", [Action.SURRENDER_FOR_DELIVERY, None])
@pytest.mark.parametrize("reason", SurrenderReason)
def test_only_a_surrender_for_amendment_has_a_reason(how: Action | None, reason: SurrenderReason) -> None:
    act = Act(Action.IMPORT, reason=reason, crossing=Crossing(BACK_BY, left_by=LEFT_BY, surrender=how))
    assert refusal(exported(), act, OPERATOR, EXPORTER) is Code.CHAIN_BROKEN


def test_a_straight_bill_leaves_too() -> None:
    assert standing_of(done(straight(), OUT, EXPORTER, OPERATOR)) is Standing.EXPORTED


def test_twice_out_and_twice_back_are_refused() -> None:
    away = done(title(), OUT, EXPORTER, OPERATOR)
    assert refusal(away, OUT, EXPORTER, OPERATOR) is Code.WRONG_STATE
    back = done(away, BACK, OPERATOR, BANK)
    assert refusal(back, BACK, OPERATOR, BANK) is Code.WRONG_STATE
