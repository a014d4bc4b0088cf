"""Surrender, its answers, and the ends of a title: delivered, replaced, on paper, void."""

from collections.abc import Iterable
from typing import Final, TypeVar

from tradelane.gateway import once
from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import InputError
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade import documents
from tradelane.gateway.trade.documents import Json
from tradelane.gateway.trade.ebl.acting import act, require_alone, title_of, words
from tradelane.gateway.trade.exchange import answer, request
from tradelane.gateway.trade.organisations import endorsers
from tradelane.model.dcsa import DocumentError, ExaminedDocument, quantities_of, read_document
from tradelane.model.quantities import Quantities
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import SurrenderReason
from tradelane.model.title_requests import (
    AmendmentRequest,
    FeedbackElement,
    ReasonedRequest,
    ReplacedTitles,
    ReplaceRequest,
    TitleAct,
)
from tradelane.rules.ebl.quantities import blinding_of, commit, conservation, digest_of, first_difference
from tradelane.rules.refusal import Code

T = TypeVar("T")

_AN_AMENDMENT: Final = 2
"""One old title and one new one; with more of them quantities have to add up."""


@flow
def surrender(
    session: Session, title_id: str, *, expected_sequence: int | None = None
) -> Steps[Committed[TitleRecord]]:
    """Surrender for delivery: the carrier has the title until it answers. Caller: who may claim the goods.

    Raises:
        Refused: NOT_IN_CONTROL, NOT_TITLEHOLDER, WRONG_STATE, STALE_TITLE.
    """
    body = request(TitleAct, title_id=title_id, expected_sequence=expected_sequence)
    return (yield from act(session, "ebl:surrender", body))


@flow
def surrender_for_amendment(
    session: Session,
    title_id: str,
    *,
    reason_code: SurrenderReason | None = None,
    remark: str | None = None,
    expected_sequence: int | None = None,
) -> Steps[Committed[TitleRecord]]:
    """Surrender to have the title amended, split, combined or switched to paper. Caller: who may claim the goods.

    Args:
        session: Given by `run`.
        title_id: The title.
        reason_code: SWTP (to paper), COD (change of destination) or SWI (switch bill), where one fits.
        remark: What is to be changed, private data of up to 255 characters.
        expected_sequence: As for `endorse`.

    Raises:
        Refused: NOT_IN_CONTROL, NOT_TITLEHOLDER, NOT_UNDER_THIS_LAW, WRONG_STATE, STALE_TITLE.
    """
    body = request(AmendmentRequest, title_id=title_id, reason_code=reason_code, expected_sequence=expected_sequence)
    return (yield from act(session, "ebl:surrenderForAmendment", body, words(session, remark)))


@flow
def accept(
    session: Session, title_id: str, *, paper: str | None = None, expected_sequence: int | None = None
) -> Steps[Committed[TitleRecord]]:
    """Accept a surrender, after which nobody is in control. Caller: the issuer.

    Args:
        session: Given by `run`.
        title_id: The title.
        paper: What identifies the paper document, when the title is switched to paper; private data.
        expected_sequence: As for `endorse`.

    Raises:
        Refused: NOT_ISSUER, REASON_REQUIRED (a switch to paper without `paper`), WRONG_STATE.
    """
    body = request(TitleAct, title_id=title_id, expected_sequence=expected_sequence)
    return (yield from act(session, "ebl:accept", body, words(session, paper)))


@flow
def reject(
    session: Session,
    title_id: str,
    *,
    reason: str,
    feedback: tuple[FeedbackElement, ...] = (),
    expected_sequence: int | None = None,
) -> Steps[Committed[TitleRecord]]:
    """Reject a surrender, which gives the title back. Caller: the issuer.

    Args:
        session: Given by `run`.
        title_id: The title.
        reason: Up to 255 characters; private data, which the parties of the title may read.
        feedback: What exactly is wrong, DCSA's feedbackElements; private data too.
        expected_sequence: As for `endorse`.

    Raises:
        InputError: INVALID_REQUEST: no reason, or too long a one.
        Refused: NOT_ISSUER, WRONG_STATE.
    """
    body = request(ReasonedRequest, title_id=title_id, expected_sequence=expected_sequence)
    return (yield from act(session, "ebl:reject", body, words(session, reason, feedback)))


@flow
def accomplish(
    session: Session, title_id: str, *, delivery_order: str, expected_sequence: int | None = None
) -> Steps[Committed[TitleRecord]]:
    """Record that the goods were delivered against a delivery order, whose reference stays private. Caller: the issuer.

    Raises:
        Refused: NOT_ISSUER, SURRENDER_FIRST, WRONG_STATE.
    """
    body = request(ReasonedRequest, title_id=title_id, expected_sequence=expected_sequence)
    return (yield from act(session, "ebl:accomplish", body, words(session, delivery_order)))


