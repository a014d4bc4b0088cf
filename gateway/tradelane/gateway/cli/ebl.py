"""`tradelane ebl`: issue, endorse, transfer, surrender, accept, reject, show, history, list."""

from dataclasses import asdict
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from tradelane.gateway.bulk.records import Item
from tradelane.gateway.bulk.run import IN_FLIGHT
from tradelane.gateway.cli import output, records, tables
from tradelane.gateway.cli.completion import titles
from tradelane.gateway.cli.importing import InFlight, JournalFile, Lines, Options, Results, RetryFailed, run_import
from tradelane.gateway.cli.issuance import answering, completed
from tradelane.gateway.cli.jointly import Jointly, act
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work, read_file, write_private_file
from tradelane.gateway.errors import InputError
from tradelane.gateway.store import open_store
from tradelane.gateway.trade import ebl
from tradelane.gateway.trade.ebl.acting import feedback_of
from tradelane.gateway.trade.issuance import read_issuance
from tradelane.model.law import GoverningLaw
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action, SurrenderReason

app = typer.Typer(help="Acts on an electronic bill of lading, and what its parties may see.", no_args_is_help=True)

Title = Annotated[str, typer.Argument(metavar="ID", help="Title id.", autocompletion=titles)]
To = Annotated[str, typer.Option("--to", metavar="PARTY", help="Party id of the recipient.")]
Seen = Annotated[
    int | None,
    typer.Option("--seen", metavar="VERSION", min=1, help="Refuse the act when the title is at another version."),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--refusable-until",
        metavar="TIME",
        help="Until when the recipient may refuse, such as 2026-03-05T00:00:00.000Z; else until its own next act.",
    ),
]
Remark = Annotated[str | None, typer.Option(help="Words to go with it; kept private.")]
Platform = Annotated[str, typer.Option(metavar="CODE", help="This platform's code, as the parties' eblPlatform.")]
NoShare = Annotated[bool, typer.Option("--no-share", help="Do not give the recipient the document.")]


class Purpose(StrEnum):
    """What a title is surrendered for."""

    DELIVERY = "delivery"
    AMENDMENT = "amendment"


class ReasonCode(StrEnum):
    """Why a title is surrendered for amendment, DCSA's reasonCode."""

    SWTP = "SWTP"
    COD = "COD"
    SWI = "SWI"


class Holding(StrEnum):
    """Whose titles to list."""

    ME = "me"


@app.command(epilog="Example: tradelane --as jianghai-line-clerk@shanghai ebl issue issuance-request.json")
def issue(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A DCSA IssuanceRequest, JSON.")],
    document_id: Annotated[
        str | None, typer.Option(help="Go on after a stop: where the document is lodged already.")
    ] = None,
    title_id: Annotated[str | None, typer.Option(help="Go on after a stop: the title id of the first try.")] = None,
    law: Annotated[GoverningLaw, typer.Option(help="The law the title exists under.")] = GoverningLaw.UK_ETDA,
    from_paper: Annotated[
        str | None, typer.Option(metavar="REFERENCE", help="The paper document that is replaced; kept private.")
    ] = None,
    visualisation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Your rendering of the document, such as a PDF.")
    ] = None,
    signing_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Sign DCSA's issuance manifest: PEM key, P-256 (ES256) or RSA (PS256)."),
    ] = None,
    response: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where DCSA's IssuanceResponse goes, of an issue or a refusal; a new file."),
    ] = None,
    no_share: NoShare = False,
    as_json: AsJson = False,
) -> None:
    """Lodge a transport document, issue its title to the party of issueTo and share the document with it."""
    work = Work.of(context, as_json)
    content = read_file(file)
    with answering(content, response):
        flow = ebl.issue(
            completed(content, visualisation, signing_key, lambda: open_store(work.actor().directory)),
            document_id=document_id,
            title_id=title_id,
            law=law,
            from_paper=from_paper,
            share=not no_share,
        )
        done = work.run(flow)
    records.act(done, as_json=work.as_json)


