"""A title's history as a person would tell it: who did what, in which capacity, signed by whom, in which block."""

from dataclasses import dataclass

from tradelane.gateway.ledger.queries import block_of
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade.ebl.reading import history
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import HistoryEntry
from tradelane.rules.ebl import TABLE, Standing, standing_of


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of a title's history.

    Attributes:
        sequence: The version it made, from 1.
        action: The act's code.
        actor: Party that did it.
        capacity: As what, in words: "who is in control", "its carrier", ...
        recipient: In favour of whom, where anybody.
        time: Of the transaction, UTC.
        standing: Where the title stood afterwards.
        possessor: Who was in control afterwards; None when nobody.
        owner: Who had title afterwards; None when nobody.
        transaction_id: Of the act.
        block: Number of the block it stands in.
        jurisdictions: MSP ids of the organisations whose peers endorsed it.
        remark: The words that went with it, where the reader may see them.
    """

    sequence: int
    action: str
    actor: str
    capacity: str
    recipient: str | None
    time: str
    standing: Standing
    possessor: str | None
    owner: str | None
    transaction_id: str
    block: int
    jurisdictions: tuple[str, ...]
    remark: str | None


@flow
def account(session: Session, title_id: str) -> Steps[tuple[Deed, ...]]:
    """Return a title's deeds, oldest first, with what the chain says of each. Caller: as for `show`.

    Raises:
        Refused: UNKNOWN_TITLE, NOT_A_PARTY.
        NotFound: The peer's chain does not reach back to one of the acts.
    """
    found = yield from session.run(history(title_id))
    deeds = []
    before: TitleRecord | None = None
    for entry in found.entries:
        deeds.append((yield from _deed(session, before, entry)))
        before = entry.title
    return tuple(deeds)


def _deed(session: Session, before: TitleRecord | None, entry: HistoryEntry) -> Steps[Deed]:
    title, last = entry.title, entry.title.last_action
    block = yield from session.run(block_of(entry.transaction_id))
    transaction = next(each for each in block.transactions if each.id == entry.transaction_id)
    endorsements = () if transaction.action is None else transaction.action.endorsements
    rule = TABLE.get((None if before is None else standing_of(before), last.action_code))
    return Deed(
        sequence=title.sequence,
        action=last.action_code.value,
        actor=last.actor.party_id,
        capacity="" if rule is None else rule.by,
        recipient=None if last.recipient is None else last.recipient.party_id,
        time=last.action_date_time,
        standing=standing_of(title),
        possessor=None if title.possessor is None else title.possessor.party_id,
        owner=None if title.owner is None else title.owner.party_id,
        transaction_id=entry.transaction_id,
        block=block.header.number,
        jurisdictions=tuple(sorted({each.endorser.msp_id for each in endorsements})),
        remark=entry.remark,
    )
