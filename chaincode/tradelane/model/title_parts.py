"""What a title's record is made of beside its parties: encumbrances, what may still be refused, changes of medium."""

from enum import StrEnum
from typing import Annotated

from pydantic import StringConstraints

from tradelane.model.base import Record
from tradelane.model.identifiers import MspId, Sha256, Timestamp
from tradelane.model.party import PartyRef


class Action(StrEnum):
    """What is done to a title.

    The first group are action codes of DCSA EBL_END 3.0.4 and PINT 3.0.0. The others have no code there; how each
    appears in an exported endorsement chain is said in `gateway.trade`.
    """

    ISSUE = "ISSUE"
    ENDORSE = "ENDORSE"
    ENDORSE_TO_ORDER = "ENDORSE_TO_ORDER"
    BLANK_ENDORSE = "BLANK_ENDORSE"
    SIGN = "SIGN"
    TRANSFER = "TRANSFER"
    SURRENDER_FOR_DELIVERY = "SURRENDER_FOR_DELIVERY"
    SURRENDER_FOR_AMENDMENT = "SURRENDER_FOR_AMENDMENT"
    SACC = "SACC"
    SREJ = "SREJ"

    NOMINATE = "NOMINATE"
    ENDORSE_AND_TRANSFER = "ENDORSE_AND_TRANSFER"
    REFUSE = "REFUSE"
    PLEDGE = "PLEDGE"
    RELEASE = "RELEASE"
    ENFORCE = "ENFORCE"
    SUBSTITUTE_PLEDGEE = "SUBSTITUTE_PLEDGEE"
    ACCOMPLISH = "ACCOMPLISH"
    VOID = "VOID"
    FREEZE = "FREEZE"
    UNFREEZE = "UNFREEZE"
    RECOVER = "RECOVER"
    EXPORT = "EXPORT"
    IMPORT = "IMPORT"


class SurrenderReason(StrEnum):
    """reasonCode of a surrender for amendment, DCSA EBL_SUR 3.0.4."""

    SWITCH_TO_PAPER = "SWTP"
    CHANGE_OF_DESTINATION = "COD"
    SWITCH_BILL = "SWI"


class Medium(StrEnum):
    """What a transport document exists on."""

    ELECTRONIC = "ELECTRONIC"
    PAPER = "PAPER"


class LastAction(Record):
    """The act that made this version of the record."""

    action_code: Action
    actor: PartyRef
    recipient: PartyRef | None = None
    action_date_time: Timestamp
    evidence: Sha256 | None = None
    """SHA-256 of salt and words kept in private: a court's order, a delivery order's reference, a reason."""


class EndorsementRule(Record):
    """Who must endorse a title's next change: all of `required`, and `count` of `others`; the two share nobody."""

    required: tuple[MspId, ...]
    count: int = 0
    others: tuple[MspId, ...] = ()


class Incoming(Record):
    """What a party was given without being asked, and how things were before; it may refuse until its own next act."""

    action_code: Action
    receiver: PartyRef
    possessor: PartyRef | None = None
    """Who gets possession back; absent when only the endorsement is incoming."""
    endorsed: bool = False
    """Whether the endorsement is incoming."""
    endorsee: PartyRef | None = None
    """The endorsee before; absent before an endorsement of a blank bill."""
    endorsee_may_endorse: bool = False
    nominee: PartyRef | None = None
    """Whom the endorsee before had nominated."""
    refusable_until: Timestamp | None = None
    """The sender's limit; absent when there is none but the receiver's next act."""


class Pledge(Record):
    """A title held as security: the pledgee is in control, the pledgor gets control back when it is released."""

    pledgor: PartyRef
    pledgee: PartyRef
    since: Timestamp


class Freeze(Record):
    """A court's stop: until it is lifted nothing is possible but another court's stop and a recovery."""

    authority: PartyRef
    order: Sha256
    """SHA-256 of salt and the order's words, which are kept in private."""
    since: Timestamp


class Conversion(Record):
    """A change of medium, with the statement that the law demands in the new document (MLETR 17 and 18)."""

    source: Medium
    target: Medium
    statement: str
    evidence: Sha256
    """SHA-256 of salt and the words that identify the paper document, which are kept in private."""
    date_time: Timestamp


PlatformCode = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,4}$")]
"""DCSA's code of an electronic bill of lading platform, such as WAVE or IQAX."""


class Abroad(Record):
    """A title on another platform: nobody is in control of it here, until it comes back with its chain unbroken."""

    operator: PartyRef
    """Who took it out for its holder, and alone brings it back."""
    platform: PlatformCode
    entry: Sha256
    """Checksum of the signed entry of the envelope transfer chain (DCSA PINT) with which it left."""
    since: Timestamp


class Delivery(Record):
    """The goods were delivered; `reference` is SHA-256 of salt and the delivery order's reference."""

    reference: Sha256
    date_time: Timestamp
