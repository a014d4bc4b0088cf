"""A title as security, and under a court's order."""

from tradelane.gateway.envelope import Committed
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade.ebl.acting import act, share_first, words
from tradelane.gateway.trade.exchange import request
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import (
    ReasonedRequest,
    RecoverRequest,
    TitleAct,
    TransferRequest,
    UnfreezeRequest,
)


@flow
def pledge(
    session: Session,
    title_id: str,
    *,
    to: str,
    refusable_until: str | None = None,
    expected_sequence: int | None = None,
    share: bool = True,
) -> Steps[Committed[TitleRecord]]:
    """Pledge a title to a bank, which is in control until it releases it. Caller: the titleholder in control.

    Args:
        session: Given by `run`.
        title_id: The title.
        to: A licensed bank.
        refusable_until: Until when the bank may refuse; by default until its own next act.
        expected_sequence: As for `endorse`.
        share: Whether the bank gets the document first, unless it was given it before.

    Raises:
        Refused: NOT_IN_CONTROL, NOT_TITLEHOLDER, NOT_A_BANK, NOT_A_TITLE, WRONG_STATE (pledged already), ...
    """
    return (yield from _to_bank(session, "ebl:pledge", title_id, to, refusable_until, expected_sequence, share=share))


@flow
def substitute_pledgee(
    session: Session,
    title_id: str,
    *,
    to: str,
    refusable_until: str | None = None,
    expected_sequence: int | None = None,
    share: bool = True,
) -> Steps[Committed[TitleRecord]]:
    """Hand a pledged title and the pledge to another bank. Caller: the pledgee. Arguments as for `pledge`.

    Raises:
        Refused: NOT_PLEDGEE, NOT_A_BANK, SAME_PARTY, WRONG_STATE, ...
    """
    function = "ebl:substitutePledgee"
    return (yield from _to_bank(session, function, title_id, to, refusable_until, expected_sequence, share=share))


@flow
def release(session: Session, title_id: str, *, expected_sequence: int | None = None) -> Steps[Committed[TitleRecord]]:
    """Give a pledged title back to its pledgor. Caller: the pledgee.

    Raises:
        Refused: NOT_PLEDGEE, WRONG_STATE.
    """
    body = request(TitleAct, title_id=title_id, expected_sequence=expected_sequence)
    return (yield from act(session, "ebl:release", body))


@flow
def enforce(
    session: Session, title_id: str, *, reason: str, expected_sequence: int | None = None
) -> Steps[Committed[TitleRecord]]:
    """Take a pledged title for oneself, for a reason that stays private. Caller: the pledgee.

    Raises:
        Refused: NOT_PLEDGEE, NOT_NEGOTIABLE, WRONG_STATE.
    """
    return (yield from _ordered(session, "ebl:enforce", title_id, reason, expected_sequence))


@flow
def freeze(
    session: Session, title_id: str, *, order: str, expected_sequence: int | None = None
) -> Steps[Committed[TitleRecord]]:
    """Stop a title by a court's order. Caller: an authority of a jurisdiction the title concerns.

    Raises:
        Refused: NOT_AUTHORITY, FOREIGN_ORGANISATION, ALREADY_FROZEN (by you), WRONG_STATE.
    """
    return (yield from _ordered(session, "ebl:freeze", title_id, order, expected_sequence))


@flow
def unfreeze(
    session: Session, title_id: str, *, order: str, frozen_by: str | None = None, expected_sequence: int | None = None
) -> Steps[Committed[TitleRecord]]:
    """Lift a court's order; the title is free when all orders are lifted. Caller: the authority whose order it is.

    Another authority of the same jurisdiction may stand in for it, if it says so.

    Args:
        session: Given by `run`.
        title_id: The title.
        order: What identifies the order by which it is lifted, private data of up to 255 characters.
        frozen_by: The authority whose order it is; by default the caller.
        expected_sequence: As for `endorse`. With it, who has no order lifts the only one of its jurisdiction.

    Raises:
        Refused: NOT_AUTHORITY, FOREIGN_ORGANISATION, WRONG_STATE, STALE_TITLE.
    """
    body = request(UnfreezeRequest, title_id=title_id, frozen_by=frozen_by, expected_sequence=expected_sequence)
    return (yield from act(session, "ebl:unfreeze", body, words(session, order)))


@flow
def recover(
    session: Session, title_id: str, *, subject: str, to: str, order: str, expected_sequence: int | None = None
) -> Steps[Committed[TitleRecord]]:
    """Give what a party had in a title to another one by a court's order. Caller: an authority of both's home.

    Args:
        session: Given by `run`.
        title_id: The title.
        subject: The party that has lost control, of its keys or otherwise.
        to: The party that gets it.
        order: What identifies the court's order, private data of up to 255 characters.
        expected_sequence: As for `endorse`.

    Raises:
        Refused: NOT_AUTHORITY, NOTHING_TO_RECOVER, FOREIGN_ORGANISATION, NOT_A_BANK, WRONG_STATE.
    """
    body = request(
        RecoverRequest, title_id=title_id, subject=subject, recipient=to, expected_sequence=expected_sequence
    )
    return (yield from act(session, "ebl:recover", body, words(session, order)))


def _to_bank(
    session: Session,
    function: str,
    title_id: str,
    to: str,
    refusable_until: str | None,
    expected_sequence: int | None,
    *,
    share: bool,
) -> Steps[Committed[TitleRecord]]:
    body = request(
        TransferRequest,
        title_id=title_id,
        recipient=to,
        refusable_until=refusable_until,
        expected_sequence=expected_sequence,
    )
    yield from share_first(session, function, body, title_id, to, share=share)
    return (yield from act(session, function, body))


def _ordered(
    session: Session, function: str, title_id: str, reason: str, expected_sequence: int | None
) -> Steps[Committed[TitleRecord]]:
    body = request(ReasonedRequest, title_id=title_id, expected_sequence=expected_sequence)
    return (yield from act(session, function, body, words(session, reason)))
