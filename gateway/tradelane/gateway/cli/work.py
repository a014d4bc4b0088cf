"""What every command shares: who acts, the connection, files read, and results shown."""

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import typer
from rich.console import Console

from tradelane.gateway.cli import who
from tradelane.gateway.cli.settings import Settings
from tradelane.gateway.cli.who import Actor
from tradelane.gateway.errors import InputError

if TYPE_CHECKING:
    from tradelane.gateway.session import Flow

T = TypeVar("T")

STANDARD: Final = Path("-")
"""As a file: standard input or output."""


@dataclass(frozen=True)
class Work:
    """One command under way."""

    settings: Settings
    as_json: bool

    @classmethod
    def of(cls, context: typer.Context, as_json: bool) -> "Work":
        """Return the work of a command, with the options before and after its name."""
        settings = context.find_object(Settings) or Settings(None, None, as_json=False)
        return cls(settings, as_json or settings.as_json)

    def actor(self) -> Actor:
        """Return who acts.

        Raises:
            InputError: WHO_ACTS.
        """
        return who.actor(self.settings.who, self.settings.profile)

    def run(self, flow: "Flow[T]") -> T:
        """Connect as the user asked for and perform a flow.

        Raises:
            GatewayError: See `errors`.
        """
        from tradelane.gateway.client import connect  # noqa: PLC0415 -- gRPC takes long to load; not all commands connect

        actor = self.actor()
        waiting = Console(stderr=True).status("Waiting for the network ...")
        with connect(actor.directory, actor.user) as gateway, waiting:
            return gateway.run(flow)


def read_file(path: Path) -> bytes:
    """Return a file's content, or what standard input gives.

    Raises:
        InputError: FILE_UNREADABLE.
    """
    try:
        return sys.stdin.buffer.read() if path == STANDARD else path.read_bytes()
    except OSError as error:
        raise InputError(f"The file {path} cannot be read: {error.strerror}.", code="FILE_UNREADABLE") from error


def write_private_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, or to standard output.

    Raises:
        InputError: FILE_UNWRITABLE, also when the file exists: a document at hand is not overwritten.
    """
    if path == STANDARD:
        sys.stdout.buffer.write(content)
        return
    write_private_pieces(path, (content,))


def write_private_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file as above from pieces; should they end in an error, no file is left.

    Raises:
        InputError: FILE_UNWRITABLE.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for piece in pieces:
                    file.write(piece)
        except BaseException:
            path.unlink()
            raise
    except OSError as error:
        raise InputError(f"The file {path} cannot be written: {error.strerror}.", code="FILE_UNWRITABLE") from error
