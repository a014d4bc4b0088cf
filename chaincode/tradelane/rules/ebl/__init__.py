"""The rules of an electronic bill of lading: who may do what to a title, and what becomes of it."""

from tradelane.model.events import TitleFact
from tradelane.model.identifiers import Timestamp
from tradelane.model.party import NetworkRecord, PartyRecord
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.rules.answer import NOBODY, NOT_ISSUED, complete
from tradelane.rules.ebl.case import Act, Case, Crossing, Decision, IssueFacts
from tradelane.rules.ebl.standing import Standing, standing_of
from tradelane.rules.ebl.table import TABLE
from tradelane.rules.refusal import Code, Refused

__all__ = [
    "TABLE",
    "Act",
    "Crossing",
    "Decision",
    "IssueFacts",
    "Standing",
    "decide",
    "fact_of",
    "require_fresh",
    "standing_of",
]


def decide(
    title: TitleRecord | None,
    act: Act,
    actor: PartyRecord,
    recipient: PartyRecord | None,
    now: Timestamp,
    network: NetworkRecord,
) -> Decision:
    """Decide on an act. The version is looked at first, then the standing, then the guards in the table's order.

    Args:
        title: The title as it stands, None before its issue.
        act: What is to be done.
        actor: The party that does it, as the ledger knows it.
        recipient: The party it is done in favour of, None where none is named.
        now: The transaction's time.
        network: The organisations of which a majority endorses each change.

    Raises:
        Refused: STALE_TITLE, WRONG_STATE, or the refusal of the first guard that does not hold.
    """
    standing = None if title is None else standing_of(title)
    transition = TABLE.get((standing, act.action))
    case = Case(act, title, actor, recipient, now, network)
    try:
        if title is not None:
            require_fresh(title, act.action, act.expected_sequence)
        if transition is None:
            raise _wrong_state(standing, act)
        for guard in transition.guards:
            guard(case)
    except Refused as refused:
        by = NOBODY if transition is None else transition.by
        raise complete(refused, act.action.value, standing or NOT_ISSUED, by) from None
    status = transition.status or (TitleStatus.ISSUED if title is None else title.status)
    after = transition.effect(case, status)
    return Decision(after, fact_of(after))


def require_fresh(title: TitleRecord, asked: str, expected_sequence: int | None) -> None:
    """Refuse what was meant for another version of a title than the present one.

    Args:
        title: As it stands.
        asked: What is to be done.
        expected_sequence: The version that was looked at; None where it does not matter.

    Raises:
        Refused: STALE_TITLE.
    """
    if expected_sequence not in (None, title.sequence):
        raise Refused(
            409,
            Code.STALE_TITLE,
            f"{asked} was meant for version {expected_sequence} of this title, which is at version {title.sequence} "
            f"since {title.last_action.action_code}; look at it and act again if that still fits",
            {"titleId": title.title_id, "expected": str(expected_sequence), "sequence": str(title.sequence)},
        )


def _wrong_state(standing: Standing | None, act: Act) -> Refused:
    acts = [f"{allowed} ({row.by})" for (state, allowed), row in TABLE.items() if state is standing]
    accepted = ", ".join(acts) or "no act any more"
    where = "before its issue a title" if standing is None else f"a title in the state {standing}"
    return Refused(
        409,
        Code.WRONG_STATE,
        f"{act.action} is not possible: {where} accepts {accepted}",
        {
            "actionCode": act.action.value,
            "status": standing or NOT_ISSUED,
            "by": NOBODY,
            "accepted": accepted,
        },
    )


def fact_of(title: TitleRecord) -> TitleFact:
    """Return what is announced of a title's version."""
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
