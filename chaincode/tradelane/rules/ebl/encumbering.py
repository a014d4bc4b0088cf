"""Effects of a refusal, a pledge and a court's order; as in `effects`, the first line says what each does."""

from typing import Any

from tradelane.model.party import PartyRef
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action, Freeze, Incoming, Pledge
from tradelane.rules.ebl.case import Case
from tradelane.rules.ebl.guards.court import lifted
from tradelane.rules.ebl.succession import following, handed, own_cleared


def refused(case: Case, status: TitleStatus) -> TitleRecord:
    """What the actor was given goes back to who gave it: possession, endorsement, pledge, each as it was before."""
    title, changes, back = case.existing, _Changes(), None
    for entry in title.incoming:
        if entry.receiver == case.actor.ref and not (
            entry.refusable_until is not None and case.now > entry.refusable_until
        ):
            back = entry.possessor or back
            changes |= _undone(title, entry)
    return following(case, status, back, incoming=own_cleared(case), **changes)


def pledged(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient is pledgee and in control; the title stays the pledgor's. The pledgee may refuse."""
    pledge = Pledge(pledgor=case.actor.ref, pledgee=case.receiver.ref, since=case.now)
    return handed(case, status, possession=True, pledge=pledge)


def released(case: Case, status: TitleStatus) -> TitleRecord:
    """The pledge is over and its pledgor in control again."""
    back = _pledge(case).pledgor
    return following(case, status, back, possessor=back, pledge=None)


def enforced(case: Case, status: TitleStatus) -> TitleRecord:
    """The pledge is over: the pledgee becomes endorsee in the pledgor's place and stays in control."""
    title, pledgee = case.existing, case.actor.ref
    if title.endorsee is None:  # a bearer's bill is its holder's
        return following(case, status, pledgee, pledge=None)
    # Whether the endorsee may endorse on stays as it was: nobody pledges more than it has.
    return following(case, status, pledgee, pledge=None, endorsee=pledgee, nominee=None)


def pledgee_substituted(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient becomes pledgee in the actor's place, and in control. It may refuse."""
    pledge = _pledge(case).model_copy(update={"pledgee": case.receiver.ref})
    return handed(case, status, possession=True, pledge=pledge)


def frozen(case: Case, status: TitleStatus) -> TitleRecord:
    """Nothing is possible until the order is lifted, but a recovery and another authority's order."""
    freeze = Freeze(authority=case.actor.ref, order=case.evidence, since=case.now)
    return following(case, status, None, **_stopped_by((*case.existing.freezes, freeze)))


def unfrozen(case: Case, status: TitleStatus) -> TitleRecord:
    """The order is lifted; with the last one gone the title stands again where it stood."""
    order = lifted(case)
    left = tuple(freeze for freeze in case.existing.freezes if freeze != order)
    return following(case, status, None, **_stopped_by(left))


def recovered(case: Case, status: TitleStatus) -> TitleRecord:
    """Whatever the party that lost control had in the title, the recipient has; the history keeps both."""
    title, lost, found = case.existing, case.subject.ref, case.receiver.ref
    fields = ("possessor", "endorsee", "nominee", "consignee", "first_possessor", "surrendered_by")
    changes: _Changes = {name: found for name in fields if getattr(title, name) == lost}
    if title.pledge is not None:
        changes["pledge"] = _moved(title.pledge, lost, found, "pledgor", "pledgee")
    changes["incoming"] = tuple(
        _moved(entry, lost, found, "receiver", "possessor", "endorsee", "nominee") for entry in title.incoming
    )
    return following(case, status, found, **changes)


_Changes = dict[str, Any]


def _stopped_by(freezes: tuple[Freeze, ...]) -> _Changes:
    return {"freeze": freezes[0] if freezes else None, "further_freezes": freezes[1:] or None}


def _undone(title: TitleRecord, entry: Incoming) -> _Changes:
    changes: _Changes = {}
    if entry.possessor is not None:
        changes["possessor"] = entry.possessor
    if entry.endorsed:
        changes |= {
            "endorsee": entry.endorsee,
            "endorsee_may_endorse": entry.endorsee_may_endorse,
            "nominee": entry.nominee,
        }
    if entry.action_code is Action.PLEDGE:
        changes["pledge"] = None
    if entry.action_code is Action.SUBSTITUTE_PLEDGEE and title.pledge is not None:
        changes["pledge"] = title.pledge.model_copy(update={"pledgee": entry.possessor})
    return changes


def _moved(part: Any, lost: PartyRef, found: PartyRef, *names: str) -> Any:  # noqa: ANN401
    return part.model_copy(update={name: found for name in names if getattr(part, name) == lost})


def _pledge(case: Case) -> Pledge:
    pledge = case.existing.pledge
    if pledge is None:
        raise LookupError(f"{case.act.action} on a title that is not pledged")
    return pledge
