"""`tradelane events`: follow."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Self

import typer

from tradelane.gateway.cli import event_lines, output
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import Work
from tradelane.gateway.client import Gateway, connect
from tradelane.gateway.errors import InputError
from tradelane.gateway.events.checkpointers import Checkpoint, Checkpointer, FileCheckpointer, InMemoryCheckpointer
from tradelane.gateway.events.following import Interruption
from tradelane.gateway.events.reading import ChaincodeEvent
from tradelane.gateway.ledger.records import Block, FilteredBlock

app = typer.Typer(help="What the ledger tells: chaincode events and blocks.", no_args_is_help=True)


@dataclass(frozen=True)
class _Wanted:
    """The command's options on what to follow."""

    blocks: bool
    filtered: bool
    start_block: int | None
    after: str
    chaincode: str | None
    names: tuple[str, ...]


@app.callback()
def group() -> None:
    """Keep `follow` a command of a group, though it is the only one."""


@app.command(epilog="Example: tradelane events follow --checkpoint place.json --json | jq .facts")
def follow(
    context: typer.Context,
    start_block: Annotated[
        int | None, typer.Option("--from", metavar="BLOCK", min=0, help="Begin with a block; 0 is the first.")
    ] = None,
    after: Annotated[str, typer.Option(metavar="TX", help="Begin behind a transaction.")] = "",
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Begin where FILE says, if it is there, and keep the place in it.",
        ),
    ] = None,
    names: Annotated[
        list[str] | None, typer.Option("--name", metavar="EVENT", help="Only events of this name; may be repeated.")
    ] = None,
    chaincode: Annotated[
        str | None, typer.Option(metavar="NAME", help="Events of another chaincode than the profile's.")
    ] = None,
    blocks: Annotated[bool, typer.Option("--blocks", help="Blocks with their transactions, not events.")] = False,
    filtered: Annotated[
        bool, typer.Option("--filtered", help="Blocks with the outcomes of their transactions only.")
    ] = False,
    count: Annotated[int | None, typer.Option(min=1, help="Stop after so many.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show events as they happen, one a line, until Ctrl-C; by default from now on.

    Restarts of the peer are sat out: nothing is left out or shown twice. With --json each line is one JSON value.
    """
    if blocks and filtered:
        raise InputError("Give either --blocks or --filtered.", code="USAGE")
    if (blocks or filtered) and (names or chaincode):
        raise InputError("--name and --chaincode choose among events; leave out --blocks and --filtered.", code="USAGE")
    work = Work.of(context, as_json)
    place = InMemoryCheckpointer() if checkpoint is None else FileCheckpointer(checkpoint)
    wanted = _Wanted(blocks, filtered, start_block, after, chaincode, tuple(names or ()))
    actor = work.actor()
    try:
        with (
            _Stop() as stop,
            connect(actor.directory, actor.user) as gateway,
            _begin(gateway, wanted, place) as events,
        ):
            for event in islice(events, count):
                with stop.held_back():
                    _show(event, as_json=work.as_json)
                    _note(event, place)
    except KeyboardInterrupt:
        typer.echo(f"\nStopped. {_where_to_go_on(place, checkpoint)}", err=True)


def _begin(gateway: Gateway, wanted: _Wanted, place: Checkpoint) -> Any:  # noqa: ANN401 -- one of three kinds of events
    options: dict[str, Any] = {"after": wanted.after, "checkpoint": place, "on_interruption": _tell}
    if wanted.blocks:
        return gateway.block_events(wanted.start_block, **options)
    if wanted.filtered:
        return gateway.filtered_block_events(wanted.start_block, **options)
    return gateway.chaincode_events(wanted.start_block, chaincode=wanted.chaincode, names=wanted.names, **options)


def _show(event: ChaincodeEvent | Block | FilteredBlock, *, as_json: bool) -> None:
    if as_json:
        output.print_json_line(event_lines.as_json(event))
    else:
        for line in event_lines.as_text(event):
            output.print_line(line)
    sys.stdout.flush()  # before the place is noted: what a pipe did not take has not been shown


def _note(event: ChaincodeEvent | Block | FilteredBlock, place: Checkpointer) -> None:
    if isinstance(event, ChaincodeEvent):
        place.checkpoint_chaincode_event(event)
    else:
        place.checkpoint_block(event.number)


def _tell(interruption: Interruption) -> None:
    error = interruption.error
    again = f"Trying again in {interruption.pause_seconds:.1f} s."
    output.error(f"{error.diagnostics()} {again}", error.code, {}, as_json=False)


class _Stop:
    """Ends the command on Ctrl-C and on a service manager's SIGTERM, but never between showing and noting."""

    def __init__(self) -> None:
        self._asked = self._holding = False

    def __enter__(self) -> Self:
        self._usual = [(number, signal.signal(number, self._ask)) for number in (signal.SIGINT, signal.SIGTERM)]
        return self

    def __exit__(self, *_: object) -> None:
        for number, usual in self._usual:
            signal.signal(number, usual)

    @contextmanager
    def held_back(self) -> Iterator[None]:
        self._holding = True
        yield
        self._holding = False
        if self._asked:
            raise KeyboardInterrupt

    def _ask(self, *_: object) -> None:
        self._asked = True
        if not self._holding:
            raise KeyboardInterrupt


def _where_to_go_on(place: Checkpoint, file: Path | None) -> str:
    if (place.block_number, place.transaction_id) == (0, ""):
        return "Nothing was shown."
    if file is not None:
        return f"The same command goes on where {file} says, in block {place.block_number}."
    option = f"--after {place.transaction_id}" if place.transaction_id else f"--from {place.block_number}"
    return f"Go on with {option}."
