"""From a title's history to DCSA's endorsement chain (EBL_END 3.0.4) and to the transactions of PINT 3.0.0.

Acts that have a code of DCSA's go by it. The others are told by what they changed, in the same words:

    TradeLane's act           in the chain
    ENDORSE_AND_TRANSFER      ENDORSE_TO_ORDER, then TRANSFER
    PLEDGE, SUBSTITUTE_PLEDGEE, RELEASE   TRANSFER of possession; the endorsee stays
    ENFORCE                   ENDORSE or ENDORSE_TO_ORDER by the pledgee to itself (blank bill: nothing: it has it)
    REFUSE                    what came in goes back: ENDORSE, ENDORSE_TO_ORDER or BLANK_ENDORSE, then TRANSFER
    RECOVER                   the same, by the authority to the party that the court named
    EXPORT                    nothing; the TRANSFER to the other platform's party stands in the envelope's own entry
    IMPORT                    nothing; what was done abroad stands in the entries of the other platforms
    SREJ                      EBL_END: TRANSFER from the carrier back; PINT: SREJ
    SACC                      EBL_END: SURRENDERED; PINT: SACC
    ACCOMPLISH                of a sea waybill, which is not surrendered: SURRENDERED (PINT: SACC); else nothing
    NOMINATE, VOID, FREEZE, UNFREEZE   nothing: neither possession nor endorsement changed
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tradelane.gateway.dcsa.messages import ActingParty, ActionCode, ChainLink, Transaction, read
from tradelane.model.party import PartyRef, PartyView
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
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
_NOTHING_MOVED: Final = ("NOMINATE", "VOID", "FREEZE", "UNFREEZE", "EXPORT", "IMPORT")
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

    def party(self, ref: PartyRef) -> ActingParty:
        """Return a party as DCSA's messages name it: by its LEI and its party id; by the id where no name is known.

        A joint party is no legal entity and has no LEI: it goes by its party id alone.
        """
        view = self.parties.get(ref.party_id)
        codes: list[dict[str, object]] = [
            {"codeListProvider": MUTUALLY_AGREED, "partyCode": ref.party_id, "codeListName": CODE_LIST_NAME}
        ]
        if view is not None and view.party.lei is not None:  # a joint party is no legal entity
            codes.insert(0, {"codeListProvider": "GLEIF", "partyCode": view.party.lei, "codeListName": "LEI"})
        name = ref.party_id if view is None or view.name is None else view.name
        return read(ActingParty, {"partyName": name, "eblPlatform": self.platform, "identifyingCodes": codes})


@dataclass(frozen=True)
class Move:
    """One thing an act did, before it is put into DCSA's shape."""

    code: ActionCode
    actor: PartyRef
    recipient: PartyRef | None


def moves(before: TitleRecord | None, after: TitleRecord) -> Iterator[Move]:
    """Say in DCSA's codes what made one version of a title out of another."""
    last = after.last_action
    if last.action_code.value in _NOTHING_MOVED:
        return
    if last.action_code in _DIRECT:
        # An acceptance favours nobody: it is the surrender that had a recipient.
        recipient = None if last.action_code is Action.SACC else last.recipient
        yield Move(_DIRECT[last.action_code], last.actor, recipient)
    elif last.action_code is Action.ACCOMPLISH:
        if after.transport_document_type_code == "SWB":
            yield Move(ActionCode.SACC, last.actor, None)
    elif before is not None:
        yield from _changes(before, after)


def _changes(before: TitleRecord, after: TitleRecord) -> Iterator[Move]:
    actor = after.last_action.actor
    if (before.endorsee, before.endorsee_may_endorse) != (after.endorsee, after.endorsee_may_endorse):
        if after.endorsee is None:
            yield Move(ActionCode.BLANK_ENDORSE, actor, None)
        else:
            code = ActionCode.ENDORSE_TO_ORDER if after.endorsee_may_endorse else ActionCode.ENDORSE
            yield Move(code, actor, after.endorsee)
    if before.possessor != after.possessor and after.possessor is not None:
        yield Move(ActionCode.TRANSFER, actor, after.possessor)


def transactions(entries: Sequence[HistoryEntry], directory: Directory) -> tuple[Transaction, ...]:
    """Return a history as PINT's transactions, oldest first; words stay on this platform, reason codes go along."""
    return tuple(_transaction(entry, move, directory) for entry, move in _each_move(entries))


def export(entries: Sequence[HistoryEntry], directory: Directory, document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what GET /endorsement-chains/{transportDocumentReference} answers: one chain, newest act first.

    Args:
        entries: The title's history, oldest first.
        directory: The channel's parties.
        document: The transport document.
    """
    links = [_link(entry, move, directory).value() for entry, move in _each_move(entries)]
    chain: dict[str, Any] = {"transportDocumentReference": document["transportDocumentReference"]}
    if "transportDocumentSubReference" in document:
        chain["transportDocumentSubReference"] = document["transportDocumentSubReference"]
    if document.get("carrierCodeListProvider") == "NMFTA":
        chain["carrierSCACCode"] = document["carrierCode"]
    return [{**chain, "endorsementChain": links[::-1]}]


def _each_move(entries: Sequence[HistoryEntry]) -> Iterator[tuple[HistoryEntry, Move]]:
    before: TitleRecord | None = None
    for entry in entries:
        for move in moves(before, entry.title):
            yield entry, move
        before = entry.title


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
        "actor": directory.party(move.actor).value(),
        "auditReference": entry.transaction_id,
    }
    if move.recipient is not None:
        fields["recipient"] = directory.party(move.recipient).value()
    return fields
