"""Secrets at the command line: from a file, an environment variable or a prompt, never an argument."""

import functools
import sys
from pathlib import Path

import typer

from tradelane.gateway.errors import InputError
from tradelane.gateway.secret import Secret, from_environment, from_file


def secret_of(what: str, file: Path | None, variable: str | None) -> Secret:
    """Return where a secret comes from: its file, its variable, or whoever sits at the terminal.

    The secret raises InputError (SECRET_MISSING) when it is asked for without a terminal.

    Args:
        what: How the prompt calls it.
        file: A file with the secret in its first line.
        variable: An environment variable with the secret.

    Raises:
        InputError: USAGE when both are given.
    """
    if file is not None and variable is not None:
        raise InputError(f"Give the {what} in a file or in a variable, not both.", code="USAGE")
    if file is not None:
        return from_file(file)
    return from_environment(variable) if variable is not None else lambda: _ask(what)


def once(secret: Secret) -> Secret:
    """Return a secret that is asked for once, however often it is needed."""
    return functools.cache(secret)


def _ask(what: str) -> str:
    if not sys.stdin.isatty():
        raise InputError(
            f"There is no terminal to ask for the {what}; give it in a file or an environment variable.",
            code="SECRET_MISSING",
        )
    return str(typer.prompt(what.capitalize(), hide_input=True, err=True))
