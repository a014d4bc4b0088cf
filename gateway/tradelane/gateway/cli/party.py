"""`tradelane party`: admit, join, licence, show, find, list."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from tradelane.gateway.bulk.records import Item
from tradelane.gateway.bulk.run import IN_FLIGHT
from tradelane.gateway.cli import output, records, tables
from tradelane.gateway.cli.importing import InFlight, JournalFile, Lines, Options, Results, RetryFailed, run_import
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work, read_file
from tradelane.gateway.dcsa.lookalikes import lookalikes_of
from tradelane.gateway.errors import GatewayError, InputError
from tradelane.gateway.trade import parties
from tradelane.gateway.trade.exchange import invalid
from tradelane.model.base import Record
from tradelane.model.party import PartyRecord, PartyRole

app = typer.Typer(help="Parties of the channel: who they are and what they may do.", no_args_is_help=True)

Party = Annotated[str, typer.Argument(metavar="PARTY", help="Party id.")]


class Admission(Record):
    """A party to admit, as `party admit FILE` reads it."""

    party_id: str
    lei: str
    name: str
    roles: tuple[str, ...]


@app.command(epilog="Example: tradelane party admit --id victoria-bank --lei LEI --name 'Victoria Bank' --role bank")
def admit(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help='JSON {"partyId","lei","name","roles"} instead of options.')
    ] = None,
    party_id: Annotated[str | None, typer.Option("--id", help="Public name on this network.")] = None,
    lei: Annotated[str | None, typer.Option(help="Legal Entity Identifier, 20 characters.")] = None,
    name: Annotated[str | None, typer.Option(help="Legal name; stays in private data.")] = None,
    role: Annotated[list[PartyRole] | None, typer.Option(case_sensitive=False, help="May be repeated.")] = None,
    as_json: AsJson = False,
) -> None:
    """Admit a party of your own organisation. For its administrator."""
    work = Work.of(context, as_json)
    if file is not None and not any((party_id, lei, name, role)):
        admission = _admission(read_file(file))
    elif file is None and party_id and lei and name and role:
        admission = Admission(party_id=party_id, lei=lei, name=name, roles=tuple(role))
    else:
        raise InputError("Give either a FILE or all of --id, --lei, --name and --role.", code="USAGE")
    _warn_of_lookalikes(work, admission.name)
    done = work.run(parties.admit(admission.party_id, lei=admission.lei, name=admission.name, roles=admission.roles))
    records.committed(done, records.json_of(done.result), _rows(done.result), as_json=work.as_json)


@app.command(epilog="Example: tradelane --as admin@shanghai party join both --member one --member two --name Both")
def join(
    context: typer.Context,
    party: Party,
    member: Annotated[list[str], typer.Option(metavar="PARTY", help="A member; give two or more.")],
    name: Annotated[str, typer.Option(help="How it is called; stays in private data.")],
    as_json: AsJson = False,
) -> None:
    """Form a joint party, whose members act together. For the administrator of their organisation."""
    work = Work.of(context, as_json)
    _warn_of_lookalikes(work, name)
    done = work.run(parties.join(party, members=member, name=name))
    records.committed(done, records.json_of(done.result), _rows(done.result), as_json=work.as_json)


@app.command("import", epilog="Example: tradelane --as admin@hongkong party import parties.jsonl")
def import_parties(
    context: typer.Context,
    file: Lines,
    journal: JournalFile = None,
    in_flight: InFlight = IN_FLIGHT,
    results: Results = None,
    retry_failed: RetryFailed = False,
    as_json: AsJson = False,
) -> None:
    """Admit many parties of your own organisation: each line as `party admit FILE` takes it.

    The file is checked before anything is sent. A run that was stopped is taken up again by the same command:
    each party is admitted once, however often.
    """
    run_import(Work.of(context, as_json), file, _item, Options(journal, in_flight, results, retry_failed))


@app.command(epilog="Example: tradelane --as hk-authority-clerk@hongkong party licence victoria-bank --role bank")
def licence(
    context: typer.Context,
    party: Party,
    role: Annotated[PartyRole, typer.Option(case_sensitive=False, help="The regulated role.")],
    as_json: AsJson = False,
) -> None:
    """Give a regulated role its effect. For an authority of the same organisation."""
    work = Work.of(context, as_json)
    done = work.run(parties.licence(party, role))
    records.committed(done, records.json_of(done.result), _rows(done.result), as_json=work.as_json)


@app.command(epilog="Example: tradelane party show victoria-bank")
def show(context: typer.Context, party: Party, as_json: AsJson = False) -> None:
    """Show a party."""
    work = Work.of(context, as_json)
    found = work.run(parties.show(party))
    if work.as_json:
        output.print_json(records.json_of(found))
    else:
        tables.pairs([*_rows(found.party), ("name", found.name or "-")])


@app.command(epilog="Example: tradelane party find 2549000HKBANK00AA107")
def find(
    context: typer.Context,
    lei: Annotated[str, typer.Argument(metavar="LEI", help="Legal Entity Identifier, 20 characters.")],
    as_json: AsJson = False,
) -> None:
    """Show the party with a Legal Entity Identifier."""
    work = Work.of(context, as_json)
    found = work.run(parties.find(lei))
    if work.as_json:
        output.print_json(records.json_of(found))
    else:
        tables.pairs([*_rows(found.party), ("name", found.name or "-")])


@app.command("list", epilog="Example: tradelane party list")
def list_parties(context: typer.Context, as_json: AsJson = False) -> None:
    """List all parties of the channel."""
    work = Work.of(context, as_json)
    found = work.run(parties.list_parties())
    if work.as_json:
        output.print_json([records.json_of(view) for view in found])
    else:
        records.parties(found)


def _warn_of_lookalikes(work: Work, name: str) -> None:
    """Say on standard error where a name could be taken for another one that the channel's directory shows."""
    try:
        views = work.run(parties.list_parties())
    except GatewayError:  # what cannot be read cannot be compared with, and stops nobody's admission
        views = ()
    for said in lookalikes_of(name, {view.party.party_id: view.name for view in views if view.name is not None}):
        typer.echo(f"Look twice at this name: {said}.", err=True)


def _item(number: str, line: bytes) -> Item:  # noqa: ARG001 -- a party has a name of its own
    admission = _admission(line)
    party_id, lei, name, roles = admission.party_id, admission.lei, admission.name, admission.roles
    parties.admission(party_id, lei=lei, name=name, roles=roles)
    for said in lookalikes_of(name, {}):
        typer.echo(f"Look twice at the name of {party_id}: {said}.", err=True)
    return Item(party_id, line.strip(), parties.admit(party_id, lei=lei, name=name, roles=roles))


def _admission(content: bytes) -> Admission:
    try:
        return Admission.from_json(content)
    except ValidationError as error:
        raise invalid(error) from None


def _rows(party: PartyRecord) -> list[tuple[str, str]]:
    return [
        ("party", party.party_id),
        ("organisation", party.msp_id),
        ("LEI", party.lei or "- (joint: " + ", ".join(party.members) + ")"),
        ("roles", ", ".join(party.roles)),
        ("licensed", ", ".join(party.licensed_roles) or "-"),
    ]
