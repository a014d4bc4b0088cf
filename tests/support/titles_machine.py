"""Several titles on one channel, in the hands of everybody: the real contracts on the in-memory ledger, at once."""

import copy
import functools
import json
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from tests.support.crossing import OPERATOR, admit_operator
from tests.support.identities import admin_identity, party_identity
from tests.support.memory_ledger import MemoryLedger, NotEndorsed, Transaction
from tests.support.reference import World
from tests.support.trade import (
    BANK,
    CARRIER,
    EXPORTER,
    HK,
    HK_AUTHORITY,
    IMPORTER,
    MSP_IDS,
    PARTIES,
    SALT,
    SH,
    SH_AUTHORITY,
    SH_OUTSIDER,
    Trade,
    changed,
    example_document,
    refused,
)
from tradelane.chaincode.state import keys
from tradelane.model.joint import AgreementView
from tradelane.model.party import PartyView
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import HistoryEntry, TitleHistory
from tradelane.rules.refusal import Code

T = TypeVar("T")

OTHER_BANK, BOTH, MEMBERS = "harbour-bank", "wusong-and-pudong", (EXPORTER, SH_OUTSIDER)
HOME = {party: MSP_IDS[row["org"]] for party, row in PARTIES.items()} | {OTHER_BANK: HK, OPERATOR: HK, BOTH: SH}
WORLD = World(HOME, CARRIER, OPERATOR, (BANK, OTHER_BANK))
TRADERS = (EXPORTER, BANK, OTHER_BANK, IMPORTER, SH_OUTSIDER, BOTH)
FUNCTIONS: Mapping[Action, str] = {
    Action.SIGN: "sign",
    Action.NOMINATE: "nominate",
    Action.TRANSFER: "transfer",
    Action.ENDORSE: "endorse",
    Action.ENDORSE_TO_ORDER: "endorse",
    Action.ENDORSE_AND_TRANSFER: "endorse",
    Action.BLANK_ENDORSE: "endorse",
    Action.REFUSE: "refuse",
    Action.PLEDGE: "pledge",
    Action.RELEASE: "release",
    Action.ENFORCE: "enforce",
    Action.SUBSTITUTE_PLEDGEE: "substitutePledgee",
    Action.SURRENDER_FOR_DELIVERY: "surrender",
    Action.SURRENDER_FOR_AMENDMENT: "surrenderForAmendment",
    Action.SACC: "accept",
    Action.SREJ: "reject",
    Action.ACCOMPLISH: "accomplish",
    Action.VOID: "void",
    Action.FREEZE: "freeze",
    Action.UNFREEZE: "unfreeze",
    Action.RECOVER: "recover",
    Action.EXPORT: "export",
    Action.IMPORT: "import",
}
WORDED = ("refuse", "enforce", "accept", "reject", "accomplish", "freeze", "unfreeze", "recover")


