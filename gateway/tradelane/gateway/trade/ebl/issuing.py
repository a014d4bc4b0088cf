"""Issue: from a carrier's request to a title in the hands of its first possessor."""

from collections.abc import Mapping
from typing import Final

from tradelane.gateway import once
from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import GatewayError, InputError, Refused
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade import attachments, documents, parties
from tradelane.gateway.trade.documents import Json
from tradelane.gateway.trade.ebl.acting import act, require_alone, words
from tradelane.gateway.trade.exchange import request
from tradelane.gateway.trade.issuance import Issuance, read_issuance
from tradelane.model.dcsa import IssuanceRequest, TransportDocument, lei_of
from tradelane.model.document import Lodgement
from tradelane.model.law import GoverningLaw
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import IssueRequest
from tradelane.rules.refusal import Code

MUTUALLY_AGREED: Final = "ZZZ"
"""DCSA's codeListProvider for a code the parties agreed on; here it is the party id on this network."""


@flow
def issue(
    session: Session,
    issuance: Json,
    *,
    document_id: str | None = None,
    title_id: str | None = None,
    law: GoverningLaw = GoverningLaw.UK_ETDA,
    from_paper: str | None = None,
    share: bool = True,
) -> Steps[Committed[TitleRecord]]:
    """Issue a title: lodge the document privately, issue to the party of `issueTo`, share the document with it.

    The carrier's rendering (eBLVisualisationByCarrier) and its signed manifest (issuanceManifestSignedContent), where
    the request has them, are attached to the title and shared along.

    Should it stop half-way, the error says what stands. Give the same `document_id` (and `title_id`) again to go on.

    Args:
        session: Given by `run`.
        issuance: A DCSA IssuanceRequest. `issueTo` is found by its LEI (codeListProvider GLEIF), or by its party id
            under ZZZ.
        document_id: Where it was lodged before; by default a new one.
        title_id: By default a new one.
        law: Under which the title exists.
        from_paper: What identifies the paper document that this title replaces, kept private; None where none is.
        share: Whether the first possessor gets the document at once.

    Raises:
        InputError: INVALID_DOCUMENT, NOT_JOINTLY; nothing was sent.
        Refused: NOT_CARRIER, UNKNOWN_PARTY, DUPLICATE_REFERENCE, NOT_A_TITLE_DOCUMENT, TITLE_EXISTS,
            LAW_NOT_IN_FORCE, NOT_UNDER_THIS_LAW, ...
    """
    require_alone(session)
    carried = read_issuance(issuance)
    asked, examined = carried.request, carried.examined
    document_id = document_id or once.new_id(session, "document")
    title_id = title_id or once.new_id(session, "title")
    issue_to = yield from _issue_to(session, asked)
    terms: dict[str, object] = {"title_id": title_id, "issue_to": issue_to, "governing_law": law}
    terms["from_paper"] = from_paper is not None
    paper = words(session, from_paper)
    yield from _try_issue(session, examined.document, document_id, terms, paper)
    yield from documents.lodge_unless_lodged(session, examined.canonical, document_id)
    try:
        facts = yield from session.run(documents.lodgement(document_id))
        body = request(IssueRequest, lodgement=facts.model_dump(mode="json"), **terms)
        issued = yield from act(session, "ebl:issue", body, paper)
    except GatewayError as error:
        error.advise(
            f"The document is lodged as {document_id}; to go on, issue again with that document id and title id "
            f"{title_id}.",
            documentId=document_id,
            titleId=title_id,
        )
        raise
    yield from _attach_after(session, title_id, carried)
    if share:
        yield from _share_after(session, title_id, issue_to)
    return issued


def _try_issue(
    session: Session,
    document: TransportDocument,
    document_id: str,
    terms: Mapping[str, object],
    paper: Mapping[str, bytes] | None,
) -> Steps[None]:
    """Try the issue out before anything is lodged: what will be refused shall not use up the document's reference.

    The try is an evaluation over facts that nobody lodged, so a caller who may issue is told just that.
    """
    facts = Lodgement(
        document_id=document_id,
        commitment="0" * 64,
        owner=str(terms["issue_to"]),
        transport_document_type_code=document.transport_document_type_code,
        transport_document_status=document.transport_document_status,
        is_electronic=document.is_electronic,
        is_to_order=document.is_to_order,
    )
    body = request(IssueRequest, lodgement=facts.model_dump(mode="json"), **terms)
    try:
        yield from once.try_out(session, "ebl:issue", body, transient=paper)
    except Refused as refusal:
        if refusal.code not in {Code.NOT_OWNER, Code.NOT_LODGED}:
            raise


def _attach_after(session: Session, title_id: str, carried: Issuance) -> Steps[None]:
    for kind, file in carried.files.items():
        try:
            yield from session.run(attachments.attach(title_id, file, kind=kind))
        except GatewayError as error:
            error.advise(
                f"Title {title_id} is issued; only {file.name} is not attached yet, nor are its documents shared.",
                titleId=title_id,
            )
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
