"""Files on their way into a store: before they are attached, and when another party hands them over."""

import hashlib
from collections.abc import Iterable
from typing import BinaryIO

from tradelane.gateway.errors import InputError
from tradelane.gateway.store.base import CHUNK_BYTES, Store, pieces
from tradelane.gateway.trade.attachments import File, media_type_of
from tradelane.model.attachment import LARGE_FROM_BYTES, MAX_FILE_BYTES, Description, begins_like


def keep(source: BinaryIO, name: str, store: Store, media_type: str | None = None) -> File:
    """Return a file to attach; a large one goes into the store.

    Args:
        source: The content; one that can be read twice, such as an open file.
        name: What people call it.
        store: The organisation's.
        media_type: By default what the name says.

    Raises:
        InputError: EMPTY_DOCUMENT, DOCUMENT_TOO_LARGE, WRONG_MEDIA_TYPE.
        StoreError: CHECKSUM_MISMATCH (the file changed while it was read), STORE_UNUSABLE.
    """
    kind = media_type or media_type_of(name)
    head = source.read(LARGE_FROM_BYTES)
    _require_usable(head, kind)
    if len(head) < LARGE_FROM_BYTES:
        return File.of(name, head, kind)
    digest, size = hashlib.sha256(head), len(head)
    for piece in pieces(source):
        digest.update(piece)
        size += len(piece)
        if size > MAX_FILE_BYTES:
            raise InputError(
                f"The file {name} has more than {MAX_FILE_BYTES} bytes; no larger one is accepted.",
                code="DOCUMENT_TOO_LARGE",
            )
    checksum = digest.hexdigest()
    source.seek(0)
    store.put(source, checksum)
    return File(name, kind, size, checksum, None)


def receive(source: BinaryIO, expected: Iterable[Description], store: Store) -> Description:
    """Take a file that another party handed over, if it is one of those a title's documents commit to.

    Args:
        source: The content, which can be read twice.
        expected: What is attached to the title.
        store: The organisation's.

    Raises:
        InputError: NOT_OF_THIS_TITLE.
        StoreError: CHECKSUM_MISMATCH, STORE_UNUSABLE.
    """
    digest = hashlib.sha256()
    while piece := source.read(CHUNK_BYTES):
        digest.update(piece)
    found = next((each for each in expected if each.checksum == digest.hexdigest()), None)
    if found is None:
        raise InputError(
            "The file is none of this title's documents: its checksum is not one that they commit to. Ask for the "
            "file as it was attached.",
            code="NOT_OF_THIS_TITLE",
            details={"checksum": digest.hexdigest()},
        )
    source.seek(0)
    store.put(source, found.checksum)
    return found


def _require_usable(head: bytes, media_type: str) -> None:
    if not head:
        raise InputError("The file is empty; attach one with content.", code="EMPTY_DOCUMENT")
    if not begins_like(media_type, head):
        raise InputError(
            f"The file does not begin as files of type {media_type} do; say what it is (--media-type).",
            code="WRONG_MEDIA_TYPE",
        )
