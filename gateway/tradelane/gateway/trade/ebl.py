"""Typed calls of the contract `ebl`: the acts on a title, and what its parties may see."""

from typing import Final

from pydantic import TypeAdapter

from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import GatewayError, InputError, Refused
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade import documents, parties
from tradelane.gateway.trade.documents import Json
from tradelane.gateway.trade.exchange import answer, request, text
from tradelane.gateway.trade.organisations import endorsers
from tradelane.model.base import Record
from tradelane.model.dcsa import DocumentError, IssuanceRequest, TransportDocument, lei_of, read_issuance_request
from tradelane.model.document import SALT_LENGTH_BYTES, Lodgement
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import (
    EndorseRequest,
    IssueRequest,
    ListRequest,
    Reason,
    ReasonedRequest,
    TitleAct,
    TitleHistory,
    TitlePage,
    TitleRequest,
    TransferRequest,
)
from tradelane.rules.refusal import Code

_REASON: Final[TypeAdapter[str]] = TypeAdapter(Reason)

MUTUALLY_AGREED: Final = "ZZZ"
"""DCSA's codeListProvider for a code the parties agreed on; here it is the party id on this network."""

_DOCUMENT_NOT_AT_HAND: Final = (Code.UNKNOWN_DOCUMENT, Code.NOT_AT_THIS_PEER)

MAX_PAGE: Final = 100
"""Titles asked for at a time; the contract's own limit is not lower."""


@flow
def issue(
    session: Session,
    issuance: Json,
    *,
    document_id: str | None = None,
    title_id: str | None = None,
    share: bool = True,
) -> Steps[Committed[TitleRecord]]:
    """Issue a title: lodge the document privately, issue to the party of `issueTo`, share the document with it.

    Should it stop half-way, the error says what stands. Give the same `document_id` (and `title_id`) again to go on.

    Args:
        session: Given by `run`.
        issuance: A DCSA IssuanceRequest. `issueTo` is found by its LEI (codeListProvider GLEIF), or by its party id
            under ZZZ.
        document_id: Where it was lodged before; by default a new one.
        title_id: By default a new one.
        share: Whether the first possessor gets the document at once.

    Raises:
        InputError: INVALID_DOCUMENT; nothing was sent.
        Refused: NOT_CARRIER, UNKNOWN_PARTY, DUPLICATE_REFERENCE, NOT_A_TITLE_DOCUMENT, TITLE_EXISTS, ...
    """
    try:
        asked, examined = read_issuance_request(documents.json_bytes(issuance))
    except DocumentError as error:
        raise documents.invalid_document(error) from None
    document_id, title_id = document_id or documents.new_id(), title_id or documents.new_id()
    issue_to = yield from _issue_to(session, asked)
    yield from _try_issue(session, examined.document, document_id, title_id, issue_to)
    yield from documents.lodge_unless_lodged(session, examined.canonical, document_id)
    try:
        facts = yield from session.run(documents.lodgement(document_id))
        body = request(IssueRequest, title_id=title_id, lodgement=facts.model_dump(mode="json"), issue_to=issue_to)
        issued = yield from _act(session, "ebl:issue", body)
    except GatewayError as error:
        error.advise(
            f"The document is lodged as {document_id}; to go on, issue again with that document id and title id "
            f"{title_id}.",
            documentId=document_id,
            titleId=title_id,
        )
        raise
    if share:
        yield from _share_after(session, title_id, issue_to)
    return issued


