"""`tradelane ledger`: height, block, tx."""

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from tradelane.gateway import ledger
from tradelane.gateway.cli import ledger_tables, output, tables
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work, write_private_file
from tradelane.gateway.errors import InputError
from tradelane.gateway.ledger import plain
from tradelane.gateway.session import Flow

app = typer.Typer(help="The chain as your organisation's peer keeps it.", no_args_is_help=True)

_HASH: Final = re.compile(r"[0-9a-fA-F]{64}")
_NUMBER: Final = re.compile(r"[0-9]{1,20}")


@app.command(epilog="Example: tradelane ledger height")
def height(context: typer.Context, as_json: AsJson = False) -> None:
    """Show how many blocks the chain has; they count from 0."""
    work = Work.of(context, as_json)
    found = work.run(ledger.info())
    if work.as_json:
        output.print_json(plain.info_json(found))
    else:
        tables.pairs([("height", str(found.height)), ("last block's hash", found.current_hash.hex())])


@app.command(epilog="Example: tradelane ledger block 7 --json")
def block(
    context: typer.Context,
    which: Annotated[
        str | None, typer.Argument(metavar="NUMBER|HASH", show_default=False, help="Its number, or its hash.")
    ] = None,
    transaction_id: Annotated[
        str | None, typer.Option("--tx", metavar="ID", help="The block that holds this transaction.")
    ] = None,
    raw: Annotated[
        Path | None, typer.Option("--raw", metavar="FILE", help="Also write its bytes to a new file, for other tools.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show a block: by its number, by its hash, or by a transaction in it (--tx)."""
    work = Work.of(context, as_json)
    found = work.run(_asked(which, transaction_id))
    if raw is not None:
        write_private_file(raw, ledger.encode_block(found))
    if work.as_json:
        output.print_json(plain.block_json(found))
    else:
        ledger_tables.block(found)


@app.command("tx", epilog="Example: tradelane ledger tx ID")
def transaction(
    context: typer.Context,
    transaction_id: Annotated[str, typer.Argument(metavar="ID", help="Transaction id.")],
    as_json: AsJson = False,
) -> None:
    """Show a transaction: who signed, what was called and answered, what it read and wrote. Private data are hashes."""
    work = Work.of(context, as_json)
    found = work.run(ledger.transaction(transaction_id))
    if work.as_json:
        output.print_json(plain.transaction_json(found))
    else:
        ledger_tables.transaction(found)


def _asked(which: str | None, transaction_id: str | None) -> Flow[ledger.Block]:
    if (which is None) == (transaction_id is None):
        raise InputError("Give a block's number, its hash, or --tx ID.", code="USAGE")
    if transaction_id is not None:
        return ledger.block_of(transaction_id)
    if which is not None and _HASH.fullmatch(which):
        return ledger.block_by_hash(bytes.fromhex(which))
    if which is not None and _NUMBER.fullmatch(which):
        return ledger.block(int(which))
    raise InputError(
        f"{which!r} is neither a block's number (0, 1, ...) nor its hash (64 hexadecimal digits).", code="USAGE"
    )
