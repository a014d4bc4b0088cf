"""From a title's history to DCSA's endorsement chain (EBL_END 3.0.4) and to the transactions of PINT 3.0.0.

Acts that have a code of DCSA's go by it. The others are told by what they changed, in the same words:

    TradeLane's act           in the chain
    ENDORSE_AND_TRANSFER      ENDORSE_TO_ORDER, then TRANSFER
    PLEDGE, SUBSTITUTE_PLEDGEE, RELEASE   TRANSFER of possession; the endorsee stays
    ENFORCE                   ENDORSE or ENDORSE_TO_ORDER by the pledgee to itself (blank bill: nothing: it has it)
    REFUSE                    EBL_END: what came in goes back: ENDORSE, ENDORSE_TO_ORDER or BLANK_ENDORSE, then
                              TRANSFER; PINT: nothing, nor what was refused
    RECOVER                   the same, by the authority to the party that the court named
    EXPORT                    nothing; the TRANSFER to the other platform's party stands in the envelope's own entry
    IMPORT                    nothing; what was done abroad stands in the entries of the other platforms; but of a
                              surrender, which is answered here: SURRENDER_FOR_DELIVERY or SURRENDER_FOR_AMENDMENT
    SREJ                      EBL_END: TRANSFER from the carrier back; PINT: SREJ
    SACC                      EBL_END: SURRENDERED; PINT: SACC
    ACCOMPLISH                of a sea waybill, which is not surrendered: SURRENDERED (PINT: SACC); else nothing
    NOMINATE, VOID, FREEZE, UNFREEZE   nothing: neither possession nor endorsement changed

Whoever endorses or transfers for another one (to a nominee, as pledgee, as authority) has that party as its
representedParty.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tradelane.gateway.dcsa.messages import ActingParty, ActionCode, ChainLink, Transaction, read
from tradelane.model.party import PartyRef, PartyView
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action, Incoming
from tradelane.model.title_requests import HistoryEntry

MUTUALLY_AGREED: Final = "ZZZ"
"""DCSA's codeListProvider for a code the parties agreed on; here it is the party id on this network."""
CODE_LIST_NAME: Final = "TradeLane"
PLATFORM: Final = "TRDL"
"""This platform's code until DCSA assigns one; a deployment sets its own."""

_DIRECT: Final = {
    action: ActionCode(action.value)
    for action in (
        Action.ISSUE,
        Action.ENDORSE,
        Action.ENDORSE_TO_ORDER,
        Action.BLANK_ENDORSE,
        Action.SIGN,
        Action.TRANSFER,
        Action.SURRENDER_FOR_DELIVERY,
        Action.SURRENDER_FOR_AMENDMENT,
        Action.SACC,
        Action.SREJ,
    )
}
SURRENDERED_BY_STATUS: Final = {
    TitleStatus.PENDING_SURRENDER_FOR_DELIVERY: ActionCode.SURRENDER_FOR_DELIVERY,
    TitleStatus.PENDING_SURRENDER_FOR_AMENDMENT: ActionCode.SURRENDER_FOR_AMENDMENT,
}
"""What a title in this status was surrendered by, here or abroad."""
_NOTHING_MOVED: Final = ("NOMINATE", "VOID", "FREEZE", "UNFREEZE", "EXPORT", "IMPORT")
_LINK_FIELDS: Final = frozenset({"actionDateTime", "actionCode", "actor", "recipient", "auditReference"})
_IN_END: Final = {ActionCode.SACC: ActionCode.SURRENDERED, ActionCode.SREJ: ActionCode.TRANSFER}


