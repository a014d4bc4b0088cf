"""Typed calls of the contract `document`: private documents, seen only by the organisations that may see them."""

import secrets
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from tradelane.gateway import once
from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import InputError, Refused, ResultError
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade import attachments, parties
from tradelane.gateway.trade.exchange import answer, request
from tradelane.model.canonical import JsonError, canonicalize, commitment
from tradelane.model.dcsa import DocumentError, read_document
from tradelane.model.document import (
    SALT_LENGTH_BYTES,
    DocumentContent,
    DocumentQuery,
    Lodgement,
    LodgeRequest,
    ShareRequest,
)
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import TitleRequest
from tradelane.rules.ebl.quantities import is_of
from tradelane.rules.refusal import Code

Json: TypeAlias = bytes | str | Mapping[str, Any]
"""A JSON document: its text, or as Python values."""

_STANDS_ALREADY: Final = (Code.DOCUMENT_EXISTS, Code.DUPLICATE_REFERENCE)


@flow
def lodge(session: Session, document: Json, *, document_id: str | None = None) -> Steps[Committed[str]]:
    """Put a transport document into the caller's own organisation; the result is its id.

    Raises:
        InputError: INVALID_DOCUMENT, with each violation by its JSON path; nothing was sent.
        Refused: NOT_SIGNER, NOT_CARRIER, NOT_PREPARED, DOCUMENT_EXISTS, DUPLICATE_REFERENCE, ...
    """
    return (yield from lodge_canonical(session, examine(document), document_id or once.new_id(session, "document")))


@flow
def lodgement(session: Session, document_id: str) -> Steps[Lodgement]:
    """Return the facts of a lodged document that its title will carry. Caller: who lodged it."""
    body = request(DocumentQuery, document_id=document_id)
    return answer(Lodgement, (yield from session.evaluate("document:lodgement", body)))


@flow
def read(session: Session, document_id: str, *, title_id: str | None = None) -> Steps[DocumentContent]:
    """Read a document from the caller's own organisation's peer.

    Raises:
        Refused: NOT_A_PARTY; UNKNOWN_DOCUMENT when it was never shared with the caller's organisation; NOT_AT_THIS_PEER
            while it is on its way; SEVERAL_DOCUMENTS when the caller may read several of this id and has to name the
            title.
    """
    body = request(DocumentQuery, document_id=document_id, title_id=title_id)
    return answer(DocumentContent, (yield from session.evaluate("document:read", body)))


@flow
def read_of_title(session: Session, title_id: str) -> Steps[DocumentContent]:
    """Read a title's document and check it against the title's commitments, to itself and to its quantities.

    Raises:
        Refused: UNKNOWN_TITLE, NOT_A_PARTY, UNKNOWN_DOCUMENT.
        ResultError: COMMITMENT_MISMATCH: the peer gave another document than the one the title is for;
            QUANTITIES_MISMATCH: the title commits to other quantities than its document's.
    """
    content = yield from session.evaluate("ebl:show", request(TitleRequest, title_id=title_id))
    title = answer(TitleRecord, content)
    return (yield from content_of(session, title))


@flow
def read_either(session: Session, subject_id: str) -> Steps[DocumentContent]:
    """Read by title id, or else by document id, for a person who has one of them at hand.

    Raises:
        Refused: As `read_of_title`; for an id of neither kind UNKNOWN_DOCUMENT.
    """
    try:
        return (yield from session.run(read_of_title(subject_id)))
    except Refused as refused:
        if refused.reason is not Code.UNKNOWN_TITLE:
            raise
    return (yield from session.run(read(subject_id)))


