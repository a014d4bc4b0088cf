"""How far a consumer has come, in memory or in a file; `sql` keeps it in the consumer's own database.

A checkpoint is where to go on: the block in which the next event is expected, and the last transaction of that block
that is done. After a whole block N it is N + 1 and no transaction; the zero checkpoint says nothing has been done.
"""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tradelane.gateway.errors import CheckpointError
from tradelane.gateway.events.reading import ChaincodeEvent


class Checkpoint(Protocol):
    """A consumer's place; any object with these two attributes will do."""

    @property
    def block_number(self) -> int:
        """The block in which the next event is expected."""
        ...

    @property
    def transaction_id(self) -> str:
        """The last transaction of that block that is done; empty if none is."""
        ...


class Checkpointer(Checkpoint, Protocol):
    """Keeps a consumer's place. Write your own to keep it elsewhere; streams only read a `Checkpoint`."""

    def checkpoint_block(self, block_number: int) -> None:
        """Note that a whole block is done."""
        ...

    def checkpoint_transaction(self, block_number: int, transaction_id: str) -> None:
        """Note that a block is done up to and including a transaction."""
        ...

    def checkpoint_chaincode_event(self, event: ChaincodeEvent) -> None:
        """Note that an event is done."""
        ...


@dataclass(frozen=True, slots=True)
class Position:
    """A checkpoint as a value."""

    block_number: int = 0
    transaction_id: str = ""

    @classmethod
    def after_block(cls, block_number: int) -> "Position":
        """Return the place behind a whole block."""
        return cls(block_number + 1)


class InMemoryCheckpointer:
    """Keeps a consumer's place for as long as the process lives."""

    def __init__(self) -> None:
        self._position = Position()

    @property
    def block_number(self) -> int:
        """The block in which the next event is expected."""
        return self._position.block_number

    @property
    def transaction_id(self) -> str:
        """The last transaction of that block that is done; empty if none is."""
        return self._position.transaction_id

    def checkpoint_block(self, block_number: int) -> None:
        """Note that a whole block is done."""
        self._move(Position.after_block(block_number))

    def checkpoint_transaction(self, block_number: int, transaction_id: str) -> None:
        """Note that a block is done up to and including a transaction."""
        self._move(Position(block_number, transaction_id))

    def checkpoint_chaincode_event(self, event: ChaincodeEvent) -> None:
        """Note that an event is done."""
        self.checkpoint_transaction(event.block_number, event.transaction_id)

    def _move(self, position: Position) -> None:
        self._position = position


class FileCheckpointer(InMemoryCheckpointer):
    """Keeps a consumer's place in a file: `{"blockNumber": N, "transactionId": "..."}`, as Fabric's own clients do.

    Each note replaces the file at once and reaches the disk before the method returns, so that neither a crash nor a
    power cut leaves half a place. An effect outside the file may still have happened without its note; where that
    matters, keep both in one database (`SqlCheckpointer`).
    """

    def __init__(self, path: str | Path) -> None:
        """Read the place from a file; where there is none, begin with the zero checkpoint and write nothing yet.

        Raises:
            CheckpointError: CHECKPOINT_MALFORMED, the file is cut short or holds something else;
                CHECKPOINT_UNREADABLE.
        """
        super().__init__()
        self._path = Path(path)
        self._position = _read(self._path)

    def _move(self, position: Position) -> None:
        try:
            _replace(self._path, position)
        except OSError as error:
            raise CheckpointError(
                f"The checkpoint file {self._path} cannot be written: {error.strerror}.", code="CHECKPOINT_UNWRITABLE"
            ) from error
        super()._move(position)


def _read(path: Path) -> Position:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Position()
    except OSError as error:
        raise CheckpointError(
            f"The checkpoint file {path} cannot be read: {error.strerror}.", code="CHECKPOINT_UNREADABLE"
        ) from error
    try:
        return _position(json.loads(content))
    except (ValueError, RecursionError):  # also JSONDecodeError and UnicodeDecodeError, and brackets without end
        # To begin anew by oneself would repeat or pass over events, and nobody would know.
        raise CheckpointError(
            f"The checkpoint file {path} is cut short or is none: it must hold "
            '{"blockNumber": N, "transactionId": "..."}. Put the right file back, or remove it to begin anew.',
            code="CHECKPOINT_MALFORMED",
        ) from None


def _position(value: Any) -> Position:  # noqa: ANN401 -- any JSON value
    """Read a place; Fabric's Node client writes the number as text and leaves out what is not set."""
    if not isinstance(value, dict) or not value.keys() <= {"blockNumber", "transactionId"}:
        raise ValueError("no checkpoint")
    number, transaction_id = value.get("blockNumber", 0), value.get("transactionId", "")
    if isinstance(number, str) and number.isascii() and number.isdigit():
        number = int(number)
    if type(number) is not int or not 0 <= number < 2**64 or not isinstance(transaction_id, str):
        raise ValueError("no checkpoint")
    return Position(number, transaction_id)


def _replace(path: Path, position: Position) -> None:
    content = json.dumps({"blockNumber": position.block_number, "transactionId": position.transaction_id})
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)  # without it a power cut may bring the old file back
    finally:
        os.close(directory)
