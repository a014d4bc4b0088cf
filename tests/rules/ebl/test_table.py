"""Every standing, act and actor: what the table allows leads where it says, all else is refused with a named code."""

from collections import Counter
from hashlib import sha256

import pytest

from tests.support.titles import (
    AUTHORITY,
    BACK_BY,
    BANK,
    CARRIER,
    COURT,
    EVERYONE,
    EVIDENCE,
    EXPORTER,
    IMPORTER,
    LATER,
    LEFT_BY,
    NETWORK,
    OPERATOR,
    OTHER_BANK,
    SUCCESSOR,
    accomplished,
    amendable,
    ended,
    exported,
    frozen,
    issue_act,
    pending,
    pending_amendment,
    pledged,
    received,
    title,
    voided,
    waybill,
)
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.rules.answer import NOBODY, NOT_ISSUED
from tradelane.rules.diagram import reachable
from tradelane.rules.ebl import TABLE, Act, Crossing, Standing, decide, standing_of
from tradelane.rules.refusal import Code, Refused

TITLES: dict[Standing | None, TitleRecord | None] = {
    None: None,
    Standing.ISSUED: title(),
    Standing.PLEDGED: pledged(),
    Standing.PENDING_SURRENDER_FOR_AMENDMENT: pending_amendment(),
    Standing.SURRENDERED_FOR_AMENDMENT: amendable(),
    Standing.PENDING_SURRENDER_FOR_DELIVERY: pending(),
    Standing.SURRENDERED_FOR_DELIVERY: ended(),
    Standing.FROZEN: frozen(),
    Standing.EXPORTED: exported(),
    Standing.ACCOMPLISHED: accomplished(),
    Standing.VOIDED: voided(),
}


def proper(action: Action) -> Act:
    """An act with all that it needs, where the guards of some look for it."""
    return Act(action, evidence=EVIDENCE, subject=EXPORTER)


# Who does each act rightly, and to whom.
PROPER: dict[Action, tuple[Act, PartyRecord, PartyRecord | None]] = {
    Action.ISSUE: (issue_act(), CARRIER, EXPORTER),
    Action.SIGN: (proper(Action.SIGN), EXPORTER, None),
    Action.NOMINATE: (proper(Action.NOMINATE), EXPORTER, IMPORTER),
    Action.TRANSFER: (proper(Action.TRANSFER), EXPORTER, BANK),
    Action.ENDORSE: (proper(Action.ENDORSE), EXPORTER, BANK),
    Action.ENDORSE_TO_ORDER: (proper(Action.ENDORSE_TO_ORDER), EXPORTER, BANK),
    Action.ENDORSE_AND_TRANSFER: (proper(Action.ENDORSE_AND_TRANSFER), EXPORTER, BANK),
    Action.BLANK_ENDORSE: (proper(Action.BLANK_ENDORSE), EXPORTER, None),
    Action.REFUSE: (proper(Action.REFUSE), BANK, None),
    Action.PLEDGE: (proper(Action.PLEDGE), EXPORTER, BANK),
    Action.RELEASE: (proper(Action.RELEASE), BANK, None),
    Action.ENFORCE: (proper(Action.ENFORCE), BANK, None),
    Action.SUBSTITUTE_PLEDGEE: (proper(Action.SUBSTITUTE_PLEDGEE), BANK, OTHER_BANK),
    Action.SURRENDER_FOR_DELIVERY: (proper(Action.SURRENDER_FOR_DELIVERY), EXPORTER, None),
    Action.SURRENDER_FOR_AMENDMENT: (proper(Action.SURRENDER_FOR_AMENDMENT), EXPORTER, None),
    Action.SACC: (proper(Action.SACC), CARRIER, None),
    Action.SREJ: (proper(Action.SREJ), CARRIER, None),
    Action.ACCOMPLISH: (proper(Action.ACCOMPLISH), CARRIER, None),
    Action.VOID: (proper(Action.VOID), CARRIER, None),
    Action.FREEZE: (proper(Action.FREEZE), COURT, None),
    Action.UNFREEZE: (proper(Action.UNFREEZE), COURT, None),
    Action.RECOVER: (proper(Action.RECOVER), COURT, SUCCESSOR),
    Action.EXPORT: (Act(Action.EXPORT, crossing=Crossing(LEFT_BY, platform="WAVE")), EXPORTER, OPERATOR),
    Action.IMPORT: (Act(Action.IMPORT, crossing=Crossing(BACK_BY, left_by=LEFT_BY)), OPERATOR, IMPORTER),
}
# A fixture of its own where the usual one of a standing does not allow the act.
SPECIAL: dict[tuple[Standing, Action], tuple[TitleRecord, Act, PartyRecord, PartyRecord | None]] = {
    (Standing.ISSUED, Action.REFUSE): (received(), proper(Action.REFUSE), BANK, None),
    (Standing.ISSUED, Action.ACCOMPLISH): (waybill(), proper(Action.ACCOMPLISH), CARRIER, None),
    (Standing.PLEDGED, Action.SIGN): (pledged(), proper(Action.SIGN), BANK, None),
    (Standing.PLEDGED, Action.REFUSE): (
        decide(title(), proper(Action.PLEDGE), EXPORTER, BANK, LATER, NETWORK).title,
        proper(Action.REFUSE),
        BANK,
        None,
    ),
    (Standing.FROZEN, Action.FREEZE): (frozen(endorsee=BANK.ref), proper(Action.FREEZE), AUTHORITY, None),
}
PAIRS = [(state, action) for state in TITLES for action in Action]