def now(work: Coroutine[Any, Any, T]) -> T:
    """Do what never waits: the in-memory ledger answers at once."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value  # type: ignore[no-any-return]
    raise AssertionError("something waited")


@functools.cache
def _opened() -> MemoryLedger:
    trade = Trade()
    now(trade.open())
    now(admit_operator(trade))
    bank = {"partyId": OTHER_BANK, "lei": "529900T8BM49AURSDO55", "roles": ["BANK"]}
    now(trade.submit(admin_identity(HK), "party:admit", bank, {"name": b"Harbour Bank", "salt": SALT}))
    now(trade.submit(HK_AUTHORITY, "party:licence", {"partyId": OTHER_BANK, "role": "BANK"}))
    now(trade.join(BOTH, *MEMBERS))
    return trade.ledger


def cargo(packages: int, reference: str, *, blank: bool = False) -> dict[str, Any]:
    """Return a document over so many packages of ten kilograms."""
    document = changed(example_document(), transportDocumentReference=reference)
    (item,) = document["consignmentItems"]
    item["cargoItems"] = [
        {
            "equipmentReference": "JHLU2045188",
            "cargoGrossWeight": {"value": packages * 10, "unit": "KGM"},
            "outerPackaging": {"packageCode": "CT", "numberOfPackages": packages, "description": "Cartons"},
        }
    ]
    if blank:
        del document["documentParties"]["endorsee"]
    return document


class Channel:
    """The channel, by what its parties do; results are read from the ledger, never from an answer."""

    def __init__(self) -> None:
        self.trade = Trade(copy.deepcopy(_opened()))
        self.documents: dict[str, dict[str, Any]] = {}
        self._made = 0
        self._exits: dict[str, str] = {}
        self._entry = ""

    def new_id(self) -> str:
        """Return an id that was never given."""
        self._made += 1
        return f"{self._made:032x}"

    def issue(self, packages: int, holder: str, *, law: str, blank: bool) -> str:
        """Issue a title and return its id."""
        title_id = self.new_id()
        document = self.documents[title_id] = cargo(packages, f"REF{self._made}", blank=blank)
        now(self.trade.lodge(document, title_id))
        facts = json.loads(now(self.trade.lodgement(title_id)).to_json())
        body = {"titleId": title_id, "lodgement": facts, "issueTo": holder, "governingLaw": law}
        now(self.trade.submit(CARRIER, "ebl:issue", body))
        return title_id

    def act(
        self, action: Action, title_id: str, by: str, to: str = "", subject: str = "", *, paper: bool = False
    ) -> TitleRecord | None:
        """Do something; return the title as it is then, or None where it was refused."""
        before = self.show(title_id)
        self._made += 1
        self._entry = f"{self._made:064x}"  # no two titles leave with one entry
        for who in MEMBERS if by == BOTH else (by,):
            try:
                self._submit(who, action, title_id, {"jointParty": BOTH} if by == BOTH else {}, to, subject, paper)
            except NotEndorsed:
                continue
        title = self.show(title_id)
        return None if title.sequence == before.sequence else title

    def ask_alone(self, title_id: str, member: str, to: str) -> bool:
        """Have one member of the joint party ask for a transfer; tell whether it may."""
        try:
            self._submit(member, Action.TRANSFER, title_id, {"jointParty": BOTH}, to, "", False)
        except NotEndorsed:
            return False
        return True

    def asked_for(self, title_id: str) -> list[AgreementView]:
        """Return what the members of the joint party ask for, as one of them is shown it."""
        rows = json.loads(now(self.trade.evaluate(EXPORTER, "ebl:agreements", {"titleId": title_id})))
        return [AgreementView.model_validate_json(json.dumps(row)) for row in rows]

    def replace(self, old: Sequence[str], packages: Sequence[int]) -> tuple[str, ...]:
        """Replace titles by new ones over so many packages each; return their ids, none where it was refused."""
        new = {self.new_id(): count for count in packages}
        documents = {title_id: cargo(count, f"REF{int(title_id, 16)}") for title_id, count in new.items()}
        olds = {title_id: self.documents[title_id] for title_id in old}
        try:
            now(self.trade.replace(CARRIER, old, documents, olds=olds))
        except NotEndorsed as error:
            if refused(error)[0] not in {Code.WRONG_STATE, Code.NOT_TO_BE_REPLACED, Code.QUANTITIES_DIFFER}:
                raise
            return ()
        self.documents |= documents
        return tuple(new)

    def show(self, title_id: str) -> TitleRecord:
        """Return a title as an authority is shown it."""
        return now(self.trade.show(SH_AUTHORITY, title_id))

    def history(self, title_id: str) -> tuple[HistoryEntry, ...]:
        """Return a title's versions as the ledger has them."""
        content = now(self.trade.evaluate(SH_AUTHORITY, "ebl:history", {"titleId": title_id}))
        return TitleHistory.from_json(content).entries

    def directory(self) -> list[PartyView]:
        """Return all parties."""
        rows = json.loads(now(self.trade.evaluate(SH_AUTHORITY, "party:list")))
        return [PartyView.model_validate_json(json.dumps(row)) for row in rows]

    def holders(self, title_id: str) -> list[str]:
        """Return in whose list of held titles a title stands, as the ledger's index has it."""
        return [
            party for party in HOME if ("", keys.held(party, title_id)) in self.trade.ledger.state.slots
        ]  # fmt: skip

    def _submit(
        self, who: str, action: Action, title_id: str, more: dict[str, Any], to: str, subject: str, paper: bool
    ) -> Transaction | None:
        function = FUNCTIONS[action]
        body: dict[str, Any] = {"titleId": title_id, **more}
        if function == "endorse":
            body["actionCode"] = action.value
        if to:
            body["operator" if action is Action.EXPORT else "recipient"] = to
        if subject:
            body["subject"] = subject
        if paper:
            body["reasonCode"] = "SWTP"
        if action is Action.EXPORT:
            body |= {"platform": "WAVE", "entry": self._entry}
        if action is Action.IMPORT:
            body |= {"leftBy": self._exits.get(title_id, "1" * 64), "entry": "2" * 64}
        words = {"reason": b"words", "salt": SALT} if function in WORDED else None
        now(self.trade.submit(party_identity(HOME[who], who), f"ebl:{function}", body, words))
        if action is Action.EXPORT:
            self._exits[title_id] = self._entry
        return None
