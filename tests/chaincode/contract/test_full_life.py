"""The acts beyond endorsement and delivery through the contracts: what is written and who sees it."""

import json
from hashlib import sha256

import pytest

from tests.support.memory_ledger import NotEndorsed
from tests.support.trade import (
    BANK,
    CARRIER,
    DOCUMENT,
    EXPORTER,
    HK_AUTHORITY,
    IMPORTER,
    SALT,
    SH_AUTHORITY,
    SH_OUTSIDER,
    TITLE,
    Trade,
    changed,
    example_document,
    refused,
)
from tradelane.model.title import TitleStatus
from tradelane.model.title_requests import Remark, TitleHistory
from tradelane.rules.ebl import Standing, standing_of
from tradelane.rules.refusal import Code

SECOND, THIRD = "bb" * 16, "cc" * 16


def part(reference: str, kept: int) -> dict[str, object]:
    """The example's document with one of its two cargo items."""
    document = changed(example_document(), transportDocumentReference=reference)
    item = document["consignmentItems"][0]
    item["cargoItems"] = [item["cargoItems"][kept]]
    return document


async def test_pledge_release_and_the_index_of_what_one_holds(issued: Trade) -> None:
    pledged = await issued.act(EXPORTER, "pledge", recipient=BANK)
    assert standing_of(pledged) is Standing.PLEDGED
    held = json.loads(await issued.evaluate(BANK, "ebl:list", {"heldOnly": True}))
    assert [title["titleId"] for title in held["titles"]] == [TITLE]
    released = await issued.act(BANK, "release")
    assert (released.possessor, released.pledge) == (pledged.owner, None)


async def test_a_split_voids_the_old_and_issues_the_new_to_who_surrendered(issued: Trade) -> None:
    await issued.act(EXPORTER, "surrenderForAmendment", reasonCode="COD", reason="two consignees now")
    await issued.act(CARRIER, "accept")
    old, first, second = await issued.replace(CARRIER, [TITLE], {SECOND: part("S-1", 0), THIRD: part("S-2", 1)})
    assert (old.status, old.replaced_by) == (TitleStatus.VOIDED, (SECOND, THIRD))
    assert first.replaces == second.replaces == (TITLE,)
    assert first.possessor is not None
    assert first.possessor.party_id == EXPORTER
    announced = issued.ledger.events[-1].event
    assert announced is not None
    facts = json.loads(announced[1])
    assert [(fact["titleId"], fact["actionCode"]) for fact in facts] == [
        (TITLE, "VOID"),
        (SECOND, "ISSUE"),
        (THIRD, "ISSUE"),
    ]


async def test_a_switch_to_paper_names_the_paper_in_private_only(issued: Trade) -> None:
    await issued.act(EXPORTER, "surrenderForAmendment", reasonCode="SWTP")
    paper = await issued.act(CARRIER, "accept", reason="paper bill 4711/A")
    assert paper.status is TitleStatus.VOIDED
    assert paper.conversion is not None
    assert "4711" not in paper.to_json().decode()


async def test_the_words_of_an_act_are_what_its_evidence_says(issued: Trade) -> None:
    await issued.act(EXPORTER, "transfer", recipient=BANK)
    refused = await issued.act(BANK, "refuse", reason="not our customer")
    found = TitleHistory.from_json(await issued.evaluate(EXPORTER, "ebl:history", {"titleId": TITLE}))
    last = found.entries[-1]
    assert last.remark == "not our customer"
    remark = Remark(title_id=TITLE, sequence=refused.sequence, author=BANK, text="not our customer", salt=SALT.hex())
    assert refused.last_action.evidence == sha256(remark.to_json()).hexdigest()


async def test_feedback_elements_travel_with_a_rejection(issued: Trade) -> None:
    await issued.act(EXPORTER, "surrender")
    feedback = [{"severity": "ERROR", "code": "SEAL", "message": "another seal", "jsonPath": "$.seals[0]"}]
    transient = {"reason": b"seal differs", "salt": SALT, "feedback": json.dumps(feedback).encode()}
    await issued.submit(CARRIER, "ebl:reject", {"titleId": TITLE}, transient)
    found = TitleHistory.from_json(await issued.evaluate(EXPORTER, "ebl:history", {"titleId": TITLE}))
    assert found.entries[-1].feedback[0].json_path == "$.seals[0]"


async def test_a_courts_orders_are_on_record(issued: Trade) -> None:
    await issued.act(SH_AUTHORITY, "freeze", reason="order 1")
    await issued.act(SH_AUTHORITY, "recover", subject=EXPORTER, recipient=SH_OUTSIDER, reason="order 2")
    free = await issued.act(SH_AUTHORITY, "unfreeze", reason="order 3")
    assert free.possessor is not None
    assert free.possessor.party_id == SH_OUTSIDER
    found = TitleHistory.from_json(await issued.evaluate(SH_OUTSIDER, "ebl:history", {"titleId": TITLE}))
    assert [entry.remark for entry in found.entries[1:]] == ["order 1", "order 2", "order 3"]


async def test_no_jurisdictions_order_lapses_with_anothers(issued: Trade) -> None:
    await issued.act(EXPORTER, "transfer", recipient=BANK)
    await issued.act(SH_AUTHORITY, "freeze", reason="order 1")
    await issued.act(HK_AUTHORITY, "freeze", reason="HCMP 2")
    with pytest.raises(NotEndorsed) as foreign:
        await issued.act(SH_AUTHORITY, "unfreeze", frozenBy=HK_AUTHORITY, reason="order 3")
    assert refused(foreign.value)[0] is Code.FOREIGN_ORGANISATION
    await issued.act(SH_AUTHORITY, "unfreeze", reason="order 3")
    with pytest.raises(NotEndorsed) as error:
        await issued.act(BANK, "transfer", recipient=IMPORTER)
    assert refused(error.value)[0] is Code.WRONG_STATE
    await issued.act(HK_AUTHORITY, "unfreeze", reason="HCMP 4")
    assert (await issued.act(BANK, "transfer", recipient=IMPORTER)).freezes == ()


async def test_delivery_is_the_end(issued: Trade) -> None:
    await issued.act(EXPORTER, "surrender")
    await issued.act(CARRIER, "accept")
    delivered = await issued.act(CARRIER, "accomplish", reason="delivery order 17")
    assert standing_of(delivered) is Standing.ACCOMPLISHED
    assert delivered.delivery is not None
    assert delivered.delivery.reference == delivered.last_action.evidence


async def test_issue_from_paper_and_under_a_chosen_law(trade: Trade) -> None:
    await trade.lodge()
    facts = json.loads((await trade.lodgement()).to_json())
    body = {"titleId": TITLE, "lodgement": facts, "issueTo": EXPORTER, "governingLaw": "SG_ETA", "fromPaper": True}
    outcome = await trade.submit(CARRIER, "ebl:issue", body, {"reason": b"bill 4711", "salt": SALT})
    issued = json.loads(outcome.response.payload)
    assert issued["governingLaw"] == "SG_ETA"
    assert issued["conversion"]["source"] == "PAPER"
    assert issued["documentId"] == DOCUMENT
    assert (await trade.act(EXPORTER, "endorse", actionCode="ENDORSE_AND_TRANSFER", recipient=IMPORTER)).owner
