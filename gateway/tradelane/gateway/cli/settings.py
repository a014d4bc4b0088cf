"""The options that hold for every command."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, errors too.")]


@dataclass(frozen=True)
class Settings:
    """The options before the command."""

    who: str | None
    profile: Path | None
    as_json: bool
