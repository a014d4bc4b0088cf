"""Ends of a command that the command line's library would give a status of its own: they are carried past it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from typer.core import TyperGroup

UNWRITTEN: Final = frozenset({None, errno.EPIPE, errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EDQUOT})
"""How writing the output fails; a BrokenPipeError may come without a number."""


class Ended(Exception):
    """Carries what ended a command.

    Attributes:
        cause: An interrupt, or an error of the operating system.
    """

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        self.cause = cause


class Carrying(TyperGroup):
    """A root group; its library would end the process on an interrupt or a closed pipe without a word."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- passed on as they are
        """Read the arguments."""
        with _carried():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        """Perform the command."""
        with _carried():
            return super().invoke(ctx)


@contextmanager
def _carried() -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, OSError) as error:
        raise Ended(error) from error
