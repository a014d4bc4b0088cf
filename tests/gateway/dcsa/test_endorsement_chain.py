"""The exported chain: each act in DCSA's words, from histories that the real contracts have written."""

import json
from typing import Any

import pytest

from tests.support.dcsa import needs_dcsa, violations
from tests.support.memory_ledger import MemoryLedger
from tests.support.trade import BANK, CARRIER, EXPORTER, IMPORTER, PARTIES, SH_AUTHORITY, SH_OUTSIDER, TITLE, Trade
from tests.support.trade import example_document as document
from tradelane.gateway.dcsa import surrender
from tradelane.gateway.dcsa.endorsement_chain import Directory, export, transactions
from tradelane.gateway.dcsa.messages import Malformed
from tradelane.model.canonical import canonicalize
from tradelane.model.party import PartyView
from tradelane.model.title_requests import HistoryEntry, TitleHistory


@pytest.fixture
async def trade() -> Trade:
    found = Trade(MemoryLedger())
    await found.open()
    await found.lodge()
    await found.issue()
    return found


async def told(trade: Trade, who: str = CARRIER) -> tuple[tuple[HistoryEntry, ...], Directory]:
    history = TitleHistory.from_json(await trade.evaluate(who, "ebl:history", {"titleId": TITLE}))
    views = [
        PartyView.model_validate_json(json.dumps(row)) for row in json.loads(await trade.evaluate(who, "party:list"))
    ]
    return history.entries, Directory.of("TRDL", views)


async def chain(trade: Trade) -> list[tuple[str, str, str | None]]:
    """Return code, actor and recipient of each act, oldest first; parties by their id."""
    entries, directory = await told(trade)
    exported = export(entries, directory, document())
    return [row(link) for link in reversed(exported[0]["endorsementChain"])]


def row(link: dict[str, Any]) -> tuple[str, str, str | None]:
    recipient = link.get("recipient")
    return link["actionCode"], party_id(link["actor"]), None if recipient is None else party_id(recipient)


def party_id(party: dict[str, Any]) -> str:
    return next(str(code["partyCode"]) for code in party["identifyingCodes"] if code["codeListProvider"] == "ZZZ")


ISSUE = ("ISSUE", CARRIER, EXPORTER)


async def test_acts_with_a_code_go_by_it(trade: Trade) -> None:
    await trade.act(EXPORTER, "sign")
    await trade.act(EXPORTER, "endorse", actionCode="BLANK_ENDORSE")
    await trade.act(EXPORTER, "transfer", recipient=IMPORTER)
    await trade.act(IMPORTER, "surrender")
    await trade.act(CARRIER, "accept")
    await trade.act(CARRIER, "accomplish", reason="DO-4711")
    assert await chain(trade) == [
        ISSUE,
        ("SIGN", EXPORTER, None),
        ("BLANK_ENDORSE", EXPORTER, None),
        ("TRANSFER", EXPORTER, IMPORTER),
        ("SURRENDER_FOR_DELIVERY", IMPORTER, CARRIER),
        ("SURRENDERED", CARRIER, None),
    ]


async def test_endorsement_with_possession_is_two_acts(trade: Trade) -> None:
    await trade.act(EXPORTER, "endorse", actionCode="ENDORSE_AND_TRANSFER", recipient=IMPORTER)
    assert (await chain(trade))[1:] == [("ENDORSE_TO_ORDER", EXPORTER, IMPORTER), ("TRANSFER", EXPORTER, IMPORTER)]


async def test_a_pledge_and_its_release_move_possession_only(trade: Trade) -> None:
    await trade.act(EXPORTER, "nominate", recipient=IMPORTER)
    await trade.act(EXPORTER, "pledge", recipient=BANK)
    await trade.act(BANK, "release")
    assert (await chain(trade))[1:] == [("TRANSFER", EXPORTER, BANK), ("TRANSFER", BANK, EXPORTER)]


async def test_an_enforced_pledge_endorses_to_the_pledgee(trade: Trade) -> None:
    await trade.act(EXPORTER, "pledge", recipient=BANK)
    await trade.act(BANK, "enforce", reason="The loan is in default.")
    assert (await chain(trade))[1:] == [("TRANSFER", EXPORTER, BANK), ("ENDORSE_TO_ORDER", BANK, BANK)]


async def test_what_is_refused_goes_back(trade: Trade) -> None:
    await trade.act(EXPORTER, "endorse", actionCode="ENDORSE_AND_TRANSFER", recipient=IMPORTER)
    await trade.act(IMPORTER, "refuse", reason="not ordered")
    assert (await chain(trade))[3:] == [("ENDORSE_TO_ORDER", IMPORTER, EXPORTER), ("TRANSFER", IMPORTER, EXPORTER)]


async def test_a_court_moves_what_it_moves_and_a_stop_moves_nothing(trade: Trade) -> None:
    await trade.act(SH_AUTHORITY, "freeze", reason="HCMP 1/2026")
    await trade.act(SH_AUTHORITY, "recover", subject=EXPORTER, recipient=SH_OUTSIDER, reason="HCMP 1/2026")
    await trade.act(SH_AUTHORITY, "unfreeze", reason="HCMP 1/2026")
    moved = [("ENDORSE_TO_ORDER", SH_AUTHORITY, SH_OUTSIDER), ("TRANSFER", SH_AUTHORITY, SH_OUTSIDER)]
    assert (await chain(trade))[1:] == moved


