"""What belongs to a title beside its transport document: the carrier's rendering and signature, supporting documents.

Public is who attached how many of which kind, and a salted commitment to each; everything else is private data.
"""

import hashlib
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from tradelane.model.base import Record
from tradelane.model.document import Salt
from tradelane.model.identifiers import OpaqueId, PartyId, Sha256, Timestamp, TitleId
from tradelane.model.party import PartyRef

MAX_SUPPORTING: Final = 27
"""Supporting documents of one title."""
LARGE_FROM_BYTES: Final = 1024 * 1024
"""From this size on a file stays in its organisation's own store; the channel keeps its checksum only."""
MAX_FILE_BYTES: Final = 100 * 1024 * 1024

AttachmentId = OpaqueId
FileName = Annotated[
    str,
    StringConstraints(pattern=r"^[^\x00-\x1f\x7f/\\\s](?:[^\x00-\x1f\x7f/\\]*[^\x00-\x1f\x7f/\\\s])?$", max_length=255),
]
"""What people call a file: no folders, no control characters."""
MediaType = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$", max_length=100)
]
"""RFC 6838, in lower case and without parameters."""

_BEGINNINGS: Final = {
    "application/pdf": (b"%PDF-",),
    "application/zip": (b"PK\x03\x04", b"PK\x05\x06"),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/tiff": (b"II*\0", b"MM\0*"),
}


class AttachmentKind(StrEnum):
    """What an attachment is to its title."""

    VISUALISATION = "VISUALISATION"
    """The carrier's rendering of the transport document, DCSA's eBLVisualisationByCarrier."""
    ISSUANCE_MANIFEST = "ISSUANCE_MANIFEST"
    """What DCSA's issuanceManifestSignedContent is about beside the document: issueTo, with the signed content."""
    SUPPORTING = "SUPPORTING"
    """Any other document: invoice, packing list, certificate."""


class Description(Record):
    """What is said of an attachment in private; SHA-256 of it is the public commitment."""

    title_id: TitleId
    attachment_id: AttachmentId
    kind: AttachmentKind
    name: FileName
    media_type: MediaType
    size: Annotated[int, Field(ge=0)]
    """Bytes."""
    checksum: Sha256
    """SHA-256 of the content, DCSA's documentChecksum."""
    salt: Salt
    """Makes the commitments to description and content unguessable."""

    @property
    def commitment(self) -> Sha256:
        """What the ledger shows of it, which is also the private value's hash there."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @property
    def is_large(self) -> bool:
        """Whether the content is kept outside the channel."""
        return self.size >= LARGE_FROM_BYTES


class Attached(Record):
    """That something was attached, for everyone to see."""

    attachment_id: AttachmentId
    kind: AttachmentKind
    commitment: Sha256
    attached_by: PartyRef
    title_sequence: Annotated[int, Field(ge=1)]
    """The version of the title that stood then."""
    attached_at: Timestamp


class DocumentSet(Record):
    """All that was attached to a title, in order."""

    title_id: TitleId
    attached: tuple[Attached, ...] = ()

    def find(self, attachment_id: AttachmentId) -> Attached | None:
        """Return what was attached under an id."""
        return next((each for each in self.attached if each.attachment_id == attachment_id), None)

    def count(self, kind: AttachmentKind) -> int:
        """Return how many of a kind there are."""
        return sum(each.kind is kind for each in self.attached)


class LodgeAttachmentRequest(Record):
    """Lodge an attachment into the caller's own organisation.

    Transient `description` (JSON of a Description) and, unless the file is large, `content`.
    """

    title_id: TitleId
    attachment_id: AttachmentId


class AttachRequest(Record):
    """Attach what was lodged."""

    title_id: TitleId
    attachment_id: AttachmentId
    kind: AttachmentKind
    commitment: Sha256
    expected_sequence: Annotated[int, Field(ge=1)] | None = None
    """Refuse it with STALE_TITLE when the title is at another version; absent: whatever the version is."""


class ShareAttachmentRequest(Record):
    """Put an attachment into the recipient's organisation and let the recipient read it; transient as lodged."""

    title_id: TitleId
    attachment_id: AttachmentId
    recipient: PartyId


class AttachmentsQuery(Record):
    """Ask what is attached to a title and, where a recipient is named, what that party has been given of it."""

    title_id: TitleId
    recipient: PartyId | None = None


class AttachmentQuery(Record):
    """Name an attachment."""

    title_id: TitleId
    attachment_id: AttachmentId


class LodgedAttachmentQuery(Record):
    """Name an attachment that was lodged, whether or not it was attached since."""

    title_id: TitleId
    attachment_id: AttachmentId
    kind: AttachmentKind


class AttachmentView(Record):
    """An attachment as its reader sees it; without description where the reader was not given it."""

    attached: Attached
    description: Description | None = None
    recipient_has_it: bool = False


class AttachmentContent(Record):
    """An attachment as its entitled reader gets it."""

    attached: Attached
    description: Description
    content: str | None = None
    """Base64; absent when the file is large."""


def begins_like(media_type: str, head: bytes) -> bool:
    """Tell whether a file's first bytes fit its media type; of a type without known beginnings everything does."""
    return head.startswith(_BEGINNINGS.get(media_type, (b"",)))
