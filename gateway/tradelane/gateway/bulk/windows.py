"""The two ways of keeping so many items under way: threads, and tasks.

Both take the next item from the stream only when one may begin, and none while nobody takes the results: whoever
iterates sets the pace. When the stream or the journal breaks, what is under way is handed out before the error.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeVar

from tradelane.gateway.bulk.records import Invocation, Item, ItemResult
from tradelane.gateway.bulk.run import Run
from tradelane.gateway.session import Flow

T = TypeVar("T")


def in_threads(
    run: Run, stream: Iterable[Invocation | Item], perform: Callable[[Flow[ItemResult]], ItemResult], in_flight: int
) -> Generator[ItemResult]:
    """Yield results as items end. Left early, it waits for what is under way."""
    ended: SimpleQueue[Future[ItemResult]] = SimpleQueue()
    under_way = 0
    error: BaseException | None = None
    given = run.taking(stream)
    with ThreadPoolExecutor(in_flight, thread_name_prefix="submit-many") as pool:
        while error is None and run.broken is None:
            if under_way == in_flight:
                under_way -= 1
                one = ended.get()
                error = one.exception()
                if error is None:
                    yield run.tell(one.result())
                continue
            try:
                following = next(given, None)
            except Exception as broken:  # noqa: BLE001 -- the stream is the caller's; raised again below
                error = broken
                break
            if following is None:
                break
            if isinstance(following, ItemResult):
                yield run.tell(following)
            else:
                pool.submit(perform, run.one(following)).add_done_callback(ended.put)
                under_way += 1
        for one in (ended.get() for _ in range(under_way)):
            failed = one.exception()
            if failed is None:
                yield run.tell(one.result())
            error = error or failed
    error = error or run.broken
    if error is not None:
        raise error


@dataclass(frozen=True)
class _Left:
    """What a worker says when it has no more to do."""

    error: Exception | None = None


async def in_tasks(
    run: Run,
    stream: Iterable[Invocation | Item] | AsyncIterable[Invocation | Item],
    perform: Callable[[Flow[ItemResult]], Awaitable[ItemResult]],
    in_flight: int,
) -> AsyncGenerator[ItemResult]:
    """Yield results as items end. Left early, it cancels what is under way: a journal knows what that was."""
    given = run.taking_from(_asynchronous(stream))
    taking = asyncio.Lock()
    told: asyncio.Queue[ItemResult | _Left] = asyncio.Queue(in_flight)
    broken = False

    async def take() -> Item | ItemResult | None:
        async with taking:  # an async generator cannot be asked twice at a time
            return None if broken or run.broken else await anext(given, None)

    async def work() -> None:
        nonlocal broken
        try:
            while (following := await take()) is not None:
                await told.put(following if isinstance(following, ItemResult) else await perform(run.one(following)))
        except Exception as error:  # noqa: BLE001 -- handed to whoever iterates
            broken = True
            await told.put(_Left(error))
        else:
            await told.put(_Left())

    workers = [asyncio.create_task(work()) for _ in range(in_flight)]
    error: Exception | None = None
    try:
        for _ in workers:
            while isinstance(one := await told.get(), ItemResult):
                yield run.tell(one)
            error = error or one.error
        error = error or run.broken
    finally:
        for each in workers:
            each.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    if error is not None:
        raise error


async def _asynchronous(stream: Iterable[T] | AsyncIterable[T]) -> AsyncIterator[T]:
    if isinstance(stream, AsyncIterable):
        async for each in stream:
            yield each
    else:
        for each in stream:
            yield each
