"""Where a title stands: its status, and what overrides it. The states of the table."""

from enum import StrEnum

from tradelane.model.title import TitleRecord, TitleStatus


class Standing(StrEnum):
    """A state of the life cycle: DCSA's status, or the encumbrance or end that decides what is possible instead."""

    ISSUED = "ISSUED"
    PLEDGED = "PLEDGED"
    PENDING_SURRENDER_FOR_AMENDMENT = "PENDING_SURRENDER_FOR_AMENDMENT"
    SURRENDERED_FOR_AMENDMENT = "SURRENDERED_FOR_AMENDMENT"
    PENDING_SURRENDER_FOR_DELIVERY = "PENDING_SURRENDER_FOR_DELIVERY"
    SURRENDERED_FOR_DELIVERY = "SURRENDERED_FOR_DELIVERY"
    FROZEN = "FROZEN"
    EXPORTED = "EXPORTED"
    ACCOMPLISHED = "ACCOMPLISHED"
    VOIDED = "VOIDED"


ENDED = (Standing.ACCOMPLISHED, Standing.VOIDED)
"""From here nothing is possible any more, for ever."""

IN_EFFECT = (
    Standing.ISSUED,
    Standing.PLEDGED,
    Standing.PENDING_SURRENDER_FOR_AMENDMENT,
    Standing.PENDING_SURRENDER_FOR_DELIVERY,
)
"""Somebody is in control. A frozen title is in effect when what is frozen is."""


FREEZABLE = (*IN_EFFECT, Standing.SURRENDERED_FOR_AMENDMENT, Standing.SURRENDERED_FOR_DELIVERY)
"""What a court's stop interrupts, and its release takes up again."""


_OF_STATUS = {status: Standing(status.value) for status in TitleStatus}


def standing_of(title: TitleRecord) -> Standing:
    """Return where a title stands: its end, a court's stop, another platform, a pledge, and else its status."""
    if title.delivery is not None:
        return Standing.ACCOMPLISHED
    if title.freeze is not None:
        return Standing.FROZEN
    if title.abroad is not None:
        return Standing.EXPORTED
    if title.pledge is not None:
        return Standing.PLEDGED
    return _OF_STATUS[title.status]
