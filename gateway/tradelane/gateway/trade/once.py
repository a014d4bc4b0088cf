"""Issuing a title under a request id: however often it is repeated, one title over one document."""

import hashlib

from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import Refused
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade import documents, ebl
from tradelane.gateway.trade.documents import Json
from tradelane.model.title import TitleRecord
from tradelane.rules.refusal import Code


@flow
def issue_once(
    session: Session, issuance: Json, *, request_id: str, share: bool = True
) -> Steps[Committed[TitleRecord]]:
    """Do as `ebl.issue`, but only what earlier tries under the same request id have left undone.

    The ids of document and title are made of the request id, so a repeated request meets what it made before. Where
    the title was issued already, the result is the title as it was then.

    Args:
        session: Given by `run`.
        issuance: As for `ebl.issue`.
        request_id: Nobody else must be able to guess it.
        share: As for `ebl.issue`.

    Raises:
        InputError: INVALID_DOCUMENT; nothing was sent.
        Refused: As `ebl.issue`.
    """
    document_id, title_id = (_made_of(request_id, what) for what in ("document", "title"))
    try:
        return (yield from session.run(ebl.issue(issuance, document_id=document_id, title_id=title_id, share=share)))
    except Refused as refused:
        if refused.reason is not Code.TITLE_EXISTS:
            raise
    first = (yield from session.run(ebl.history(title_id))).entries[0]
    status = yield from session.outcome(first.transaction_id)
    if share and first.title.first_possessor is not None:
        yield from session.run(documents.share(title_id, to=first.title.first_possessor.party_id))
    return Committed(first.title, status.transaction_id, status.block_number)


def _made_of(request_id: str, what: str) -> str:
    return hashlib.sha256(f"tradelane {what} {request_id}".encode()).hexdigest()[:32]
