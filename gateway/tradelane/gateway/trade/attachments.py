"""Typed calls of the contract `document` for what belongs to a title beside its transport document."""

import base64
import binascii
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from pydantic import TypeAdapter, ValidationError

from tradelane.gateway import once
from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import Refused, ResultError
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade.exchange import answer, request
from tradelane.gateway.trade.organisations import endorsers
from tradelane.model.attachment import (
    LARGE_FROM_BYTES,
    Attached,
    AttachmentContent,
    AttachmentKind,
    AttachmentQuery,
    AttachmentsQuery,
    AttachmentView,
    AttachRequest,
    Description,
    DocumentSet,
    LodgeAttachmentRequest,
    LodgedAttachmentQuery,
    ShareAttachmentRequest,
)
from tradelane.model.document import SALT_LENGTH_BYTES
from tradelane.model.party import PartyRecord
from tradelane.rules.refusal import Code

UNKNOWN_TYPE: Final = "application/octet-stream"
_VIEWS: TypeAdapter[tuple[AttachmentView, ...]] = TypeAdapter(tuple[AttachmentView, ...])
_TRIED_OUT: Final = "0" * 64


@dataclass(frozen=True)
class File:
    """A file to attach.

    Attributes:
        name: What people call it, without folders.
        media_type: RFC 6838, such as application/pdf.
        size: Bytes.
        checksum: SHA-256, lower-case hexadecimal.
        content: None for a large file, of which the channel keeps only the rest.
    """

    name: str
    media_type: str
    size: int
    checksum: str
    content: bytes | None

    @classmethod
    def of(cls, name: str, content: bytes, media_type: str | None = None) -> "File":
        """Return a file at hand, by default with the media type that its name says."""
        return cls(name, media_type or media_type_of(name), len(content), hashlib.sha256(content).hexdigest(), content)

    @property
    def for_channel(self) -> "File":
        """The same file as it is attached: of a large one, name, size and checksum only."""
        return self if self.size < LARGE_FROM_BYTES else replace(self, content=None)


@dataclass(frozen=True)
class ReadFile:
    """An attachment that was read, and fits what the ledger commits to.

    Attributes:
        attached: Who attached it, and when.
        description: Name, media type, size, checksum.
        content: None for a large file, which is in a store of its own or still has to be handed over.
    """

    attached: Attached
    description: Description
    content: bytes | None


@flow
def attach(
    session: Session,
    title_id: str,
    file: File,
    *,
    kind: AttachmentKind = AttachmentKind.SUPPORTING,
    expected_sequence: int | None = None,
) -> Steps[Committed[Description]]:
    """Add a file to a title's documents: a supporting one, or as its carrier the visualisation.

    It is lodged in the caller's own organisation; the other ones see no more than that there is one. Of a large file
    (1 MiB and more) only name, size and checksum are; its content is for the caller to keep, see `store`.

    Args:
        session: Given by `run`.
        title_id: The title.
        file: What is attached.
        kind: What it is to the title.
        expected_sequence: The version of the title you have seen; at another one it is refused.

    Raises:
        InputError: INVALID_REQUEST: a name or a media type that is none.
        Refused: STALE_TITLE, NOT_ISSUER, NOT_IN_CONTROL, WRONG_STATE, TOO_MANY_DOCUMENTS, EMPTY_DOCUMENT,
            DOCUMENT_TOO_LARGE, WRONG_MEDIA_TYPE, ...
    """
    attachment_id = once.new_id(session, f"attachment {title_id} {kind} {file.name} {file.checksum}")
    description = request(
        Description,
        title_id=title_id,
        attachment_id=attachment_id,
        kind=kind,
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        checksum=file.checksum,
        salt=session.random(SALT_LENGTH_BYTES).hex(),
    )
    place = {"title_id": title_id, "attachment_id": attachment_id, "expected_sequence": expected_sequence}
    yield from _try_out(session, request(AttachRequest, **place, kind=kind, commitment=_TRIED_OUT))
    description = yield from _lodge(session, description, file.for_channel.content)
    organisations = yield from endorsers(session)
    body = request(AttachRequest, **place, kind=kind, commitment=description.commitment)
    done = yield from session.submit(
        "document:attach", body, part=f"{title_id} {attachment_id}", endorsing_organizations=organisations
    )
    answer(DocumentSet, done.result)
    return done.holding(description)


@flow
def attached(session: Session, title_id: str) -> Steps[tuple[AttachmentView, ...]]:
    """Return what is attached to a title, in order; described where the caller was given it.

    Raises:
        Refused: UNKNOWN_TITLE, NOT_A_PARTY.
    """
    return (yield from _views(session, request(AttachmentsQuery, title_id=title_id)))


