"""Titles as things asked for: whether there is one, and who may see it."""

from tradelane.model.identifiers import DocumentId, TitleId
from tradelane.model.party import PartyRecord, PartyRole
from tradelane.model.title import TitleRecord
from tradelane.rules.refusal import Code, Refused


def known_title(title: TitleRecord | None, title_id: TitleId) -> TitleRecord:
    """Return a title that was asked for by its id.

    Raises:
        Refused: UNKNOWN_TITLE.
    """
    if title is None:
        raise Refused(404, Code.UNKNOWN_TITLE, "there is no title with this id", {"titleId": title_id})
    return title


def require_untitled(
    title_id: TitleId, document_id: DocumentId, title: TitleRecord | None, title_of_document: TitleId | None
) -> None:
    """Refuse a title id that is taken, and a second title over one document.

    Raises:
        Refused: TITLE_EXISTS.
    """
    if title is not None:
        raise Refused(
            409, Code.TITLE_EXISTS, "a title with this id exists already; choose a new random id", {"titleId": title_id}
        )
    if title_of_document is not None:
        raise Refused(
            409,
            Code.TITLE_EXISTS,
            "this document has been issued as a title already; one document becomes one title only",
            {"documentId": document_id, "titleId": title_of_document},
        )


def require_new_entry(title_of_exit: TitleId | None) -> None:
    """Refuse to let a title out with a chain entry with which one has left before.

    Raises:
        Refused: CHAIN_BROKEN.
    """
    if title_of_exit is not None:
        raise Refused(
            422,
            Code.CHAIN_BROKEN,
            "a title has left with this entry of an envelope transfer chain before; sign a new one for each way out",
            {"titleId": title_of_exit},
        )


def is_entitled(title: TitleRecord, reader: PartyRecord) -> bool:
    """Tell whether a party may see a title for what it is: one of the title's parties, or an authority."""
    return reader.party_id in title.parties or PartyRole.AUTHORITY in reader.effective_roles


def require_visible(title: TitleRecord, reader: PartyRecord, *, shared: bool) -> None:
    """Refuse whom a title does not concern.

    Args:
        title: The title.
        reader: Who asks.
        shared: Whether a party of the title shared its document with the reader.

    Raises:
        Refused: NOT_A_PARTY.
    """
    if not shared and not is_entitled(title, reader):
        raise Refused(
            403,
            Code.NOT_A_PARTY,
            f"{reader.party_id!r} is no party of this title, nor was its document shared with it",
            {"titleId": title.title_id},
        )


def require_reason(reason: str | None) -> None:
    """Demand the words that an act has to give before its rules look at it.

    Raises:
        Refused: REASON_REQUIRED.
    """
    if reason is None:
        raise Refused(
            422, Code.REASON_REQUIRED, "this act needs words of 1 to 255 characters, sent as transient `reason`"
        )
