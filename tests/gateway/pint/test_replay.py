"""Who might do what in a chain: each rule of DCSA's, held and broken; and each chain of our own ledger holds."""

from typing import Any

import pytest

from tests.gateway.dcsa.test_endorsement_chain import told
from tests.support.memory_ledger import MemoryLedger
from tests.support.pint import HERE, THERE, party, transaction
from tests.support.trade import BANK, CARRIER, EXPORTER, IMPORTER, SH_AUTHORITY, SH_OUTSIDER, Trade, example_document
from tradelane.gateway.dcsa.endorsement_chain import transactions
from tradelane.gateway.dcsa.messages import ActingParty, Transaction, read
from tradelane.gateway.pint.replay import NotEntitled, Position, Who, replay
from tradelane.model.canonical import canonicalize
from tradelane.model.dcsa import TransportDocument, read_document

DOCUMENT = read_document(canonicalize(example_document())).document


def document(**changes: Any) -> TransportDocument:
    return DOCUMENT.model_copy(update=changes)


def blank() -> TransportDocument:
    return document(document_parties=DOCUMENT.document_parties.model_copy(update={"endorsee": None}))


def at(text: str) -> ActingParty:
    """Return a party, on our platform unless it says `party@PLATFORM`; `agent for party` represents another one."""
    name, _, principal = text.partition(" for ")
    party_id, _, platform = name.partition("@")
    value = party(party_id, platform or HERE).value()
    if principal:
        represented = party(principal, HERE).value()
        value["representedParty"] = {key: represented[key] for key in ("partyName", "identifyingCodes")}
    return read(ActingParty, value)


def acts(*rows: tuple[str, ...]) -> list[Transaction]:
    issue = transaction("ISSUE", at(CARRIER), at(EXPORTER))
    told = (transaction(code, at(actor), at(rest[0]) if rest else None) for code, actor, *rest in rows)
    return [issue, *told]


def who(party_id: str, platform: str = HERE) -> Who:
    return Who.of(party(party_id, platform))


HANDED = ("TRANSFER", EXPORTER, BANK)
ASKED = ("SURRENDER_FOR_DELIVERY", EXPORTER, CARRIER)
ABROAD = f"{IMPORTER}@WAVE"
HELD: list[tuple[tuple[str, ...], ...]] = [
    (("SIGN", EXPORTER), HANDED, ("TRANSFER", BANK, IMPORTER)),
    (("ENDORSE_TO_ORDER", EXPORTER, BANK), HANDED, ("ENDORSE", BANK, IMPORTER)),
    (("BLANK_ENDORSE", EXPORTER), HANDED, ("ENDORSE", BANK, IMPORTER)),
    (("ENDORSE_TO_ORDER", EXPORTER, IMPORTER), ("TRANSFER", EXPORTER, ABROAD), ("ENDORSE", ABROAD, BANK)),
    (ASKED, ("SREJ", CARRIER, EXPORTER), HANDED),
    (("SURRENDER_FOR_AMENDMENT", EXPORTER, CARRIER), ("SACC", CARRIER)),
    (HANDED, ("ENDORSE_TO_ORDER", f"{BANK} for {EXPORTER}", IMPORTER)),
    (HANDED, ("SURRENDER_FOR_DELIVERY", f"{BANK} for {EXPORTER}", CARRIER)),
    (("TRANSFER", f"{SH_AUTHORITY} for {EXPORTER}", BANK),),
]  # fmt: skip


@pytest.mark.parametrize("rows", HELD, ids=lambda rows: " ".join(row[0] for row in rows))
def test_what_they_might_do_holds(rows: tuple[tuple[str, ...], ...]) -> None:
    replay(acts(*rows), DOCUMENT)


BROKEN: list[tuple[str, tuple[tuple[str, ...], ...]]] = [
    ("TRANSFER was done by a party that is not in possession", (("TRANSFER", BANK, IMPORTER),)),
    ("TRANSFER was done by a party that is not in possession", (("TRANSFER", f"{EXPORTER}@WAVE", IMPORTER),)),
    ("SIGN was done by a party that is not in possession", (("SIGN", BANK),)),
    ("ENDORSE was done by a party that is not in possession", (HANDED, ("ENDORSE", EXPORTER, BANK))),
    ("ENDORSE_TO_ORDER was done by a party that is not the endorsee", (HANDED, ("ENDORSE_TO_ORDER", BANK, BANK))),
    ("BLANK_ENDORSE was done by a party that is not the endorsee", (HANDED, ("BLANK_ENDORSE", BANK))),
    ("not the endorsee", (HANDED, ("ENDORSE", f"{BANK} for {IMPORTER}", BANK))),
    ("endorsed by name", (("ENDORSE", EXPORTER, BANK), HANDED, ("ENDORSE", BANK, IMPORTER))),
    ("endorsed by name", (("ENDORSE", EXPORTER, BANK), HANDED, ("BLANK_ENDORSE", BANK))),
    ("not the endorsee", (HANDED, ("SURRENDER_FOR_DELIVERY", BANK, CARRIER))),
    ("not addressed to the carrier", (("SURRENDER_FOR_DELIVERY", EXPORTER, BANK),)),
    ("waits for the carrier's answer", (ASKED, ("TRANSFER", CARRIER, BANK))),
    ("by the carrier alone", (ASKED, ("SACC", EXPORTER))),
    ("answers no surrender", (("SACC", CARRIER),)),
    ("answers no surrender", (("SREJ", CARRIER, EXPORTER),)),
    ("goes back to who surrendered", (ASKED, ("SREJ", CARRIER, BANK))),
    ("SACC", (ASKED, ("SACC", CARRIER), ("SIGN", CARRIER))),
]  # fmt: skip