@flow
def read_attachment(session: Session, title_id: str, attachment_id: str) -> Steps[ReadFile]:
    """Read an attachment from the caller's own organisation's peer, and check it against the ledger's commitment.

    Raises:
        Refused: UNKNOWN_TITLE, UNKNOWN_ATTACHMENT, NOT_A_PARTY (it was not shared with the caller), NOT_AT_THIS_PEER.
        ResultError: COMMITMENT_MISMATCH: the peer gave another file than the one attached.
    """
    body = request(AttachmentQuery, title_id=title_id, attachment_id=attachment_id)
    found = answer(AttachmentContent, (yield from session.evaluate("document:attachment", body)))
    return _checked(found)


def share_attachments(session: Session, pending: tuple[AttachmentView, ...], recipient: PartyRecord) -> Steps[None]:
    """Give a party attachments that the caller has and it has not; see `pending_for`."""
    for view in pending:
        title_id, attachment_id = _described(view).title_id, view.attached.attachment_id
        file = yield from session.run(read_attachment(title_id, attachment_id))
        body = request(
            ShareAttachmentRequest, title_id=title_id, attachment_id=attachment_id, recipient=recipient.party_id
        )
        yield from session.submit(
            "document:shareAttachment",
            body,
            part=f"{title_id} {attachment_id} {recipient.party_id}",
            transient=_transient(file.description, file.content),
            endorsing_organizations=[recipient.msp_id],
        )


def pending_for(session: Session, title_id: str, to: str) -> Steps[tuple[AttachmentView, ...]]:
    """Return what the caller has of a title's attachments and a party has not."""
    views = yield from _views(session, request(AttachmentsQuery, title_id=title_id, recipient=to))
    return tuple(view for view in views if view.description is not None and not view.recipient_has_it)


def media_type_of(name: str) -> str:
    """Return the media type that a file's name says, or that of bytes of any kind."""
    return mimetypes.guess_type(name, strict=True)[0] or UNKNOWN_TYPE


def _views(session: Session, body: AttachmentsQuery) -> Steps[tuple[AttachmentView, ...]]:
    content = yield from session.evaluate("document:attachments", body)
    try:
        return _VIEWS.validate_json(content)
    except ValidationError as error:
        raise ResultError(
            "The chaincode's answer is no list of attachments as this release knows it; client and chaincode may be "
            "of different releases.",
            code="BAD_ANSWER",
        ) from error


def _try_out(session: Session, body: AttachRequest) -> Steps[None]:
    """Try it out before anything is lodged; a caller who may attach is told that nothing is lodged yet.

    Under a request id the attachment's id is made of it, so one that exists may be what this request did before: its
    submission finds that out.
    """
    passing = {Code.NOT_LODGED} if session.request_id is None else {Code.NOT_LODGED, Code.ATTACHMENT_EXISTS}
    try:
        yield from session.evaluate("document:attach", body)
    except Refused as refusal:
        if refusal.reason not in passing:
            raise


def _lodge(session: Session, description: Description, content: bytes | None) -> Steps[Description]:
    """Lodge a file; under a request id it may have been lodged before, with the salt of then."""
    place = {"title_id": description.title_id, "attachment_id": description.attachment_id}
    yield from session.submit(
        "document:lodgeAttachment",
        request(LodgeAttachmentRequest, **place),
        part=f"{description.title_id} {description.attachment_id}",
        transient=_transient(description, content),
        endorsing_organizations=[session.identity.msp_id],
    )
    if session.request_id is None:
        return description
    body = request(LodgedAttachmentQuery, **place, kind=description.kind)
    return answer(Description, (yield from session.evaluate("document:lodgedAttachment", body)))


def _transient(description: Description, content: bytes | None) -> Mapping[str, bytes]:
    said = {"description": description.to_json()}
    return said if content is None else {**said, "content": content}


def _checked(found: AttachmentContent) -> ReadFile:
    description = found.description
    try:
        content = None if found.content is None else base64.b64decode(found.content, validate=True)
    except binascii.Error:
        content = b""
    fits = description.commitment == found.attached.commitment and description.kind is found.attached.kind
    if content is None:
        fits = fits and description.is_large
    else:
        fits = fits and hashlib.sha256(content).hexdigest() == description.checksum
    if not fits:
        raise ResultError(
            f"The peer's file is not the one attached to title {description.title_id} as "
            f"{found.attached.attachment_id}; do not rely on it.",
            code="COMMITMENT_MISMATCH",
        )
    return ReadFile(found.attached, description, content)


def _described(view: AttachmentView) -> Description:
    if view.description is None:
        raise ValueError("an attachment that the caller was not given cannot be shared")
    return view.description
