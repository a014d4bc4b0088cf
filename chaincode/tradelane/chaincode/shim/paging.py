"""Pages as one iteration.

    rows = every_row(lambda bookmark: stub.get_state_by_range_with_pagination("a", "b", 1000, bookmark))
    async for row in rows: ...

A plain range query ends after the peer's `totalQueryLimit` (100,000 rows unless its operator says otherwise) without a
word. Pages have a bookmark, so that what is left can be asked for. Fabric's price for it: a transaction that asked for
a page may not write, so use it to read, in a transaction that is evaluated and not submitted.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from tradelane.chaincode.shim.interface import Page

Row = TypeVar("Row")


async def every_row(get_page: Callable[[str], Awaitable[Page[Row]]]) -> AsyncGenerator[Row, None]:
    """Iterate over the rows of all pages; the next page is asked for when the one before it is used up.

    All pages come from one snapshot, since a transaction reads one. Nothing has to be closed.

    Args:
        get_page: Returns the page at a bookmark; the first bookmark is empty. The page size is up to it; a page comes
            as one message, so it must fit into 100 MiB.
    """
    bookmark = ""
    while True:
        page = await get_page(bookmark)
        for row in page.rows:
            yield row
        # CouchDB repeats a bookmark for ever, with no rows.
        if not page.bookmark or not page.rows:
            return
        bookmark = page.bookmark
