"""The electronic bill of lading as a title: record, acts and requests."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tradelane.model.base import Record
from tradelane.model.document import Lodgement
from tradelane.model.identifiers import DocumentId, MspId, PartyId, Sha256, Timestamp, TitleId
from tradelane.model.party import PartyRef


class TitleStatus(StrEnum):
    """transportDocumentStatus of an issued bill, DCSA EBL 3.0.4 (the part reached so far)."""

    ISSUED = "ISSUED"
    PENDING_SURRENDER_FOR_DELIVERY = "PENDING_SURRENDER_FOR_DELIVERY"
    SURRENDERED_FOR_DELIVERY = "SURRENDERED_FOR_DELIVERY"


class Action(StrEnum):
    """actionCode of the endorsement chain, DCSA EBL_END 3.0.4 and PINT 3.0.0 (SACC, SREJ)."""

    ISSUE = "ISSUE"
    ENDORSE = "ENDORSE"
    ENDORSE_TO_ORDER = "ENDORSE_TO_ORDER"
    BLANK_ENDORSE = "BLANK_ENDORSE"
    TRANSFER = "TRANSFER"
    SURRENDER_FOR_DELIVERY = "SURRENDER_FOR_DELIVERY"
    SACC = "SACC"
    SREJ = "SREJ"


class LastAction(Record):
    """The act that made this version of the record."""

    action_code: Action
    actor: PartyRef
    recipient: PartyRef | None = None
    action_date_time: Timestamp


class EndorsementRule(Record):
    """Who must endorse a title's next change: all of `required`, and `count` of `others`; the two share nobody."""

    required: tuple[MspId, ...]
    count: int = 0
    others: tuple[MspId, ...] = ()


class TitleRecord(Record):
    """A title. `possessor` is the one party in control while the title has effect, and absent once it has ended."""

    title_id: TitleId
    document_id: DocumentId
    commitment: Sha256
    is_to_order: bool
    status: TitleStatus
    issuer: PartyRef
    possessor: PartyRef | None = None
    endorsee: PartyRef | None = None
    """The titleholder of a to-order bill; absent when endorsed in blank, and on a straight bill."""
    endorsee_may_endorse: bool = False
    """Whether the endorsee may endorse on (to order) or not (named)."""
    first_possessor: PartyRef
    consignee: PartyRef | None = None
    surrendered_by: PartyRef | None = None
    """Who gets the title back when the carrier rejects the surrender, and the goods when it accepts."""
    parties: tuple[PartyId, ...]
    """Everyone who has been issuer, possessor, endorsee or consignee, in order of appearance."""
    sequence: int
    """1 at issue, one more with each act."""
    last_action: LastAction
    endorsement: EndorsementRule
    """The policy of the title's key, carried in the record so that it can be checked afterwards."""


class IssueRequest(Record):
    """Issue a title over a lodged document to its first possessor."""

    title_id: TitleId
    lodgement: Lodgement
    issue_to: PartyId


class EndorseRequest(Record):
    """Endorse to a named party, to a party's order, or in blank (then without recipient)."""

    title_id: TitleId
    action_code: Literal[Action.ENDORSE, Action.ENDORSE_TO_ORDER, Action.BLANK_ENDORSE]
    recipient: PartyId | None = None


class TransferRequest(Record):
    """Hand possession to another party."""

    title_id: TitleId
    recipient: PartyId


class TitleRequest(Record):
    """Name the title: surrender for delivery, accept, and the queries."""

    title_id: TitleId


class RejectRequest(Record):
    """Reject a surrender; the reason travels as transient `reason`, with `salt`."""

    title_id: TitleId


Reason = Annotated[str, StringConstraints(pattern=r"^\S(?:[\s\S]*\S)?$", max_length=255)]
"""Comments on a rejection, DCSA EBL_SUR."""


class Remark(Record):
    """The words that went with an act, in the private collection `remarks`."""

    title_id: TitleId
    sequence: int
    author: PartyId
    text: Reason
    salt: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class HistoryEntry(Record):
    """One version of a title, oldest first in a history."""

    transaction_id: str
    title: TitleRecord
    remark: str | None = None


class ListRequest(Record):
    """List titles the caller is or was a party of, or only those in its possession; `bookmark` continues a page."""

    held_only: bool = False
    page_size: Annotated[int, Field(ge=1, le=1000)] = 100
    bookmark: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32})?$")] = ""


class TitlePage(Record):
    """One page of titles, by title id; `bookmark` is empty on the last."""

    titles: tuple[TitleRecord, ...]
    bookmark: str = ""


class TitleHistory(Record):
    """All versions of a title, oldest first."""

    entries: tuple[HistoryEntry, ...]
