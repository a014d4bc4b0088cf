"""What the acts on a title have in common: whom they reach, the document that goes along, the words kept private."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from tradelane.gateway import once
from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import InputError, Refused
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Flow, Session
from tradelane.gateway.trade import attachments, documents, parties
from tradelane.gateway.trade.exchange import answer, invalid, request, text
from tradelane.gateway.trade.organisations import endorsers
from tradelane.model.base import Record, canonical_json
from tradelane.model.document import SALT_LENGTH_BYTES
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import FeedbackElement, Reason, TitleAct, TitleRequest
from tradelane.rules.refusal import Code

T = TypeVar("T")

_REASON: Final[TypeAdapter[str]] = TypeAdapter(Reason)
_FEEDBACK: Final = TypeAdapter(tuple[FeedbackElement, ...])
_DOCUMENT_NOT_AT_HAND: Final = (Code.UNKNOWN_DOCUMENT, Code.NOT_AT_THIS_PEER)


def act(
    session: Session, function: str, body: Record, words: Mapping[str, bytes] | None = None
) -> Steps[Committed[TitleRecord]]:
    """Submit an act to all organisations that endorse titles, and return the title as it is then."""
    organisations = yield from endorsers(session)
    asked = _for_joint_party(session, body)
    done = yield from session.submit(function, asked, transient=words, endorsing_organizations=organisations)
    return done.holding(answer(TitleRecord, done.result))


def jointly(flow: Flow[T], party_id: str) -> Flow[T]:
    """Return an act as a member of a joint party asks for it: it is done when the last member asks for the same.

    Until then the result is the title as it stands. The words of an act have to be the same, too: who asks in other
    words asks anew. `agreements` shows what is asked for. Of `list_titles` and `list_up_to` it makes a list of the
    joint party's titles.

    Args:
        flow: An act on a title, such as `transfer(...)`; the same with the same arguments from every member.
        party_id: The joint party.

    Raises:
        InputError: NOT_JOINTLY: an issue or a replacement, which one party does.
        Refused: NOT_A_MEMBER, ALREADY_AGREED, or what the act itself is refused with.
    """
    return Flow(lambda session: flow.steps(replace(session, joint_party=party_id)))


def require_alone(session: Session) -> None:
    """Refuse to do for a joint party what its members cannot ask for one after the other.

    Raises:
        InputError: NOT_JOINTLY.
    """
    if session.joint_party is not None:
        raise InputError(
            "Titles are issued and replaced by one carrier: the members of a joint party cannot ask for that together.",
            code="NOT_JOINTLY",
        )


def _for_joint_party(session: Session, body: Record) -> Record:
    if session.joint_party is None or not isinstance(body, TitleAct):
        return body
    return body.model_copy(update={"joint_party": session.joint_party})


def words(
    session: Session, reason: str | None, feedback: tuple[FeedbackElement, ...] = ()
) -> Mapping[str, bytes] | None:
    """Return an act's words as they travel: to the private data of the channel's organisations, never into a block.

    Raises:
        InputError: INVALID_REQUEST: no reason, or too long a one.
    """
    if reason is None:
        return None
    carried = {"reason": text(_REASON, "reason", reason), "salt": session.random(SALT_LENGTH_BYTES)}
    if feedback:
        carried["feedback"] = canonical_json([each.model_dump(mode="json", exclude_none=True) for each in feedback])
    return carried


def feedback_of(content: bytes) -> tuple[FeedbackElement, ...]:
    """Read a JSON list of DCSA's feedbackElements.

    Raises:
        InputError: INVALID_REQUEST.
    """
    try:
        return _FEEDBACK.validate_json(content)
    except ValidationError as error:
        raise invalid(error) from None


def title_of(session: Session, title_id: str) -> Steps[TitleRecord]:
    """Return a title as it stands."""
    return answer(TitleRecord, (yield from session.evaluate("ebl:show", request(TitleRequest, title_id=title_id))))


def share_first(session: Session, function: str, body: Record, title_id: str, to: str, *, share: bool) -> Steps[None]:
    """Give the title's documents to a party that may not have them, but not before the act itself has been tried out.

    The try is an evaluation, which writes nothing: the recipient of an act that is going to be refused does not get
    to see the document, nor that of an act which other members of a joint party have not asked for yet.
    """
    if not share:
        return
    title = yield from title_of(session, title_id)
    has_document = _has_document(title, to)
    pending = (yield from attachments.pending_for(session, title_id, to)) if has_document else ()
    if has_document and not pending:
        return
    tried = yield from once.try_out(session, function, _for_joint_party(session, body))
    if session.joint_party is not None and tried is not None and answer(TitleRecord, tried) == title:
        return
    try:
        if has_document:
            recipient = (yield from session.run(parties.show(to))).party
            yield from attachments.share_attachments(session, pending, recipient)
        else:
            yield from session.run(documents.share(title_id, to=to))
    except Refused as refusal:
        if refusal.reason in _DOCUMENT_NOT_AT_HAND:
            refusal.advise("You can act without sharing it (--no-share; share=False).")
        raise


def _has_document(title: TitleRecord, party_id: str) -> bool:
    """Tell whether a party was given the document before: its issuer, and whom the act just before this one favoured.

    Others may be parties only because the document names them; to be given it once more harms nobody.
    """
    last = title.last_action.recipient
    return party_id == title.issuer.party_id or (last is not None and last.party_id == party_id)
