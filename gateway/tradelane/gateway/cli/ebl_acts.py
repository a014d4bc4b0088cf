"""`tradelane ebl`, the acts beyond endorsement and delivery: nomination, refusal, pledge, replacement, courts."""

from pathlib import Path
from typing import Annotated

import typer

from tradelane.gateway.cli import output, records
from tradelane.gateway.cli.ebl import NoShare, Remark, Seen, Title, To, Until, app
from tradelane.gateway.cli.jointly import Jointly, act
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work, read_file
from tradelane.gateway.trade import ebl
from tradelane.gateway.trade.reliability import as_values, statement
from tradelane.model.law import GoverningLaw

__all__ = ["app"]  # the group `ebl`, with these commands added

Order = Annotated[str, typer.Option(help="What identifies the court's order; kept private.")]


@app.command(epilog="Example: tradelane ebl sign TITLE")
def sign(
    context: typer.Context,
    title: Title,
    remark: Remark = None,
    seen: Seen = None,
    jointly: Jointly = None,
    as_json: AsJson = False,
) -> None:
    """Sign a title, which changes nothing but its history."""
    act(context, title, ebl.sign(title, remark=remark, expected_sequence=seen), jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl nominate TITLE --to lantau-imports")
def nominate(
    context: typer.Context, title: Title, to: To, seen: Seen = None, jointly: Jointly = None, as_json: AsJson = False
) -> None:
    """Let whoever is in control endorse your title to a party."""
    act(context, title, ebl.nominate(title, to=to, expected_sequence=seen), jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl refuse TITLE --reason 'The goods are not those agreed.'")
def refuse(
    context: typer.Context,
    title: Title,
    reason: Annotated[str, typer.Option(help="Why; only the parties of the title may read it.")],
    seen: Seen = None,
    jointly: Jointly = None,
    as_json: AsJson = False,
) -> None:
    """Give back what you were given and have not acted on: possession, endorsement, pledge."""
    act(context, title, ebl.refuse(title, reason=reason, expected_sequence=seen), jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl pledge TITLE --to victoria-bank")
def pledge(
    context: typer.Context,
    title: Title,
    to: To,
    until: Until = None,
    seen: Seen = None,
    jointly: Jointly = None,
    no_share: NoShare = False,
    as_json: AsJson = False,
) -> None:
    """Pledge a title to a bank, which is in control until it releases it."""
    flow = ebl.pledge(title, to=to, refusable_until=until, expected_sequence=seen, share=not no_share)
    act(context, title, flow, jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl release TITLE")
def release(
    context: typer.Context, title: Title, seen: Seen = None, jointly: Jointly = None, as_json: AsJson = False
) -> None:
    """Give a pledged title back to its pledgor."""
    act(context, title, ebl.release(title, expected_sequence=seen), jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl enforce TITLE --reason 'The loan is in default.'")
def enforce(
    context: typer.Context,
    title: Title,
    reason: Annotated[str, typer.Option(help="Why, such as the default on the loan; kept private.")],
    seen: Seen = None,
    jointly: Jointly = None,
    as_json: AsJson = False,
) -> None:
    """Take a title that is pledged to you for yourself."""
    act(context, title, ebl.enforce(title, reason=reason, expected_sequence=seen), jointly, as_json=as_json)


@app.command("substitute-pledgee", epilog="Example: tradelane ebl substitute-pledgee TITLE --to kowloon-bank")
def substitute_pledgee(
    context: typer.Context,
    title: Title,
    to: To,
    until: Until = None,
    seen: Seen = None,
    jointly: Jointly = None,
    no_share: NoShare = False,
    as_json: AsJson = False,
) -> None:
    """Hand a title that is pledged to you, and the pledge, to another bank."""
    flow = ebl.substitute_pledgee(title, to=to, refusable_until=until, expected_sequence=seen, share=not no_share)
    act(context, title, flow, jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl replace TITLE --document amended.json")
def replace(
    context: typer.Context,
    titles: Annotated[list[str], typer.Argument(metavar="ID...", help="Titles surrendered for amendment.")],
    document: Annotated[
        list[Path], typer.Option("--document", metavar="FILE", help="A new DCSA transport document, JSON; repeatable.")
    ],
    seen: Annotated[
        list[int] | None,
        typer.Option(
            "--seen", metavar="VERSION", min=1, help="Of each title, in their order: refuse it at another version."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Replace titles: one by one (amend), one by several (split), several by one (combine)."""
    work = Work.of(context, as_json)
    versions, files = tuple(seen or ()), tuple(read_file(each) for each in document)
    done = work.run(ebl.replace(tuple(titles), files, expected_sequences=versions))
    if work.as_json:
        output.print_json(records.json_of(done.result))
    else:
        records.titles(done.result.titles)


@app.command(epilog="Example: tradelane ebl accomplish TITLE --delivery-order DO-4711")
def accomplish(
    context: typer.Context,
    title: Title,
    delivery_order: Annotated[str, typer.Option(help="The delivery order's reference; kept private.")],
    seen: Seen = None,
    jointly: Jointly = None,
    as_json: AsJson = False,
) -> None:
    """Record that the goods were delivered."""
    act(
        context,
        title,
        ebl.accomplish(title, delivery_order=delivery_order, expected_sequence=seen),
        jointly,
        as_json=as_json,
    )


@app.command(epilog="Example: tradelane ebl void TITLE")
def void(
    context: typer.Context,
    title: Title,
    remark: Remark = None,
    seen: Seen = None,
    jointly: Jointly = None,
    as_json: AsJson = False,
) -> None:
    """End a title surrendered for amendment that is not replaced."""
    act(context, title, ebl.void(title, remark=remark, expected_sequence=seen), jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl freeze TITLE --order 'HCMP 1/2026'")
def freeze(
    context: typer.Context,
    title: Title,
    order: Order,
    seen: Seen = None,
    jointly: Jointly = None,
    as_json: AsJson = False,
) -> None:
    """Stop a title by a court's order."""
    act(context, title, ebl.freeze(title, order=order, expected_sequence=seen), jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl unfreeze TITLE --order 'HCMP 1/2026'")
def unfreeze(
    context: typer.Context,
    title: Title,
    order: Order,
    frozen_by: Annotated[
        str | None, typer.Option(metavar="PARTY", help="Authority in whose place you lift its order.")
    ] = None,
    seen: Seen = None,
    jointly: Jointly = None,
    as_json: AsJson = False,
) -> None:
    """Lift a court's order that stops a title; it is free when all are lifted."""
    lifted = ebl.unfreeze(title, order=order, frozen_by=frozen_by, expected_sequence=seen)
    act(context, title, lifted, jointly, as_json=as_json)


@app.command(epilog="Example: tradelane ebl recover TITLE --from hk-loser --to hk-owner --order 'HCMP 1/2026'")
def recover(
    context: typer.Context,
    title: Title,
    subject: Annotated[str, typer.Option("--from", metavar="PARTY", help="Party that has lost control.")],
    to: To,
    order: Order,
    seen: Seen = None,
    jointly: Jointly = None,
    as_json: AsJson = False,
) -> None:
    """Give what a party had in a title to another one by a court's order."""
    act(
        context,
        title,
        ebl.recover(title, subject=subject, to=to, order=order, expected_sequence=seen),
        jointly,
        as_json=as_json,
    )


@app.command(epilog="Example: tradelane ebl reliability --law SG_ETA")
def reliability(
    law: Annotated[GoverningLaw, typer.Option(help="The law the titles exist under.")] = GoverningLaw.UK_ETDA,
    as_json: AsJson = False,
) -> None:
    """Print what the law tests an electronic bill of lading by, and what answers each test."""
    if as_json:
        output.print_json(as_values(law))
    else:
        typer.echo(statement(law))