@flow
def endorse(
    session: Session, title_id: str, *, to: str | None = None, action: Action = Action.ENDORSE, share: bool = True
) -> Steps[Committed[TitleRecord]]:
    """Endorse to a named party, to its order, or in blank (then without `to`). Caller: the endorsee in control.

    Args:
        session: Given by `run`.
        title_id: The title.
        to: The new endorsee.
        action: ENDORSE, ENDORSE_TO_ORDER or BLANK_ENDORSE.
        share: Whether the party gets the document first, unless it was given it before.

    Raises:
        Refused: NOT_IN_CONTROL, NOT_ENDORSEE, ENDORSEE_MAY_NOT_ENDORSE, NOT_NEGOTIABLE, RECIPIENT_REQUIRED, ...
    """
    body = request(EndorseRequest, title_id=title_id, action_code=action, recipient=to)
    if to is not None:
        yield from _before(session, "ebl:endorse", body, title_id, to, share=share)
    return (yield from _act(session, "ebl:endorse", body))


@flow
def transfer(session: Session, title_id: str, *, to: str, share: bool = True) -> Steps[Committed[TitleRecord]]:
    """Hand possession to another party, which becomes the one in control. Caller: the possessor.

    Raises:
        Refused: NOT_IN_CONTROL, UNKNOWN_PARTY, SAME_PARTY, WRONG_STATE, ...
    """
    body = request(TransferRequest, title_id=title_id, recipient=to)
    yield from _before(session, "ebl:transfer", body, title_id, to, share=share)
    return (yield from _act(session, "ebl:transfer", body))


@flow
def surrender(session: Session, title_id: str) -> Steps[Committed[TitleRecord]]:
    """Surrender for delivery: the carrier has the title until it answers. Caller: who may claim the goods.

    Raises:
        Refused: NOT_IN_CONTROL, NOT_TITLEHOLDER, WRONG_STATE.
    """
    return (yield from _act(session, "ebl:surrender", request(TitleAct, title_id=title_id)))


@flow
def accept(session: Session, title_id: str) -> Steps[Committed[TitleRecord]]:
    """Accept a surrender, which ends the title. Caller: the issuer.

    Raises:
        Refused: NOT_ISSUER, WRONG_STATE.
    """
    return (yield from _act(session, "ebl:accept", request(TitleAct, title_id=title_id)))


@flow
def reject(session: Session, title_id: str, *, reason: str) -> Steps[Committed[TitleRecord]]:
    """Reject a surrender, which gives the title back. Caller: the issuer.

    Args:
        session: Given by `run`.
        title_id: The title.
        reason: Up to 255 characters; private data, which the parties of the title may read.

    Raises:
        InputError: INVALID_REQUEST: no reason, or too long a one.
        Refused: NOT_ISSUER, WRONG_STATE.
    """
    transient = {"reason": text(_REASON, "reason", reason), "salt": session.random(SALT_LENGTH_BYTES)}
    body = request(ReasonedRequest, title_id=title_id)
    done = yield from session.submit(
        "ebl:reject", body, transient=transient, endorsing_organizations=(yield from endorsers(session))
    )
    return done.holding(answer(TitleRecord, done.result))


@flow
def show(session: Session, title_id: str) -> Steps[TitleRecord]:
    """Return a title. Caller: one of its parties, somebody its document was shared with, or an authority."""
    return (yield from _title(session, title_id))


@flow
def history(session: Session, title_id: str) -> Steps[TitleHistory]:
    """Return all versions of a title, oldest first. Caller: as for `show`."""
    body = request(TitleRequest, title_id=title_id)
    return answer(TitleHistory, (yield from session.evaluate("ebl:history", body)))


@flow
def list_titles(
    session: Session, *, held_only: bool = False, page_size: int = 100, bookmark: str = ""
) -> Steps[TitlePage]:
    """Return one page of the caller's titles; its `bookmark` asks for the next one."""
    body = request(ListRequest, held_only=held_only, page_size=page_size, bookmark=bookmark)
    return answer(TitlePage, (yield from session.evaluate("ebl:list", body)))


