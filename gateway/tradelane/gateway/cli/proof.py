"""`tradelane proof`: export, verify."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from tradelane.gateway import proof
from tradelane.gateway.cli import output, tables
from tradelane.gateway.cli.completion import titles
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work, read_file, write_private_file
from tradelane.gateway.errors import InputError

app = typer.Typer(help="A title's history as a file that anybody can check offline.", no_args_is_help=True)

_HASH: Final = re.compile(r"[0-9a-fA-F]{64}")


@app.command(epilog="Example: tradelane proof export TITLE --disclose document --to title.proof")
def export(
    context: typer.Context,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Title id.", autocompletion=titles)],
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="A new file, or - for standard output.")],
    disclose: Annotated[
        list[str] | None,
        typer.Option(
            "--disclose",
            metavar="WHAT",
            help="document, remarks, remark:N (of act N), names or name:PARTY; may be repeated.",
        ),
    ] = None,
    no_pledge_at: Annotated[
        int | None,
        typer.Option("--no-pledge-at", metavar="BLOCK", min=0, help="Prove too that it was not pledged at this block."),
    ] = None,
    without_blocks: Annotated[
        bool,
        typer.Option("--without-blocks", help="Leave out the blocks, in which others' transactions stand as well."),
    ] = False,
    without_answer: Annotated[
        bool,
        typer.Option("--without-answer", help="Ask no other organisation's peer; the last act's effect stays open."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a proof of a title's history. Peers of the organisations that its rule names are asked and sign."""
    work = Work.of(context, as_json)
    flow = proof.export(
        title,
        disclose=disclose or (),
        no_pledge_at=no_pledge_at,
        without_blocks=without_blocks,
        without_answer=without_answer,
    )
    content = work.run(flow)
    # What is handed out is checked first, as its reader will.
    verdict = proof.verify(content, title_id=title)
    write_private_file(to, content)
    if str(to) == "-":
        return
    facts = {"file": str(to), "bytes": str(len(content)), "versions": str(len(verdict.versions))}
    facts |= {"lastBlock": str(verdict.versions[-1].place.block), "genesis": verdict.genesis}
    if work.as_json:
        output.print_json(facts)
    else:
        tables.pairs(facts.items())


@app.command(epilog="Example: tradelane proof verify title.proof --genesis HASH")
def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A proof, or - for standard input.")],
    title: Annotated[str | None, typer.Option("--title", metavar="ID", help="The title it must be about.")] = None,
    genesis: Annotated[
        str | None,
        typer.Option("--genesis", metavar="HASH", help="Hash of the first block of the network it must be from."),
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", metavar="TIME", help="A moment, such as 2026-03-05T00:00:00Z: nothing may be later."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a proof with nothing but the file, and say what is proved and what is not."""
    work = Work.of(context, as_json)
    if genesis is not None and not _HASH.fullmatch(genesis):
        raise InputError(f"{genesis!r} is no hash of a block: those have 64 hexadecimal digits.", code="USAGE")
    verdict = proof.verify(read_file(file), title_id=title, genesis=genesis, at=_moment(at))
    if work.as_json:
        output.print_json(proof.as_json(verdict))
    else:
        _show(verdict)


def _show(verdict: proof.Verdict) -> None:
    found = proof.as_json(verdict)
    tables.pairs(
        [
            ("title", verdict.title.title_id),
            ("channel", verdict.channel),
            ("first block's hash", verdict.genesis),
            *(("root", f"{each.msp_id}: {each.subject}, SHA-256 {each.sha256}") for each in verdict.roots),
        ]
    )
    tables.table(
        ["version", "act", "by", "time", "block", "signed by", "endorsed by", "ordered by"],
        [
            [
                str(each["sequence"]),
                each["actionCode"],
                each["actor"],
                each["actionDateTime"],
                str(each["blockNumber"]),
                each["creator"],
                ", ".join(each["endorsers"]),
                ", ".join(each["orderers"]) or "-",
            ]
            for each in found["versions"]
        ],
    )
    for heading, sentences in (
        ("Proved", found["proved"]),
        ("Not proved", found["notProved"]),
        ("Certificates", found["notes"]),
    ):
        if sentences:
            output.print_line(f"{heading}:")
        for sentence in sentences:
            output.print_line(f"- {sentence}")


def _moment(given: str | None) -> datetime | None:
    if given is None:
        return None
    try:
        found = datetime.fromisoformat(given)
    except ValueError:
        raise InputError(f"{given!r} is no time such as 2026-03-05T00:00:00Z.", code="USAGE") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found
