"""`tradelane ebl`: issue, endorse, transfer, surrender, accept, reject, show, history, list."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tradelane.gateway.cli import output
from tradelane.gateway.cli.work import AsJson, Work, read_file
from tradelane.gateway.errors import InputError
from tradelane.gateway.trade import ebl
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action

app = typer.Typer(help="Acts on an electronic bill of lading, and what its parties may see.", no_args_is_help=True)

Title = Annotated[str, typer.Argument(metavar="ID", help="Title id.")]
To = Annotated[str, typer.Option("--to", metavar="PARTY", help="Party id of the recipient.")]
NoShare = Annotated[bool, typer.Option("--no-share", help="Do not give the recipient the document.")]


class Purpose(StrEnum):
    """What a title is surrendered for."""

    DELIVERY = "delivery"


class Holding(StrEnum):
    """Whose titles to list."""

    ME = "me"


@app.command()
def issue(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A DCSA IssuanceRequest, JSON.")],
    document_id: Annotated[
        str | None, typer.Option(help="Go on after a stop: where the document is lodged already.")
    ] = None,
    title_id: Annotated[str | None, typer.Option(help="Go on after a stop: the title id of the first try.")] = None,
    no_share: NoShare = False,
    as_json: AsJson = False,
) -> None:
    """Lodge a transport document, issue its title to the party of issueTo and share the document with it."""
    work = Work.of(context, as_json)
    flow = ebl.issue(read_file(file), document_id=document_id, title_id=title_id, share=not no_share)
    output.act(work.run(flow), as_json=work.as_json)


@app.command()
def show(context: typer.Context, title: Title, as_json: AsJson = False) -> None:
    """Show a title."""
    work = Work.of(context, as_json)
    found = work.run(ebl.show(title))
    if work.as_json:
        output.print_json(output.record_json(found))
    else:
        output.pairs(output.title_rows(found))


@app.command()
def endorse(
    context: typer.Context,
    title: Title,
    to: Annotated[str | None, typer.Option("--to", metavar="PARTY", help="Party id of the new endorsee.")] = None,
    to_order: Annotated[bool, typer.Option("--to-order", help="The new endorsee may endorse on.")] = False,
    blank: Annotated[bool, typer.Option("--blank", help="In blank: possession is enough from then on.")] = False,
    no_share: NoShare = False,
    as_json: AsJson = False,
) -> None:
    """Endorse a title to a named party, to a party's order (--to-order), or in blank (--blank)."""
    if blank == (to is not None) or (blank and to_order):
        raise InputError("Give either --to PARTY (with --to-order if it may endorse on) or --blank.", code="USAGE")
    action = Action.BLANK_ENDORSE if blank else Action.ENDORSE_TO_ORDER if to_order else Action.ENDORSE
    work = Work.of(context, as_json)
    output.act(work.run(ebl.endorse(title, to=to, action=action, share=not no_share)), as_json=work.as_json)


@app.command()
def transfer(context: typer.Context, title: Title, to: To, no_share: NoShare = False, as_json: AsJson = False) -> None:
    """Hand possession of a title to another party."""
    work = Work.of(context, as_json)
    output.act(work.run(ebl.transfer(title, to=to, share=not no_share)), as_json=work.as_json)


@app.command()
def surrender(
    context: typer.Context,
    title: Title,
    purpose: Annotated[Purpose, typer.Option("--for", help="What for.")],
    as_json: AsJson = False,
) -> None:
    """Surrender a title to its carrier."""
    work = Work.of(context, as_json)
    match purpose:
        case Purpose.DELIVERY:
            output.act(work.run(ebl.surrender(title)), as_json=work.as_json)


@app.command()
def accept(context: typer.Context, title: Title, as_json: AsJson = False) -> None:
    """Accept a surrender, which ends the title."""
    work = Work.of(context, as_json)
    output.act(work.run(ebl.accept(title)), as_json=work.as_json)


@app.command()
def reject(
    context: typer.Context,
    title: Title,
    reason: Annotated[str, typer.Option(help="Why; only the parties of the title may read it.")],
    as_json: AsJson = False,
) -> None:
    """Reject a surrender, which gives the title back."""
    work = Work.of(context, as_json)
    output.act(work.run(ebl.reject(title, reason=reason)), as_json=work.as_json)


@app.command()
def history(context: typer.Context, title: Title, as_json: AsJson = False) -> None:
    """Show all versions of a title, oldest first."""
    work = Work.of(context, as_json)
    found = work.run(ebl.history(title))
    if work.as_json:
        output.print_json(output.record_json(found))
    else:
        output.history(found.entries)


@app.command("list")
def list_titles(
    context: typer.Context,
    held_by: Annotated[Holding | None, typer.Option(help="`me`: only titles in your possession.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List your titles: those you are or were a party of, or hold."""
    work = Work.of(context, as_json)
    found = work.run(ebl.list_up_to(limit, held_only=held_by is not None))
    if work.as_json:
        output.print_json([output.record_json(title) for title in found])
        return
    output.titles(found)
    _mention_limit(found, limit)


def _mention_limit(found: tuple[TitleRecord, ...], limit: int) -> None:
    if len(found) == limit:
        typer.echo(f"Shown: the first {limit}; there may be more (--limit).", err=True)
