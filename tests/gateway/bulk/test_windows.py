"""How many are under way, who sets the pace, and what an error leaves."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from tests.support.ledger_peer import MVCC, LedgerPeer
from tradelane.gateway import envelope
from tradelane.gateway.bulk.journal import Journal
from tradelane.gateway.bulk.records import Invocation, ItemResult, Outcome, Progress
from tradelane.gateway.bulk.run import Run
from tradelane.gateway.bulk.windows import in_tasks, in_threads
from tradelane.gateway.errors import InputError, JournalError
from tradelane.gateway.retry import NO_RETRY
from tradelane.gateway.rpc import Failure, Pause, Rpc
from tradelane.gateway.session import Flow, Session

IN_FLIGHT = 4


class Stream:
    """A stream of invocations that counts what was taken from it."""

    def __init__(self, length: int, breaks: Exception | None = None, key: str | None = None) -> None:
        self.taken, self._length, self._breaks, self._key = 0, length, breaks, key

    def __iter__(self) -> Iterator[Invocation]:
        for number in range(self._length):
            self.taken += 1
            yield Invocation("ebl:transfer", [str(number)], key=self._key)
        if self._breaks is not None:
            raise self._breaks


class Worker:
    """Performs items one by one on the peer, and knows how many are under way."""

    def __init__(self, peer: LedgerPeer, session: Session) -> None:
        self._peer, self._session, self._lock = peer, session, threading.Lock()
        self.under_way = self.most = 0
        self.everyone = threading.Barrier(IN_FLIGHT)
        self.all_there = asyncio.Event()

    def in_thread(self, flow: Flow[ItemResult]) -> ItemResult:
        with self._lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        try:
            self.everyone.wait(timeout=30)  # so many have to be under way at once, or this breaks
            with self._lock:
                return self._peer.drive(flow.steps(self._session))
        finally:
            with self._lock:
                self.under_way -= 1

    async def in_task(self, flow: Flow[ItemResult]) -> ItemResult:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            if self.most == IN_FLIGHT:
                self.all_there.set()
            await self.all_there.wait()
            return self._peer.drive(flow.steps(self._session))
        finally:
            self.under_way -= 1


@pytest.fixture
def worker(peer: LedgerPeer, session: Session) -> Worker:
    return Worker(peer, session)


def test_threads_keep_so_many_under_way_and_no_more(worker: Worker) -> None:
    stream = Stream(5 * IN_FLIGHT)
    results = list(in_threads(Run(None, (), None), stream, worker.in_thread, IN_FLIGHT))
    assert {each.key for each in results} == {str(number) for number in range(1, 5 * IN_FLIGHT + 1)}
    assert worker.most == IN_FLIGHT


async def test_tasks_keep_so_many_under_way_and_no_more(worker: Worker) -> None:
    stream = Stream(5 * IN_FLIGHT)
    results = [each async for each in in_tasks(Run(None, (), None), stream, worker.in_task, IN_FLIGHT)]
    assert {each.key for each in results} == {str(number) for number in range(1, 5 * IN_FLIGHT + 1)}
    assert worker.most == IN_FLIGHT


def test_nothing_is_taken_from_the_stream_before_its_turn(worker: Worker) -> None:
    stream = Stream(100)
    results = in_threads(Run(None, (), None), stream, worker.in_thread, IN_FLIGHT)
    assert stream.taken == 0
    for number in range(1, 2 * IN_FLIGHT + 1):
        next(results)
        assert stream.taken <= number - 1 + IN_FLIGHT
    worker.everyone.abort()


async def test_a_consumer_that_rests_stops_the_stream(worker: Worker) -> None:
    stream = Stream(100)
    async with aclosing(in_tasks(Run(None, (), None), stream, worker.in_task, IN_FLIGHT)) as results:
        await anext(results)
        for _ in range(1000):
            await asyncio.sleep(0)
        assert stream.taken <= 3 * IN_FLIGHT  # with results, waiting to hand one over, one handed out


async def test_an_asynchronous_stream_is_followed_as_it_comes(worker: Worker) -> None:
    gate = asyncio.Event()
    worker.all_there.set()

    async def stream() -> AsyncIterator[Invocation]:
        yield Invocation("f", ["first"])
        await gate.wait()
        yield Invocation("f", ["second"])

    results = in_tasks(Run(None, (), None), stream(), worker.in_task, IN_FLIGHT)
    assert (await anext(results)).key == "1"  # although the stream gives nothing more yet
    gate.set()
    assert [each.key async for each in results] == ["2"]


def test_an_empty_stream_is_no_result(worker: Worker) -> None:
    assert list(in_threads(Run(None, (), None), [], worker.in_thread, IN_FLIGHT)) == []


def test_when_the_stream_breaks_what_is_under_way_is_handed_out_first(worker: Worker) -> None:
    stream = Stream(IN_FLIGHT, breaks=OSError("the file ended"))
    results = in_threads(Run(None, (), None), stream, worker.in_thread, IN_FLIGHT)
    assert len([next(results) for _ in range(IN_FLIGHT)]) == IN_FLIGHT
    with pytest.raises(OSError, match="the file ended"):
        next(results)


async def test_so_it_is_with_tasks(worker: Worker) -> None:
    stream = Stream(IN_FLIGHT, breaks=OSError("the file ended"))
    results = in_tasks(Run(None, (), None), stream, worker.in_task, IN_FLIGHT)
    assert len([await anext(results) for _ in range(IN_FLIGHT)]) == IN_FLIGHT
    with pytest.raises(OSError, match="the file ended"):
        await anext(results)


async def test_leaving_cancels_tasks_and_a_journal_knows_what_was_under_way(
    session: Session, journal_at: Callable[..., Journal]
) -> None:
    async def never(flow: Flow[ItemResult]) -> ItemResult:
        steps = flow.steps(session)
        next(steps)
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    with journal_at() as journal:
        results = in_tasks(Run(journal, (), None), Stream(100), never, IN_FLIGHT)
        waiting = asyncio.ensure_future(anext(results))
        for _ in range(100):
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await results.aclose()
        assert [one for one in asyncio.all_tasks() if one is not asyncio.current_task()] == []
        assert len(journal.path.read_text().splitlines()) == 1 + IN_FLIGHT


def test_two_items_of_one_key_are_refused(worker: Worker) -> None:
    stream = Stream(2, key="same")
    worker.everyone = threading.Barrier(1)
    with pytest.raises(InputError) as caught:
        list(in_threads(Run(None, (), None), stream, worker.in_thread, IN_FLIGHT))
    assert caught.value.code == "DUPLICATE_KEY"


def perform_on(peer: LedgerPeer, session: Session) -> Callable[[Flow[Any]], Any]:
    return lambda flow: peer.drive(flow.steps(session))


def test_progress_counts_outcomes_and_what_an_earlier_run_had(
    peer: LedgerPeer, session: Session, journal_at: Callable[..., Journal]
) -> None:
    peer.judge = lambda _function, arguments: 10 if arguments == (b"1",) else 0  # 10: endorsement policy failure
    told: list[Progress] = []
    with journal_at() as journal:
        first = list(in_threads(Run(journal, (), told.append), Stream(2), perform_on(peer, session), 1))
    assert [(each.outcome, each.attempts) for each in first] == [(Outcome.COMMITTED, 1), (Outcome.INVALID, 5)]
    assert [each.done for each in told] == [1, 2]
    with journal_at() as journal:
        again = list(in_threads(Run(journal, (), told.append), Stream(3), perform_on(peer, session), 1))
    assert [each.resumed for each in again] == [True, True, False]
    assert (told[-1].resumed, told[-1].outcomes) == (2, {Outcome.COMMITTED: 2, Outcome.INVALID: 1})


def test_what_was_invalid_can_be_tried_again(
    peer: LedgerPeer, session: Session, journal_at: Callable[..., Journal]
) -> None:
    peer.judge = lambda _function, _arguments: MVCC
    with journal_at() as journal:
        (one,) = in_threads(Run(journal, (), None), Stream(1), perform_on(peer, session), 1)
    assert (one.outcome, one.code, one.block_number) == (Outcome.INVALID, "MVCC_READ_CONFLICT", 5)
    peer.judge = lambda _function, _arguments: 0
    with journal_at() as journal:
        (one,) = in_threads(Run(journal, [Outcome.INVALID], None), Stream(1), perform_on(peer, session), 1)
    assert (one.outcome, one.resumed, one.block_number) == (Outcome.COMMITTED, False, 6)


class FullDisk:
    """Lets so many lines be written, and no more."""

    def __init__(self, journal: Journal, lines: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self._left = lines
        self._append = journal._append
        monkeypatch.setattr(journal, "_append", self.append)

    def append(self, line: Mapping[str, Any]) -> None:
        self._left -= 1
        if self._left < 0:
            raise JournalError("The journal cannot be used: No space left on device.", code="JOURNAL_UNUSABLE")
        self._append(line)


LINES = range(2 * IN_FLIGHT + 1)


def submitted(peer: LedgerPeer) -> set[str]:
    return {transaction_id for transaction_id, _, _ in peer.blocks}


@pytest.mark.parametrize("lines", LINES)
def test_when_the_journal_breaks_every_result_is_handed_out_first(
    lines: int, peer: LedgerPeer, worker: Worker, journal_at: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.everyone = threading.Barrier(1)
    results: list[ItemResult] = []
    with journal_at() as journal:
        FullDisk(journal, lines, monkeypatch)
        with pytest.raises(JournalError):
            results.extend(in_threads(Run(journal, (), None), Stream(100), worker.in_thread, IN_FLIGHT))
    assert {each.transaction_id for each in results} == submitted(peer)


async def gather(found: list[ItemResult], results: AsyncIterator[ItemResult]) -> None:
    async for each in results:
        found.append(each)  # noqa: PERF401 -- a comprehension would lose them when an error follows


@pytest.mark.parametrize("lines", LINES)
async def test_so_it_is_with_tasks_and_a_journal(
    lines: int, peer: LedgerPeer, worker: Worker, journal_at: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.all_there.set()
    results: list[ItemResult] = []
    with journal_at() as journal:
        FullDisk(journal, lines, monkeypatch)
        with pytest.raises(JournalError):
            await gather(results, in_tasks(Run(journal, (), None), Stream(100), worker.in_task, IN_FLIGHT))
    assert {each.transaction_id for each in results} == submitted(peer)


def test_what_is_not_known_is_not_called_unwritten(
    peer: LedgerPeer, session: Session, journal_at: Callable[..., Journal], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy failed, and whether another one beside it took effect cannot be asked."""
    peer.judge = lambda _function, _arguments: 255
    answer = peer.perform

    def silent_on_blocks(step: Rpc | Pause) -> bytes | Failure | None:
        if isinstance(step, Rpc) and step.method == envelope.EVALUATE:
            return Failure("DEADLINE_EXCEEDED", "")
        return answer(step)

    monkeypatch.setattr(peer, "perform", silent_on_blocks)
    hasty = replace(session, retry=NO_RETRY)
    with journal_at() as journal:
        (one,) = in_threads(Run(journal, (), None), Stream(1), perform_on(peer, hasty), 1)
    assert (one.outcome, "may still take effect" in one.message) == (Outcome.UNKNOWN, True)
