"""What is asked of contract `ebl`, and what it answers beside a title's record."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from tradelane.model.base import Record
from tradelane.model.document import Lodgement, Salt
from tradelane.model.identifiers import MspId, PartyId, Sha256, Timestamp, TitleId
from tradelane.model.law import GoverningLaw
from tradelane.model.quantities import Conservation
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Abroad, Action, PlatformCode, SurrenderReason


class TitleRequest(Record):
    """Name the title: the queries."""

    title_id: TitleId


class TitleAct(Record):
    """Name the title an act is about, and the version of it that the actor has seen."""

    title_id: TitleId
    expected_sequence: Annotated[int, Field(ge=1)] | None = None
    """Refuse the act with STALE_TITLE when the title is at another version; absent: whatever the version is."""
    joint_party: PartyId | None = None
    """The joint party for which its member, the caller, acts: done once every member has asked for the same."""


class IssueRequest(Record):
    """Issue a title over a lodged document to its first possessor.

    With `from_paper` it replaces a paper document, which the transient `reason` identifies (with `salt`).
    """

    title_id: TitleId
    lodgement: Lodgement
    issue_to: PartyId
    governing_law: GoverningLaw = GoverningLaw.UK_ETDA
    from_paper: bool = False


class EndorseRequest(TitleAct):
    """Endorse to a named party, to a party's order (with or without possession), or in blank (without recipient)."""

    action_code: Literal[Action.ENDORSE, Action.ENDORSE_TO_ORDER, Action.ENDORSE_AND_TRANSFER, Action.BLANK_ENDORSE]
    recipient: PartyId | None = None
    refusable_until: Timestamp | None = None


class TransferRequest(TitleAct):
    """Hand something to another party: possession, a nomination, a pledge, a pledgee's place."""

    recipient: PartyId
    refusable_until: Timestamp | None = None
    """Until when the recipient may refuse; absent: until its own next act."""


class NominateRequest(TitleAct):
    """Say to whom a possessor who is not the endorsee may endorse."""

    recipient: PartyId


class AmendmentRequest(TitleAct):
    """Surrender for amendment; what is to be changed may travel as transient `reason`, with `salt`."""

    reason_code: SurrenderReason | None = None


class ReasonedRequest(TitleAct):
    """An act with its words: a reason, a court's order, a reference; transient `reason` and `salt` (and `feedback`)."""


class UnfreezeRequest(ReasonedRequest):
    """Lift a court's order: the caller's own, or that of another authority of its jurisdiction, which is named."""

    frozen_by: PartyId | None = None
    """The authority whose order it is; absent: the caller, or with `expectedSequence` the only one of its home."""


class RecoverRequest(TitleAct):
    """Give what a party had in a title to another one, as a court has ordered; the order travels as `reason`."""

    subject: PartyId
    recipient: PartyId


class ExportRequest(TitleAct):
    """Take a title out to another platform, by an entry of its envelope transfer chain that is signed already."""

    operator: PartyId
    platform: PlatformCode
    entry: Sha256


class ImportRequest(TitleAct):
    """Bring a title back from another platform to a party, with the endorsement it was given there, if any."""

    recipient: PartyId
    left_by: Sha256
    """Checksum of the entry with which it left; the chain that comes back has to contain it."""
    entry: Sha256
    """Checksum of the entry with which it comes back."""
    endorsed: bool = False
    endorsee: PartyId | None = None
    """The last endorsee where it was endorsed abroad; absent when in blank."""
    may_endorse: bool = False
    endorser: PartyId | None = None
    """Who endorsed first abroad: the endorsee with which it left, unless it left endorsed in blank."""
    surrender: Literal[Action.SURRENDER_FOR_DELIVERY, Action.SURRENDER_FOR_AMENDMENT] | None = None
    """How the recipient has surrendered it abroad, to be answered by its carrier here."""
    reason_code: SurrenderReason | None = None
    """Of a surrender for amendment alone."""


class EntryQuery(Record):
    """Name the entry of an envelope transfer chain, by its checksum, with which a title left for another platform."""

    entry: Sha256


