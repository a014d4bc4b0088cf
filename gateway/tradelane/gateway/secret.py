"""Passphrases, PINs and enrolment secrets: asked for when they are needed, kept nowhere.

A secret is handed in as a callable, so that it stands in no argument list, attribute or text of an object.
"""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from tradelane.gateway.errors import InputError

Secret: TypeAlias = Callable[[], str]
"""Returns the secret, or raises a GatewayError when there is none."""


def from_environment(variable: str) -> Secret:
    """Return a secret that stands in an environment variable.

    The secret raises InputError (SECRET_MISSING) when the variable is unset or empty at the time it is needed.
    """

    def read() -> str:
        value = os.environ.get(variable)
        if not value:
            raise InputError(f"The environment variable {variable} holds no secret; set it.", code="SECRET_MISSING")
        return value

    return read


def from_file(path: Path) -> Secret:
    """Return a secret that is the first line of a file only its owner may read.

    The secret raises InputError: SECRET_MISSING when the file is absent, unreadable or empty, SECRET_EXPOSED when
    others may read it.
    """

    def read() -> str:
        try:
            exposed = stat.S_IMODE(path.stat().st_mode) & 0o077
            lines = path.read_text().splitlines()
        except (OSError, UnicodeDecodeError):
            raise InputError(f"The file {path} with the secret cannot be read.", code="SECRET_MISSING") from None
        if exposed:
            raise InputError(
                f"The secret in {path} can be read by others; give the file mode 0600 and consider the secret exposed.",
                code="SECRET_EXPOSED",
            )
        if not lines or not lines[0]:
            raise InputError(f"The file {path} holds no secret in its first line.", code="SECRET_MISSING")
        return lines[0]

    return read
