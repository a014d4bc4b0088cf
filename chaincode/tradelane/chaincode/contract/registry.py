"""How a contract declares its functions: name, kind, request, response and what travels as transient data."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import Any, TypeVar

from tradelane.chaincode.shim.interface import Stub
from tradelane.model.base import Record
from tradelane.model.events import EVENT_NAME, Fact
from tradelane.model.identifiers import Timestamp
from tradelane.rules.identity import Caller

Q = TypeVar("Q", bound=Record)
Result = Record | Sequence[Record] | None
R = TypeVar("R", bound=Result)


class Kind(StrEnum):
    """How a function is meant to be called. The response of a submitted one is public to the channel."""

    SUBMIT = "submit"
    EVALUATE = "evaluate"


@dataclass(frozen=True, slots=True)
class Context:
    """One transaction: the ledger and who is asking."""

    stub: Stub
    caller: Caller

    @property
    def now(self) -> Timestamp:
        """The transaction's time, the same on every peer."""
        time = self.stub.timestamp.astimezone(UTC).replace(tzinfo=None)
        return time.isoformat(timespec="milliseconds") + "Z"

    def announce(self, *facts: Fact) -> None:
        """Set the transaction's event; it is public, so facts hold opaque ids only."""
        self.stub.set_event(EVENT_NAME, encode(facts))


@dataclass(frozen=True, slots=True)
class Function:
    """A declared function; `is_list` means that it answers with a list of `response`."""

    name: str
    kind: Kind
    request: type[Record]
    response: type[Record] | None
    is_list: bool
    transient: tuple[str, ...]
    handle: Callable[[Context, Any], Awaitable[Result]]

    @property
    def summary(self) -> str:
        """First line of the function's docstring."""
        return (self.handle.__doc__ or "").strip().split("\n", 1)[0]

    @property
    def caller(self) -> str:
        """Who may call it, in the words of the docstring."""
        return self.summary.partition("Caller: ")[2].rstrip(".")


class Contract:
    """A named group of functions.

    Args:
        name: Stands before the colon in a transaction's function.
        title: What the contract is about, for its metadata.
    """

    def __init__(self, name: str, title: str) -> None:
        self.name = name
        self.title = title
        self.functions: dict[str, Function] = {}

    def submit(
        self, name: str, request: type[Q], response: type[Record] | None = None, *, transient: tuple[str, ...] = ()
    ) -> Callable[[Callable[[Context, Q], Awaitable[R]]], Callable[[Context, Q], Awaitable[R]]]:
        """Declare a function that writes."""
        return self._declare(name, Kind.SUBMIT, request, response, transient=transient)

    def evaluate(
        self, name: str, request: type[Q], response: type[Record], *, is_list: bool = False
    ) -> Callable[[Callable[[Context, Q], Awaitable[R]]], Callable[[Context, Q], Awaitable[R]]]:
        """Declare a function that only reads."""
        return self._declare(name, Kind.EVALUATE, request, response, is_list=is_list)

    def _declare(
        self,
        name: str,
        kind: Kind,
        request: type[Q],
        response: type[Record] | None,
        *,
        is_list: bool = False,
        transient: tuple[str, ...] = (),
    ) -> Callable[[Callable[[Context, Q], Awaitable[R]]], Callable[[Context, Q], Awaitable[R]]]:
        def register(handle: Callable[[Context, Q], Awaitable[R]]) -> Callable[[Context, Q], Awaitable[R]]:
            self.functions[name] = Function(name, kind, request, response, is_list, transient, handle)
            return handle

        return register


def encode(result: Result) -> bytes:
    """Return the canonical JSON of what a function answers."""
    if result is None:
        return b"{}"
    if isinstance(result, Record):
        return result.to_json()
    return b"[" + b",".join(record.to_json() for record in result) + b"]"