class DocumentQuestion(Record):
    """Ask an organisation whether a document that somebody offers is one over which a carrier of it issued a title."""

    msp_id: MspId
    transport_document_reference: Annotated[str, StringConstraints(min_length=1, max_length=20)]
    possession: Sha256
    """Made of its canonical bytes (RFC 8785) for this organisation (`canonical.possession`): the asker has them."""


class ControlView(Record):
    """Where the ledger has control of a title: what a control tracking registry answers. Empty: there is no title."""

    title_id: TitleId | None = None
    issuer: MspId | None = None
    """The organisation of its carrier, which has the document that it is over."""
    abroad: Abroad | None = None
    """Absent while it is here, or has ended here."""
    returned_by: Sha256 | None = None
    """Checksum of the entry with which it last came back."""
    status: TitleStatus | None = None
    sequence: int = 0
    """The title's version: of two peers that answer differently, the one with the lower number is behind."""


class ReplacementTitle(Record):
    """A title that replaces others, over a document lodged for it."""

    title_id: TitleId
    lodgement: Lodgement


class ReplaceRequest(Record):
    """Replace titles surrendered for amendment."""

    replaces: Annotated[tuple[TitleId, ...], Field(min_length=1, max_length=50)]
    titles: Annotated[tuple[ReplacementTitle, ...], Field(min_length=1, max_length=50)]
    expected_sequences: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=50)] = ()
    """The versions of the replaced titles that the actor has seen, one for each; empty: whatever they are."""
    conservation: Conservation | None = None
    """Of a split or a combination: that nothing is lost or made up."""

    @model_validator(mode="after")
    def _one_version_for_each(self) -> "ReplaceRequest":
        if self.expected_sequences and len(self.expected_sequences) != len(self.replaces):
            raise ValueError("expectedSequences has one version for each title that is replaced, or none at all")
        return self


class ReplacedTitles(Record):
    """The titles a replacement has voided and issued, in the order of the request."""

    titles: tuple[TitleRecord, ...]


Reason = Annotated[str, StringConstraints(pattern=r"^\S(?:[\s\S]*\S)?$", max_length=255)]
"""Comments on an act, as DCSA EBL_SUR bounds them."""


class FeedbackElement(Record):
    """What exactly is wrong with a request, DCSA EBL_SUR 3.0.4."""

    severity: Literal["INFO", "WARN", "ERROR"]
    code: Annotated[str, StringConstraints(pattern=r"^\S(?:[\s\S]*\S)?$", max_length=50)]
    message: Annotated[str, StringConstraints(pattern=r"^\S(?:[\s\S]*\S)?$", max_length=5000)]
    json_path: Annotated[str, StringConstraints(max_length=500)] | None = None
    property: Annotated[str, StringConstraints(max_length=100)] | None = None


class Remark(Record):
    """The words that went with an act, in the private collection `remarks`; SHA-256 of it is the act's evidence."""

    title_id: TitleId
    sequence: int
    author: PartyId
    text: Reason
    feedback: Annotated[tuple[FeedbackElement, ...], Field(max_length=50)] = ()
    salt: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class HistoryEntry(Record):
    """One version of a title, oldest first in a history."""

    transaction_id: str
    title: TitleRecord
    remark: str | None = None
    feedback: tuple[FeedbackElement, ...] = ()
    salt: Salt | None = None
    """Of the remark: with it, its reader can prove the words to others."""


class ListRequest(Record):
    """List titles the caller is or was a party of, or only those in its possession; `bookmark` continues a page.

    A title in a joint party's possession is in none of its members': those are listed for the joint party.
    """

    held_only: bool = False
    page_size: Annotated[int, Field(ge=1, le=1000)] = 100
    bookmark: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{32})?$")] = ""
    joint_party: PartyId | None = None
    """The joint party, of which the caller is a member, whose titles are listed; absent: the caller's own."""


class TitlePage(Record):
    """One page of titles, by title id; `bookmark` is empty on the last."""

    titles: tuple[TitleRecord, ...]
    bookmark: str = ""


class TitleHistory(Record):
    """All versions of a title, oldest first."""

    entries: tuple[HistoryEntry, ...]
