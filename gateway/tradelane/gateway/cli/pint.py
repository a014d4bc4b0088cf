"""`tradelane pint`: titles on their way to other platforms and back, DCSA PINT 3.0.0."""

from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tradelane.gateway.cli import output, tables
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work
from tradelane.gateway.errors import InputError

if TYPE_CHECKING:
    from types import ModuleType

    from tradelane.gateway.pint.sending import Outcome

app = typer.Typer(help="Titles on their way to other platforms and back (DCSA PINT 3.0.0).", no_args_is_help=True)

Home = Annotated[Path, typer.Option("--home", metavar="DIR", help="The platform's directory.")]
_REFUSED: Final = 3


class Surrender(StrEnum):
    """What a foreign title is surrendered for."""

    DELIVERY = "delivery"
    AMENDMENT = "amendment"


@app.command(epilog="Example: tradelane --as bridge-clerk@hongkong pint init bridge --operator harbour-bridge")
def init(
    context: typer.Context,
    home: Annotated[Path, typer.Argument(metavar="DIR", help="The platform's directory, to be made.")],
    operator: Annotated[str, typer.Option(metavar="PARTY", help="The party licensed as PLATFORM; you sign for it.")],
    platform: Annotated[str, typer.Option(metavar="CODE", help="This platform's code of up to four letters.")] = "TRDL",
    as_json: AsJson = False,
) -> None:
    """Make a platform's directory: its signing key, the key set to hand to others, and settings to fill in."""
    doing, work = _doing(), Work.of(context, as_json)
    signer = doing.make(work, home, operator, platform)
    made = {
        "platform": platform,
        "keyId": signer.key_id,
        "keys": str(home / doing.PUBLIC_KEYS),
        "settings": str(home / doing.SETTINGS),
    }
    if work.as_json:
        output.print_json(made)
    else:
        tables.pairs(made.items())
        typer.echo("Fill in tls, peers and carriers in the settings; hand the keys to the other platforms.", err=True)


@app.command(epilog="Example: tradelane pint key carrier-key.pem")
def key(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the private key goes; a new file.")],
    as_json: AsJson = False,  # noqa: ARG001 -- a key set is JSON in any case
) -> None:
    """Make a signing key (ES256) and print its public key set, to be handed to others."""
    output.print_json(_doing().new_key(file))


@app.command("sign-issuance", epilog="Example: tradelane pint sign-issuance issuance.json --key carrier-key.pem")
def sign_issuance(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A DCSA IssuanceRequest, JSON.")],
    key: Annotated[Path, typer.Option(metavar="PEM", help="The carrier's signing key (ES256 or PS256).")],
    as_json: AsJson = False,  # noqa: ARG001 -- a request is JSON in any case
) -> None:
    """Print an issuance request with the carrier's signed manifest in it (DCSA EBL_ISS 3.0.4)."""
    output.print_json(_doing().sign_issuance(file, key))


@app.command(epilog="Example: tradelane pint serve --home bridge --port 8443")
def serve(
    home: Home,
    host: Annotated[str, typer.Option(help="Address to listen on; loopback unless you say otherwise.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any.")] = 8443,
    as_json: AsJson = False,  # noqa: ARG001 -- it runs until it is stopped and prints nothing
) -> None:
    """Receive titles from other platforms, over HTTPS with client certificates, until it is stopped."""
    _doing().serve(home, host, port)


@app.command("list", epilog="Example: tradelane pint list --home bridge --json")
def list_titles(home: Home, as_json: AsJson = False) -> None:
    """List the titles that have left or come in here: where they are, and in whose hands."""
    found = _doing().titles(home)
    if as_json:
        output.print_json(found)
        return
    for each in found:
        tables.pairs((name, str(value)) for name, value in each.items())


@app.command(
    epilog="Example: tradelane pint send TITLE --home bridge --to WAVE --recipient Globeteam --code GLEIF:LEI "
    "--issuance signed-issuance.json"
)
def send(
    context: typer.Context,
    title: Annotated[str, typer.Argument(metavar="ID", help="Title id; or the document's checksum, see below.")],
    home: Home,
    to: Annotated[str, typer.Option(metavar="CODE", help="The other platform, as the settings' peers name it.")],
    recipient: Annotated[str, typer.Option(metavar="NAME", help="The party there.")],
    code: Annotated[
        str, typer.Option(metavar="PROVIDER:CODE", help="Identifies the party, such as GLEIF:LEI or WAVE:ID.")
    ],
    issuance: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The carrier's signed issuance request, on the title's first way out, if it is not attached.",
        ),
    ] = None,
    document: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Another document to go along; may be repeated.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="Of what is attached to the title, this goes along; may be repeated. Else all of it."
        ),
    ] = None,
    none: Annotated[bool, typer.Option("--none", help="Of the attached supporting documents none goes along.")] = False,
    surrender: Annotated[
        Surrender | None, typer.Option(help="Surrender a foreign title to its carrier instead of transferring it.")
    ] = None,
    url: Annotated[
        str | None, typer.Option(metavar="URL", help="Its base URL, instead of the one in the settings.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send a title you control to a party of another platform; once more after an interruption.

    What is attached to the title goes along, the carrier's visualisation in any case. The same envelope goes out until
    there is a signed answer. A title that was born on another platform, and is none
    of this channel's, goes by its document's checksum.
    """
    doing, work = _doing(), Work.of(context, as_json)
    chosen = () if none else None if only is None else tuple(only)
    letter = doing.Letter(title, to, recipient, code, issuance, tuple(document or ()), url, chosen, surrender)
    outcome_of(work, doing.send(work, home, letter))


def outcome_of(work: Work, outcome: "Outcome") -> None:
    """Show a signed answer; a refusal ends the command with status 3."""
    value = {"responseCode": outcome.code.value, "reason": outcome.reason, "signedAnswer": outcome.signed}
    shown = {name: each for name, each in value.items() if each is not None}
    if work.as_json:
        output.print_json({**shown, "receivedAdditionalDocumentChecksums": list(outcome.received)})
    else:
        tables.pairs([*shown.items(), *(("received", each) for each in outcome.received)])
    if outcome.code not in {"RECE", "DUPE"}:
        raise typer.Exit(_REFUSED)


def _doing() -> "ModuleType":
    return loaded("tradelane.gateway.cli.pint_work")


def loaded(name: str) -> "ModuleType":
    """Load what needs the extra `pint`: a web server and a database, which no other command does.

    Raises:
        InputError: EXTRA_MISSING.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError as absent:
        if (absent.name or "").startswith("tradelane"):
            raise
        raise InputError(
            f"The way to other platforms needs the extra `pint`: {absent.name} is not installed.", code="EXTRA_MISSING"
        ) from None
