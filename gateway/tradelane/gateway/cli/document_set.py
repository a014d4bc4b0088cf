"""`tradelane document`: what belongs to a title, its files, and what a reader can check of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn

import typer

from tradelane.gateway.cli import output, records, tables
from tradelane.gateway.cli.document import app
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work, read_file, write_private_file, write_private_pieces
from tradelane.gateway.dcsa.signing import TrustedKeys
from tradelane.gateway.errors import InputError, ResultError
from tradelane.gateway.store import Store, keep, open_store, receive
from tradelane.gateway.trade import attachments, documents
from tradelane.gateway.trade.attachments import ReadFile
from tradelane.gateway.trade.verification import Finding
from tradelane.gateway.trade.verification import verify as verify_documents
from tradelane.model.attachment import AttachmentKind, AttachmentView

__all__ = ["app"]  # the group, with these commands added to it

Title = Annotated[str, typer.Argument(metavar="TITLE", help="Title id.")]
_TRANSPORT_DOCUMENT = "transport-document.json"


@app.command(epilog="Example: tradelane --as wusong-textiles-clerk@shanghai document attach TITLE invoice.pdf")
def attach(
    context: typer.Context,
    title: Title,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file; 1 MiB and more stays in your own store.")],
    name: Annotated[str | None, typer.Option(help="What others call it; by default the file's name.")] = None,
    media_type: Annotated[
        str | None, typer.Option(help="Such as application/pdf; by default what the name says.")
    ] = None,
    visualisation: Annotated[
        bool, typer.Option("--visualisation", help="It is the carrier's rendering of the transport document.")
    ] = False,
    seen: Annotated[
        int | None,
        typer.Option("--seen", metavar="VERSION", min=1, help="Refuse it when the title is at another version."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a file to a title's documents; it goes along with the title from then on."""
    work = Work.of(context, as_json)
    kind = AttachmentKind.VISUALISATION if visualisation else AttachmentKind.SUPPORTING
    with _opened(file) as source:
        kept = keep(source, name or file.name, open_store(work.actor().directory), media_type)
    done = work.run(attachments.attach(title, kept, kind=kind, expected_sequence=seen))
    said = done.result
    rows = [("title", title), ("attached", said.name), ("id", said.attachment_id), ("checksum", said.checksum)]
    records.committed(done, records.json_of(said), rows, as_json=work.as_json)


@app.command("list", epilog="Example: tradelane document list TITLE")
def list_documents(context: typer.Context, title: Title, as_json: AsJson = False) -> None:
    """List what is attached to a title, and which of its versions stood then."""
    work = Work.of(context, as_json)
    views = work.run(attachments.attached(title))
    if work.as_json:
        output.print_json([records.json_of(view) for view in views])
    else:
        tables.table(("id", "kind", "name", "bytes", "by", "at version", "time"), [_row(view) for view in views])


@app.command(epilog="Example: tradelane document export TITLE --to bill-4711")
def export(
    context: typer.Context,
    title: Title,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="A new directory.")],
    as_json: AsJson = False,
) -> None:
    """Write all documents of a title that you have into a directory, each checked against the ledger."""
    work = Work.of(context, as_json)
    store = open_store(work.actor().directory)
    try:
        to.mkdir(mode=0o700)
    except OSError as error:
        raise InputError(f"The directory {to} cannot be made: {error.strerror}.", code="FILE_UNWRITABLE") from error
    write_private_file(to / _TRANSPORT_DOCUMENT, work.run(documents.read_of_title(title)).content.encode())
    rows = [(_TRANSPORT_DOCUMENT, "written")]
    taken = {_TRANSPORT_DOCUMENT}
    for view in work.run(attachments.attached(title)):
        if view.description is None:
            rows.append((view.attached.attachment_id, "not shared with you"))
            continue
        file = work.run(attachments.read_attachment(title, view.attached.attachment_id))
        name = _free_name(file.description.name, file.description.attachment_id, taken)
        rows.append((name, _write(file, to / name, store)))
    if work.as_json:
        output.print_json([{"name": name, "outcome": outcome} for name, outcome in rows])
    else:
        tables.pairs(rows)


