"""What a title's parties may see of it."""

from typing import Final

from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade.ebl.acting import title_of
from tradelane.gateway.trade.exchange import answer, request
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import ListRequest, TitleHistory, TitlePage, TitleRequest

MAX_PAGE: Final = 100
"""Titles asked for at a time; the contract's own limit is not lower."""


@flow
def show(session: Session, title_id: str) -> Steps[TitleRecord]:
    """Return a title. Caller: one of its parties, somebody its document was shared with, or an authority."""
    return (yield from title_of(session, title_id))


@flow
def history(session: Session, title_id: str) -> Steps[TitleHistory]:
    """Return all versions of a title, oldest first. Caller: as for `show`."""
    body = request(TitleRequest, title_id=title_id)
    return answer(TitleHistory, (yield from session.evaluate("ebl:history", body)))


@flow
def list_titles(
    session: Session, *, held_only: bool = False, page_size: int = 100, bookmark: str = ""
) -> Steps[TitlePage]:
    """Return one page of the caller's titles; its `bookmark` asks for the next one.

    Those that a joint party has together with the caller are in nobody's own possession: `jointly` lists them.

    Raises:
        Refused: NOT_A_MEMBER.
    """
    body = request(
        ListRequest, held_only=held_only, page_size=page_size, bookmark=bookmark, joint_party=session.joint_party
    )
    return answer(TitlePage, (yield from session.evaluate("ebl:list", body)))


@flow
def list_up_to(session: Session, limit: int, *, held_only: bool = False) -> Steps[tuple[TitleRecord, ...]]:
    """Return the caller's titles, page after page, but no more than `limit`; with `jointly` a joint party's."""
    found: tuple[TitleRecord, ...] = ()
    bookmark = ""
    while len(found) < limit:
        size = min(limit - len(found), MAX_PAGE)
        page = yield from session.run(list_titles(held_only=held_only, page_size=size, bookmark=bookmark))
        found, bookmark = (*found, *page.titles), page.bookmark
        if not bookmark:
            break
    return found[:limit]
