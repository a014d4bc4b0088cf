"""Who is acting, and what the title gives that party."""

from tradelane.model.title import TitleKind
from tradelane.rules.ebl.case import Case
from tradelane.rules.party import require_licensed
from tradelane.rules.refusal import Code, Refused


def licensed(case: Case) -> None:
    """The actor has a role with effect."""
    require_licensed(case.actor)


def in_control(case: Case) -> None:
    """The actor is in control (possession)."""
    if case.existing.possessor != case.actor.ref:
        raise Refused(
            403,
            Code.NOT_IN_CONTROL,
            f"only the party in control of this title may do this, and {case.actor.party_id!r} is not in control",
            {"titleId": case.existing.title_id},
        )


def issuer(case: Case) -> None:
    """The actor issued the title."""
    if case.existing.issuer != case.actor.ref:
        raise Refused(
            403,
            Code.NOT_ISSUER,
            f"only the carrier that issued this title does {case.act.action}, and {case.actor.party_id!r} is not it",
            {"titleId": case.existing.title_id},
        )


def a_title(case: Case) -> None:
    """The document is a bill of lading, not a sea waybill."""
    if case.existing.kind is TitleKind.SEA_WAYBILL:
        raise Refused(
            422,
            Code.NOT_A_TITLE,
            f"a sea waybill is no document of title, so {case.act.action} is not possible; it can be signed, "
            "surrendered for amendment, and accomplished by its carrier",
            {"titleId": case.existing.title_id},
        )


def a_waybill(case: Case) -> None:
    """The document is a sea waybill, which is delivered on without a surrender."""
    if case.existing.kind is not TitleKind.SEA_WAYBILL:
        raise Refused(
            422,
            Code.SURRENDER_FIRST,
            "goods under a bill of lading are delivered only once it was surrendered for delivery and accepted",
            {"titleId": case.existing.title_id},
        )


def negotiable(case: Case) -> None:
    """The title is to order."""
    if not case.existing.is_to_order:
        raise Refused(
            422,
            Code.NOT_NEGOTIABLE,
            f"a straight bill of lading (isToOrder false) knows no {case.act.action}; its possession can be "
            "transferred, and its consignee or shipper can surrender it",
            {"titleId": case.existing.title_id},
        )


def current_endorsee(case: Case) -> None:
    """The actor is the endorsee, or the title is endorsed in blank."""
    if case.existing.endorsee not in (None, case.actor.ref):
        raise _not_endorsee(case)


def endorsee_or_nominated(case: Case) -> None:
    """The actor is the endorsee, or the title is endorsed in blank, or the endorsee has nominated the recipient."""
    title = case.existing
    nominated = title.nominee is not None and case.recipient is not None and case.recipient.ref == title.nominee
    if title.endorsee not in (None, case.actor.ref) and not nominated:
        raise _not_endorsee(case)


def named_endorsee(case: Case) -> None:
    """The actor is the endorsee."""
    if case.existing.endorsee != case.actor.ref:
        raise _not_endorsee(case)


def may_endorse_on(case: Case) -> None:
    """The endorsee was endorsed to order, or the title is endorsed in blank."""
    if case.existing.endorsee is not None and not case.existing.endorsee_may_endorse:
        raise Refused(
            422,
            Code.ENDORSEE_MAY_NOT_ENDORSE,
            "the title was endorsed to its endorsee by name (ENDORSE), not to order, so it cannot be endorsed on",
            {"titleId": case.existing.title_id},
        )


def titleholder(case: Case) -> None:
    """The actor may claim the goods: named endorsee; blank: anyone; straight: consignee or first possessor."""
    title, actor = case.existing, case.actor
    if title.is_to_order:
        entitled = title.endorsee in (None, actor.ref)
    else:
        entitled = actor.ref in (title.consignee, title.first_possessor)
    if not entitled:
        raise Refused(
            403,
            Code.NOT_TITLEHOLDER,
            f"{actor.party_id!r} is in possession but may not claim the goods: a bill to order is surrendered or "
            "pledged by its endorsee, a straight bill by its consignee or the shipper it was issued to",
            {"titleId": title.title_id},
        )


def pledgee(case: Case) -> None:
    """The actor is the pledgee."""
    pledge = case.existing.pledge
    if pledge is None or pledge.pledgee != case.actor.ref:
        raise Refused(
            403,
            Code.NOT_PLEDGEE,
            f"this title is pledged; only its pledgee does {case.act.action}, and {case.actor.party_id!r} is not it",
            {"titleId": case.existing.title_id},
        )


def something_to_refuse(case: Case) -> None:
    """The actor was given something that it has not yet acted on, and the sender's time limit is not over."""
    own = [entry for entry in case.existing.incoming if entry.receiver == case.actor.ref]
    if not own:
        raise Refused(
            409,
            Code.NOTHING_TO_REFUSE,
            f"{case.actor.party_id!r} has nothing of this title to refuse: nothing came in, or it has acted since",
            {"titleId": case.existing.title_id},
        )
    if all(entry.refusable_until is not None and case.now > entry.refusable_until for entry in own):
        raise Refused(
            409,
            Code.TOO_LATE_TO_REFUSE,
            f"what came in could be refused until {own[0].refusable_until}; it can be transferred back now",
            {"titleId": case.existing.title_id},
        )


def _not_endorsee(case: Case) -> Refused:
    return Refused(
        403,
        Code.NOT_ENDORSEE,
        f"only the endorsee does {case.act.action}, or whoever is in control to the party it has nominated; "
        f"{case.actor.party_id!r} is not the endorsee",
        {"titleId": case.existing.title_id},
    )