@app.command("import", epilog="Example: tradelane document import TITLE scan.tiff")
def import_file(
    context: typer.Context,
    title: Title,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that another party handed over.")],
    as_json: AsJson = False,
) -> None:
    """Take a large file of a title's documents into your store, if its checksum is the one they commit to."""
    work = Work.of(context, as_json)
    views = work.run(attachments.attached(title))
    expected = [view.description for view in views if view.description is not None]
    with _opened(file) as source:
        found = receive(source, expected, open_store(work.actor().directory))
    if work.as_json:
        output.print_json(records.json_of(found))
    else:
        tables.pairs([("title", title), ("taken in", found.name), ("checksum", found.checksum)])


@app.command(epilog="Example: tradelane document verify TITLE --keys jianghai-line=jianghai-line.jwks.json")
def verify(
    context: typer.Context,
    title: Title,
    keys: Annotated[
        list[str] | None,
        typer.Option(metavar="PARTY=FILE", help="Public keys of a carrier, a JWK set; may be given several times."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a title's documents against the ledger, and the carrier's signature with its public keys."""
    work = Work.of(context, as_json)
    carriers = _trusted(keys) if keys else None
    store = open_store(work.actor().directory)
    findings = [_with_store(each, store) for each in work.run(verify_documents(title, carriers=carriers))]
    if work.as_json:
        output.print_json(
            [{"subject": f.subject, "checksum": f.checksum, "holds": f.holds, "said": f.said} for f in findings]
        )
    else:
        words = {True: "holds", False: "DOES NOT HOLD", None: "not checked"}
        tables.table(
            ("document", "", "why", "SHA-256"),
            [(f.subject, words[f.holds], f.said, f.checksum or "") for f in findings],
        )
    if any(finding.holds is False for finding in findings):
        _fail(findings)


def _fail(findings: list[Finding]) -> NoReturn:
    wrong = ", ".join(finding.subject for finding in findings if finding.holds is False)
    raise ResultError(f"Not everything holds: {wrong}. Do not rely on these documents.", code="NOT_VERIFIED")


def _with_store(finding: Finding, store: Store) -> Finding:
    """Check a large file, which the channel does not have, where the store has it."""
    if finding.holds is not None or finding.checksum is None or not store.has(finding.checksum):
        return finding
    for _ in store.read(finding.checksum):
        pass
    return Finding(finding.subject, finding.checksum, True, "the file in your store has the checksum committed to")


def _write(file: ReadFile, path: Path, store: Store) -> str:
    if file.content is not None:
        write_private_file(path, file.content)
        return "written"
    if not store.has(file.description.checksum):
        return f"not in your store; get it from {file.attached.attached_by.party_id} and import it"
    write_private_pieces(path, store.read(file.description.checksum))
    return "written"


def _free_name(name: str, attachment_id: str, taken: set[str]) -> str:
    free = f"{attachment_id[:8]} {name}" if name.casefold() in {each.casefold() for each in taken} else name
    taken.add(free)
    return free


def _row(view: AttachmentView) -> tuple[str, ...]:
    attached, said = view.attached, view.description
    name, size = ("not shared with you", "") if said is None else (said.name, str(said.size))
    by, version = attached.attached_by.party_id, str(attached.title_sequence)
    return attached.attachment_id, attached.kind.value, name, size, by, version, attached.attached_at


def _trusted(keys: list[str]) -> TrustedKeys:
    sets: dict[str, list[bytes]] = {}
    for each in keys:
        party, equals, file = each.partition("=")
        if not (party and equals and file):
            raise InputError("Say whose keys a file holds: --keys PARTY=FILE.", code="USAGE")
        sets.setdefault(party, []).append(read_file(Path(file)))
    return TrustedKeys(sets)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise InputError(f"The file {path} cannot be read: {error.strerror}.", code="FILE_UNREADABLE") from error