@flow
def void(
    session: Session, title_id: str, *, remark: str | None = None, expected_sequence: int | None = None
) -> Steps[Committed[TitleRecord]]:
    """End a title whose surrender for amendment was accepted, without replacing it. Caller: the issuer.

    Raises:
        Refused: NOT_ISSUER, WRONG_STATE.
    """
    body = request(TitleAct, title_id=title_id, expected_sequence=expected_sequence)
    return (yield from act(session, "ebl:void", body, words(session, remark)))


@flow
def replace(
    session: Session,
    title_ids: tuple[str, ...],
    issuances: tuple[Json, ...],
    *,
    expected_sequences: tuple[int, ...] = (),
) -> Steps[Committed[ReplacedTitles]]:
    """Replace titles surrendered for amendment: amend (one by one), split (one by several), combine (several by one).

    The new documents are lodged first. The new titles go to the party that surrendered the old ones, with their
    documents. What is attached to the old ones stays with them.

    Args:
        session: Given by `run`.
        title_ids: The old titles.
        issuances: The new transport documents, DCSA 3.0.4.
        expected_sequences: The versions of the old titles you have seen, one for each; at others it is refused.

    Raises:
        InputError: INVALID_DOCUMENT, NOT_JOINTLY, QUANTITIES_DIFFER, with the unit, or AMEND_FIRST: an old title is of
            an earlier release; nothing was sent.
        Refused: NOT_ISSUER, WRONG_STATE, STALE_TITLE, NOT_TO_BE_REPLACED, DUPLICATE_REFERENCE, ...
    """
    require_alone(session)
    if not title_ids:
        raise InputError("Name at least one title that is replaced.", code="INVALID_REQUEST")
    examined = [_examined(each) for each in issuances]
    old = yield from _each(title_of(session, title_id) for title_id in title_ids)
    conserves = len(old) + len(examined) > _AN_AMENDMENT
    before: list[tuple[Quantities, bytes]] = []
    if conserves:
        before = yield from _each(_quantities(session, title.document_id) for title in old)
        _require_committed(old, before)
        _require_conserved(before, examined)
    titles, after = [], []
    for number, each in enumerate(examined, 1):
        document_id, title_id = (once.new_id(session, f"{what} {number}") for what in ("document", "title"))
        yield from documents.lodge_unless_lodged(session, each.canonical, document_id)
        facts = yield from session.run(documents.lodgement(document_id))
        titles.append({"titleId": title_id, "lodgement": facts.model_dump(mode="json")})
        if conserves:
            after.append((yield from _quantities(session, document_id)))
    body = request(
        ReplaceRequest,
        replaces=title_ids,
        titles=titles,
        expected_sequences=expected_sequences,
        conservation=conservation(before, after).model_dump(mode="json") if conserves else None,
    )
    organisations = yield from endorsers(session)
    done = yield from session.submit("ebl:replace", body, endorsing_organizations=organisations)
    replaced = done.holding(answer(ReplacedTitles, done.result))
    holder = old[0].surrendered_by
    if holder is not None:
        for title in replaced.result.titles[len(title_ids) :]:
            yield from session.run(documents.share(title.title_id, to=holder.party_id))
    return replaced


def _examined(document: Json) -> ExaminedDocument:
    try:
        return read_document(documents.json_bytes(document))
    except DocumentError as error:
        raise documents.invalid_document(error) from None


def _require_committed(old: list[TitleRecord], before: list[tuple[Quantities, bytes]]) -> None:
    bare = [
        title.title_id
        for title, (quantities, salt) in zip(old, before, strict=True)
        if digest_of(commit(quantities, blinding_of(salt))) != title.quantities
    ]
    if bare:
        raise InputError(
            "A split or combination shows that quantities add up, and these titles do not commit to theirs so that it "
            f"could be shown, as those of earlier releases: {', '.join(bare)}. Amend each of them one by one first; "
            "what replaces it can be split and combined.",
            code="AMEND_FIRST",
            details={"titleIds": " ".join(bare)},
        )


def _require_conserved(before: list[tuple[Quantities, bytes]], after: list[ExaminedDocument]) -> None:
    unit = first_difference((each for each, _ in before), (quantities_of(each.document) for each in after))
    if unit is not None:
        raise InputError(
            f"A split or combination conserves quantities, and the new documents differ from the old ones in {unit}.",
            code=Code.QUANTITIES_DIFFER.value,
            details={"unit": unit},
        )


def _each(asked: Iterable[Steps[T]]) -> Steps[list[T]]:
    found = []
    for steps in asked:
        answer_to = yield from steps
        found.append(answer_to)
    return found


def _quantities(session: Session, document_id: str) -> Steps[tuple[Quantities, bytes]]:
    held = yield from session.run(documents.read(document_id))
    return quantities_of(read_document(held.content.encode()).document), bytes.fromhex(held.salt)
