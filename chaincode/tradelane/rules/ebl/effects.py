"""What an act makes of a title, once its guards have let it pass; each effect says it in its first line."""

from typing import Any

from tradelane.model.identifiers import PartyId
from tradelane.model.party import PartyRecord, PartyRef
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import LastAction
from tradelane.rules.ebl.case import Case
from tradelane.rules.endorsement import endorsement_rule


def issued(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient gets possession; endorsee or consignee are the document's, the endorsee may endorse on."""
    facts, issuer, holder = case.issue, case.actor.ref, case.receiver.ref
    endorsee = _ref(facts.endorsee) if facts.lodgement.is_to_order else None
    consignee = None if facts.lodgement.is_to_order else _ref(facts.consignee)
    return TitleRecord(
        title_id=facts.title_id,
        document_id=facts.lodgement.document_id,
        commitment=facts.lodgement.commitment,
        is_to_order=facts.lodgement.is_to_order,
        status=status,
        issuer=issuer,
        possessor=holder,
        endorsee=endorsee,
        endorsee_may_endorse=endorsee is not None,
        first_possessor=holder,
        consignee=consignee,
        parties=_joined((), issuer, holder, endorsee, consignee),
        sequence=1,
        last_action=_last(case, holder),
        endorsement=endorsement_rule(issuer, holder, case.network),
    )


def possession_moved(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient gets possession; endorsee and consignee stay."""
    return _next(case, status, case.receiver.ref, possessor=case.receiver.ref)


def endorsed(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient becomes endorsee and may not endorse on; possession stays."""
    return _next(case, status, case.receiver.ref, endorsee=case.receiver.ref, endorsee_may_endorse=False)


def endorsed_to_order(case: Case, status: TitleStatus) -> TitleRecord:
    """The recipient becomes endorsee and may endorse on; possession stays."""
    return _next(case, status, case.receiver.ref, endorsee=case.receiver.ref, endorsee_may_endorse=True)


def endorsed_in_blank(case: Case, status: TitleStatus) -> TitleRecord:
    """Nobody is endorsee: from now on possession is enough."""
    return _next(case, status, None, endorsee=None, endorsee_may_endorse=False)


def surrendered(case: Case, status: TitleStatus) -> TitleRecord:
    """The issuer gets possession until it answers; who surrendered is remembered."""
    title = case.existing
    return _next(case, status, title.issuer, possessor=title.issuer, surrendered_by=title.possessor)


def ended(case: Case, status: TitleStatus) -> TitleRecord:
    """The title has no effect any more and nobody is in control of it; who surrendered stays on record."""
    return _next(case, status, None, possessor=None)


def given_back(case: Case, status: TitleStatus) -> TitleRecord:
    """Who surrendered gets possession back, and all is as it was before."""
    back = case.existing.surrendered_by
    return _next(case, status, back, possessor=back, surrendered_by=None)


def _next(case: Case, status: TitleStatus, recipient: PartyRef | None, **changes: Any) -> TitleRecord:  # noqa: ANN401
    title = case.existing
    possessor = changes.get("possessor", title.possessor)
    return title.model_copy(
        update={
            **changes,
            "endorsement": endorsement_rule(title.issuer, possessor, case.network),
            "status": status,
            "parties": _joined(title.parties, recipient),
            "sequence": title.sequence + 1,
            "last_action": _last(case, recipient),
        }
    )


def _last(case: Case, recipient: PartyRef | None) -> LastAction:
    return LastAction(action_code=case.act.action, actor=case.actor.ref, recipient=recipient, action_date_time=case.now)


def _joined(parties: tuple[PartyId, ...], *newcomers: PartyRef | None) -> tuple[PartyId, ...]:
    return tuple(dict.fromkeys((*parties, *(party.party_id for party in newcomers if party is not None))))


def _ref(party: PartyRecord | None) -> PartyRef | None:
    return None if party is None else party.ref
