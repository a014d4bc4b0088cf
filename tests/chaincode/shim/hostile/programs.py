"""A chaincode which does what its arguments say, however foolish, and what it is told to do.

A program is a list of steps; every key it names and every value it is given carries the mark of its transaction, so
that a value which reaches another transaction is seen.
"""

import asyncio
import contextlib
import json
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from tradelane.chaincode.shim.errors import ShimError
from tradelane.chaincode.shim.interface import KeyValue, Page, Response, Stub
from tradelane.chaincode.shim.paging import every_row
from tradelane.chaincode.shim.policy import signed_by

HONEST = [["get", 1], ["multi", False, 3], ["put", 2], ["get", 0]]
"""What a well-behaved transaction does."""

LARGE = 6000
"""More bytes than a message may have where the limits are small."""

RAISED: Mapping[str, Callable[[], BaseException]] = {
    "ValueError": lambda: ValueError("secret"),
    "RecursionError": lambda: RecursionError("secret"),
    "MemoryError": lambda: MemoryError("secret"),
    "AssertionError": lambda: AssertionError("secret"),
    "TimeoutError": lambda: TimeoutError("secret"),
    "StopAsyncIteration": lambda: StopAsyncIteration("secret"),
    "StopIteration": lambda: StopIteration("secret"),
    "CancelledError": lambda: asyncio.CancelledError("secret"),
    "ExceptionGroup": lambda: ExceptionGroup("secret", [ValueError("secret")]),
    "BaseExceptionGroup": lambda: BaseExceptionGroup("secret", [asyncio.CancelledError("secret")]),
    "ShimError": lambda: ShimError("secret"),
}
"""What a program may raise; the text must never reach the peer.

Not SystemExit: raised in a task of the program's own it ends the event loop, which no shim can prevent.
"""

_ANY: Any = Response
NONSENSE: Mapping[str, Callable[[], Any]] = {
    "nothing": lambda: None,
    "text": lambda: "secret",
    "a number": lambda: 7,
    "a class": lambda: Response,
    "a status beyond 32 bits": lambda: Response(1 << 40),
    "a status that is text": lambda: _ANY("200"),
    "no status": lambda: _ANY(None),
    "half a surrogate pair": lambda: Response(200, "\ud800"),
    "a message of bytes that are no text": lambda: _ANY(200, b"\xff"),
    "no message": lambda: _ANY(200, None),
    "a large payload": lambda: Response(200, payload=b"x" * LARGE),
    "a large message": lambda: Response(400, "\u20ac" * LARGE),
    "a payload that is text": lambda: _ANY(200, "", "secret"),
    "a payload that is a number": lambda: _ANY(200, "", 3),
}
"""What a program may return instead of a response."""


class Chaincode:
    """Runs programs and keeps what they saw.

    `seen` holds the values by the transaction's mark; `kept` what a program did not let go; `waiting` counts, by the
    number of the run, the waits that are the program's own; `was_stubborn` says whether one ignored being cancelled.
    """

    def __init__(self) -> None:
        self.waiting: Counter[int] = Counter()
        self.was_stubborn = False
        self.seen: defaultdict[str, list[bytes]] = defaultdict(list)
        self.kept: list[object] = []
        self.background: list[asyncio.Task[None]] = []

    async def invoke(self, stub: Stub) -> Response:
        """Run the program of the first argument under the mark that goes with it."""
        mark, number, steps = json.loads(stub.args[0])
        return await Run(self, stub, mark, number).program(steps)


