"""What a store is, and what all stores check."""

import hashlib
import re
from collections.abc import Iterator
from typing import BinaryIO, Final, Protocol

from tradelane.gateway.errors import InputError, StoreError

CHUNK_BYTES: Final = 1024 * 1024
_CHECKSUM: Final = re.compile(r"[0-9a-f]{64}")


class Store(Protocol):
    """Where an organisation keeps large files. Several programs may use one at the same time."""

    def put(self, source: BinaryIO, checksum: str) -> None:
        """Keep what a source gives from where it stands; nothing is kept unless it has the checksum.

        A file that is kept already is written anew, which heals a damaged one.

        Raises:
            InputError: INVALID_REQUEST: no checksum.
            StoreError: CHECKSUM_MISMATCH, STORE_UNUSABLE.
        """

    def has(self, checksum: str) -> bool:
        """Tell whether a file is kept.

        Raises:
            InputError: INVALID_REQUEST.
            StoreError: STORE_UNUSABLE.
        """

    def read(self, checksum: str) -> Iterator[bytes]:
        """Give a file in pieces; the last one comes only once all of it has the checksum.

        Raises:
            InputError: INVALID_REQUEST.
            StoreError: FILE_MISSING, FILE_DAMAGED, STORE_UNUSABLE.
        """


def name_of(checksum: str) -> str:
    """Return what a file is called in any store, which is its checksum and can be nothing else.

    Raises:
        InputError: INVALID_REQUEST.
    """
    if not _CHECKSUM.fullmatch(checksum):
        raise InputError("A file is named by its SHA-256: 64 characters from 0-9 and a-f.", code="INVALID_REQUEST")
    return checksum


def pieces(source: BinaryIO) -> Iterator[bytes]:
    """Give a source in pieces."""
    while piece := source.read(CHUNK_BYTES):
        yield piece


def intact(given: Iterator[bytes], checksum: str) -> Iterator[bytes]:
    """Give pieces one behind, so that the last one comes only when all have the checksum.

    Raises:
        StoreError: FILE_DAMAGED.
    """
    digest, held = hashlib.sha256(), b""
    for piece in given:
        digest.update(piece)
        if held:
            yield held
        held = piece
    if digest.hexdigest() != checksum:
        raise StoreError(
            f"The store's file {checksum} is damaged; it does not have its checksum. Get it again from a party that "
            "has it.",
            code="FILE_DAMAGED",
        )
    if held:
        yield held


def missing(checksum: str) -> StoreError:
    """Return the error for a file that is not there."""
    return StoreError(
        f"The store has no file {checksum}; get it from a party that has it and import it.", code="FILE_MISSING"
    )


def mismatch(checksum: str) -> StoreError:
    """Return the error for content that is not what it should be."""
    return StoreError(f"The file does not have the checksum {checksum}; nothing was kept.", code="CHECKSUM_MISMATCH")
