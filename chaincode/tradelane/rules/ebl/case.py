"""What the rules of a title look at, and what they decide."""

from dataclasses import dataclass

from tradelane.model.document import Lodgement
from tradelane.model.events import TitleFact
from tradelane.model.identifiers import PartyId, Sha256, Timestamp, TitleId
from tradelane.model.law import GoverningLaw
from tradelane.model.party import NetworkRecord, PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action, SurrenderReason


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """What an issue brings along that no title holds yet.

    Attributes:
        title_id: The new title's id.
        lodgement: The facts of the document, as the carrier opens them.
        lodged_digest: SHA-256 of the lodgement that the carrier's organisation holds, None where it holds none.
        endorsee: The party the lodgement names as endorsee.
        consignee: The party the lodgement names as consignee.
        governing_law: The law the title exists under.
        paper: The digest of what identifies the paper document that this title replaces, None where there is none.
        replaces: The titles that this one replaces after their surrender for amendment.
    """

    title_id: TitleId
    lodgement: Lodgement
    lodged_digest: bytes | None
    endorsee: PartyRecord | None = None
    consignee: PartyRecord | None = None
    governing_law: GoverningLaw = GoverningLaw.UK_ETDA
    paper: Sha256 | None = None
    replaces: tuple[TitleId, ...] = ()


@dataclass(frozen=True, slots=True)
class Crossing:
    """What a title's way to or from another platform brings along.

    Attributes:
        entry: Checksum of the chain entry with which it leaves or comes back.
        platform: Where it goes; empty when it comes back.
        left_by: Checksum of the entry with which it left; empty when it leaves.
        endorsed: Whether it was endorsed abroad.
        endorsee: To whom; None in blank.
        may_endorse: Whether the endorsee may endorse on.
        endorser: Who endorsed first abroad; None where that is no party of this channel.
        surrender: How the party it comes back to has surrendered it abroad; None where it has not.
    """

    entry: Sha256
    platform: str = ""
    left_by: str = ""
    endorsed: bool = False
    endorsee: PartyRecord | None = None
    may_endorse: bool = False
    endorser: PartyRecord | None = None
    surrender: Action | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """An act somebody wants to do.

    Attributes:
        action: Which.
        issue: What an issue brings along.
        expected_sequence: The version of the title that the actor has seen; None where it does not matter.
        reason: Why a title is surrendered for amendment, where DCSA has a code for it.
        evidence: The digest of salted words kept in private: a reason, a court's order, a delivery order's reference.
        refusable_until: How long the recipient may refuse what it is given; None: until its own next act.
        subject: The party whose control a court takes away.
        crossing: What a way to or from another platform brings along.
        frozen_by: The authority whose order is lifted, where the actor stands in for it.
    """

    action: Action
    issue: IssueFacts | None = None
    expected_sequence: int | None = None
    reason: SurrenderReason | None = None
    evidence: Sha256 | None = None
    refusable_until: Timestamp | None = None
    subject: PartyRecord | None = None
    crossing: Crossing | None = None
    frozen_by: PartyId | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An act in its circumstances: everything a guard or an effect may look at."""

    act: Act
    title: TitleRecord | None
    actor: PartyRecord
    recipient: PartyRecord | None
    now: Timestamp
    network: NetworkRecord

    @property
    def existing(self) -> TitleRecord:
        """The title, of an act that the table allows on an existing one only."""
        if self.title is None:
            raise LookupError(f"{self.act.action} has no title to act on")
        return self.title

    @property
    def issue(self) -> IssueFacts:
        """The facts of an issue, of an act that is one."""
        if self.act.issue is None:
            raise LookupError(f"{self.act.action} brings no facts of an issue")
        return self.act.issue

    @property
    def receiver(self) -> PartyRecord:
        """The recipient, of an act whose guards have demanded one."""
        if self.recipient is None:
            raise LookupError(f"{self.act.action} has no recipient")
        return self.recipient

    @property
    def subject(self) -> PartyRecord:
        """The party a court's order is about, of an act whose guards have demanded one."""
        if self.act.subject is None:
            raise LookupError(f"{self.act.action} is about no party")
        return self.act.subject

    @property
    def crossing(self) -> Crossing:
        """The way to or from another platform, of an act that is one."""
        if self.act.crossing is None:
            raise LookupError(f"{self.act.action} crosses to no other platform")
        return self.act.crossing

    @property
    def evidence(self) -> Sha256:
        """The digest of the words behind the act, of an act whose guards have demanded them."""
        if self.act.evidence is None:
            raise LookupError(f"{self.act.action} has no evidence")
        return self.act.evidence


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be written and announced."""

    title: TitleRecord
    fact: TitleFact