@app.command("import", epilog="Example: tradelane --as jianghai-line-clerk@shanghai ebl import issuances.jsonl")
def import_titles(
    context: typer.Context,
    file: Lines,
    journal: JournalFile = None,
    in_flight: InFlight = IN_FLIGHT,
    results: Results = None,
    retry_failed: RetryFailed = False,
    no_share: NoShare = False,
    as_json: AsJson = False,
) -> None:
    """Issue many titles: each line is an IssuanceRequest, as `ebl issue FILE` takes it.

    The file is checked before anything is sent. A run that was stopped is taken up again by the same command:
    each title is issued once, however often.
    """
    options = Options(journal, in_flight, results, retry_failed)
    run_import(Work.of(context, as_json), file, partial(_item, share=not no_share), options)


@app.command(epilog="Example: tradelane ebl show TITLE --json")
def show(context: typer.Context, title: Title, as_json: AsJson = False) -> None:
    """Show a title."""
    work = Work.of(context, as_json)
    found = work.run(ebl.show(title))
    if work.as_json:
        output.print_json(records.json_of(found))
    else:
        tables.pairs(records.title_rows(found))


@app.command(epilog="Example: tradelane ebl endorse TITLE --to victoria-bank --to-order")
def endorse(
    context: typer.Context,
    title: Title,
    to: Annotated[str | None, typer.Option("--to", metavar="PARTY", help="Party id of the new endorsee.")] = None,
    to_order: Annotated[bool, typer.Option("--to-order", help="The new endorsee may endorse on.")] = False,
    blank: Annotated[bool, typer.Option("--blank", help="In blank: possession is enough from then on.")] = False,
    with_possession: Annotated[
        bool, typer.Option("--with-possession", help="To the party's order, and possession goes along.")
    ] = False,
    until: Until = None,
    seen: Seen = None,
    jointly: Jointly = None,
    no_share: NoShare = False,
    as_json: AsJson = False,
) -> None:
    """Endorse a title to a named party, to its order (--to-order, --with-possession), or in blank (--blank)."""
    chosen = [
        action
        for action, given in (
            (Action.BLANK_ENDORSE, blank),
            (Action.ENDORSE_TO_ORDER, to_order),
            (Action.ENDORSE_AND_TRANSFER, with_possession),
        )
        if given
    ]
    if blank == (to is not None) or len(chosen) > 1:
        raise InputError(
            "Give either --to PARTY (with --to-order if it may endorse on, or --with-possession) or --blank.",
            code="USAGE",
        )
    flow = ebl.endorse(
        title,
        to=to,
        action=chosen[0] if chosen else Action.ENDORSE,
        refusable_until=until,
        expected_sequence=seen,
        share=not no_share,
    )
    act(context, title, flow, jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl transfer TITLE --to victoria-bank")
def transfer(
    context: typer.Context,
    title: Title,
    to: To,
    until: Until = None,
    seen: Seen = None,
    jointly: Jointly = None,
    no_share: NoShare = False,
    as_json: AsJson = False,
) -> None:
    """Hand possession of a title to another party."""
    flow = ebl.transfer(title, to=to, refusable_until=until, expected_sequence=seen, share=not no_share)
    act(context, title, flow, jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl surrender TITLE --for delivery")
def surrender(
    context: typer.Context,
    title: Title,
    purpose: Annotated[Purpose, typer.Option("--for", help="What for.")],
    reason_code: Annotated[
        ReasonCode | None,
        typer.Option(help="For amendment: SWTP to paper, COD change of destination, SWI switch bill."),
    ] = None,
    remark: Annotated[str | None, typer.Option(help="For amendment: what is to be changed; kept private.")] = None,
    seen: Seen = None,
    jointly: Jointly = None,
    as_json: AsJson = False,
) -> None:
    """Surrender a title to its carrier."""
    if purpose is Purpose.AMENDMENT:
        code = None if reason_code is None else SurrenderReason(reason_code.value)
        flow = ebl.surrender_for_amendment(title, reason_code=code, remark=remark, expected_sequence=seen)
    elif reason_code is not None or remark is not None:
        raise InputError("--reason-code and --remark go with --for amendment.", code="USAGE")
    else:
        flow = ebl.surrender(title, expected_sequence=seen)
    act(context, title, flow, jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl accept TITLE")
def accept(
    context: typer.Context,
    title: Title,
    paper: Annotated[
        str | None, typer.Option(metavar="REFERENCE", help="The paper document, on a switch to paper; kept private.")
    ] = None,
    seen: Seen = None,
    jointly: Jointly = None,
    as_json: AsJson = False,
) -> None:
    """Accept a surrender, after which nobody is in control of the title."""
    act(context, title, ebl.accept(title, paper=paper, expected_sequence=seen), jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl reject TITLE --reason 'Freight is still open.'")
def reject(
    context: typer.Context,
    title: Title,
    reason: Annotated[str, typer.Option(help="Why; only the parties of the title may read it.")],
    feedback: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What exactly is wrong: a JSON list of DCSA's feedbackElements.")
    ] = None,
    seen: Seen = None,
    jointly: Jointly = None,
    as_json: AsJson = False,
) -> None:
    """Reject a surrender, which gives the title back."""
    elements = () if feedback is None else feedback_of(read_file(feedback))
    flow = ebl.reject(title, reason=reason, feedback=elements, expected_sequence=seen)
    act(context, title, flow, jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl history TITLE")
def history(
    context: typer.Context,
    title: Title,
    signed: Annotated[
        bool, typer.Option("--signed", help="With block, capacity, and the jurisdictions that signed each act.")
    ] = False,
    svg: Annotated[Path | None, typer.Option("--svg", metavar="FILE", help="Draw the path into a file.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Also of the titles that it replaces, and that replace it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show all versions of a title, oldest first."""
    work = Work.of(context, as_json)
    if follow:
        if signed or svg is not None:
            raise InputError(
                "--follow goes neither with --signed nor with --svg, which tell of one title.", code="USAGE"
            )
        _lineage(work, title)
        return
    if signed or svg is not None:
        _account(work, title, svg)
        return
    found = work.run(ebl.history(title))
    if work.as_json:
        output.print_json(records.json_of(found))
    else:
        records.history(found.entries)


@app.command("list", epilog="Example: tradelane ebl list --held-by me")
def list_titles(
    context: typer.Context,
    held_by: Annotated[
        Holding | None, typer.Option(help="`me`: only titles in your possession, or the joint party's.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    jointly: Annotated[
        str | None, typer.Option(metavar="PARTY", help="Those of this joint party, of which you are a member.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List your titles: those you are or were a party of, or hold. What you hold with others is the joint party's."""
    work = Work.of(context, as_json)
    flow = ebl.list_up_to(limit, held_only=held_by is not None)
    found = work.run(flow if jointly is None else ebl.jointly(flow, jointly))
    if work.as_json:
        output.print_json([records.json_of(title) for title in found])
        return
    records.titles(found)
    _mention_limit(found, limit)


def _item(number: str, line: bytes, *, share: bool) -> Item:  # noqa: ARG001 -- a document has a reference of its own
    examined = read_issuance(line).examined
    return Item(examined.document.transport_document_reference, line.strip(), ebl.issue(line, share=share))


def _account(work: Work, title: str, svg: Path | None) -> None:
    deeds = work.run(ebl.account(title))
    if svg is not None:
        write_private_file(svg, ebl.svg(title, deeds).encode())
    if work.as_json:
        output.print_json([asdict(deed) for deed in deeds])
    else:
        records.deeds(deeds)


def _lineage(work: Work, title: str) -> None:
    chapters = work.run(ebl.lineage(title))
    if work.as_json:
        output.print_json(
            [
                {
                    "titleId": each.title_id,
                    "history": None if each.history is None else records.json_of(each.history),
                }
                for each in chapters
            ]
        )
        return
    for each in chapters:
        output.print_line(f"title {each.title_id}" + ("" if each.history else ": not shown to you"))
        if each.history is not None:
            records.history(each.history.entries)


def _mention_limit(found: tuple[TitleRecord, ...], limit: int) -> None:
    if len(found) == limit:
        typer.echo(f"Shown: the first {limit}; there may be more (--limit).", err=True)
