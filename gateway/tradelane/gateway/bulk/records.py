"""What goes into a bulk run and what comes out of it."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from tradelane.gateway.envelope import Committed
from tradelane.gateway.session import Argument, Flow
from tradelane.model.base import Record


class Outcome(StrEnum):
    """How an item ended."""

    COMMITTED = "committed"
    """It took effect."""
    REFUSED = "refused"
    """The contract said no, or the item is unusable; nothing was written."""
    INVALID = "invalid"
    """It was ordered and found invalid, e.g. because another transaction came first; it has no effect."""
    FAILED = "failed"
    """It could not be endorsed, e.g. for want of a connection; nothing was written."""
    UNKNOWN = "unknown"
    """It was submitted, or may have been, and its outcome could not be learnt."""


FINAL: Final = (Outcome.COMMITTED, Outcome.REFUSED, Outcome.INVALID)
"""What a resumed run leaves alone; items of any other outcome are taken up again."""


@dataclass(frozen=True)
class Item:
    """One thing to do, known by its key.

    Attributes:
        key: Unique in its run, and the same in a resumed one.
        content: The bytes a resumed run knows the item by: other content under the same key is refused.
        flow: Does it, e.g. a typed call.
    """

    key: str
    content: bytes = field(repr=False)
    flow: Flow[Committed[Any]] = field(repr=False)


@dataclass(frozen=True)
class Invocation:
    """A function of the chaincode to submit, as `Gateway.submit` takes it.

    Attributes:
        function: `contract:function`.
        arguments: Records, text or bytes; public to the channel.
        key: Names the item in results and journal; by default its number in the stream, from 1.
        transient: Private inputs.
        endorsing_organizations: MSP ids; empty leaves the choice to the peer.
    """

    function: str
    arguments: Sequence[Argument] = ()
    key: str | None = None
    transient: Mapping[str, bytes] | None = field(default=None, repr=False)
    endorsing_organizations: Sequence[str] = ()


@dataclass(frozen=True)
class ItemResult:
    """What became of one item.

    Attributes:
        key: The item's.
        outcome: How it ended.
        code: VALID, the contract's code, Fabric's validation code, or the error's.
        message: A sentence for a person; empty where the item committed.
        transaction_id: Of the last attempt; empty where none was made.
        block_number: Where it is recorded, if it is.
        attempts: How many transactions were tried.
        result: What the chaincode answered where it committed.
        resumed: Whether an earlier run, as its journal says, ended it.
    """

    key: str
    outcome: Outcome
    code: str
    message: str = ""
    transaction_id: str = ""
    block_number: int | None = None
    attempts: int = 1
    result: bytes = field(default=b"", repr=False)
    resumed: bool = False


@dataclass(frozen=True)
class Progress:
    """How far a run is: results so far, by outcome, and how many of them an earlier run had."""

    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    resumed: int = 0

    @property
    def done(self) -> int:
        """How many items have a result."""
        return sum(self.outcomes.values())

    def after(self, result: ItemResult) -> "Progress":
        """Return the progress with one more result."""
        counted = {**self.outcomes, result.outcome: self.outcomes.get(result.outcome, 0) + 1}
        return replace(self, outcomes=counted, resumed=self.resumed + result.resumed)


def plain(argument: Argument) -> bytes:
    """Return an argument as the chaincode gets it."""
    if isinstance(argument, Record):
        return argument.to_json()
    return argument.encode() if isinstance(argument, str) else argument


def content_of(invocation: Invocation) -> bytes:
    """Return the bytes by which a resumed run knows an invocation: a hash over all of its parts."""
    digest = hashlib.sha256()
    transient = sorted((invocation.transient or {}).items())
    parts: Iterable[Iterable[bytes]] = (
        [invocation.function.encode()],
        map(plain, invocation.arguments),
        (part for name, value in transient for part in (name.encode(), value)),
        (each.encode() for each in invocation.endorsing_organizations),
    )
    for group in parts:
        for part in group:
            digest.update(b"p%d:" % len(part) + part)
        digest.update(b"g")
    return digest.digest()
