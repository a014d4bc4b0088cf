"""The journal of a bulk run: one JSON line per event, appended, so that a run that died can be taken up again.

    {"journal": 1, "id": ..., "channel": ..., "chaincode": ..., "mspId": ..., "certificate": ..., "input": ...}
    {"key": "17", "digest": ...}                             begun, before anything of it is sent
    {"key": "17", "outcome": "committed", "code": ..., ...}  ended

The first line is on disk before the first item begins, and every item's request id is made of its `id` and the item's
key. So a lost line costs a question to the ledger and no more: nothing is ever submitted twice for want of one.
"""

import base64
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from tradelane.gateway.bulk.records import Item, ItemResult, Outcome
from tradelane.gateway.errors import JournalError

VERSION: Final = 1
_INTERVAL_SECONDS: Final = 1.0
_NAMES: Final = {
    "channel": "channel",
    "chaincode": "chaincode",
    "mspId": "organisation",
    "certificate": "certificate",
    "input": "input",
}
"""What a journal belongs to, in words."""


class Fsync(StrEnum):
    """When lines are forced to disk. A crash of the process loses none in any case; one of the machine may."""

    ALWAYS = "always"
    """Each line, before the run goes on."""
    INTERVAL = "interval"
    """Once a second, and at the end."""
    NEVER = "never"
    """When the operating system does; the first line is forced all the same."""


@dataclass(frozen=True)
class Scope:
    """What a journal is for; a run that differs in any of it is another run.

    Attributes:
        channel: Of the transactions.
        chaincode: Of the transactions.
        msp_id: The organisation that submits.
        certificate: SHA-256, hexadecimal, of the submitting identity: transaction ids depend on it.
        source: Names the input, e.g. a hash of the file; None where the caller cannot say.
    """

    channel: str
    chaincode: str
    msp_id: str
    certificate: str
    source: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """Return the scope as the journal's first line holds it."""
        return {
            "channel": self.channel,
            "chaincode": self.chaincode,
            "mspId": self.msp_id,
            "certificate": self.certificate,
            "input": self.source,
        }


