"""What every command shares: who acts, the connection, files read, and results shown."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console

from tradelane.gateway.client import connect
from tradelane.gateway.errors import InputError
from tradelane.gateway.session import Flow

T = TypeVar("T")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, errors too.")]


@dataclass(frozen=True)
class Settings:
    """The options before the command."""

    who: str | None
    profile: Path | None
    as_json: bool


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

    def run(self, flow: Flow[T]) -> T:
        """Connect as the user asked for and perform a flow.

        Raises:
            GatewayError: See `errors`.
        """
        directory, name = self._who()
        waiting = Console(stderr=True).status("Waiting for the network ...")
        with connect(directory, name) as gateway, waiting:
            return gateway.run(flow)

    def _who(self) -> tuple[Path, str]:
        name, at, organisation = (self.settings.who or "").partition("@")
        if not name or (at and not organisation):
            raise InputError(
                "Say who acts: `tradelane --as NAME@ORG ...`, or `--profile DIR --as NAME`.", code="WHO_ACTS"
            )
        if self.settings.profile is not None:
            return self.settings.profile, name
        if not organisation:
            raise InputError(f"Say of which organisation: `--as {name}@ORG`, or give --profile.", code="WHO_ACTS")
        if Path(organisation).name != organisation:
            raise InputError(f"{organisation!r} is no name of an organisation.", code="WHO_ACTS")
        return home() / "profiles" / organisation, name


def home() -> Path:
    """Return the directory of the network's state: TRADELANE_HOME, or `.tradelane` in the working directory."""
    return Path(os.environ.get("TRADELANE_HOME") or ".tradelane")


def read_file(path: Path) -> bytes:
    """Return a file's content.

    Raises:
        InputError: FILE_UNREADABLE.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"The file {path} cannot be read: {error.strerror}.", code="FILE_UNREADABLE") from error


def write_private_file(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read.

    Raises:
        InputError: FILE_UNWRITABLE, also when the file exists: a document at hand is not overwritten.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        raise InputError(f"The file {path} cannot be written: {error.strerror}.", code="FILE_UNWRITABLE") from error
