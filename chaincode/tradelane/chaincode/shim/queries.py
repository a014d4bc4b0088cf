"""Queries: rows which the peer hands out in several messages, or in pages."""

import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

from tradelane.chaincode.shim import keys, wire
from tradelane.chaincode.shim.errors import LocalError, RemoteError
from tradelane.chaincode.shim.exchange import Exchange
from tradelane.chaincode.shim.interface import KeyValue, Page
from tradelane.chaincode.shim.wire import Request, Rows, Span

Row = TypeVar("Row")
_NO_ROWS = Rows((), has_more=False, query_id="", bookmark="")
_MAX_PAGE_SIZE = 2**31 - 1


async def iterate(exchange: Exchange, request: Request, parse: Callable[[bytes], Row]) -> AsyncGenerator[Row, None]:
    """Ask, and hand out row by row; the query is closed when the iteration ends, however it ends."""
    rows = wire.parse_rows(await exchange.ask(request))
    try:
        while True:
            for result in rows.results[:-1]:
                yield parse(result)
            last = rows.results[-1:]
            has_more, query_id, rows = rows.has_more, rows.query_id, _NO_ROWS  # the peer itself closes what fails
            if (
                has_more
            ):  # before the last row is out, as Go does: what was read, and is checked again, is then the same
                rows = wire.parse_rows(await exchange.ask(wire.query_next(query_id)))
            for result in last:
                yield parse(result)
            if not has_more:
                return
    finally:
        # Left early, perhaps by garbage collection after the answer, when the peer has closed the query itself.
        if rows.has_more and not exchange.ended:
            with contextlib.suppress(RemoteError):  # the rows are out, and nobody may be left to hear of it
                await exchange.ask(wire.query_close(rows.query_id))


async def get_page(exchange: Exchange, request: Request) -> Page[KeyValue]:
    """Ask for one page."""
    rows = wire.parse_rows(await exchange.ask(request))
    return Page(tuple(map(wire.parse_key_value, rows.results)), rows.bookmark)


def page_span(page_size: int, bookmark: str) -> Span:
    """Return the span of one page.

    Raises:
        LocalError: The page has no rows, or more than Fabric's message can say.
    """
    if not 0 < page_size <= _MAX_PAGE_SIZE:
        raise LocalError(f"a page of {page_size} rows cannot be asked for")
    keys.check_text("bookmark", bookmark)
    return Span(page_size, bookmark)
