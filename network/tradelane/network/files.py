"""Writing files that others rely on: whole or not at all, and secret by default."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tradelane.network.errors import HomeUnusable

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file may not grow any further",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "writing there is not permitted",
    errno.EPERM: "writing there is not permitted",
    errno.ENOTDIR: "part of the path is no directory",
    errno.ENAMETOOLONG: "the path is too long",
}


@contextmanager
def usable(home: Path) -> Iterator[None]:
    """Turn what a disk may refuse into one sentence.

    Raises:
        HomeUnusable: The disk is full, read-only or closed to this user.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _REASONS and not isinstance(error, FileNotFoundError | FileExistsError):
            raise
        where = error.filename or str(home)
        reason = _REASONS.get(error.errno or 0, error.strerror or "it cannot be written")
        raise HomeUnusable(
            f"The network's directory {home} cannot be used: {reason} ({where}). "
            "Make room or set TRADELANE_HOME to a directory you can write to.",
            home=str(home),
            path=str(where),
        ) from error


def make_directory(path: Path) -> None:
    """Make a directory with all above it that only this user can enter (mode 0700)."""
    for each in (*reversed(path.parents), path):  # `parents=True` would give those above the umask's mode
        if not each.is_dir():
            each.mkdir(mode=0o700, exist_ok=True)


def write(path: Path, content: bytes | str) -> None:
    """Write a file of mode 0600 in one step: a reader sees the old content or the new one, never a part."""
    make_directory(path.parent)
    data = content.encode() if isinstance(content, str) else content
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def write_json(path: Path, record: object) -> None:
    """Write a record as readable JSON, in one step. Fabric reads such a file as YAML too."""
    write(path, json.dumps(record, indent=2) + "\n")


def write_script(path: Path, text: str) -> None:
    """Write a program only this user may run."""
    write(path, text)
    path.chmod(0o700)
