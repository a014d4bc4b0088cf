"""Every pair of state and act: what the table allows leads where it says, all else is refused with WRONG_STATE."""

import pytest

from tests.support.titles import BANK, CARRIER, EXPORTER, LATER, NETWORK, ended, issue_act, pending, title
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action
from tradelane.rules.ebl import TABLE, Act, decide
from tradelane.rules.refusal import Code, Refused

TITLES: dict[TitleStatus | None, TitleRecord | None] = {
    None: None,
    TitleStatus.ISSUED: title(),
    TitleStatus.PENDING_SURRENDER_FOR_DELIVERY: pending(),
    TitleStatus.SURRENDERED_FOR_DELIVERY: ended(),
}
# Who does each act rightly, and to whom.
PROPER: dict[Action, tuple[Act, PartyRecord, PartyRecord | None]] = {
    Action.ISSUE: (issue_act(), CARRIER, EXPORTER),
    Action.TRANSFER: (Act(Action.TRANSFER), EXPORTER, BANK),
    Action.ENDORSE: (Act(Action.ENDORSE), EXPORTER, BANK),
    Action.ENDORSE_TO_ORDER: (Act(Action.ENDORSE_TO_ORDER), EXPORTER, BANK),
    Action.BLANK_ENDORSE: (Act(Action.BLANK_ENDORSE), EXPORTER, None),
    Action.SURRENDER_FOR_DELIVERY: (Act(Action.SURRENDER_FOR_DELIVERY), EXPORTER, None),
    Action.SACC: (Act(Action.SACC), CARRIER, None),
    Action.SREJ: (Act(Action.SREJ), CARRIER, None),
}
ALLOWED = {
    (None, Action.ISSUE): TitleStatus.ISSUED,
    (TitleStatus.ISSUED, Action.TRANSFER): TitleStatus.ISSUED,
    (TitleStatus.ISSUED, Action.ENDORSE): TitleStatus.ISSUED,
    (TitleStatus.ISSUED, Action.ENDORSE_TO_ORDER): TitleStatus.ISSUED,
    (TitleStatus.ISSUED, Action.BLANK_ENDORSE): TitleStatus.ISSUED,
    (TitleStatus.ISSUED, Action.SURRENDER_FOR_DELIVERY): TitleStatus.PENDING_SURRENDER_FOR_DELIVERY,
    (TitleStatus.PENDING_SURRENDER_FOR_DELIVERY, Action.SACC): TitleStatus.SURRENDERED_FOR_DELIVERY,
    (TitleStatus.PENDING_SURRENDER_FOR_DELIVERY, Action.SREJ): TitleStatus.ISSUED,
}
PAIRS = [(state, action) for state in TITLES for action in Action]


def test_every_state_and_act_is_covered() -> None:
    assert set(TITLES) == {None, *TitleStatus}
    assert set(PROPER) == set(Action)
    assert set(TABLE) == set(ALLOWED)


@pytest.mark.parametrize(("state", "action"), PAIRS)
def test_pair(state: TitleStatus | None, action: Action) -> None:
    act, actor, recipient = PROPER[action]
    if (state, action) in ALLOWED:
        decision = decide(TITLES[state], act, actor, recipient, LATER, NETWORK)
        assert decision.title.status is ALLOWED[state, action]
        assert decision.title.last_action.action_code is action
        assert decision.title.last_action.action_date_time == LATER
    else:
        with pytest.raises(Refused) as refused:
            decide(TITLES[state], act, actor, recipient, LATER, NETWORK)
        assert refused.value.code is Code.WRONG_STATE
        assert refused.value.status == 409


def test_wrong_state_says_what_would_be_accepted() -> None:
    with pytest.raises(Refused) as refused:
        decide(pending(), Act(Action.TRANSFER), EXPORTER, BANK, LATER, NETWORK)
    assert refused.value.message == (
        "TRANSFER is not possible: a title in the state PENDING_SURRENDER_FOR_DELIVERY accepts SACC, SREJ"
    )
    with pytest.raises(Refused) as refused:
        decide(ended(), Act(Action.TRANSFER), EXPORTER, BANK, LATER, NETWORK)
    assert "no act any more" in refused.value.message


def test_state_is_looked_at_before_the_actor() -> None:
    with pytest.raises(Refused) as refused:
        decide(ended(), Act(Action.TRANSFER), BANK, None, LATER, NETWORK)
    assert refused.value.code is Code.WRONG_STATE
