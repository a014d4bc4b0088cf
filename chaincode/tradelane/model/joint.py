"""What the members of a joint party have agreed on so far."""

from tradelane.model.base import Record
from tradelane.model.identifiers import PartyId, Sha256, TitleId


class Agreement(Record):
    """Members who asked for one act on one version of a title; it is done when the last one asks."""

    title_id: TitleId
    sequence: int
    """The version it is about: at any other one the agreement is void."""
    joint_party: PartyId
    act: Sha256
    """SHA-256 of the act's code and its request, which must be the same from every member."""
    words: Sha256 | None = None
    """SHA-256 of the salted words that the first of them asked with, which are kept in private; absent without any."""
    agreed: tuple[PartyId, ...]
