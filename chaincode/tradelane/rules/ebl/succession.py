"""How one version of a title follows the other: what every effect has in common."""

from typing import Any

from tradelane.model.identifiers import PartyId
from tradelane.model.party import PartyRecord, PartyRef
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Incoming, LastAction
from tradelane.rules.ebl.case import Case
from tradelane.rules.endorsement import endorsement_rule


def first(case: Case, status: TitleStatus, **facts: Any) -> TitleRecord:  # noqa: ANN401
    """Return the first version of a title, possessed by the recipient of its issue."""
    issue, issuer, holder = case.issue, case.actor.ref, case.receiver.ref
    lodgement = issue.lodgement
    return TitleRecord(
        title_id=issue.title_id,
        document_id=lodgement.document_id,
        commitment=lodgement.commitment,
        transport_document_type_code="SWB" if lodgement.transport_document_type_code == "SWB" else "BOL",
        governing_law=issue.governing_law,
        is_to_order=lodgement.is_to_order,
        status=status,
        issuer=issuer,
        possessor=holder,
        quantities=lodgement.quantities,
        replaces=issue.replaces,
        parties=joined(
            joined((), issuer, holder, facts["endorsee"], facts["consignee"]),
            *members_of(case.recipient, issue.endorsee, issue.consignee),
        ),
        sequence=1,
        last_action=_last(case, holder),
        endorsement=endorsement_rule(issuer, holder, case.network),
        **facts,
    )


def following(case: Case, status: TitleStatus, recipient: PartyRef | None, **changes: Any) -> TitleRecord:  # noqa: ANN401
    """Return the next version: the changes, and what follows from them; the actor has made its choice by acting.

    Every act on a title that exists ends here, so here is the one place where versions are tied to each other.
    """
    title = case.existing
    possessor = changes.get("possessor", title.possessor)
    if "incoming" not in changes:
        changes["incoming"] = own_cleared(case)
    return title.model_copy(
        update={
            **changes,
            "endorsement": endorsement_rule(title.issuer, possessor, case.network),
            "status": status,
            "parties": joined(title.parties, recipient, *members_of(case.recipient)),
            "sequence": title.sequence + 1,
            "previous": title.digest,
            "last_action": _last(case, recipient),
        }
    )


def handed(
    case: Case,
    status: TitleStatus,
    *,
    possession: bool = False,
    endorsement: bool = False,
    to_order: bool = False,
    **changes: Any,  # noqa: ANN401
) -> TitleRecord:
    """Return the next version, in which the recipient got possession or endorsement or both, and may refuse them."""
    title, receiver = case.existing, case.receiver.ref
    entry = Incoming(
        action_code=case.act.action,
        receiver=receiver,
        possessor=title.possessor if possession else None,
        endorsed=endorsement,
        endorsee=title.endorsee if endorsement else None,
        endorsee_may_endorse=endorsement and title.endorsee_may_endorse,
        nominee=title.nominee if endorsement else None,
        refusable_until=case.act.refusable_until,
    )
    # What moves on takes with it that somebody could have refused it.
    kept = tuple(
        old
        for old in own_cleared(case)
        if not (possession and old.possessor is not None) and not (endorsement and old.endorsed)
    )
    if possession:
        changes["possessor"] = receiver
    if endorsement:
        changes |= {"endorsee": receiver, "endorsee_may_endorse": to_order, "nominee": None}
    incoming = kept if receiver == case.actor.ref else (*kept, entry)  # nobody refuses what it has given itself
    return following(case, status, receiver, incoming=incoming, **changes)


def own_cleared(case: Case) -> tuple[Incoming, ...]:
    """Return what others may still refuse: the actor's own act ends its choice."""
    return tuple(entry for entry in case.existing.incoming if entry.receiver != case.actor.ref)


def _last(case: Case, recipient: PartyRef | None) -> LastAction:
    return LastAction(
        action_code=case.act.action,
        actor=case.actor.ref,
        recipient=recipient,
        action_date_time=case.now,
        evidence=case.act.evidence,
    )


def joined(parties: tuple[PartyId, ...], *newcomers: PartyRef | None) -> tuple[PartyId, ...]:
    """Return the parties with those who are new among them, in order of appearance."""
    return tuple(dict.fromkeys((*parties, *(party.party_id for party in newcomers if party is not None))))


def members_of(*parties: PartyRecord | None) -> tuple[PartyRef, ...]:
    """Return who stands behind joint parties, which concerns a title as much as the joint party itself."""
    return tuple(
        PartyRef(party_id=member, msp_id=party.msp_id)
        for party in parties
        if party is not None
        for member in party.members
    )
