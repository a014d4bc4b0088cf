"""What a title's parties may see of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from tradelane.gateway.errors import Refused, ResultError
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade.ebl.acting import title_of
from tradelane.gateway.trade.exchange import answer, request
from tradelane.model.joint import AgreementView
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import ListRequest, TitleHistory, TitlePage, TitleRequest
from tradelane.rules.refusal import Code

MAX_PAGE: Final = 100
"""Titles asked for at a time; the contract's own limit is not lower."""
_AGREEMENTS: Final[TypeAdapter[tuple[AgreementView, ...]]] = TypeAdapter(tuple[AgreementView, ...])


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
def agreements(session: Session, title_id: str) -> Steps[tuple[AgreementView, ...]]:
    """Return what members of joint parties ask for on a title, and who has still to ask. Caller: as for `show`.

    The words to ask in (`remark`, `feedback`) are shown to members of the joint party alone. What is no longer in force
    is void. A joint party's titles are found by `jointly(list_titles(...), PARTY)`.

    Raises:
        Refused: UNKNOWN_TITLE, NOT_A_PARTY.
    """
    content = yield from session.evaluate("ebl:agreements", request(TitleRequest, title_id=title_id))
    try:
        return _AGREEMENTS.validate_json(content)
    except ValidationError as error:
        raise ResultError("The chaincode's answer is no list of agreements.", code="BAD_ANSWER") from error


@dataclass(frozen=True, slots=True)
class Chapter:
    """One title of a cargo's history across amendments, splits and combinations.

    Attributes:
        title_id: Of the title.
        history: Its versions; None where the reader has no part in this title, whose links are then unknown too.
    """

    title_id: str
    history: TitleHistory | None


@flow
def lineage(session: Session, title_id: str) -> Steps[tuple[Chapter, ...]]:
    """Return the histories of a title, of those it replaces and of those that replace it, however far, oldest first.

    Caller: as for `show`; where another title of the line is not for the caller, the line ends there.

    Raises:
        Refused: UNKNOWN_TITLE, NOT_A_PARTY, about the title that was asked for.
    """
    asked = yield from session.run(history(title_id))
    earlier = yield from _line(session, asked.entries[-1].title.replaces, lambda title: title.replaces)
    later = yield from _line(session, asked.entries[-1].title.replaced_by, lambda title: title.replaced_by)
    return (*reversed(earlier), Chapter(title_id, asked), *later)


def _line(
    session: Session, first: tuple[str, ...], links: Callable[[TitleRecord], tuple[str, ...]]
) -> Steps[list[Chapter]]:
    found: dict[str, Chapter] = {}
    waiting = list(first)
    while waiting:
        title_id = waiting.pop(0)
        if title_id in found:
            continue
        try:
            chapter = yield from session.run(history(title_id))
        except Refused as refused:
            if refused.reason is not Code.NOT_A_PARTY:
                raise
            found[title_id] = Chapter(title_id, None)
            continue
        found[title_id] = Chapter(title_id, chapter)
        waiting += links(chapter.entries[-1].title)
    return list(found.values())


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
