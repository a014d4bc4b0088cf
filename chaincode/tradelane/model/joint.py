"""What the members of a joint party have agreed on so far."""

from tradelane.model.base import Record
from tradelane.model.identifiers import PartyId, Sha256, TitleId
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import FeedbackElement


class Agreement(Record):
    """Members who asked for one act on one version of a title; it is done when the last one asks."""

    title_id: TitleId
    sequence: int
    """The version it is about: at any other one the agreement is void."""
    joint_party: PartyId
    act: Sha256
    """SHA-256 of the act's code and its request, which must be the same from every member."""
    action_code: Action | None = None
    """The act; absent, as the request is, of what was asked for in an earlier release alone."""
    request: str | None = None
    """The request as canonical JSON, by which the others see what exactly is asked of them. It is public anyway: the
    transaction that asked for the act has it as its argument."""
    words: Sha256 | None = None
    """SHA-256 of the salted words that the first of them asked with, which are kept in private; absent without any."""
    agreed: tuple[PartyId, ...]


class AgreementView(Record):
    """An agreement as a reader of the title sees it."""

    agreement: Agreement
    in_force: bool
    """Whether the title is still at the version it is about; else it is void."""
    waiting_for: tuple[PartyId, ...] = ()
    """The members who have not asked yet; nobody where it is void."""
    waits_for_caller: bool = False
    """Whether the reader is one of them."""
    remark: str | None = None
    """The words in which the members have to ask: for members alone, and absent until their peer has received them."""
    feedback: tuple[FeedbackElement, ...] = ()
    """Of the words, where they are a rejection's."""