@flow
def list_up_to(session: Session, limit: int, *, held_only: bool = False) -> Steps[tuple[TitleRecord, ...]]:
    """Return the caller's titles, page after page, but no more than `limit`."""
    found: tuple[TitleRecord, ...] = ()
    bookmark = ""
    while len(found) < limit:
        size = min(limit - len(found), MAX_PAGE)
        page = yield from session.run(list_titles(held_only=held_only, page_size=size, bookmark=bookmark))
        found, bookmark = (*found, *page.titles), page.bookmark
        if not bookmark:
            break
    return found[:limit]


def _act(session: Session, function: str, body: Record) -> Steps[Committed[TitleRecord]]:
    done = yield from session.submit(function, body, endorsing_organizations=(yield from endorsers(session)))
    return done.holding(answer(TitleRecord, done.result))


def _title(session: Session, title_id: str) -> Steps[TitleRecord]:
    return answer(TitleRecord, (yield from session.evaluate("ebl:show", request(TitleRequest, title_id=title_id))))


def _has_document(title: TitleRecord, party_id: str) -> bool:
    """Tell whether a party was given the document before: its issuer, and whom the act just before this one favoured.

    Others may be parties only because the document names them; to be given it once more harms nobody.
    """
    last = title.last_action.recipient
    return party_id == title.issuer.party_id or (last is not None and last.party_id == party_id)


def _before(session: Session, function: str, body: Record, title_id: str, to: str, *, share: bool) -> Steps[None]:
    """Give the document to a party that may not have it, but not before the act itself has been tried out.

    The try is an evaluation, which writes nothing: the recipient of an act that is going to be refused does not get
    to see the document.
    """
    if not share:
        return
    title = yield from _title(session, title_id)
    if _has_document(title, to):
        return
    yield from session.evaluate(function, body)
    try:
        yield from session.run(documents.share(title_id, to=to))
    except Refused as refusal:
        if refusal.reason in _DOCUMENT_NOT_AT_HAND:
            refusal.advise("You can act without sharing it (--no-share; share=False).")
        raise


def _try_issue(
    session: Session, document: TransportDocument, document_id: str, title_id: str, issue_to: str
) -> Steps[None]:
    """Try the issue out before anything is lodged: what will be refused shall not use up the document's reference.

    The try is an evaluation over facts that nobody lodged, so a caller who may issue is told just that.
    """
    facts = Lodgement(
        document_id=document_id,
        commitment="0" * 64,
        owner=issue_to,
        transport_document_type_code=document.transport_document_type_code,
        transport_document_status=document.transport_document_status,
        is_electronic=document.is_electronic,
        is_to_order=document.is_to_order,
    )
    body = request(IssueRequest, title_id=title_id, lodgement=facts.model_dump(mode="json"), issue_to=issue_to)
    try:
        yield from session.evaluate("ebl:issue", body)
    except Refused as refusal:
        if refusal.code not in {Code.NOT_OWNER, Code.NOT_LODGED}:
            raise


def _share_after(session: Session, title_id: str, to: str) -> Steps[None]:
    try:
        yield from session.run(documents.share(title_id, to=to))
    except GatewayError as error:
        error.advise(
            f"Title {title_id} is issued; only its document has not reached {to} yet: share the document again.",
            titleId=title_id,
        )
        raise


def _issue_to(session: Session, asked: IssuanceRequest) -> Steps[str]:
    """Find the party that gets the title first, before anything is written."""
    lei = lei_of(asked.issue_to)
    if lei is not None:
        return (yield from session.run(parties.find(lei))).party.party_id
    for code in asked.issue_to.identifying_codes:
        if code.code_list_provider == MUTUALLY_AGREED:
            return (yield from session.run(parties.show(code.party_code))).party.party_id
    raise InputError(
        "issueTo names nobody this network knows: its identifyingCodes need a LEI (codeListProvider GLEIF) or a "
        f"party id of this network (codeListProvider {MUTUALLY_AGREED}).",
        code="INVALID_DOCUMENT",
        details={"$.issueTo.identifyingCodes": "no GLEIF or ZZZ code"},
    )
