"""Large files in a directory of the organisation's, for its owner's eyes only.

    DIR/ab/abcd...           a file, named by its checksum
    DIR/partial/RANDOM       one being written, locked by its writer; without a lock it is a dead writer's

A file appears under its name only when all of it is on disk. Two writers of one file write two partial ones, of which
the later takes the earlier's place: they are equal.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tradelane.gateway.errors import StoreError
from tradelane.gateway.store.base import intact, mismatch, missing, name_of, pieces


class FileStore:
    """A store in a directory, which is made when the first file comes."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, source: BinaryIO, checksum: str) -> None:
        """See `Store`."""
        place = self._place(checksum)
        with self._reported(), self._partial() as (path, file):
            digest = hashlib.sha256()
            for piece in pieces(source):
                digest.update(piece)
                file.write(piece)
            if digest.hexdigest() != checksum:
                raise mismatch(checksum)
            file.flush()
            os.fsync(file.fileno())
            _make(place.parent)
            path.replace(place)
            _sync(place.parent)

    def has(self, checksum: str) -> bool:
        """See `Store`."""
        return self._place(checksum).is_file()

    def read(self, checksum: str) -> Iterator[bytes]:
        """See `Store`."""
        place = self._place(checksum)
        with self._reported():
            try:
                file = place.open("rb")
            except FileNotFoundError:
                raise missing(checksum) from None
            with file:
                yield from intact(pieces(file), checksum)

    def _place(self, checksum: str) -> Path:
        name = name_of(checksum)
        return self._directory / name[:2] / name

    @contextmanager
    def _partial(self) -> Iterator[tuple[Path, BinaryIO]]:
        folder = self._directory / "partial"
        _make(self._directory)
        _make(folder)
        _sweep(folder)
        path, file = _locked(folder)
        try:
            with file:
                yield path, file
        finally:
            path.unlink(missing_ok=True)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"The store {self._directory} cannot be used: {error.strerror}.", code="STORE_UNUSABLE"
            ) from error


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _locked(folder: Path) -> tuple[Path, BinaryIO]:
    """Begin a partial file and lock it; begin again should a sweep have come in between."""
    while True:
        path = folder / secrets.token_hex(16)
        file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        fcntl.flock(file, fcntl.LOCK_EX)
        if path.exists():
            return path, file
        file.close()


def _sweep(folder: Path) -> None:
    """Remove what dead writers left: the system has given up their locks."""
    for path in folder.iterdir():
        try:
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
        except (FileNotFoundError, BlockingIOError):  # finished meanwhile, or still being written
            continue


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
