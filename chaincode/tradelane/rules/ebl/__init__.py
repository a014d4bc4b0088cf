"""The rules of an electronic bill of lading: who may do what to a title, and what becomes of it."""

from tradelane.model.events import TitleFact
from tradelane.model.identifiers import Timestamp
from tradelane.model.party import NetworkRecord, PartyRecord
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action
from tradelane.rules.ebl.case import Act, Case, Decision, IssueFacts
from tradelane.rules.ebl.table import TABLE
from tradelane.rules.refusal import Code, Refused

__all__ = ["TABLE", "Act", "Decision", "IssueFacts", "decide"]


def decide(
    title: TitleRecord | None,
    act: Act,
    actor: PartyRecord,
    recipient: PartyRecord | None,
    now: Timestamp,
    network: NetworkRecord,
) -> Decision:
    """Decide on an act. The state is looked at first, then the act's guards in the table's order.

    Args:
        title: The title as it stands, None before its issue.
        act: What is to be done.
        actor: The party that does it, as the ledger knows it.
        recipient: The party it is done in favour of, None where none is named.
        now: The transaction's time.
        network: The organisations of which a majority endorses each change.

    Raises:
        Refused: WRONG_STATE, or the refusal of the first guard that does not hold.
    """
    state = None if title is None else title.status
    transition = TABLE.get((state, act.action))
    if transition is None:
        raise _wrong_state(state, act.action)
    case = Case(act, title, actor, recipient, now, network)
    for guard in transition.guards:
        guard(case)
    after = transition.effect(case, transition.status)
    return Decision(after, _fact(after))


def _wrong_state(state: TitleStatus | None, action: Action) -> Refused:
    accepted = [allowed.value for status, allowed in TABLE if status is state]
    where = "before its issue a title" if state is None else f"a title in the state {state}"
    return Refused(
        409,
        Code.WRONG_STATE,
        f"{action} is not possible: {where} accepts {', '.join(accepted) or 'no act any more'}",
        {"status": "" if state is None else state.value, "actionCode": action.value},
    )


def _fact(title: TitleRecord) -> TitleFact:
    last = title.last_action
    return TitleFact(
        title_id=title.title_id,
        action_code=last.action_code,
        status=title.status,
        actor=last.actor.party_id,
        recipient=None if last.recipient is None else last.recipient.party_id,
        possessor=None if title.possessor is None else title.possessor.party_id,
        sequence=title.sequence,
    )
