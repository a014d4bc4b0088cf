"""Importing files of many: `tradelane import`, and the typed imports of parties and titles."""

import asyncio
import json
import sys
from collections import Counter
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column

from tradelane.gateway.bulk.journal import Journal
from tradelane.gateway.bulk.records import ItemResult, Outcome
from tradelane.gateway.bulk.run import IN_FLIGHT
from tradelane.gateway.cli import output, tables
from tradelane.gateway.cli.lines import Input, MakeItem, invocation
from tradelane.gateway.cli.settings import AsJson
from tradelane.gateway.cli.work import STANDARD, Work
from tradelane.gateway.errors import InputError

app = typer.Typer()

Lines = Annotated[Path, typer.Argument(metavar="FILE", help="One JSON object a line; - is standard input.")]
JournalFile = Annotated[
    Path | None, typer.Option("--journal", metavar="FILE", help="Where the run is noted; by default FILE.journal.")
]
InFlight = Annotated[int, typer.Option("--in-flight", min=1, max=400, help="How many at a time.")]
Results = Annotated[
    Path | None, typer.Option("--results", metavar="FILE", help="Also write each result, one JSON object a line.")
]
RetryFailed = Annotated[
    bool, typer.Option("--retry-failed", help="Try again what an earlier run found refused or invalid.")
]

EXIT_STATUS: Final = {Outcome.UNKNOWN: 4, Outcome.FAILED: 4, Outcome.INVALID: 5, Outcome.REFUSED: 3}
"""What the command exits with where not all committed: the first of these outcomes that occurred."""

_TOLD: Final = 20


@dataclass(frozen=True)
class Options:
    """What all imports have in common."""

    journal: Path | None
    in_flight: int
    results: Path | None
    retry_failed: bool


@app.command("import", epilog="Example: tradelane import acts.jsonl --results results.jsonl")
def import_lines(
    context: typer.Context,
    file: Lines,
    journal: JournalFile = None,
    in_flight: InFlight = IN_FLIGHT,
    results: Results = None,
    retry_failed: RetryFailed = False,
    as_json: AsJson = False,
) -> None:
    """Submit many: each line is {"function": "ebl:transfer", "arguments": [...]}, and may have a key of its own.

    The file is checked before anything is sent. A run that was stopped is taken up again by the same command:
    every line takes effect once, however often.
    """
    run_import(Work.of(context, as_json), file, invocation, Options(journal, in_flight, results, retry_failed))


def run_import(work: Work, file: Path, make: MakeItem, options: Options) -> None:
    """Import a file; end the command with the status that its outcomes call for.

    Raises:
        InputError: The file is unusable, or standard input has no journal; nothing was sent.
        JournalError: The journal is unusable, or belongs to another run.
    """
    if file == STANDARD and options.journal is None:
        raise InputError("Say where the run is noted: with standard input, --journal FILE is needed.", code="USAGE")
    given = Input.read(file, make)
    path = options.journal or file.with_name(file.name + ".journal")
    found = _Found(path, given.items)
    try:
        asyncio.run(_import(work, given, found, options))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"Interrupted after {found.done} of {given.items}; the same command goes on from there."
        ) from None
    found.show(as_json=work.as_json, aside=options.results == STANDARD)
    status = next((status for outcome, status in EXIT_STATUS.items() if found.outcomes[outcome]), 0)
    if status:
        raise typer.Exit(status)


async def _import(work: Work, given: Input, found: "_Found", options: Options) -> None:
    from tradelane.gateway import aio  # noqa: PLC0415 -- of the groups that load this module, only imports use it

    actor = work.actor()
    again = (Outcome.REFUSED, Outcome.INVALID) if options.retry_failed else ()
    async with aio.connect(actor.directory, actor.user) as gateway:
        with ExitStack() as stack:
            journal: Journal = stack.enter_context(gateway.journal(found.journal, source=given.digest))
            results = _results(stack, options.results)
            bar = stack.enter_context(_bar())
            task = bar.add_task("importing", total=given.items)
            async with aclosing(
                gateway.submit_many(given, in_flight=options.in_flight, journal=journal, again=again)
            ) as ended:
                async for result in ended:
                    found.take(result)
                    if results is not None:
                        results.write(json.dumps(result_json(result), ensure_ascii=False) + "\n")
                    bar.update(task, advance=1)


class _Found:
    """What became of the items so far."""

    def __init__(self, journal: Path, items: int) -> None:
        self.journal = journal
        self.outcomes: Counter[Outcome] = Counter()
        self._items = items
        self._resumed = 0
        self._others: list[ItemResult] = []

    @property
    def done(self) -> int:
        return self.outcomes.total()

    def take(self, result: ItemResult) -> None:
        self.outcomes[result.outcome] += 1
        self._resumed += result.resumed
        if result.outcome is not Outcome.COMMITTED and len(self._others) < _TOLD:
            self._others.append(result)

    def show(self, *, as_json: bool, aside: bool) -> None:
        """Show the summary; on standard error where the results themselves went to standard output."""
        if as_json and not aside:
            output.print_json(
                {
                    "items": self._items,
                    "outcomes": {outcome.value: self.outcomes[outcome] for outcome in Outcome},
                    "resumed": self._resumed,
                    "journal": str(self.journal),
                    "failures": [result_json(each) for each in self._others],
                }
            )
            return
        rows = [(outcome.value, str(self.outcomes[outcome])) for outcome in Outcome if self.outcomes[outcome]]
        if self._resumed:
            rows.append(("of an earlier run", str(self._resumed)))
        tables.pairs([*rows, ("journal", str(self.journal))], aside=aside)
        if self._others:
            cells = [(each.key, each.outcome.value, each.code, each.message) for each in self._others]
            tables.table((Column("item", overflow="fold"), "outcome", "code", "why"), cells, aside=aside)


def result_json(result: ItemResult) -> dict[str, Any]:
    """Return a result as JSON values."""
    return {
        "key": result.key,
        "outcome": result.outcome.value,
        "code": result.code,
        "message": result.message,
        "transactionId": result.transaction_id,
        "blockNumber": result.block_number,
        "attempts": result.attempts,
        "result": output.answer_json(result.result),
        "resumed": result.resumed,
    }


def _results(stack: ExitStack, path: Path | None) -> Any:  # noqa: ANN401 -- a text stream, or none
    if path is None or path == STANDARD:
        return sys.stdout if path else None
    try:
        return stack.enter_context(path.open("w", encoding="utf-8"))
    except OSError as error:
        raise InputError(f"The file {path} cannot be written: {error.strerror}.", code="FILE_UNWRITABLE") from error


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), disable=not sys.stderr.isatty())
