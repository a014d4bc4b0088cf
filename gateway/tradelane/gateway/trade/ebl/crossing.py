"""A title's way to another platform and back, as the ledger records it; the envelopes themselves are in `pint`."""

from tradelane.gateway.envelope import Committed
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade.ebl.acting import act, share_first
from tradelane.gateway.trade.exchange import answer, request
from tradelane.gateway.trade.organisations import endorsers
from tradelane.model.canonical import possession
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action, SurrenderReason
from tradelane.model.title_requests import ControlView, DocumentQuestion, EntryQuery, ExportRequest, ImportRequest


@flow
def export(
    session: Session,
    title_id: str,
    *,
    operator: str,
    platform: str,
    entry: str,
    expected_sequence: int | None = None,
    share: bool = True,
) -> Steps[Committed[TitleRecord]]:
    """Take a title out to another platform: nobody is in control here until it comes back. Caller: who is in control.

    Args:
        session: Given by `run`.
        title_id: The title.
        operator: The party licensed as PLATFORM that brings it back.
        platform: DCSA's code of the other platform.
        entry: SHA-256 of the signed chain entry with which it leaves.
        expected_sequence: The version of the title you have seen; at another one the act is refused.
        share: Whether the operator gets the document first, unless it was given it before.

    Raises:
        Refused: NOT_IN_CONTROL, NOT_A_TITLE, NOT_A_PLATFORM, WRONG_STATE, STALE_TITLE, ...
    """
    body = request(
        ExportRequest,
        title_id=title_id,
        operator=operator,
        platform=platform,
        entry=entry,
        expected_sequence=expected_sequence,
    )
    yield from share_first(session, "ebl:export", body, title_id, operator, share=share)
    return (yield from act(session, "ebl:export", body))


@flow
def import_back(
    session: Session,
    title_id: str,
    *,
    to: str,
    left_by: str,
    entry: str,
    endorsed: bool = False,
    endorsee: str | None = None,
    may_endorse: bool = False,
    endorser: str | None = None,
    surrender: Action | None = None,
    reason_code: SurrenderReason | None = None,
    share: bool = True,
) -> Steps[Committed[TitleRecord]]:
    """Bring a title back from another platform to a party. Caller: the operator by which it left.

    Args:
        session: Given by `run`.
        title_id: The title.
        to: Who gets possession.
        left_by: SHA-256 of the entry with which it left.
        entry: SHA-256 of the entry with which it comes back.
        endorsed: Whether it was endorsed abroad.
        endorsee: The last endorsee; None in blank.
        may_endorse: Whether the endorsee may endorse on.
        endorser: Who endorsed first abroad; demanded unless the title left endorsed in blank.
        surrender: SURRENDER_FOR_DELIVERY or SURRENDER_FOR_AMENDMENT where `to` has surrendered it abroad: it waits for
            its carrier's answer, which a rejection gives back to `to`.
        reason_code: Of a surrender for amendment.
        share: Whether the party gets the document first.

    Raises:
        Refused: NOT_OPERATOR, CHAIN_BROKEN, WRONG_STATE (it is here), NOT_NEGOTIABLE, NOT_ENDORSEE,
            ENDORSEE_MAY_NOT_ENDORSE, NOT_TITLEHOLDER, ...
    """
    body = request(
        ImportRequest,
        title_id=title_id,
        recipient=to,
        left_by=left_by,
        entry=entry,
        endorsed=endorsed,
        endorsee=endorsee,
        may_endorse=may_endorse,
        endorser=endorser,
        surrender=surrender,
        reason_code=reason_code,
    )
    yield from share_first(session, "ebl:import", body, title_id, to, share=share)
    return (yield from act(session, "ebl:import", body))


@flow
def find_exit(session: Session, entry: str, *, organisation: str | None = None) -> Steps[ControlView | None]:
    """Return where control is of the title that left with a chain entry, by the entry's checksum; None if none did.

    Args:
        session: Given by `run`.
        entry: SHA-256 of the signed entry.
        organisation: The MSP id of another organisation whose peer is asked, instead of the caller's own.
    """
    at = () if organisation is None else (organisation,)
    body = request(EntryQuery, entry=entry)
    view = answer(ControlView, (yield from session.evaluate("ebl:findExit", body, target_organizations=at)))
    return None if view.title_id is None else view


@flow
def is_behind(session: Session, entry: str) -> Steps[bool]:
    """Tell whether some organisation's peer knows more of the title that left with a chain entry than the caller's own.

    Raises:
        CallError: A peer of some organisation did not answer, so nobody knows.
    """
    own = yield from session.run(find_exit(entry))
    for msp_id in (yield from endorsers(session)):
        if msp_id == session.identity.msp_id:
            continue
        other = yield from session.run(find_exit(entry, organisation=msp_id))
        if other is not None and (own is None or own.sequence < other.sequence):
            return True
    return False


@flow
def find_document(
    session: Session, *, transport_document_reference: str, document: bytes, organisation: str | None = None
) -> Steps[ControlView | None]:
    """Return where control is of the title over a document that somebody offers; None if there is none on the channel.

    Only the organisation of its carrier can tell. Where that is not known, a peer of each organisation is asked: it
    learns the reference, and that the caller has the document, but nothing from which the document or its checksum
    could be made. Caller: a party licensed as PLATFORM.

    Args:
        session: Given by `run`.
        transport_document_reference: The document's.
        document: Its canonical bytes.
        organisation: The MSP id of its carrier's organisation, where it is known; then no other one is asked.

    Raises:
        Refused: NOT_A_PLATFORM.
        CallError: A peer of some organisation did not answer, so nobody knows.
    """
    asked = (yield from endorsers(session)) if organisation is None else [organisation]
    for msp_id in asked:
        body = request(
            DocumentQuestion,
            msp_id=msp_id,
            transport_document_reference=transport_document_reference,
            possession=possession(document, msp_id),
        )
        content = yield from session.evaluate("ebl:findDocument", body, target_organizations=[msp_id])
        view = answer(ControlView, content)
        if view.title_id is not None:
            return view
    return None
