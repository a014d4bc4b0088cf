"""The life cycle of a title as a table: state and act give guards, effect and next state.

Whatever pair is not here is refused with WRONG_STATE. The diagram in docs/ebl-states.md is drawn from this table.
Source: DCSA EBL_END 3.0.4 and PINT 3.0.0 (action codes, who may endorse), EBL_SUR 3.0.4 (surrender and its answer).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action
from tradelane.rules.ebl import effects, guards
from tradelane.rules.ebl.case import Case

Guard = Callable[[Case], None]
Effect = Callable[[Case, TitleStatus], TitleRecord]


@dataclass(frozen=True, slots=True)
class Transition:
    """What an act demands, in the order of looking, what it does, and the state it leads to."""

    guards: tuple[Guard, ...]
    effect: Effect
    status: TitleStatus


ISSUED = TitleStatus.ISSUED
PENDING = TitleStatus.PENDING_SURRENDER_FOR_DELIVERY
SURRENDERED = TitleStatus.SURRENDERED_FOR_DELIVERY

_ENDORSER = (guards.licensed, guards.in_control, guards.negotiable, guards.current_endorsee, guards.may_endorse_on)
_NEW_ENDORSEE = (guards.recipient_given, guards.recipient_new_endorsee, guards.recipient_licensed)

TABLE: Mapping[tuple[TitleStatus | None, Action], Transition] = MappingProxyType(
    {
        (None, Action.ISSUE): Transition(
            (
                guards.licensed,
                guards.carrier,
                guards.title_document,
                guards.owner,
                guards.lodged,
                guards.recipient_given,
                guards.recipient_other,
                guards.recipient_licensed,
            ),
            effects.issued,
            ISSUED,
        ),
        (ISSUED, Action.TRANSFER): Transition(
            (
                guards.licensed,
                guards.in_control,
                guards.recipient_given,
                guards.recipient_other,
                guards.recipient_licensed,
            ),
            effects.possession_moved,
            ISSUED,
        ),
        (ISSUED, Action.ENDORSE): Transition((*_ENDORSER, *_NEW_ENDORSEE), effects.endorsed, ISSUED),
        (ISSUED, Action.ENDORSE_TO_ORDER): Transition((*_ENDORSER, *_NEW_ENDORSEE), effects.endorsed_to_order, ISSUED),
        (ISSUED, Action.BLANK_ENDORSE): Transition(
            (*_ENDORSER, guards.no_recipient), effects.endorsed_in_blank, ISSUED
        ),
        (ISSUED, Action.SURRENDER_FOR_DELIVERY): Transition(
            (guards.licensed, guards.in_control, guards.titleholder, guards.no_recipient), effects.surrendered, PENDING
        ),
        (PENDING, Action.SACC): Transition((guards.issuer, guards.no_recipient), effects.ended, SURRENDERED),
        (PENDING, Action.SREJ): Transition((guards.issuer, guards.no_recipient), effects.given_back, ISSUED),
    }
)
