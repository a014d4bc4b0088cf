"""`tradelane ebl`: DCSA's messages about a title, for carriers and platforms that exchange them."""

from typing import Any

import typer

from tradelane.gateway.cli import output
from tradelane.gateway.cli.chain import app
from tradelane.gateway.cli.ebl import Platform, Title
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work
from tradelane.gateway.dcsa.endorsement_chain import PLATFORM
from tradelane.gateway.session import Flow
from tradelane.gateway.trade import messages

__all__ = ["app"]  # the group `ebl`, with these commands added to it


@app.command("surrender-message", epilog="Example: tradelane ebl surrender-message TITLE > surrender.json")
def surrender_message(
    context: typer.Context,
    title: Title,
    platform: Platform = PLATFORM,
    as_json: AsJson = False,
) -> None:
    """Print the surrender request of a title's last surrender (DCSA EBL_SUR 3.0.4)."""
    _print(context, as_json, messages.surrender_message(title, platform=platform))


@app.command("answer-message", epilog="Example: tradelane ebl answer-message TITLE > answer.json")
def answer_message(context: typer.Context, title: Title, as_json: AsJson = False) -> None:
    """Print the carrier's answer to a title's last surrender (DCSA EBL_SUR 3.0.4)."""
    _print(context, as_json, messages.answer_message(title))


@app.command("issuance-message", epilog="Example: tradelane ebl issuance-message TITLE > response.json")
def issuance_message(context: typer.Context, title: Title, as_json: AsJson = False) -> None:
    """Print the response to the request by which a title was issued (DCSA EBL_ISS 3.0.4); see `issue --response`."""
    _print(context, as_json, messages.issuance_message(title))


def _print(context: typer.Context, as_json: bool, flow: Flow[dict[str, Any]]) -> None:
    """Print a message, which is JSON in any case."""
    output.print_json(Work.of(context, as_json).run(flow))
