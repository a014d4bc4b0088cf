"""`tradelane pint`: what has come in from other platforms, and what is disputed with them."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tradelane.gateway.cli import output, records, tables
from tradelane.gateway.cli.pint import Home, app, loaded, outcome_of
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["app"]  # the group, with these commands added to it

Title = Annotated[str, typer.Argument(metavar="ID", help="Title id, or the document's checksum.")]


class Favour(StrEnum):
    """In whose favour a dispute was settled."""

    OURS = "ours"
    THEIRS = "theirs"


@app.command(epilog="Example: tradelane pint export CHECKSUM --home bridge --to bill-4711")
def export(
    title: Title,
    home: Home,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="A new directory.")],
    as_json: AsJson = False,
) -> None:
    """Write the document of a title that has crossed, its chain and all that came along into a directory."""
    rows = _doing().export(home, title, to)
    if as_json:
        output.print_json([{"name": name, "checksum": checksum, "outcome": said} for name, checksum, said in rows])
    else:
        tables.table(("name", "SHA-256", "outcome"), rows)


@app.command(epilog="Example: tradelane --as victoria-bank-clerk@hongkong pint adopt TITLE --home bridge")
def adopt(context: typer.Context, title: Title, home: Home, as_json: AsJson = False) -> None:
    """Attach to a title you control what came with it from another platform and is not attached yet."""
    work = Work.of(context, as_json)
    said = _doing().adopt(work, home, title)
    if work.as_json:
        output.print_json([records.json_of(each) for each in said])
    else:
        tables.pairs((each.name, each.attachment_id) for each in said)


@app.command(epilog="Example: tradelane --as jianghai-line-clerk@shanghai pint notify TITLE --home bridge")
def notify(
    context: typer.Context,
    title: Title,
    home: Home,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Its base URL, instead of the one in the settings.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell the platform from which a title was surrendered that you, its carrier, have accepted (SACC)."""
    work = Work.of(context, as_json)
    outcome_of(work, _doing().notify(work, home, title, url))


@app.command(epilog="Example: tradelane pint disputes --home bridge --json")
def disputes(home: Home, as_json: AsJson = False) -> None:
    """List disputed transfers: titles that were sent, and what others have sent; with what each side has signed."""
    found = _doing().disputes(home)
    if as_json:
        output.print_json(found)
        return
    for each in found:
        tables.pairs((name, str(value)) for name, value in each.items())


@app.command(epilog="Example: tradelane pint settle TITLE --home bridge --in-favour-of ours --agreement signed.pdf")
def settle(
    title: Title,
    home: Home,
    in_favour_of: Annotated[
        Favour, typer.Option(help="ours: it goes back to who sent it; theirs: the other platform has it.")
    ],
    agreement: Annotated[
        Path, typer.Option(metavar="FILE", help="What people have signed; its SHA-256 goes on record.")
    ],
    as_json: AsJson = False,
) -> None:
    """Carry out what people have agreed on about a title that was sent and disputed."""
    said = _doing().settle(home, title, in_favour_of.value, agreement)
    if as_json:
        output.print_json(said)
    else:
        tables.pairs((name, str(value)) for name, value in said.items())


def _doing() -> "ModuleType":
    return loaded("tradelane.gateway.cli.pint_titles_work")
