"""Disputed transfers: what was answered DISE, to look at, and what people have agreed on, to carry out.

DCSA leaves a dispute to people. Until they have settled it, a title that was sent and disputed is on nobody's side of
the ledger: out, by the entry that was disputed.
"""

import hashlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from tradelane.gateway.client import Gateway
from tradelane.gateway.dcsa.messages import Malformed, read
from tradelane.gateway.dcsa.signing import BadSignature, claimed
from tradelane.gateway.errors import InputError
from tradelane.gateway.pint.messages import Finished, ResponseCode
from tradelane.gateway.pint.store import GONE, Held, Store
from tradelane.gateway.trade import ebl


class Settlement(StrEnum):
    """What people have agreed on."""

    OURS = "ours"
    """The other platform has not got the title: it is back with who sent it."""
    THEIRS = "theirs"
    """The other platform has it: it stays out, until it comes back by its chain."""


_OUTCOMES: Final = {Settlement.OURS: "KEPT", Settlement.THEIRS: GONE}


@dataclass(frozen=True)
class Open:
    """A dispute that waits for people.

    Attributes:
        document_checksum: Names the title among platforms.
        reference: The transport document's.
        sent: Whether this platform has sent the title; else it was sent here, and nothing was changed by it.
        other: The other platform.
        reason: What the one that disputes it says.
        evidence: Signed: the other platform's answer, or the last entry of the chain that it sent.
        title_id: On this channel.
    """

    document_checksum: str
    reference: str
    sent: bool
    other: str
    reason: str
    evidence: str
    title_id: str | None = None


def open_disputes(store: Store) -> tuple[Open, ...]:
    """Return what is disputed: titles sent, to be settled here, and envelopes received, which their sender settles."""
    found = []
    for held in store.titles():
        sending = store.sending(held.document_checksum)
        if sending is not None and sending.outcome == ResponseCode.DISE.value and sending.answer is not None:
            reference = str(held.document["transportDocumentReference"])
            other, answer = sending.recipient_platform, sending.answer
            checksum = held.document_checksum
            found.append(Open(checksum, reference, True, other, _reason(answer), answer, held.title_id))
    for each in store.disputes():
        here = store.title(each.document_checksum)
        title_id = None if here is None else here.title_id
        found.append(
            Open(each.document_checksum, each.reference, False, each.sender, each.reason, each.last_entry, title_id)
        )
    return tuple(found)


def settle(store: Store, operator: Gateway, name: str, settlement: Settlement, agreement: bytes) -> Held:
    """Carry out what people have agreed on about a title that this platform has sent and another one has disputed.

    Args:
        store: The platform's database.
        operator: The connection of the platform's own party, which gives the title back.
        name: The title's id, or its document's checksum.
        settlement: In whose favour.
        agreement: The document in which they agreed. Its SHA-256 stands on the ledger as what the title came back by.

    Raises:
        InputError: NOT_DISPUTED.
        Refused: The ledger does not let it back.
        Overtaken: Another process has changed the title's chain meanwhile.
    """
    held = store.title_by_id(name) or store.title(name)
    sending = None if held is None else store.sending(held.document_checksum)
    if held is None or sending is None or sending.outcome != ResponseCode.DISE.value:
        raise InputError(
            "No transfer of this title that began here is disputed; `tradelane pint disputes` lists those that are.",
            code="NOT_DISPUTED",
        )
    digest = hashlib.sha256(agreement).hexdigest()
    after = held
    if settlement is Settlement.OURS:
        if held.title_id is not None:
            _give_back(operator, held.title_id, digest)
        after = replace(held, here=True, chain=held.chain[:-1])
    store.answered(held, after, _OUTCOMES[settlement], digest)
    return after


def _give_back(operator: Gateway, title_id: str, entry: str) -> None:
    title = operator.run(ebl.show(title_id))
    if title.abroad is None:
        return  # given back by a run that stopped before it could note so
    exporter = title.last_action.actor
    operator.run(ebl.import_back(title_id, to=exporter.party_id, left_by=title.abroad.entry, entry=entry))


def _reason(answer: str) -> str:
    try:
        return read(Finished, claimed(answer)).reason or ""
    except (Malformed, BadSignature):
        return ""
