"""The account of the story: each act and each refusal, collected while they happen and printed at the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from tradelane.gateway import Committed, Refused
from tradelane.model.title import TitleRecord

T = TypeVar("T")


class StoryFailed(Exception):
    """Something that must hold did not: an act that should fail succeeded, or the reverse."""


@dataclass(frozen=True)
class Act:
    """One committed act on a title."""

    title: str
    signer: str
    transaction_id: str
    block_number: int
    before: str
    after: str
    seconds: float


@dataclass(frozen=True)
class Denial:
    """One attempt that was refused, and by what."""

    attempt: str
    signer: str
    outcome: str


@dataclass
class Account:
    """What happened, in order; shown line by line while it happens."""

    console: Console
    acts: list[Act] = field(default_factory=list)
    denials: list[Denial] = field(default_factory=list)

    def act(
        self, title: str, signer: str, before: str, perform: Callable[[], Committed[TitleRecord]]
    ) -> Committed[TitleRecord]:
        """Perform an act on a title and keep what became of it."""
        began = time.monotonic()
        done = perform()
        seconds = time.monotonic() - began
        self.acts.append(
            Act(title, signer, done.transaction_id, done.block_number, before, state_of(done.result), seconds)
        )
        self.console.print(f"  [green]done[/]     {title} [dim]by {signer}, {seconds:.2f} s[/]")
        return done

    def refused(self, attempt: str, signer: str, perform: Callable[[], object]) -> None:
        """Perform what must be refused, and keep the refusal's code.

        Raises:
            StoryFailed: It was not refused.
        """
        try:
            perform()
        except Refused as refusal:
            self.denied(attempt, signer, str(refusal.code))
        else:
            raise StoryFailed(f"{signer} was not refused: {attempt}")

    def denied(self, attempt: str, signer: str, outcome: str) -> None:
        """Keep an attempt that came to nothing."""
        self.denials.append(Denial(attempt, signer, outcome))
        self.console.print(f"  [yellow]refused[/]  {attempt} [dim]by {signer}:[/] {outcome}")

    def show(self) -> None:
        """Print the account."""
        acts = Table(title="The title's way", title_justify="left", expand=False)
        for name in ("act", "signed by", "before", "after", "transaction", "block", "time"):
            acts.add_column(name, overflow="fold")
        for act in self.acts:
            acts.add_row(
                act.title,
                act.signer,
                act.before,
                act.after,
                act.transaction_id[:16],
                str(act.block_number),
                f"{act.seconds:.2f} s",
            )
        denials = Table(title="What was refused", title_justify="left", expand=False)
        for name in ("attempt", "by", "outcome"):
            denials.add_column(name, overflow="fold")
        for denial in self.denials:
            denials.add_row(denial.attempt, denial.signer, denial.outcome)
        self.console.print()
        self.console.print(acts)
        self.console.print()
        self.console.print(denials)


def state_of(title: TitleRecord) -> str:
    """Say a title's state and who is in control."""
    holder = title.possessor.party_id if title.possessor else "nobody"
    return f"{title.status}, {holder} in control"
