"""`tradelane document`: lodge, share, read; `document_set` has the rest."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from tradelane.gateway.cli import output, records, tables
from tradelane.gateway.cli.issuance import warn_of_lookalikes
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import STANDARD, Work, read_file, write_private_file, write_private_pieces
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.lookalikes import lookalikes
from tradelane.gateway.errors import InputError
from tradelane.gateway.store import open_store
from tradelane.gateway.trade import attachments, documents
from tradelane.gateway.trade.issuance import is_issuance, read_issuance

app = typer.Typer(
    help="Private documents: only the organisations of a title's parties ever hold them.", no_args_is_help=True
)


@app.command(epilog="Example: tradelane --as jianghai-line-clerk@shanghai document lodge document.json")
def lodge(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A DCSA TransportDocument, JSON.")],
    document_id: Annotated[str | None, typer.Option(help="By default a new one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a transport document into your own organisation, to issue a title over it later."""
    work = Work.of(context, as_json)
    content = documents.examine(read_file(file))
    warn_of_lookalikes(content)
    done = work.run(documents.lodge(content, document_id=document_id))
    records.committed(done, {"documentId": done.result}, [("document", done.result)], as_json=work.as_json)


@app.command(epilog="Example: tradelane document check document.json")
def check(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A DCSA TransportDocument or IssuanceRequest, JSON; - for standard input."),
    ],
    as_json: AsJson = False,
) -> None:
    """Hold a document against DCSA's rules and show its checksum, and names that could be taken for others."""
    work = Work.of(context, as_json)
    content = read_file(file)
    canonical = read_issuance(content).examined.canonical if is_issuance(content) else documents.examine(content)
    found = lookalikes(json.loads(canonical))
    checksum = checksums.of_bytes(canonical)
    if work.as_json:
        output.print_json({"checksum": checksum, "lookalikes": [{"path": f.path, "said": f.said} for f in found]})
    else:
        tables.pairs([("checksum", checksum), *((f"look twice at {each.path}", each.said) for each in found)])


@app.command(epilog="Example: tradelane --as jianghai-line-clerk@shanghai document share TITLE --to victoria-bank")
def share(
    context: typer.Context,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Title id.")],
    to: Annotated[str, typer.Option("--to", metavar="PARTY", help="Party id of the reader.")],
    as_json: AsJson = False,
) -> None:
    """Let a party read a title's document and what is attached to it."""
    work = Work.of(context, as_json)
    done = work.run(documents.share(title, to=to))
    records.committed(done, {}, [("title", title), ("shared with", to)], as_json=work.as_json)


@app.command(epilog="Example: tradelane --as victoria-bank-clerk@hongkong document read TITLE --out bill.json")
def read(
    context: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="TITLE|DOCUMENT", help="Title id, or id of a document you lodged.")],
    attachment: Annotated[
        str | None, typer.Option(metavar="ID", help="Instead, what is attached to the title under this id; with --out.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the exact bytes to a new file, or -.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read a document; that of a title is checked against the title's commitment."""
    work = Work.of(context, as_json)
    if attachment is not None:
        _read_attachment(work, subject, attachment, out)
        return
    content = work.run(documents.read_either(subject))
    if out is not None:
        write_private_file(out, content.content.encode())
    if out == STANDARD:
        return
    if work.as_json:
        output.print_json(records.json_of(content))
    elif out is None:
        output.print_json(json.loads(content.content))
    else:
        tables.pairs([("document", content.document_id), ("written to", str(out))])


def _read_attachment(work: Work, title: str, attachment: str, out: Path | None) -> None:
    if out is None:
        raise InputError("Say where the file goes: --out FILE, or --out - for standard output.", code="USAGE")
    file = work.run(attachments.read_attachment(title, attachment))
    pieces = (file.content,) if file.content is not None else _large(work, file.description.checksum)
    if out == STANDARD:
        for piece in pieces:
            sys.stdout.buffer.write(piece)
        return
    write_private_pieces(out, pieces)
    if work.as_json:
        output.print_json(records.json_of(file.description))
    else:
        tables.pairs([("attachment", file.description.name), ("written to", str(out))])


def _large(work: Work, checksum: str) -> Iterable[bytes]:
    return open_store(work.actor().directory).read(checksum)
