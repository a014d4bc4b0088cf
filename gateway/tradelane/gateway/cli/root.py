"""The command's root: who acts, which groups there are, and the one place where errors are shown."""

import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tradelane.gateway.cli import document, ebl, ledger, organisation, output, party
from tradelane.gateway.cli.work import AsJson, Settings
from tradelane.gateway.errors import GatewayError

app = typer.Typer(
    name="tradelane",
    help="Electronic bills of lading, cargo documents and parties on a Hyperledger Fabric network.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="Exit status: 0 done, 1 unexpected, 2 usage or bad input, 3 refused, 4 not reachable or overdue, "
    "5 invalid at commit, 6 profile or identity.",
)
app.add_typer(ebl.app, name="ebl")
app.add_typer(document.app, name="document")
app.add_typer(party.app, name="party")
app.add_typer(organisation.app, name="organisation")
app.add_typer(ledger.app, name="ledger")
try:
    from tradelane.network.cli import app as network_app
except ModuleNotFoundError as absent:
    # An integrator's installation may leave the network's package out; a fault inside it must not pass for that.
    if absent.name not in {"tradelane.network", "tradelane.network.cli"}:
        raise
else:
    app.add_typer(network_app, name="network")


@app.callback()
def root(
    context: typer.Context,
    who: Annotated[
        str | None, typer.Option("--as", metavar="NAME@ORG", help="Who acts: a user of an organisation's profile.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option("--profile", metavar="DIR", help="Profile directory, instead of the one of ORG.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Keep the options that hold for every command."""
    context.obj = Settings(who=who, profile=profile, as_json=as_json)


def main() -> None:
    """Run the command of this process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status; every error becomes a sentence here."""
    as_json = "--json" in arguments
    try:
        result = app(args=list(arguments), prog_name="tradelane", standalone_mode=False)
    except typer.TyperException as error:
        return _usage(error, as_json=as_json)
    except (typer.Abort, KeyboardInterrupt):
        output.error("Interrupted.", "INTERRUPTED", {}, as_json=as_json)
        return 130
    except GatewayError as error:
        _trace()
        output.error(error.diagnostics(), error.code, error.details, as_json=as_json)
        return error.exit_status
    except Exception as error:  # noqa: BLE001 -- the last resort: a sentence instead of a trace
        return _other(error, as_json=as_json)
    return result if isinstance(result, int) else 0


def _usage(error: typer.TyperException, *, as_json: bool) -> int:
    if not error.format_message():  # a group without a command: its help has been printed
        return error.exit_code
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "tradelane"
    output.error(f"{error.format_message()} See `{path} --help`.", "USAGE", {}, as_json=as_json)
    return error.exit_code


def _other(error: Exception, *, as_json: bool) -> int:
    """Show an error of the network's commands, which have codes of their own, or an unexpected one."""
    _trace()
    code = getattr(error, "code", None)
    if isinstance(code, str):
        details = {str(name): str(value) for name, value in getattr(error, "details", {}).items()}
        output.error(str(error), code, details, as_json=as_json)
        return int(getattr(error, "exit_status", 1))
    sentence = f"Something unexpected went wrong ({type(error).__name__}); set TRADELANE_DEBUG=1 to see where."
    output.error(sentence, "UNEXPECTED", {}, as_json=as_json)
    return 1


def _trace() -> None:
    if os.environ.get("TRADELANE_DEBUG") == "1":
        traceback.print_exc()