class Run:
    """One run of a program."""

    def __init__(self, chaincode: Chaincode, stub: Stub, mark: str, number: int) -> None:
        self._chaincode = chaincode
        self._stub = stub
        self._mark = mark
        self._number = number
        self._count = 0

    async def program(self, steps: list[list[Any]]) -> Response:
        for step in steps:
            await self.step(step)
            if step[0] == "return":
                returned: Response = NONSENSE[step[1]]()
                return returned
        content = json.dumps([value.decode("latin-1") for value in self._chaincode.seen[self._mark]])
        return Response(200, payload=content.encode())

    async def step(self, step: list[Any]) -> None:
        name, *rest = step
        action: Callable[..., Awaitable[None]] = getattr(self, f"do_{name}")
        await action(*rest)

    def _key(self) -> str:
        self._count += 1
        return f"{self._mark}key{self._count}"

    def _saw(self, *values: bytes | None) -> None:
        self._chaincode.seen[self._mark] += [value for value in values if value is not None]

    async def do_get(self, which: int) -> None:
        reads: list[Callable[[str], Awaitable[bytes | None]]] = [
            self._stub.get_state,
            lambda key: self._stub.get_private_data("c", key),
            lambda key: self._stub.get_private_data_hash("c", key),
        ]
        self._saw(await reads[which](self._key()))

    async def do_multi(self, private: bool, count: int) -> None:
        keys = [self._key() for _ in range(count)]
        if private:
            self._saw(*await self._stub.get_multiple_private_data("c", keys))
        else:
            self._saw(*await self._stub.get_multiple_states(keys))

    async def do_put(self, which: int) -> None:
        key, value = self._key(), self._mark.encode()
        match which:
            case 0:
                await self._stub.put_state(key, value)
            case 1:
                await self._stub.del_state(key)
            case 2:
                await self._stub.put_private_data("c", key, value)
            case 3:
                await self._stub.purge_private_data("c", key)
            case 4:
                await self._stub.del_private_data("c", key)
            case 5:
                await self._stub.set_private_data_validation_parameter("c", key, signed_by("HongKongMSP"))
            case _:
                await self._stub.set_state_validation_parameter(key, signed_by("HongKongMSP"))

    async def do_put_large(self, private: bool) -> None:
        if private:
            await self._stub.put_private_data("c", self._key(), self._mark.encode() + b"x" * LARGE)
        else:
            await self._stub.put_state(self._key() + "k" * LARGE, b"")

    async def do_policy(self, private: bool, back: bool) -> None:
        """Read a key's policy, and perhaps write it back as it is."""
        key = self._key()
        if private:
            policy = await self._stub.get_private_data_validation_parameter("c", key)
            if policy is not None and back:
                await self._stub.set_private_data_validation_parameter("c", key, policy)
        else:
            policy = await self._stub.get_state_validation_parameter(key)
            if policy is not None and back:
                await self._stub.set_state_validation_parameter(key, policy)

    async def do_look(self, what: str) -> None:
        """Look at something of the invocation itself, which asks the peer nothing."""
        LOOKS[what](self._stub)

    async def do_batch(self, steps: list[list[Any]]) -> None:
        async with self._stub.write_batch():
            for step in steps:
                await self.step(step)

    async def do_unclosed_batch(self, steps: list[list[Any]]) -> None:
        batch = self._stub.write_batch()
        self._chaincode.kept.append(batch)
        await batch.__aenter__()
        for step in steps:
            await self.step(step)

    async def do_rows(self, which: str, until: int, leave: str) -> None:
        """Read rows until there were so many, and then leave the iterator closed, dropped or kept."""
        rows: AsyncGenerator[Any, None] = _ROWS[which](self._stub, self._mark)
        if leave == "kept":
            self._chaincode.kept.append(rows)
        count = 0
        async for row in rows:
            self._saw(row.value)
            count += 1
            if count >= until:
                break
        if leave == "closed":
            await rows.aclose()

    async def do_page(self, which: str, size: int) -> None:
        page = await _PAGES[which](self._stub, self._mark, size, self._mark)
        self._saw(*(row.value for row in page.rows), page.bookmark.encode())

    async def do_every_row(self, which: str, size: int, until: int) -> None:
        """Go from page to page, for a peer may have no last one."""
        rows = every_row(lambda bookmark: _PAGES[which](self._stub, self._mark, size, bookmark))
        count = 0
        async for row in rows:
            self._saw(row.value)
            count += 1
            if count >= until:
                break

    async def do_invoke(self, channel_id: str, large: bool) -> None:
        argument = self._mark.encode() + b"x" * (LARGE if large else 0)
        response = await self._stub.invoke_chaincode("other", [b"f", argument], channel_id)
        self._saw(response.payload)

    async def do_gather(self, steps: list[list[Any]]) -> None:
        tasks = [asyncio.create_task(self.step(step)) for step in steps]
        self._chaincode.background += tasks  # gather leaves the others running when one raises
        await asyncio.gather(*tasks)

    async def do_impatient(self, seconds: int, step: list[Any]) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.step(step)

    async def do_careless(self, step: list[Any]) -> None:
        with contextlib.suppress(Exception):
            await self.step(step)

    async def do_background(self, step: list[Any]) -> None:
        """Use the stub in a task which nobody waits for."""

        async def run() -> None:
            with contextlib.suppress(BaseException):
                await self.step(step)

        self._chaincode.background.append(asyncio.create_task(run()))

    async def do_event(self, name: str) -> None:
        self._stub.set_event(name, self._mark.encode())

    async def do_large_event(self) -> None:
        self._stub.set_event("event", b"x" * LARGE)

    async def do_event_of_nonsense(self) -> None:
        payload: Any = 7
        self._stub.set_event("event", payload)

    @contextlib.contextmanager
    def _waits(self) -> Iterator[None]:
        self._chaincode.waiting[self._number] += 1
        try:
            yield
        finally:
            self._chaincode.waiting[self._number] -= 1

    async def do_sleep(self, seconds: int) -> None:
        with self._waits():
            await asyncio.sleep(seconds)

    async def do_hang(self) -> None:
        with self._waits():
            await asyncio.get_running_loop().create_future()

    async def do_stubborn(self, times: int) -> None:
        """Ignore being cancelled, so many times."""
        for _ in range(times):
            try:
                with self._waits():
                    await asyncio.sleep(5)
            except asyncio.CancelledError:
                self._chaincode.was_stubborn = True

    async def do_cancel_itself(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()

    async def do_raise(self, name: str) -> None:
        make = RAISED[name]
        raise make()

    async def do_return(self, _: str) -> None:
        """Return something; see `program`."""


LOOKS: Mapping[str, Callable[[Stub], object]] = {
    "tx_id": lambda stub: stub.tx_id,
    "channel_id": lambda stub: stub.channel_id,
    "function": lambda stub: stub.function,
    "parameters": lambda stub: stub.parameters,
    "is_init": lambda stub: stub.is_init,
    "decorations": lambda stub: list(stub.decorations.items()),
    "timestamp": lambda stub: stub.timestamp.isoformat(),
    "transient": lambda stub: list(stub.transient.items()),
    "creator": lambda stub: stub.creator,
    "binding": lambda stub: stub.binding,
    "signed_proposal": lambda stub: stub.signed_proposal.signature,
    "msp_id": lambda stub: stub.identity.msp_id,
    "id": lambda stub: stub.identity.id,
    "certificate": lambda stub: stub.identity.certificate.serial_number,
    "attributes": lambda stub: stub.identity.attribute("tradelane.party"),
    "an attribute": lambda stub: stub.identity.assert_attribute("tradelane.party", "p1"),
    "organizational_units": lambda stub: stub.identity.organizational_units,
}
"""What an invocation says beside what the peer is asked for."""

_ROWS: Mapping[str, Callable[[Stub, str], AsyncGenerator[Any, None]]] = {
    "range": lambda stub, mark: stub.get_state_by_range(mark, ""),
    "composite": lambda stub, mark: stub.get_state_by_partial_composite_key(mark, ["a"]),
    "query": lambda stub, mark: stub.get_query_result(mark),
    "history": lambda stub, mark: stub.get_history_for_key(mark),
    "private range": lambda stub, mark: stub.get_private_data_by_range("c", mark, ""),
    "private composite": lambda stub, mark: stub.get_private_data_by_partial_composite_key("c", mark, []),
    "private query": lambda stub, mark: stub.get_private_data_query_result("c", mark),
}
_PAGES: Mapping[str, Callable[[Stub, str, int, str], Awaitable[Page[KeyValue]]]] = {
    "range": lambda stub, mark, *page: stub.get_state_by_range_with_pagination(mark, "", *page),
    "composite": lambda stub, mark, *page: stub.get_state_by_partial_composite_key_with_pagination(mark, [], *page),
    "all composite": lambda stub, _, *page: stub.get_all_states_composite_key_with_pagination(*page),
    "query": lambda stub, mark, *page: stub.get_query_result_with_pagination(mark, *page),
}


def _simple() -> st.SearchStrategy[list[Any]]:
    small = st.integers(0, 3)
    pages = st.sampled_from(sorted(_PAGES))
    return st.one_of(
        st.tuples(st.just("get"), st.integers(0, 2)),
        st.tuples(st.just("multi"), st.booleans(), small),
        st.tuples(st.just("put"), st.integers(0, 6)),
        st.tuples(st.just("put_large"), st.booleans()),
        st.tuples(st.just("policy"), st.booleans(), st.booleans()),
        st.tuples(st.just("look"), st.sampled_from(sorted(LOOKS))),
        st.tuples(
            st.just("rows"), st.sampled_from(sorted(_ROWS)), small, st.sampled_from(["closed", "dropped", "kept"])
        ),
        st.tuples(st.just("page"), pages, small),
        st.tuples(st.just("every_row"), pages, small, st.integers(0, 9)),
        st.tuples(st.just("invoke"), st.sampled_from(["", "trade", "other"]), st.booleans()),
        st.tuples(st.just("event"), st.sampled_from(["", "done", "\ud800"])),
        st.tuples(st.sampled_from(["large_event", "event_of_nonsense"])),
        st.tuples(st.just("sleep"), st.integers(0, 40)),
        st.tuples(st.just("hang")),
        st.tuples(st.just("stubborn"), small),
        st.tuples(st.just("cancel_itself")),
        st.tuples(st.just("raise"), st.sampled_from(sorted(RAISED))),
        st.tuples(st.just("return"), st.sampled_from(sorted(NONSENSE))),
    ).map(list)


def _nested(steps: st.SearchStrategy[list[Any]]) -> st.SearchStrategy[list[Any]]:
    several = st.lists(steps, max_size=4)
    return st.one_of(
        st.tuples(st.sampled_from(["batch", "unclosed_batch", "gather"]), several),
        st.tuples(st.just("impatient"), st.integers(0, 10), steps),
        st.tuples(st.sampled_from(["careless", "background"]), steps),
    ).map(list)


PROGRAMS = st.lists(st.recursive(_simple(), _nested, max_leaves=5), min_size=1, max_size=6)
"""Programs as JSON values."""
