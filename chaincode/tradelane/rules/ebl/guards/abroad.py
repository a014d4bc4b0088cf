"""What the way to another platform and back demands beyond control."""

from tradelane.model.party import PartyRole
from tradelane.model.title_parts import Action
from tradelane.rules.ebl.case import Case
from tradelane.rules.ebl.guards.control import may_endorse_on, negotiable
from tradelane.rules.ebl.guards.issue import require_bearer
from tradelane.rules.ebl.guards.recipient import require_joint
from tradelane.rules.ebl.guards.surrender import law_allows_to_paper
from tradelane.rules.party import require_licensed_recipient
from tradelane.rules.refusal import Code, Refused


def recipient_platform(case: Case) -> None:
    """The recipient is a licensed operator of the way to other platforms."""
    if PartyRole.PLATFORM not in case.receiver.effective_roles:
        raise Refused(
            422,
            Code.NOT_A_PLATFORM,
            f"a title leaves through a party licensed as {PartyRole.PLATFORM} only, and "
            f"{case.receiver.party_id!r} is none",
            {"partyId": case.receiver.party_id},
        )


def crossing_given(case: Case) -> None:
    """The signed chain entry of the crossing is named."""
    if case.act.crossing is None:
        raise Refused(
            422,
            Code.CHAIN_BROKEN,
            f"{case.act.action} needs the checksum of the signed entry of the envelope transfer chain",
        )


def operator(case: Case) -> None:
    """The actor is the operator by which the title left."""
    abroad = case.existing.abroad
    if abroad is None or abroad.operator != case.actor.ref:
        raise Refused(
            403,
            Code.NOT_OPERATOR,
            f"the operator by which this title left alone brings it back, and {case.actor.party_id!r} is not it",
            {"titleId": case.existing.title_id},
        )


def chain_continues(case: Case) -> None:
    """The chain that comes back contains the entry with which the title left, and goes on from it."""
    abroad, crossing = case.existing.abroad, case.crossing
    if abroad is None or crossing.left_by != abroad.entry or crossing.entry == abroad.entry:
        raise Refused(
            422,
            Code.CHAIN_BROKEN,
            "the chain does not go on from the entry with which this title left, so it is not this title's chain",
            {"titleId": case.existing.title_id},
        )


def endorsement_possible(case: Case) -> None:
    """An endorsement abroad began with the endorsee, who may endorse on; title, law and its last endorsee allow it."""
    crossing, endorsee = case.crossing, case.existing.endorsee
    if not crossing.endorsed:
        return
    negotiable(case)
    if endorsee is not None and (crossing.endorser is None or crossing.endorser.ref != endorsee):
        # Possession alone gives nobody title, here or elsewhere.
        raise Refused(
            403,
            Code.NOT_ENDORSEE,
            f"only {endorsee.party_id!r}, its endorsee, could endorse this title abroad, and somebody else did",
            {"titleId": case.existing.title_id},
        )
    may_endorse_on(case)
    if crossing.endorsee is None:
        require_bearer(case, case.existing.governing_law)
    else:
        require_licensed_recipient(crossing.endorsee)
        require_joint(case.existing.governing_law, crossing.endorsee)


def surrender_possible(case: Case) -> None:
    """A surrender abroad is that of a party that may claim the goods, by law; only one for amendment has a reason."""
    crossing, title, claimant = case.crossing, case.existing, case.receiver.ref
    if case.act.reason is not None and crossing.surrender is not Action.SURRENDER_FOR_AMENDMENT:
        raise Refused(
            422,
            Code.CHAIN_BROKEN,
            f"{case.act.reason.value} is a reason to surrender for amendment, and this title was not so surrendered",
            {"titleId": title.title_id},
        )
    if crossing.surrender is None:
        return
    law_allows_to_paper(case)
    endorsee = title.endorsee
    if crossing.endorsed:
        endorsee = None if crossing.endorsee is None else crossing.endorsee.ref
    entitled = (
        endorsee in (None, claimant) if title.is_to_order else claimant in (title.consignee, title.first_possessor)
    )
    if not entitled:
        raise Refused(
            403,
            Code.NOT_TITLEHOLDER,
            f"{claimant.party_id!r} has surrendered this title abroad, but may not claim the goods: a bill to order is "
            "surrendered by its endorsee, a straight bill by its consignee or the shipper it was issued to",
            {"titleId": title.title_id},
        )
