"""What a court's order may do, through an authority of the jurisdiction it concerns."""

from tradelane.model.party import PartyRecord, PartyRef, PartyRole
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
    """The authority has an order on the title, or stands in for the one of its jurisdiction that alone has."""
    if lifted_by(case.existing, case.actor) is None:
        homes = sorted({freeze.authority.msp_id for freeze in case.existing.freezes})
        raise Refused(
            403,
            Code.FOREIGN_ORGANISATION,
            f"the title is stopped by orders in {' and '.join(homes)}; each is lifted by its own authority, or by "
            "another one of the same jurisdiction where it is the only order there",
            {"titleId": case.existing.title_id},
        )


def lifted_by(title: TitleRecord, actor: PartyRecord) -> Freeze | None:
    """Return the order that an authority lifts: its own, else its jurisdiction's where there is only one."""
    own = [freeze for freeze in title.freezes if freeze.authority == actor.ref]
    of_home = [freeze for freeze in title.freezes if freeze.authority.msp_id == actor.msp_id]
    if own or len(of_home) == 1:
        return (own or of_home)[0]
    return None


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