@flow
def share(session: Session, title_id: str, *, to: str) -> Steps[Committed[None]]:
    """Put a title's documents into a party's organisation and let that party read them. Caller: a party of the title.

    That is the transport document, and of what is attached to the title all that the caller was given itself; of
    large files their names and checksums. Only the recipient's organisation endorses, so nobody else gets to see them.

    Raises:
        Refused: UNKNOWN_PARTY, UNKNOWN_TITLE, NOT_A_PARTY, COMMITMENT_MISMATCH, ...
    """
    recipient = (yield from session.run(parties.show(to))).party
    content = yield from session.run(read_of_title(title_id))
    body = request(ShareRequest, title_id=title_id, recipient=recipient.party_id)
    done = yield from session.submit(
        "document:share",
        body,
        part=f"{title_id} {recipient.party_id}",
        transient={"document": content.content.encode(), "salt": bytes.fromhex(content.salt)},
        endorsing_organizations=[recipient.msp_id],
    )
    pending = yield from attachments.pending_for(session, title_id, recipient.party_id)
    yield from attachments.share_attachments(session, pending, recipient)
    return done.holding(None)


def content_of(session: Session, title: TitleRecord) -> Steps[DocumentContent]:
    """Read the document of a title at hand; see `read_of_title`."""
    content = yield from session.run(read(title.document_id, title_id=title.title_id))
    if commitment(bytes.fromhex(content.salt), content.content.encode()) != title.commitment:
        raise ResultError(
            f"The peer's document is not the one title {title.title_id} was issued for; do not rely on it.",
            code="COMMITMENT_MISMATCH",
        )
    if not is_of(title.quantities, content.content.encode(), bytes.fromhex(content.salt)):
        raise ResultError(
            f"Title {title.title_id} commits to other quantities than its document is about: whoever lodged it could "
            "split it into more than there is; do not rely on it.",
            code="QUANTITIES_MISMATCH",
        )
    return content


def examine(document: Json) -> bytes:
    """Return a transport document's canonical bytes once it fits DCSA's schema and conditions.

    Raises:
        InputError: INVALID_DOCUMENT.
    """
    try:
        return read_document(json_bytes(document)).canonical
    except DocumentError as error:
        raise invalid_document(error) from None


def json_bytes(document: Json) -> bytes:
    """Return a JSON document as bytes.

    Raises:
        InputError: INVALID_DOCUMENT: Python values that are no JSON.
    """
    if isinstance(document, bytes):
        return document
    if isinstance(document, str):
        return document.encode()
    try:
        return canonicalize(document)
    except JsonError as error:
        raise InputError(f"The document is not acceptable: {error}.", code="INVALID_DOCUMENT") from None


def invalid_document(error: DocumentError) -> InputError:
    """Return the error for a document with violations: the first in words, all in the details."""
    first, more = error.violations[0], len(error.violations) - 1
    others = f" (and {more} more)" if more else ""
    place = "" if first.path == "$" else f" at {first.path}"
    return InputError(
        f"The document is not acceptable{place}: {first.message}{others}.",
        code="INVALID_DOCUMENT",
        details=error.details,
    )


def new_id() -> str:
    """Return an opaque id: 128 random bits."""
    return secrets.token_hex(16)


def lodge_canonical(session: Session, canonical: bytes, document_id: str) -> Steps[Committed[str]]:
    """Lodge an examined document."""
    done = yield from session.submit(
        "document:lodge",
        request(LodgeRequest, document_id=document_id),
        part=document_id,
        transient={"document": canonical, "salt": session.random(SALT_LENGTH_BYTES)},
        endorsing_organizations=[session.identity.msp_id],
    )
    return done.holding(document_id)


def lodge_unless_lodged(session: Session, canonical: bytes, document_id: str) -> Steps[None]:
    """Lodge an examined document, or find that the caller has lodged this very document under this id before.

    Raises:
        Refused: As `lodge`; also when the id stands for somebody else's document.
        InputError: OTHER_DOCUMENT: the id stands for another document of the caller's.
    """
    try:
        yield from lodge_canonical(session, canonical, document_id)
    except Refused as refused:
        if refused.reason not in _STANDS_ALREADY:
            raise
        try:
            content = yield from session.run(read(document_id))
        except Refused:
            raise refused from None
        if content.content.encode() != canonical:
            raise InputError(
                f"The document id {document_id} stands for another document that you lodged.", code="OTHER_DOCUMENT"
            ) from None