@pytest.mark.parametrize(("why", "rows"), BROKEN)
def test_what_they_might_not_do_is_named(why: str, rows: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(NotEntitled, match=why.replace("(", r"\(").replace(")", r"\)")):
        replay(acts(*rows), DOCUMENT)


def test_what_the_ledger_vouches_for_is_not_asked_again() -> None:
    chain = acts(("TRANSFER", BANK, IMPORTER), ("TRANSFER", IMPORTER, BANK))
    assert replay(chain, DOCUMENT, vouched=2).possessor == who(BANK)


def test_a_bill_in_blank_is_its_holders() -> None:
    found = replay(acts(HANDED, ("ENDORSE_TO_ORDER", BANK, IMPORTER)), blank())
    assert (found.endorsee, found.may_endorse) == (who(IMPORTER), True)


def test_a_legal_entity_is_the_same_elsewhere_but_a_platforms_own_code_is_not() -> None:
    assert who(BANK, THERE).is_same(who(BANK), anywhere=True)
    assert not who(BANK, THERE).is_same(who(BANK))
    own = Who(frozenset({("ZZZ", BANK)}), HERE)
    assert not Who(own.codes, THERE).is_same(own, anywhere=True)
    assert Who(own.codes).is_same(own)  # a document names no platform


@pytest.fixture
async def trade() -> Trade:
    found = Trade(MemoryLedger())
    await found.open()
    await found.lodge()
    await found.issue()
    return found


async def stands(trade: Trade) -> Position:
    """Replay what our own ledger tells others, as strictly as anybody's."""
    return replay(transactions(*(await told(trade))), DOCUMENT)


async def test_a_nominees_endorsement_holds(trade: Trade) -> None:
    await trade.act(EXPORTER, "nominate", recipient=IMPORTER)
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    await trade.act(BANK, "endorse", actionCode="ENDORSE_TO_ORDER", recipient=IMPORTER)
    assert (await stands(trade)).endorsee == who(IMPORTER)


async def test_an_enforced_pledge_holds(trade: Trade) -> None:
    await trade.act(EXPORTER, "pledge", recipient=BANK)
    await trade.act(BANK, "enforce", reason="The loan is in default.")
    found = await stands(trade)
    assert (found.endorsee, found.possessor) == (who(BANK), who(BANK))


async def test_what_a_court_moves_holds(trade: Trade) -> None:
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    await trade.act(SH_AUTHORITY, "freeze", reason="HCMP 1/2026")
    await trade.act(SH_AUTHORITY, "recover", subject=EXPORTER, recipient=SH_OUTSIDER, reason="HCMP 1/2026")
    found = await stands(trade)
    assert (found.endorsee, found.possessor) == (who(SH_OUTSIDER), who(BANK))


@pytest.mark.parametrize("code", ["ENDORSE", "ENDORSE_TO_ORDER", "ENDORSE_AND_TRANSFER"])
async def test_what_was_refused_is_not_told(trade: Trade, code: str) -> None:
    await trade.act(EXPORTER, "endorse", actionCode=code, recipient=IMPORTER)
    if code != "ENDORSE_AND_TRANSFER":
        await trade.act(EXPORTER, "transfer", recipient=BANK)
    await trade.act(IMPORTER, "refuse", reason="not ordered")
    entries, directory = await told(trade)
    codes = [each.action_code for each in transactions(entries, directory)]
    assert codes == (["ISSUE"] if code == "ENDORSE_AND_TRANSFER" else ["ISSUE", "TRANSFER"])
    assert (await stands(trade)).may_endorse


async def test_a_refused_pledge_is_not_told(trade: Trade) -> None:
    await trade.act(EXPORTER, "pledge", recipient=BANK)
    await trade.act(BANK, "refuse", reason="no credit line")
    await trade.act(EXPORTER, "sign")
    assert [each.action_code for each in transactions(*(await told(trade)))] == ["ISSUE", "SIGN"]
