"""Tables for people, as wide as a terminal or, into a pipe or file, as their content."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from tradelane.gateway.cli.output import shown

_PIPE_WIDTH: Final = 400


def pairs(rows: Iterable[tuple[str, str]], *, aside: bool = False) -> None:
    """Show names and values; aside: on standard error."""
    table = Table(show_header=False, box=None)
    table.add_column(style="dim")
    # Identifiers are copied into the next command, so they are never cut.
    table.add_column(overflow="fold")
    for row in rows:
        _row(table, *row)
    _show(table, aside=aside)


def table(columns: Iterable[Column | str], rows: Iterable[Sequence[str]], *, aside: bool = False) -> None:
    """Show rows under the names of their columns; aside: on standard error."""
    found = Table(*columns)
    for row in rows:
        _row(found, *row)
    _show(found, aside=aside)


def steps(rows: Iterable[tuple[str, str, str]]) -> None:
    """Show what happened one after the other: for each step its number, then names and values under each other."""
    grid = Table(Column(justify="right"), Column(style="dim"), Column(overflow="fold"), show_header=False, box=None)
    for row in rows:
        _row(grid, *row)
    _show(grid)


def _row(table: Table, *cells: str) -> None:
    # As Text, so that brackets in a name or remark are not read as markup.
    table.add_row(*(Text(shown(cell)) for cell in cells))


class _Console(Console):
    """A console that leaves it to the command what happens when nobody reads any more."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _show(table: Table, *, aside: bool = False) -> None:
    console = _Console(stderr=aside)
    if not console.is_terminal:
        # Into a pipe or file, lines are as long as they need to be.
        console = _Console(stderr=aside, width=_PIPE_WIDTH)
    console.print(table)
