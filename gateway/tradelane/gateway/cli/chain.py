"""`tradelane ebl chain`: a title's endorsement chain in DCSA's words."""

import typer

from tradelane.gateway.cli import output, tables
from tradelane.gateway.cli.agreements import app
from tradelane.gateway.cli.ebl import Platform, Title
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work
from tradelane.gateway.dcsa.endorsement_chain import PLATFORM
from tradelane.gateway.trade.endorsement_chain import endorsement_chain

__all__ = ["app"]  # the group, with this command declared on it


@app.command(epilog="Example: tradelane ebl chain TITLE --json")
def chain(
    context: typer.Context,
    title: Title,
    platform: Platform = PLATFORM,
    as_json: AsJson = False,
) -> None:
    """Show a title's endorsement chain as DCSA EBL_END 3.0.4 exports it, newest act first."""
    work = Work.of(context, as_json)
    found = work.run(endorsement_chain(title, platform=platform))
    if work.as_json:
        output.print_json(found)
        return
    for each in found:
        tables.pairs([("transport document", str(each["transportDocumentReference"]))])
        for link in each["endorsementChain"]:
            recipient = f" to {link['recipient']['partyName']}" if "recipient" in link else ""
            typer.echo(f"{link['actionDateTime']}  {link['actionCode']}  {link['actor']['partyName']}{recipient}")
