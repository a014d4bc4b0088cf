"""Writing files that others rely on: whole or not at all, and secret by default."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tradelane.network.errors import HomeUnusable

MEGABYTE = 1024 * 1024
_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file may not grow any further",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "writing there is not permitted",
    errno.EPERM: "writing there is not permitted",
    errno.ENOTDIR: "part of the path is no directory",
    errno.EEXIST: "a file of that name stands in the way",
    errno.ENOENT: "part of the path cannot be made",
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
        reason = _REASONS.get(error.errno or 0)
        if reason is None:
            raise
        raise _unusable(home, f"{reason} ({error.filename or home})") from error


def check_name(home: Path) -> None:
    """Make sure Fabric's programs can be told the path: a comma ends a file's name for them, `$` begins a variable.

    Raises:
        HomeUnusable: The path holds a comma, `$` or a line break.
    """
    if any(sign in str(home) for sign in ",$\n"):
        raise _unusable(home, "its path holds a comma, '$' or a line break, which Fabric's programs cannot read")


def check_room(home: Path, needed_bytes: int) -> None:
    """Make sure the disk has room before anything is begun that would fail half-way without it.

    Raises:
        HomeUnusable: It has less.
    """
    existing = next(path for path in (home, *home.parents) if path.exists())
    free_bytes = shutil.disk_usage(existing).free
    if free_bytes < needed_bytes:
        megabytes = f"{needed_bytes // MEGABYTE} MB are needed and {free_bytes // MEGABYTE} MB are free"
        raise _unusable(home, f"the disk is full ({megabytes})")


def _unusable(home: Path, reason: str) -> HomeUnusable:
    return HomeUnusable(
        f"The network's directory {home} cannot be used: {reason}. "
        "Make room or set TRADELANE_HOME to a directory you can write to.",
        home=str(home),
        reason=reason,
    )


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