class Journal:
    """An open journal; one process at a time, any number of its threads."""

    def __init__(self, path: Path, descriptor: int, journal_id: str, fsync: Fsync, length_bytes: int) -> None:
        self.path = path
        self.id = journal_id
        self._descriptor = descriptor
        self._length_bytes = length_bytes
        """Of the whole lines."""
        self._failed: OSError | None = None
        """Why nothing more may be appended."""
        self._fsync = fsync
        self._synced = time.monotonic()
        self._lock = threading.Lock()
        self._digests: dict[str, str] = {}
        self._ended: dict[str, ItemResult] = {}

    @classmethod
    def open(cls, path: Path, scope: Scope, fsync: Fsync = Fsync.INTERVAL) -> "Journal":
        """Open a journal to go on with it, or begin one.

        Raises:
            JournalError: JOURNAL_UNUSABLE: it cannot be read or written; JOURNAL_IN_USE: by another process;
                JOURNAL_DAMAGED: a line other than a torn last one cannot be read; OTHER_JOURNAL: it is that of another
                input, identity, channel or chaincode.
        """
        try:
            if not path.exists():
                _create(path, scope)
            descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            return cls._read(path, descriptor, scope, fsync)
        except BaseException:
            os.close(descriptor)
            raise

    @classmethod
    def _read(cls, path: Path, descriptor: int, scope: Scope, fsync: Fsync) -> "Journal":
        _lock(path, descriptor)
        try:
            content = path.read_bytes()
            whole = content.rfind(b"\n") + 1
            # Before the first line there is no journal to tear.
            if 0 < whole < len(content):
                os.ftruncate(descriptor, whole)
        except OSError as error:
            raise _unusable(path, error) from error
        lines = content[:whole].split(b"\n")[:-1]
        journal = cls(path, descriptor, _check_header(path, lines[0] if lines else b"", scope), fsync, whole)
        for number, line in enumerate(lines[1:], start=2):
            try:
                journal._take(json.loads(line))
            except (ValueError, KeyError, TypeError):
                raise JournalError(
                    f"Line {number} of the journal {path} cannot be read, so what it said is lost; restore the file, "
                    "or find out by the ledger which items are done before you begin a new journal.",
                    code="JOURNAL_DAMAGED",
                ) from None
        return journal

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Force all lines to disk and let go of the file."""
        with self._lock:
            if self._descriptor >= 0:
                try:
                    if self._failed is None:
                        self._sync()
                finally:
                    os.close(self._descriptor)
                    self._descriptor = -1

    def request_id(self, item: Item) -> str:
        """Return the id under which the ledger knows an item, in this run and in every one that resumes it."""
        return f"{self.id}/{item.key}"

    def ended(self, item: Item) -> ItemResult | None:
        """Return how an item ended in an earlier run, if it did.

        Raises:
            JournalError: OTHER_JOURNAL: the key stood for something else then.
        """
        digest = self._digests.get(item.key)
        if digest is not None and digest != self._digest(item):
            raise JournalError(
                f"The item {item.key} of the journal {self.path} was another one than that of this input; resume with "
                "the input the journal was begun with, or begin a new journal.",
                code="OTHER_JOURNAL",
            )
        return self._ended.get(item.key)

    def begin(self, item: Item) -> None:
        """Note that an item is about to be sent.

        Raises:
            JournalError: JOURNAL_UNUSABLE; nothing of the item has been sent.
        """
        digest = self._digest(item)
        self._append({"key": item.key, "digest": digest, "requestId": self.request_id(item)})
        self._digests[item.key] = digest

    def end(self, result: ItemResult) -> None:
        """Note how an item ended.

        Raises:
            JournalError: JOURNAL_UNUSABLE; a resumed run will ask the ledger.
        """
        self._append(_result_json(result))

    def _digest(self, item: Item) -> str:
        # Keyed, so that equal journals of equal inputs do not look alike: contents may be secrets.
        return hmac.new(self.id.encode(), item.content, hashlib.sha256).hexdigest()

    def _append(self, line: Mapping[str, Any]) -> None:
        text = json.dumps(line, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        with self._lock:
            if self._failed is not None:
                raise _unusable(self.path, self._failed) from self._failed
            self._write_whole(text)
            due = self._fsync is Fsync.INTERVAL and time.monotonic() - self._synced >= _INTERVAL_SECONDS
            if due or self._fsync is Fsync.ALWAYS:
                try:
                    self._sync()
                except OSError as error:  # what the disk holds of earlier lines is unknown from now on
                    self._failed = error
                    raise _unusable(self.path, error) from error

    def _write_whole(self, text: bytes) -> None:
        """Write a line or nothing of it: a later one behind a torn one would make the journal unreadable."""
        try:
            _write(self._descriptor, text)
        except OSError as error:
            try:
                os.ftruncate(self._descriptor, self._length_bytes)
            except OSError:
                self._failed = error
            raise _unusable(self.path, error) from error
        self._length_bytes += len(text)

    def _sync(self) -> None:
        if self._fsync is not Fsync.NEVER:
            os.fsync(self._descriptor)
            self._synced = time.monotonic()

    def _take(self, line: dict[str, Any]) -> None:
        if "outcome" in line:
            self._ended[line["key"]] = _read_result(line)
        else:
            self._digests[line["key"]] = line["digest"]


def _create(path: Path, scope: Scope) -> None:
    """Write the first line beside the journal and move it there: a journal has a whole first line or is none."""
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        header = {"journal": VERSION, "id": secrets.token_hex(16), **scope.as_json()}
        _write(descriptor, json.dumps(header, separators=(",", ":")).encode() + b"\n")
        os.fsync(descriptor)
        os.link(partial, path)  # unlike a rename, it fails where another process was faster
    except FileExistsError:
        return
    finally:
        os.close(descriptor)
        partial.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock(path: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise JournalError(
            f"Another process works with the journal {path}; wait until it has ended.", code="JOURNAL_IN_USE"
        ) from None


def _check_header(path: Path, line: bytes, scope: Scope) -> str:
    try:
        header = json.loads(line)
        version, journal_id = header["journal"], str(header["id"])
        found = {name: header[name] for name in _NAMES}
    except (ValueError, KeyError, TypeError):
        raise JournalError(
            f"The file {path} is no journal of a bulk run; name another.", code="OTHER_JOURNAL"
        ) from None
    if version != VERSION:
        raise JournalError(
            f"The journal {path} is of version {version}; this release reads version {VERSION}.", code="OTHER_JOURNAL"
        )
    wanted = scope.as_json()
    different = [name for name in _NAMES if found[name] != wanted[name]]
    if different:
        words = " and ".join(f"another {_NAMES[name]}" for name in different)
        raise JournalError(
            f"The journal {path} belongs to {words}; resume with what it was begun with, or begin a new journal.",
            code="OTHER_JOURNAL",
            details={name: str(found[name]) for name in different},
        )
    return journal_id


def _write(descriptor: int, content: bytes) -> None:
    """Write all of it, or fail with a part of it written."""
    while content:
        content = content[os.write(descriptor, content) :]


def _result_json(result: ItemResult) -> dict[str, Any]:
    line: dict[str, Any] = {
        "key": result.key,
        "outcome": result.outcome.value,
        "code": result.code,
        "transactionId": result.transaction_id,
        "blockNumber": result.block_number,
        "attempts": result.attempts,
    }
    if result.message:
        line["message"] = result.message
    if result.result:
        line["result"] = base64.b64encode(result.result).decode()
    return line


def _read_result(line: dict[str, Any]) -> ItemResult:
    return ItemResult(
        key=line["key"],
        outcome=Outcome(line["outcome"]),
        code=line["code"],
        message=line.get("message", ""),
        transaction_id=line["transactionId"],
        block_number=line["blockNumber"],
        attempts=line["attempts"],
        result=base64.b64decode(line.get("result", "")),
        resumed=True,
    )


def _unusable(path: Path, error: OSError) -> JournalError:
    return JournalError(f"The journal {path} cannot be used: {error.strerror}.", code="JOURNAL_UNUSABLE")
