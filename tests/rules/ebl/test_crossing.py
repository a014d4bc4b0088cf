"""The way to another platform and back: nobody here disposes of a title abroad, and only its own chain ends that."""

import pytest

from tests.support.titles import (
    BACK_BY,
    BANK,
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
from tradelane.model.party import NetworkRecord, PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
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


def endorsed(endorsee: PartyRecord | None, *, may_endorse: bool = False) -> Act:
    crossing = Crossing(BACK_BY, left_by=LEFT_BY, endorsed=True, endorsee=endorsee, may_endorse=may_endorse)
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


def test_an_endorsement_abroad_that_is_none_is_refused() -> None:
    away = exported(is_to_order=False, endorsee=None, consignee=IMPORTER.ref)
    assert refusal(away, endorsed(IMPORTER), OPERATOR, BANK) is Code.NOT_NEGOTIABLE
    assert done(away, BACK, OPERATOR, IMPORTER).possessor == IMPORTER.ref
    assert refusal(exported(), endorsed(UNLICENSED), OPERATOR, BANK) is Code.RECIPIENT_NOT_LICENSED


def test_a_straight_bill_leaves_too() -> None:
    assert standing_of(done(straight(), OUT, EXPORTER, OPERATOR)) is Standing.EXPORTED


def test_twice_out_and_twice_back_are_refused() -> None:
    away = done(title(), OUT, EXPORTER, OPERATOR)
    assert refusal(away, OUT, EXPORTER, OPERATOR) is Code.WRONG_STATE
    back = done(away, BACK, OPERATOR, BANK)
    assert refusal(back, BACK, OPERATOR, BANK) is Code.WRONG_STATE