@dataclass(frozen=True)
class Directory:
    """How parties of this channel are named to others.

    Attributes:
        platform: The platform's code of four letters.
        parties: All parties of the channel, by id; a name is there where the asker's organisation holds it.
    """

    platform: str
    parties: Mapping[str, PartyView]

    @classmethod
    def of(cls, platform: str, views: Iterable[PartyView]) -> "Directory":
        """Return the directory of what `party:list` answers."""
        return cls(platform, {view.party.party_id: view for view in views})

    def party(self, ref: PartyRef, on_behalf_of: PartyRef | None = None) -> ActingParty:
        """Return a party as DCSA's messages name it: by its LEI and its party id; by the id where no name is known.

        A joint party is no legal entity and has no LEI: it goes by its party id alone.
        """
        value = {**self._named(ref), "eblPlatform": self.platform}
        if on_behalf_of is not None:
            value["representedParty"] = self._named(on_behalf_of)
        return read(ActingParty, value)

    def _named(self, ref: PartyRef) -> dict[str, Any]:
        view = self.parties.get(ref.party_id)
        codes: list[dict[str, object]] = [
            {"codeListProvider": MUTUALLY_AGREED, "partyCode": ref.party_id, "codeListName": CODE_LIST_NAME}
        ]
        if view is not None and view.party.lei is not None:  # a joint party is no legal entity
            codes.insert(0, {"codeListProvider": "GLEIF", "partyCode": view.party.lei, "codeListName": "LEI"})
        name = ref.party_id if view is None or view.name is None else view.name
        return {"partyName": name, "identifyingCodes": codes}


@dataclass(frozen=True)
class Move:
    """One thing an act did, before it is put into DCSA's shape."""

    code: ActionCode
    actor: PartyRef
    recipient: PartyRef | None
    on_behalf_of: PartyRef | None = None
    """Who might do it by DCSA's rules, where law or that party lets the actor do it."""


def moves(before: TitleRecord | None, after: TitleRecord) -> Iterator[Move]:
    """Say in DCSA's codes what made one version of a title out of another."""
    last = after.last_action
    if last.action_code is Action.IMPORT and after.surrendered_by is not None and after.status in SURRENDERED_BY_STATUS:
        yield Move(SURRENDERED_BY_STATUS[after.status], after.surrendered_by, after.issuer)
    if last.action_code.value in _NOTHING_MOVED:
        return
    if last.action_code in _DIRECT:
        # An acceptance favours nobody: it is the surrender that had a recipient.
        recipient = None if last.action_code is Action.SACC else last.recipient
        yield Move(_DIRECT[last.action_code], last.actor, recipient, _principal(before, after))
    elif last.action_code is Action.ACCOMPLISH:
        if after.transport_document_type_code == "SWB":
            yield Move(ActionCode.SACC, last.actor, None)
    elif before is not None:
        yield from _changes(before, after)


def _principal(before: TitleRecord | None, after: TitleRecord) -> PartyRef | None:
    """Return the endorsee where another one endorsed for it: to its nominee, as its pledgee, by a court's order."""
    if before is None or (before.endorsee, before.endorsee_may_endorse) == (after.endorsee, after.endorsee_may_endorse):
        return None
    return None if before.endorsee == after.last_action.actor else before.endorsee


def _changes(before: TitleRecord, after: TitleRecord) -> Iterator[Move]:
    actor, principal = after.last_action.actor, _principal(before, after)
    if (before.endorsee, before.endorsee_may_endorse) != (after.endorsee, after.endorsee_may_endorse):
        if after.endorsee is None:
            yield Move(ActionCode.BLANK_ENDORSE, actor, None, principal)
        else:
            code = ActionCode.ENDORSE_TO_ORDER if after.endorsee_may_endorse else ActionCode.ENDORSE
            yield Move(code, actor, after.endorsee, principal)
    if before.possessor != after.possessor and after.possessor is not None:
        holder = None if before.possessor == actor else before.possessor
        yield Move(ActionCode.TRANSFER, actor, after.possessor, holder)


