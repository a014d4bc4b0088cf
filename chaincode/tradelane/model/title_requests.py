"""What is asked of contract `ebl`, and what it answers beside a title's record."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tradelane.model.base import Record
from tradelane.model.document import Lodgement
from tradelane.model.identifiers import PartyId, TitleId
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action


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
