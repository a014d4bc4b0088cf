"""`tradelane organisation`: register, prepare, list."""

import typer

from tradelane.gateway.cli import output, records, tables
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work
from tradelane.gateway.trade import organisations

app = typer.Typer(help="Organisations (jurisdictions) of the channel. For their administrators.", no_args_is_help=True)


@app.command(epilog="Example: tradelane --as admin@hongkong organisation register")
def register(context: typer.Context, as_json: AsJson = False) -> None:
    """Add your organisation to those from which the majority is counted."""
    work = Work.of(context, as_json)
    done = work.run(organisations.register())
    rows = [("organisations", ", ".join(done.result.msp_ids))]
    records.committed(done, records.json_of(done.result), rows, as_json=work.as_json)


@app.command(epilog="Example: tradelane --as admin@hongkong organisation prepare")
def prepare(context: typer.Context, as_json: AsJson = False) -> None:
    """Give your organisation its secret key for document references, once."""
    work = Work.of(context, as_json)
    done = work.run(organisations.prepare())
    records.committed(done, {}, [("prepared", "your organisation can lodge documents now")], as_json=work.as_json)


@app.command("list", epilog="Example: tradelane organisation list")
def list_organisations(context: typer.Context, as_json: AsJson = False) -> None:
    """List the registered organisations."""
    work = Work.of(context, as_json)
    found = work.run(organisations.list_organisations())
    if work.as_json:
        output.print_json(records.json_of(found))
    else:
        tables.pairs([("organisation", msp_id) for msp_id in found.msp_ids])