def transactions(entries: Sequence[HistoryEntry], directory: Directory) -> tuple[Transaction, ...]:
    """Return a history as PINT's transactions, oldest first; words stay on this platform, reason codes go along.

    What was refused is left out together with its refusal: DCSA knows no refusal between parties, and a giving back by
    whoever was endorsed by name would be an endorsement that it might not make.
    """
    undone = _undone(entries)
    kept = (found for number, found in _numbered(entries) if number not in undone)
    return tuple(_transaction(entry, move, directory) for entry, move in kept)


def export(entries: Sequence[HistoryEntry], directory: Directory, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what GET /endorsement-chains/{transportDocumentReference} answers: one chain, newest act first.

    Args:
        entries: The title's history, oldest first.
        directory: The channel's parties.
        document: The transport document.
    """
    links = [_link(entry, move, directory).value() for entry, move in _each_move(entries)]
    return [{**chain_head(document), "endorsementChain": links[::-1]}]


def chain_head(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an endorsement chain says of its document."""
    chain: dict[str, Any] = {"transportDocumentReference": document["transportDocumentReference"]}
    if "transportDocumentSubReference" in document:
        chain["transportDocumentSubReference"] = document["transportDocumentSubReference"]
    if document.get("carrierCodeListProvider") == "NMFTA":
        chain["carrierSCACCode"] = document["carrierCode"]
    return chain


def in_end(transaction: Transaction) -> ChainLink:
    """Return a transaction of PINT's as EBL_END tells it."""
    value = {name: each for name, each in transaction.value().items() if name in _LINK_FIELDS}
    code = ActionCode(value["actionCode"])
    return read(ChainLink, {**value, "actionCode": _IN_END.get(code, code).value})


def _each_move(entries: Sequence[HistoryEntry]) -> Iterator[tuple[HistoryEntry, Move]]:
    return (found for _, found in _numbered(entries))


def _numbered(entries: Sequence[HistoryEntry]) -> Iterator[tuple[int, tuple[HistoryEntry, Move]]]:
    before: TitleRecord | None = None
    for number, entry in enumerate(entries):
        for move in moves(before, entry.title):
            yield number, (entry, move)
        before = entry.title


def _undone(entries: Sequence[HistoryEntry]) -> frozenset[int]:
    """Return the places of what was refused and of the refusals, where both can be told."""
    undone: set[int] = set()
    for number, entry in enumerate(entries):
        last = entry.title.last_action
        if number == 0 or last.action_code is not Action.REFUSE:
            continue
        before = entries[number - 1].title
        given = [
            each
            for each in before.incoming
            if each.receiver == last.actor
            and (each.refusable_until is None or last.action_date_time <= each.refusable_until)
        ]
        places = [_place_of(entries[:number], each) for each in given]
        if None not in places:
            undone |= {number, *(place for place in places if place is not None)}
    return frozenset(undone)


def _place_of(entries: Sequence[HistoryEntry], given: Incoming) -> int | None:
    """Return the place of the act that gave something; None where a court has moved it since."""
    for number in range(len(entries) - 1, -1, -1):
        if given not in entries[number].title.incoming:
            return number + 1 if number + 1 < len(entries) else None
    return None


def _link(entry: HistoryEntry, move: Move, directory: Directory) -> ChainLink:
    return read(ChainLink, _fields(entry, move, directory, _IN_END.get(move.code, move.code)))


def _transaction(entry: HistoryEntry, move: Move, directory: Directory) -> Transaction:
    fields = _fields(entry, move, directory, move.code)
    if move.code is ActionCode.SURRENDER_FOR_AMENDMENT and entry.title.surrender_reason is not None:
        fields["reasonCode"] = entry.title.surrender_reason.value
    return read(Transaction, fields)


def _fields(entry: HistoryEntry, move: Move, directory: Directory, code: ActionCode) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "actionDateTime": entry.title.last_action.action_date_time,
        "actionCode": code.value,
        "actor": directory.party(move.actor, move.on_behalf_of).value(),
        "auditReference": entry.transaction_id,
    }
    if move.recipient is not None:
        fields["recipient"] = directory.party(move.recipient).value()
    return fields
