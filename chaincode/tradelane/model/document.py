"""Documents in private data, and the facts about them that a later public act may open."""

from typing import Annotated

from pydantic import StringConstraints

from tradelane.model.base import Record
from tradelane.model.identifiers import DocumentId, PartyId, Sha256, TitleId

SALT_LENGTH_BYTES = 32

Salt = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""32 random bytes chosen by the client, lower-case hexadecimal."""


class Lodgement(Record):
    """The facts of a lodged transport document that its title will carry.

    Written by the lodging organisation's peer beside the document it has checked, as private data whose hash every
    peer holds. Whoever issues the title opens these facts; each endorser compares them with that hash, so a title
    says what the examined document says although most endorsers never see the document.
    """

    document_id: DocumentId
    commitment: Sha256
    """SHA-256 of salt followed by the document's canonical bytes (RFC 8785)."""
    owner: PartyId
    """Who lodged it."""
    transport_document_type_code: str
    transport_document_status: str
    is_electronic: bool
    is_to_order: bool
    endorsee: PartyId | None = None
    """The party named in documentParties.endorsee; absent on a blank-endorsed or straight bill."""
    consignee: PartyId | None = None
    """The party named in documentParties.consignee, of a straight bill."""
    quantities: Sha256 | None = None
    """SHA-256 of the commitment to the document's Quantities."""


class LodgeRequest(Record):
    """Lodge a document into the caller's organisation; transient `document` (JSON bytes) and `salt` (32 bytes)."""

    document_id: DocumentId


class LodgedDocument(Record):
    """What a lodgement answers: nothing but the id, because the response is public."""

    document_id: DocumentId


class ShareRequest(Record):
    """Put a title's document into the recipient's organisation and let the recipient read it; transient as above."""

    title_id: TitleId
    recipient: PartyId


class DocumentQuery(Record):
    """Name a document, and the title it belongs to once there is one."""

    document_id: DocumentId
    title_id: TitleId | None = None


class DocumentContent(Record):
    """A document as its entitled reader gets it, with what it takes to check it against the public commitment."""

    document_id: DocumentId
    salt: Salt
    content: str
    """The document's canonical JSON text."""


class OpenRequest(Record):
    """A request without content."""
