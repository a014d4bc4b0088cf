"""Control and endorsement: what the party in control, the endorsee, and whoever was given something may do."""

from tradelane.gateway.envelope import Committed
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade.ebl.acting import act, share_first, words
from tradelane.gateway.trade.exchange import request
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import EndorseRequest, NominateRequest, ReasonedRequest, TitleAct, TransferRequest


@flow
def endorse(
    session: Session,
    title_id: str,
    *,
    to: str | None = None,
    action: Action = Action.ENDORSE,
    refusable_until: str | None = None,
    expected_sequence: int | None = None,
    share: bool = True,
) -> Steps[Committed[TitleRecord]]:
    """Endorse to a named party, to its order, or in blank (then without `to`). Caller: the endorsee in control.

    Whoever is in control without being the endorsee may endorse to the party that the endorsee has nominated.

    Args:
        session: Given by `run`.
        title_id: The title.
        to: The new endorsee.
        action: ENDORSE, ENDORSE_TO_ORDER, ENDORSE_AND_TRANSFER (to order, with possession) or BLANK_ENDORSE.
        refusable_until: Until when `to` may refuse, UTC with milliseconds; by default until its own next act.
        expected_sequence: The version of the title you have seen; at another one the act is refused.
        share: Whether the party gets the document first, unless it was given it before.

    Raises:
        Refused: NOT_IN_CONTROL, NOT_ENDORSEE, ENDORSEE_MAY_NOT_ENDORSE, NOT_NEGOTIABLE, RECIPIENT_REQUIRED, ...
    """
    body = request(
        EndorseRequest,
        title_id=title_id,
        action_code=action,
        recipient=to,
        refusable_until=refusable_until,
        expected_sequence=expected_sequence,
    )
    if to is not None:
        yield from share_first(session, "ebl:endorse", body, title_id, to, share=share)
    return (yield from act(session, "ebl:endorse", body))


@flow
def transfer(
    session: Session,
    title_id: str,
    *,
    to: str,
    refusable_until: str | None = None,
    expected_sequence: int | None = None,
    share: bool = True,
) -> Steps[Committed[TitleRecord]]:
    """Hand possession to another party, which becomes the one in control. Caller: the possessor.

    Args: as for `endorse`.

    Raises:
        Refused: NOT_IN_CONTROL, UNKNOWN_PARTY, SAME_PARTY, WRONG_STATE, STALE_TITLE, ...
    """
    body = request(
        TransferRequest,
        title_id=title_id,
        recipient=to,
        refusable_until=refusable_until,
        expected_sequence=expected_sequence,
    )
    yield from share_first(session, "ebl:transfer", body, title_id, to, share=share)
    return (yield from act(session, "ebl:transfer", body))


@flow
def nominate(
    session: Session, title_id: str, *, to: str, expected_sequence: int | None = None
) -> Steps[Committed[TitleRecord]]:
    """Let whoever is in control endorse to a party, and to nobody else. Caller: the endorsee, in possession or not.

    Raises:
        Refused: NOT_ENDORSEE, NOT_NEGOTIABLE, ENDORSEE_MAY_NOT_ENDORSE, SAME_PARTY, WRONG_STATE, ...
    """
    body = request(NominateRequest, title_id=title_id, recipient=to, expected_sequence=expected_sequence)
    return (yield from act(session, "ebl:nominate", body))


@flow
def sign(
    session: Session, title_id: str, *, remark: str | None = None, expected_sequence: int | None = None
) -> Steps[Committed[TitleRecord]]:
    """Sign a title, which changes nothing but its history. Caller: the party in control.

    Raises:
        Refused: NOT_IN_CONTROL, WRONG_STATE.
    """
    body = request(TitleAct, title_id=title_id, expected_sequence=expected_sequence)
    return (yield from act(session, "ebl:sign", body, words(session, remark)))


@flow
def refuse(
    session: Session, title_id: str, *, reason: str, expected_sequence: int | None = None
) -> Steps[Committed[TitleRecord]]:
    """Give back what came in: possession, endorsement, pledge. Caller: who was given it and has not acted since.

    Args:
        session: Given by `run`.
        title_id: The title.
        reason: Up to 255 characters; private data, which the parties of the title may read.
        expected_sequence: As for `endorse`.

    Raises:
        InputError: INVALID_REQUEST: no reason, or too long a one.
        Refused: NOTHING_TO_REFUSE, TOO_LATE_TO_REFUSE, WRONG_STATE.
    """
    body = request(ReasonedRequest, title_id=title_id, expected_sequence=expected_sequence)
    return (yield from act(session, "ebl:refuse", body, words(session, reason)))
