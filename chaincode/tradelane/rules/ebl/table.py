"""The life cycle of a transport document as a table: standing and act give guards, effect and next status.

Whatever pair is not here is refused with WRONG_STATE. The diagram in docs/ebl-states.md is drawn from this table.
Sources: DCSA EBL_END 3.0.4 and PINT 3.0.0 (action codes, who may endorse), EBL_SUR 3.0.4 (surrender and its answer);
nomination, refusal and transfer of both as TradeTrust's title escrow; MLETR 15 to 18 (endorsement, amendment, change
of medium). Pledge, court orders and the way to other platforms are TradeLane's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action
from tradelane.rules.ebl import crossing, effects, encumbering
from tradelane.rules.ebl.case import Case
from tradelane.rules.ebl.guards import abroad, control, court, issue, recipient, surrender
from tradelane.rules.ebl.standing import FREEZABLE, Standing

Guard = Callable[[Case], None]
Effect = Callable[[Case, TitleStatus], TitleRecord]


@dataclass(frozen=True, slots=True)
class Transition:
    """What an act demands, in the order of looking, what it does, and the status it leads to.

    Attributes:
        by: Who may do it, in words for people.
        status: None where it stays.
        leads_to: The standings it may lead to, where that is not the status nor the standing it started from.
    """

    by: str
    guards: tuple[Guard, ...]
    effect: Effect
    status: TitleStatus | None = None
    leads_to: tuple[Standing, ...] = ()


CARRIER, HOLDER, ENDORSEE = "its carrier", "who is in control", "the endorsee in control"
TITLEHOLDER, PLEDGEE, AUTHORITY = "the titleholder in control", "the pledgee", "an authority"

_DONE = (Standing.ACCOMPLISHED,)

_HOLDER = (control.licensed, control.in_control)
_ENDORSER = (*_HOLDER, control.a_title, control.negotiable)
_RECIPIENT = (
    recipient.recipient_given,
    recipient.recipient_other,
    recipient.recipient_licensed,
    recipient.law_allows_joint,
)
_NEW_ENDORSEE = (
    recipient.recipient_given,
    control.endorsee_or_nominated,
    control.may_endorse_on,
    recipient.recipient_new_endorsee,
    recipient.recipient_licensed,
    recipient.law_allows_joint,
    recipient.limit_ahead,
)
_ISSUER = (control.issuer, recipient.no_recipient)
_PLEDGEE = (control.licensed, control.pledgee)
_ORDERED = (court.authority, court.of_this_title, recipient.no_recipient, recipient.evidence_given)

_ISSUE = Transition(
    "a carrier",
    (
        control.licensed,
        issue.carrier,
        issue.title_document,
        issue.owner,
        issue.lodged,
        issue.law_in_force,
        issue.law_allows_bearer,
        issue.law_allows_from_paper,
        *_RECIPIENT,
    ),
    effects.issued,
    TitleStatus.ISSUED,
)
_REFUSE = Transition(
    "who was given something",
    (control.something_to_refuse, recipient.no_recipient, recipient.evidence_given),
    encumbering.refused,
)
_SIGN = Transition(HOLDER, (*_HOLDER, recipient.no_recipient), effects.signed)
_FREEZE = Transition(
    "an authority it concerns", (*_ORDERED, court.not_twice), encumbering.frozen, leads_to=(Standing.FROZEN,)
)
_RECOVER = Transition(
    AUTHORITY,
    (
        court.authority,
        court.subject_holds,
        recipient.recipient_given,
        court.recipient_not_subject,
        recipient.recipient_licensed,
        recipient.law_allows_joint,
        court.subject_at_home,
        court.pledgee_stays_bank,
        recipient.evidence_given,
    ),
    encumbering.recovered,
)
_GIVEN_BACK = Transition(CARRIER, (*_ISSUER, recipient.evidence_given), effects.given_back, TitleStatus.ISSUED)

_ISSUED: Mapping[Action, Transition] = {
    Action.SIGN: _SIGN,
    Action.NOMINATE: Transition(
        "the endorsee",
        (
            control.licensed,
            control.a_title,
            control.negotiable,
            control.named_endorsee,
            control.may_endorse_on,
            *_RECIPIENT,
            recipient.recipient_new_nominee,
        ),
        effects.nominated,
    ),
    Action.TRANSFER: Transition(
        HOLDER, (*_HOLDER, control.a_title, *_RECIPIENT, recipient.limit_ahead), effects.possession_moved
    ),
    Action.ENDORSE: Transition(ENDORSEE, (*_ENDORSER, *_NEW_ENDORSEE), effects.endorsed),
    Action.ENDORSE_TO_ORDER: Transition(ENDORSEE, (*_ENDORSER, *_NEW_ENDORSEE), effects.endorsed_to_order),
    Action.ENDORSE_AND_TRANSFER: Transition(
        ENDORSEE, (*_ENDORSER, *_NEW_ENDORSEE, recipient.recipient_other), effects.endorsed_and_moved
    ),
    Action.BLANK_ENDORSE: Transition(
        ENDORSEE,
        (
            *_ENDORSER,
            control.current_endorsee,
            control.may_endorse_on,
            issue.law_allows_blank,
            recipient.no_recipient,
        ),
        effects.endorsed_in_blank,
    ),
    Action.REFUSE: _REFUSE,
    Action.PLEDGE: Transition(
        TITLEHOLDER,
        (
            *_HOLDER,
            control.a_title,
            control.titleholder,
            *_RECIPIENT,
            recipient.recipient_bank,
            recipient.limit_ahead,
        ),
        encumbering.pledged,
        leads_to=(Standing.PLEDGED,),
    ),
    Action.SURRENDER_FOR_DELIVERY: Transition(
        TITLEHOLDER,
        (*_HOLDER, control.a_title, control.titleholder, recipient.no_recipient),
        effects.surrendered,
        TitleStatus.PENDING_SURRENDER_FOR_DELIVERY,
    ),
    Action.SURRENDER_FOR_AMENDMENT: Transition(
        TITLEHOLDER,
        (*_HOLDER, control.titleholder, recipient.no_recipient, surrender.law_allows_to_paper),
        effects.surrendered,
        TitleStatus.PENDING_SURRENDER_FOR_AMENDMENT,
    ),
    Action.ACCOMPLISH: Transition(
        CARRIER, (*_ISSUER, control.a_waybill, recipient.evidence_given), effects.accomplished, leads_to=_DONE
    ),
    Action.EXPORT: Transition(
        HOLDER,
        (*_HOLDER, control.a_title, *_RECIPIENT, abroad.recipient_platform, abroad.crossing_given),
        crossing.exported,
        leads_to=(Standing.EXPORTED,),
    ),
    Action.FREEZE: _FREEZE,
    Action.RECOVER: _RECOVER,
}
_EXPORTED: Mapping[Action, Transition] = {
    Action.IMPORT: Transition(
        "the operator it left by",
        (
            control.licensed,
            abroad.operator,
            abroad.crossing_given,
            *_RECIPIENT,
            abroad.chain_continues,
            abroad.endorsement_possible,
            abroad.surrender_possible,
        ),
        crossing.imported,
        # What was surrendered abroad waits for its carrier's answer here.
        leads_to=(
            Standing.ISSUED,
            Standing.PENDING_SURRENDER_FOR_AMENDMENT,
            Standing.PENDING_SURRENDER_FOR_DELIVERY,
        ),
    ),
}
_PLEDGED: Mapping[Action, Transition] = {
    Action.SIGN: _SIGN,
    # Refusing a pledge ends it, refusing a substitution leaves it with the pledgee before.
    Action.REFUSE: replace(_REFUSE, leads_to=(Standing.ISSUED, Standing.PLEDGED)),
    Action.RELEASE: Transition(
        PLEDGEE, (*_PLEDGEE, recipient.no_recipient), encumbering.released, leads_to=(Standing.ISSUED,)
    ),
    Action.ENFORCE: Transition(
        PLEDGEE,
        (*_PLEDGEE, control.negotiable, recipient.no_recipient, recipient.evidence_given),
        encumbering.enforced,
        leads_to=(Standing.ISSUED,),
    ),
    Action.SUBSTITUTE_PLEDGEE: Transition(
        PLEDGEE,
        (
            *_PLEDGEE,
            *_RECIPIENT,
            recipient.recipient_not_pledgor,
            recipient.recipient_bank,
            recipient.limit_ahead,
        ),
        encumbering.pledgee_substituted,
    ),
    Action.FREEZE: _FREEZE,
    Action.RECOVER: _RECOVER,
}
_PENDING_DELIVERY: Mapping[Action, Transition] = {
    Action.SACC: Transition(CARRIER, _ISSUER, effects.ended, TitleStatus.SURRENDERED_FOR_DELIVERY),
    Action.SREJ: _GIVEN_BACK,
    Action.FREEZE: _FREEZE,
    Action.RECOVER: _RECOVER,
}
_PENDING_AMENDMENT: Mapping[Action, Transition] = {
    Action.SACC: Transition(
        CARRIER,
        (*_ISSUER, surrender.paper_named),
        effects.amendment_accepted,
        TitleStatus.SURRENDERED_FOR_AMENDMENT,
        # A switch to paper ends the record at once.
        leads_to=(Standing.SURRENDERED_FOR_AMENDMENT, Standing.VOIDED),
    ),
    Action.SREJ: _GIVEN_BACK,
    Action.FREEZE: _FREEZE,
    Action.RECOVER: _RECOVER,
}
_SURRENDERED_FOR_DELIVERY: Mapping[Action, Transition] = {
    Action.ACCOMPLISH: Transition(CARRIER, (*_ISSUER, recipient.evidence_given), effects.accomplished, leads_to=_DONE),
    Action.FREEZE: _FREEZE,
}
_SURRENDERED_FOR_AMENDMENT: Mapping[Action, Transition] = {
    Action.VOID: Transition(CARRIER, _ISSUER, effects.ended, TitleStatus.VOIDED),
    Action.FREEZE: _FREEZE,
}
_FROZEN: Mapping[Action, Transition] = {
    Action.FREEZE: _FREEZE,
    Action.UNFREEZE: Transition(
        "the authority whose order it is, or one of its jurisdiction in its place",
        (court.authority, court.of_this_freeze, recipient.no_recipient, recipient.evidence_given),
        encumbering.unfrozen,
        leads_to=(*FREEZABLE, Standing.FROZEN),
    ),
    Action.RECOVER: _RECOVER,
}

_ROWS: Mapping[Standing | None, Mapping[Action, Transition]] = {
    None: {Action.ISSUE: _ISSUE},
    Standing.ISSUED: _ISSUED,
    Standing.PLEDGED: _PLEDGED,
    Standing.PENDING_SURRENDER_FOR_AMENDMENT: _PENDING_AMENDMENT,
    Standing.SURRENDERED_FOR_AMENDMENT: _SURRENDERED_FOR_AMENDMENT,
    Standing.PENDING_SURRENDER_FOR_DELIVERY: _PENDING_DELIVERY,
    Standing.SURRENDERED_FOR_DELIVERY: _SURRENDERED_FOR_DELIVERY,
    Standing.FROZEN: _FROZEN,
    Standing.EXPORTED: _EXPORTED,
}

TABLE: Mapping[tuple[Standing | None, Action], Transition] = MappingProxyType(
    {(standing, action): transition for standing, row in _ROWS.items() for action, transition in row.items()}
)