async def test_a_rejected_surrender_is_a_transfer_back_but_srej_in_pint(trade: Trade) -> None:
    await trade.act(EXPORTER, "surrender")
    await trade.act(CARRIER, "reject", reason="not in order")
    assert (await chain(trade))[2] == ("TRANSFER", CARRIER, EXPORTER)
    entries, directory = await told(trade)
    assert [each.action_code for each in transactions(entries, directory)] == [
        "ISSUE",
        "SURRENDER_FOR_DELIVERY",
        "SREJ",
    ]


async def test_parties_go_by_lei_and_by_name_where_the_asker_may_know_it(trade: Trade) -> None:
    entries, directory = await told(trade)
    exported = export(entries, directory, document())[0]
    actor = exported["endorsementChain"][0]["actor"]
    assert actor["partyName"] == PARTIES[CARRIER]["name"]
    assert actor["identifyingCodes"][0] == {
        "codeListProvider": "GLEIF",
        "partyCode": PARTIES[CARRIER]["lei"],
        "codeListName": "LEI",
    }
    nameless = Directory.of("TRDL", [view.model_copy(update={"name": None}) for view in directory.parties.values()])
    assert export(entries, nameless, document())[0]["endorsementChain"][0]["actor"]["partyName"] == CARRIER


@needs_dcsa
async def test_the_export_fits_dcsas_schema(trade: Trade) -> None:
    await trade.act(EXPORTER, "sign")
    await trade.act(EXPORTER, "endorse", actionCode="ENDORSE_AND_TRANSFER", recipient=IMPORTER)
    await trade.act(IMPORTER, "surrender")
    await trade.act(CARRIER, "accept")
    entries, directory = await told(trade)
    exported = export(entries, directory, {**document(), "carrierCodeListProvider": "NMFTA"})
    assert exported[0]["carrierSCACCode"]
    assert [violations("END", "EndorsementChain", each) for each in exported] == [[]]
    assert [violations("PINT", "Transaction", each.value()) for each in transactions(entries, directory)] == [[]] * 6


async def through_a_joint_party(trade: Trade) -> None:
    await trade.join("both", EXPORTER, SH_OUTSIDER)
    await trade.act(EXPORTER, "transfer", recipient="both")
    for member in (EXPORTER, SH_OUTSIDER):
        await trade.act(member, "transfer", recipient=BANK, jointParty="both")


async def test_a_joint_party_has_no_lei_and_goes_by_its_id(trade: Trade) -> None:
    await through_a_joint_party(trade)
    assert (await chain(trade))[1:] == [("TRANSFER", EXPORTER, "both"), ("TRANSFER", "both", BANK)]
    entries, directory = await told(trade)
    [_, _, last] = transactions(entries, directory)
    assert last.actor.value()["identifyingCodes"] == [
        {"codeListProvider": "ZZZ", "partyCode": "both", "codeListName": "TradeLane"}
    ]
    assert last.actor.party_name == "Both together"


@needs_dcsa
async def test_what_a_joint_party_did_fits_dcsas_schema(trade: Trade) -> None:
    await through_a_joint_party(trade)
    entries, directory = await told(trade)
    assert violations("END", "EndorsementChain", export(entries, directory, document())[0]) == []
    assert [violations("PINT", "Transaction", each.value()) for each in transactions(entries, directory)] == [[]] * 3


@needs_dcsa
@pytest.mark.parametrize("for_amendment", [False, True])
@pytest.mark.parametrize("accepted", [False, True])
async def test_a_surrender_and_its_answer_fit_dcsas_schema(trade: Trade, for_amendment: bool, accepted: bool) -> None:
    await trade.act(EXPORTER, "sign")
    if for_amendment:
        await trade.act(EXPORTER, "surrenderForAmendment", reasonCode="COD", reason="Rotterdam instead")
    else:
        await trade.act(EXPORTER, "surrender")
    asked = surrender.request_of(*(await told(trade)), document())
    if accepted:
        await trade.act(CARRIER, "accept")
    else:
        await trade.act(CARRIER, "reject", reason="not in order")
    answered = surrender.answer_of((await told(trade))[0])
    assert violations("SUR", "SurrenderRequestDetails", asked) == []
    assert violations("SUR", "SurrenderRequestAnswer", answered) == []
    read = surrender.read_request(canonicalize(asked))
    assert read.surrender_request_code == ("AREQ" if for_amendment else "SREQ")
    assert surrender.read_answer(canonicalize(answered)).surrender_request_reference == read.surrender_request_reference


async def test_what_is_no_surrender_is_none(trade: Trade) -> None:
    with pytest.raises(Malformed, match="no surrender"):
        surrender.request_of(*(await told(trade)), document())
    with pytest.raises(Malformed, match="no answer"):
        surrender.answer_of((await told(trade))[0])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"action": "SREJ"}, "comments"),
        ({"action": "SACC"}, "action"),
        ({"surrenderRequestReference": " x"}, "surrenderRequestReference"),
        ({"novelty": 1}, "novelty"),
    ],
)
def test_an_answer_that_is_not_dcsas_is_refused(change: dict[str, Any], said: str) -> None:
    answer = {"surrenderRequestReference": "Z1", "action": "SURR", **change}
    with pytest.raises(Malformed, match=said):
        surrender.read_answer(canonicalize(answer))


def test_an_answer_with_a_name_twice_is_refused() -> None:
    with pytest.raises(Malformed, match="twice"):
        surrender.read_answer(b'{"action": "SURR", "action": "SREJ"}')
