"""The command's root: the options that hold for every command, and the one place where errors are shown."""

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from tradelane.gateway.cli import ended, groups, logs, output
from tradelane.gateway.cli.completion import users
from tradelane.gateway.cli.settings import AsJson, Settings
from tradelane.gateway.errors import GatewayError

INTERRUPTED: Final = 130
OUTPUT_CLOSED: Final = 141
"""As the shell calls what SIGPIPE ended."""
OUTPUT_FAILED: Final = 1

app = typer.Typer(
    name="tradelane",
    cls=groups.Root,
    help="Electronic bills of lading, cargo documents and parties on a Hyperledger Fabric network.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    epilog="Exit status: 0 done, 1 unexpected, 2 usage or bad input, 3 refused, 4 not reachable or overdue, "
    "5 invalid at commit, 6 profile or identity, 130 interrupted, 141 output closed.",
)


def _version(asked: bool) -> None:
    if asked:
        from importlib import metadata  # noqa: PLC0415 -- it loads an e-mail parser and zip files, for this alone

        typer.echo(f"tradelane {metadata.version('tradelane')}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    who: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="NAME@ORG",
            envvar="TRADELANE_AS",
            help="Who acts: a user of an organisation's profile.",
            autocompletion=users,
        ),
    ] = None,
    profile_dir: Annotated[
        Path | None,
        typer.Option(
            "--profile",
            metavar="DIR",
            envvar="TRADELANE_PROFILE",
            help="Profile directory, instead of the one of ORG.",
        ),
    ] = None,
    as_json: AsJson = False,
    verbose: Annotated[
        int,
        typer.Option("--verbose", "-v", count=True, help="Log calls; twice: each try of each step."),
    ] = 0,
    version: Annotated[  # noqa: ARG001 -- its callback ends the command
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the release and end.")
    ] = False,
) -> None:
    """Keep the options that hold for every command."""
    logs.set_up(verbose)
    context.obj = Settings(who=who, profile=profile_dir, as_json=as_json)


def main() -> None:
    """Run the command of this process."""
    status = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        status = _unwritten(error)
    if status in {OUTPUT_CLOSED, OUTPUT_FAILED}:
        # Or the interpreter would try to write the rest once more as it ends, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit status; every error becomes a sentence here."""
    as_json = "--json" in arguments
    try:
        result = app(args=list(arguments), prog_name="tradelane", standalone_mode=False)
    except ended.Ended as end:
        return _failed(end.cause, as_json=as_json)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 -- the last resort: a sentence instead of a trace
        return _failed(error, as_json=as_json)
    return result if isinstance(result, int) else 0


def _failed(error: BaseException, *, as_json: bool) -> int:
    match error:
        case typer.TyperException():
            return _usage(error, as_json=as_json)
        case typer.Abort() | KeyboardInterrupt():
            output.error(str(error) or "Interrupted.", "INTERRUPTED", {}, as_json=as_json)
            return INTERRUPTED
        case GatewayError():
            _trace()
            output.error(error.diagnostics(), error.code, error.details, as_json=as_json)
            return error.exit_status
        case OSError() if error.errno in ended.UNWRITTEN:
            return _unwritten(error)
        case _:
            return _other(error, as_json=as_json)


def _unwritten(error: OSError) -> int:
    """Say that the output could not be written; where nobody reads it any more, say nothing, as other commands do."""
    if error.errno == errno.EPIPE or isinstance(error, BrokenPipeError):
        return OUTPUT_CLOSED
    sentence = f"The output could not be written: {error.strerror}. What was asked for was done all the same."
    output.error(sentence, "OUTPUT_FAILED", {}, as_json=False)
    return OUTPUT_FAILED


def _usage(error: typer.TyperException, *, as_json: bool) -> int:
    if not error.format_message():  # a group without a command: its help has been printed
        return error.exit_code
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "tradelane"
    output.error(f"{error.format_message()} See `{path} --help`.", "USAGE", {}, as_json=as_json)
    return error.exit_code


def _other(error: BaseException, *, as_json: bool) -> int:
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
