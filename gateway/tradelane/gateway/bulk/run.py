"""One bulk run, as both clients perform it: what is still to do, and what becomes of each item."""

import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from tradelane.gateway.bulk.journal import Fsync, Journal, Scope
from tradelane.gateway.bulk.records import FINAL, Invocation, Item, ItemResult, Outcome, Progress, content_of
from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import (
    CallError,
    CommitError,
    GatewayError,
    InputError,
    JournalError,
    Refused,
    ResultError,
    Step,
)
from tradelane.gateway.observer import Attempt
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Flow, Session, flow
from tradelane.model.base import Record

IN_FLIGHT: Final = 64
"""Well below the requests a peer takes at a time by default, 500, of which each item holds one."""

_NOTHING_WRITTEN: Final = (Step.EVALUATE, Step.ENDORSE)

Told = Callable[[Progress], None]


class Run:
    """A run under way. Its methods are called by one thread; the flows it makes may be performed by many."""

    def __init__(self, journal: Journal | None, again: Collection[Outcome], told: Told | None) -> None:
        self._journal = journal
        self._again = frozenset(again)
        self._told = told
        self._keys: set[str] = set()
        self._progress = Progress()
        self.broken: JournalError | None = None
        """Set once the journal took no more: no further item may begin."""

    def taking(self, stream: Iterable[Invocation | Item]) -> Iterator[Item | ItemResult]:
        """Yield what is still to do, and the results of what an earlier run ended.

        Raises:
            InputError: DUPLICATE_KEY.
            JournalError: OTHER_JOURNAL.
        """
        for given in stream:
            yield self._take(given)

    async def taking_from(self, stream: AsyncIterator[Invocation | Item]) -> AsyncIterator[Item | ItemResult]:
        """Do as `taking` for an asynchronous stream."""
        async for given in stream:
            yield self._take(given)

    def one(self, item: Item) -> Flow[ItemResult]:
        """Return the flow that does an item and notes it in the journal."""
        return _one(self, self._journal, item)

    def tell(self, result: ItemResult) -> ItemResult:
        """Count a result that is handed out now."""
        self._progress = self._progress.after(result)
        if self._told is not None:
            self._told(self._progress)
        return result

    def _take(self, given: Invocation | Item) -> Item | ItemResult:
        item = given if isinstance(given, Item) else item_of(given, len(self._keys) + 1)
        if item.key in self._keys:
            raise InputError(f"Two items have the key {item.key}; each needs one of its own.", code="DUPLICATE_KEY")
        self._keys.add(item.key)
        ended = self._journal.ended(item) if self._journal else None
        # An outcome that nobody knows, and what could not even be endorsed, is always taken up again.
        return ended if ended and ended.outcome in FINAL and ended.outcome not in self._again else item


def journal_of(session: Session, path: Path, source: str | None, fsync: Fsync) -> Journal:
    """Open the journal of a session's bulk run; see `client.Gateway.journal`."""
    certificate = hashlib.sha256(session.creator).hexdigest()
    scope = Scope(session.channel, session.chaincode, session.identity.msp_id, certificate, source)
    return Journal.open(path, scope, fsync)


@flow
def _one(session: Session, run: Run, journal: Journal | None, item: Item) -> Steps[ItemResult]:
    if journal is None:
        return (yield from _attempt(session, item, None))
    journal.begin(item)
    result = yield from _attempt(session, item, journal.request_id(item))
    try:
        journal.end(result)
    except JournalError as error:  # its result is known all the same, and is handed out before the error
        run.broken = run.broken or error
    return result


def _attempt(session: Session, item: Item, request_id: str | None) -> Steps[ItemResult]:
    try:
        done = yield from session.under(request_id).run(item.flow)
    except GatewayError as error:
        return _failure(item.key, error)
    return _success(item.key, done)


def _success(key: str, done: Committed[Any]) -> ItemResult:
    return ItemResult(
        key=key,
        outcome=Outcome.COMMITTED,
        code="VALID",
        transaction_id=done.transaction_id,
        block_number=done.block_number,
        attempts=_transactions(done.attempts),
        result=_bytes(done.result),
    )


def _bytes(result: object) -> bytes:
    if isinstance(result, Record):
        return result.to_json()
    return result.encode() if isinstance(result, str) else result if isinstance(result, bytes) else b""


def _failure(key: str, error: GatewayError) -> ItemResult:
    return ItemResult(
        key=key,
        outcome=_outcome(error),
        code=error.code,
        message=error.diagnostics(),
        transaction_id=error.details.get("transactionId", ""),
        block_number=error.block_number if isinstance(error, CommitError) else None,
        attempts=_transactions(error.attempts),
    )


def _transactions(attempts: Iterable[Attempt]) -> int:
    return len({each.transaction_id for each in attempts if each.step is not Step.EVALUATE})


def _outcome(error: GatewayError) -> Outcome:
    match error:
        case CommitError():
            return Outcome.INVALID
        case Refused() | InputError():
            return Outcome.REFUSED
        case CallError() if error.step in _NOTHING_WRITTEN and not error.outcome_open:
            return Outcome.FAILED
        case CallError() | ResultError():
            # A result that cannot be read is that of a transaction: nobody knows what it did.
            return Outcome.UNKNOWN
        case _:
            raise error


def item_of(invocation: Invocation, number: int) -> Item:
    """Return the item of an invocation; without a key of its own it has its number."""
    return Item(invocation.key or str(number), content_of(invocation), _submit(invocation))


@flow
def _submit(session: Session, invocation: Invocation) -> Steps[Committed[bytes]]:
    return (
        yield from session.submit(
            invocation.function,
            *invocation.arguments,
            transient=invocation.transient,
            endorsing_organizations=invocation.endorsing_organizations,
        )
    )
