"""What the rules of a title look at, and what they decide."""

from dataclasses import dataclass

from tradelane.model.document import Lodgement
from tradelane.model.events import TitleFact
from tradelane.model.identifiers import Timestamp, TitleId
from tradelane.model.party import NetworkRecord, PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """What an issue brings along that no title holds yet.

    Attributes:
        title_id: The new title's id.
        lodgement: The facts of the document, as the carrier opens them.
        lodged_digest: SHA-256 of the lodgement that the carrier's organisation holds, None where it holds none.
        endorsee: The party the lodgement names as endorsee.
        consignee: The party the lodgement names as consignee.
    """

    title_id: TitleId
    lodgement: Lodgement
    lodged_digest: bytes | None
    endorsee: PartyRecord | None = None
    consignee: PartyRecord | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """An act somebody wants to do; an issue brings its facts."""

    action: Action
    issue: IssueFacts | None = None


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


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be written and announced."""

    title: TitleRecord
    fact: TitleFact
