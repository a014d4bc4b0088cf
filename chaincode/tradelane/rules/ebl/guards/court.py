"""What a court's order may do, through an authority of the jurisdiction it concerns."""

from tradelane.model.party import PartyRef, PartyRole
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Freeze
from tradelane.rules.ebl.case import Case
from tradelane.rules.refusal import Code, Refused


def authority(case: Case) -> None:
    """The actor is an authority."""
    if PartyRole.AUTHORITY not in case.actor.effective_roles:
        raise Refused(
            403,
            Code.NOT_AUTHORITY,
            f"only an authority carries out a court's order, and {case.actor.party_id!r} is none",
        )


def of_this_title(case: Case) -> None:
    """The authority's jurisdiction is home of the issuer, or of who is or was in control or has a right in it."""
    title = case.existing
    concerned = (title.issuer, *roles_of(title))
    homes = sorted({party.msp_id for party in concerned if party is not None})
    if case.actor.msp_id not in homes:
        raise Refused(
            403,
            Code.FOREIGN_ORGANISATION,
            f"this title concerns {' and '.join(homes)}; an authority of {case.actor.msp_id} has no say in it",
            {"titleId": title.title_id},
        )


def not_twice(case: Case) -> None:
    """The authority has no order on the title yet: one that stands covers its further ones until it is lifted."""
    if any(freeze.authority == case.actor.ref for freeze in case.existing.freezes):
        raise Refused(
            409,
            Code.ALREADY_FROZEN,
            f"an order of {case.actor.party_id!r} stops this title already; leave it standing as long as any of its "
            "orders is in force",
            {"titleId": case.existing.title_id},
        )


def of_this_freeze(case: Case) -> None:
    """The authority has an order on the title, or stands in for one of its jurisdiction that has, and says so."""
    if lifted(case) is None:
        by = sorted(f"{freeze.authority.party_id!r} ({freeze.authority.msp_id})" for freeze in case.existing.freezes)
        raise Refused(
            403,
            Code.FOREIGN_ORGANISATION,
            f"the title is stopped by orders of {' and '.join(by)}; each is lifted by its own authority, or by another "
            "one of the same jurisdiction that names it (frozenBy), or the title's version where it is the only one "
            "there (expectedSequence)",
            {"titleId": case.existing.title_id},
        )


def lifted(case: Case) -> Freeze | None:
    """Return the order that an authority lifts: the one it names, else its own, else its jurisdiction's only one.

    The last only at the version that it has seen: repeating one's own lifting must not lift somebody else's order.
    """
    of_home = [freeze for freeze in case.existing.freezes if freeze.authority.msp_id == case.actor.msp_id]
    if case.act.frozen_by is not None:
        return next((freeze for freeze in of_home if freeze.authority.party_id == case.act.frozen_by), None)
    own = next((freeze for freeze in of_home if freeze.authority == case.actor.ref), None)
    if own is None and case.act.expected_sequence is not None and len(of_home) == 1:
        return of_home[0]
    return own


def subject_holds(case: Case) -> None:
    """The party whose control is taken away has a part in the title, other than its carrier's."""
    subject, title = case.act.subject, case.existing
    if subject is None or subject.ref == title.issuer or subject.ref not in roles_of(title):
        raise Refused(
            422,
            Code.NOTHING_TO_RECOVER,
            "the party named to have lost control has neither control of this title nor a right in it that could be "
            "moved; the carrier's obligations stay with the carrier",
            {"titleId": title.title_id},
        )


def subject_at_home(case: Case) -> None:
    """Authority, party and recipient are of one jurisdiction: no court moves another jurisdiction's titles away."""
    homes = sorted({case.actor.msp_id, case.subject.msp_id, case.receiver.msp_id})
    if len(homes) != 1:
        raise Refused(
            403,
            Code.FOREIGN_ORGANISATION,
            f"an authority of {case.actor.msp_id} recovers control from a party of its own jurisdiction to another "
            f"one of it; these are of {' and '.join(homes)}",
            {"titleId": case.existing.title_id},
        )


def recipient_not_subject(case: Case) -> None:
    """The recipient is another party than the one whose control was lost."""
    if case.receiver.party_id == case.subject.party_id:
        raise Refused(
            422,
            Code.SAME_PARTY,
            f"{case.subject.party_id!r} would recover from itself; a lost key is replaced by its certificate "
            "authority, a court's order names another party",
        )


def pledgee_stays_bank(case: Case) -> None:
    """Where the pledgee's control was lost, the recipient is a licensed bank."""
    pledge = case.existing.pledge
    if (
        pledge is not None
        and pledge.pledgee == case.subject.ref
        and PartyRole.BANK not in case.receiver.effective_roles
    ):
        raise Refused(
            422,
            Code.NOT_A_BANK,
            f"a pledged title is held by a licensed bank, and {case.receiver.party_id!r} is none",
            {"partyId": case.receiver.party_id},
        )


def roles_of(title: TitleRecord) -> tuple[PartyRef | None, ...]:
    """Return who has a part in a title that a court could move; the issuer's obligations it cannot."""
    pledge = (None, None) if title.pledge is None else (title.pledge.pledgor, title.pledge.pledgee)
    return (title.possessor, title.endorsee, title.nominee, title.consignee, title.surrendered_by, *pledge)