def test_every_standing_and_act_is_covered() -> None:
    assert set(TITLES) == {None, *Standing}
    assert set(PROPER) == set(Action)
    assert all(record is None or standing_of(record) is standing for standing, record in TITLES.items())
    ends = [standing for standing in Standing if all(state is not standing for state, _ in TABLE)]
    assert ends == [Standing.ACCOMPLISHED, Standing.VOIDED]


@pytest.mark.parametrize(("state", "action"), PAIRS)
def test_pair(state: Standing | None, action: Action) -> None:
    act, actor, recipient = PROPER[action]
    before = TITLES[state]
    if state is not None and (state, action) in SPECIAL:
        before, act, actor, recipient = SPECIAL[state, action]
    if (state, action) in TABLE:
        decision = decide(before, act, actor, recipient, LATER, NETWORK)
        assert standing_of(decision.title) in reachable(state, TABLE[state, action])
        assert decision.title.last_action.action_code is action
        assert decision.title.last_action.action_date_time == LATER
        assert decision.fact.sequence == decision.title.sequence
        assert decision.title.previous == (None if before is None else sha256(before.to_json()).hexdigest())
    else:
        with pytest.raises(Refused) as refused:
            decide(before, act, actor, recipient, LATER, NETWORK)
        assert refused.value.code is Code.WRONG_STATE
        assert refused.value.status == 409


def says_all_four(refused: Refused, state: Standing | None, action: Action) -> None:
    """What was asked, the present state, who may do it, and what would be accepted: for programs and for people."""
    details, rule = refused.details, TABLE.get((state, action))
    assert (details["actionCode"], details["status"]) == (action, state or NOT_ISSUED)
    assert details["by"] == (NOBODY if rule is None else rule.by)
    assert details["accepted"]
    assert all(said in refused.message for said in (action.value, details["accepted"]))
    if state is not None:
        assert state.value in refused.message
    if rule is not None:
        assert rule.by in refused.message


@pytest.mark.parametrize("state", TITLES)
def test_every_cell_has_an_answer(state: Standing | None) -> None:
    """Each act by each party in favour of each party or nobody: a result, or a refusal with a code."""
    answers: Counter[str] = Counter()
    for action in Action:
        act = PROPER[action][0]
        for actor in EVERYONE:
            for recipient in (None, *EVERYONE):
                try:
                    decide(TITLES[state], act, actor, recipient, LATER, NETWORK)
                except Refused as refused:
                    says_all_four(refused, state, action)
                    answers[refused.code.value] += 1
                else:
                    answers["allowed"] += 1
    assert sum(answers.values()) == len(Action) * len(EVERYONE) * (len(EVERYONE) + 1)
    assert answers["allowed"] > 0 or state in (Standing.ACCOMPLISHED, Standing.VOIDED)
    print(f"{state or '(none)'}: {sum(answers.values())} cells, {dict(sorted(answers.items()))}")


def test_wrong_state_says_what_would_be_accepted_and_from_whom() -> None:
    with pytest.raises(Refused) as refused:
        decide(pending(), Act(Action.TRANSFER), EXPORTER, BANK, LATER, NETWORK)
    assert refused.value.message == (
        "TRANSFER is not possible: a title in the state PENDING_SURRENDER_FOR_DELIVERY accepts SACC (its carrier), "
        "SREJ (its carrier), FREEZE (an authority it concerns), RECOVER (an authority)"
    )
    with pytest.raises(Refused) as refused:
        decide(voided(), Act(Action.TRANSFER), EXPORTER, BANK, LATER, NETWORK)
    assert "no act any more" in refused.value.message


def test_state_is_looked_at_before_the_actor() -> None:
    with pytest.raises(Refused) as refused:
        decide(ended(), Act(Action.TRANSFER), BANK, None, LATER, NETWORK)
    assert refused.value.code is Code.WRONG_STATE


def test_an_act_on_a_version_that_is_not_the_present_one() -> None:
    with pytest.raises(Refused) as refused:
        decide(title(sequence=3), Act(Action.TRANSFER, expected_sequence=2), EXPORTER, BANK, LATER, NETWORK)
    assert refused.value.code is Code.STALE_TITLE
    assert refused.value.details["sequence"] == "3"
    says_all_four(refused.value, Standing.ISSUED, Action.TRANSFER)
    assert (
        decide(
            title(sequence=3), Act(Action.TRANSFER, expected_sequence=3), EXPORTER, BANK, LATER, NETWORK
        ).title.sequence
        == 4
    )
