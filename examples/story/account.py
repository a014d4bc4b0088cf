"""The account of the story: each act and each refusal, collected while they happen and printed at the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from rich.console import Console

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
    title_id: str


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

    @property
    def title_id(self) -> str:
        """The id of the title the story began with."""
        return self.acts[0].title_id

    def act(
        self, title: str, signer: str, before: str, perform: Callable[[], Committed[TitleRecord]]
    ) -> Committed[TitleRecord]:
        """Perform an act on a title and keep what became of it."""
        began = time.monotonic()
        done = perform()
        seconds = time.monotonic() - began
        self.acts.append(
            Act(
                title,
                signer,
                done.transaction_id,
                done.block_number,
                before,
                state_of(done.result),
                seconds,
                done.result.title_id,
            )
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
        self.console.rule("The account: each act", align="left")
        for number, act in enumerate(self.acts, start=1):
            self.console.print(f"{number:2}. [bold]{act.title}[/]")
            self.console.print(f"    signed by   {act.signer}")
            self.console.print(f"    before      {act.before}")
            self.console.print(f"    after       {act.after}")
            self.console.print(f"    transaction {act.transaction_id}")
            self.console.print(f"    block       {act.block_number}, after {act.seconds:.2f} s")
        self.console.rule("The account: what was refused", align="left")
        for denial in self.denials:
            self.console.print(f"    {denial.signer:<16} [yellow]{denial.outcome:<26}[/] {denial.attempt}")


def state_of(title: TitleRecord) -> str:
    """Say a title's state, who is in control, and who may claim the goods."""
    holder = title.possessor.party_id if title.possessor else "nobody"
    endorsee = title.endorsee.party_id if title.endorsee else "in blank"
    return f"{title.status}, {holder} in control, endorsee {endorsee}"
