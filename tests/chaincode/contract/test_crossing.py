"""A title's way to another platform and back through the contracts: what is written, indexed and seen."""

import json
from hashlib import sha256
from typing import Any

import pytest

from tests.support.crossing import BACK_BY, LEFT_BY, OPERATOR, admit_operator, come_back, leave
from tests.support.identities import party_identity
from tests.support.memory_ledger import NotEndorsed
from tests.support.trade import (
    BANK,
    CARRIER,
    EXPORTER,
    HK,
    IMPORTER,
    SH,
    TITLE,
    Trade,
    changed,
    example_document,
    refused,
)
from tradelane.model.canonical import canonicalize, possession
from tradelane.model.title_requests import ControlView, TitleHistory
from tradelane.rules.refusal import Code


async def test_out_and_back_through_the_contracts(issued: Trade) -> None:
    await admit_operator(issued)
    away = await leave(issued)
    assert away.possessor is None
    assert away.abroad is not None
    assert (away.abroad.operator.party_id, away.abroad.platform, away.abroad.entry) == (OPERATOR, "WAVE", LEFT_BY)
    held = json.loads(await issued.evaluate(EXPORTER, "ebl:list", {"heldOnly": True}))
    assert held["titles"] == []
    back = await come_back(issued, BANK, endorsed=True, endorsee=IMPORTER, mayEndorse=True, endorser=EXPORTER)
    assert back.possessor is not None
    assert back.endorsee is not None
    assert (back.possessor.party_id, back.endorsee.party_id, back.returned_by) == (BANK, IMPORTER, BACK_BY)
    history = TitleHistory.from_json(await issued.evaluate(CARRIER, "ebl:history", {"titleId": TITLE}))
    assert [entry.title.last_action.action_code.value for entry in history.entries] == ["ISSUE", "EXPORT", "IMPORT"]
    assert [entry.remark for entry in history.entries] == [None] * 3


async def test_while_it_is_abroad_nobody_moves_it(issued: Trade) -> None:
    await admit_operator(issued)
    await leave(issued)
    with pytest.raises(NotEndorsed) as error:
        await issued.act(EXPORTER, "transfer", recipient=BANK)
    assert refused(error.value)[:2] == (Code.WRONG_STATE, 409)
    with pytest.raises(NotEndorsed) as error:
        await leave(issued)
    assert refused(error.value)[:2] == (Code.WRONG_STATE, 409)


async def test_it_comes_back_once(issued: Trade) -> None:
    await admit_operator(issued)
    await leave(issued)
    await come_back(issued, BANK)
    with pytest.raises(NotEndorsed) as error:
        await come_back(issued, BANK)
    assert refused(error.value)[:2] == (Code.WRONG_STATE, 409)


async def by_entry(trade: Trade, entry: str) -> ControlView:
    return ControlView.from_json(await trade.evaluate(IMPORTER, "ebl:findExit", {"entry": entry}))


async def by_document(trade: Trade, document: dict[str, Any], msp_id: str = SH) -> ControlView:
    """Ask an organisation as the platform of the other one, which was sent the document."""
    asked = {
        "mspId": msp_id,
        "transportDocumentReference": document["transportDocumentReference"],
        "possession": possession(canonicalize(document), msp_id),
    }
    return ControlView.from_json(
        await trade.evaluate(party_identity(HK, OPERATOR), "ebl:findDocument", asked, at=msp_id)
    )


async def test_the_channel_tells_where_control_is_by_the_entry_a_title_left_with(issued: Trade) -> None:
    await admit_operator(issued)
    assert await by_entry(issued, LEFT_BY) == ControlView()
    away = await leave(issued)
    assert await by_entry(issued, LEFT_BY) == ControlView(
        title_id=TITLE, issuer=SH, abroad=away.abroad, status=away.status, sequence=2
    )
    assert await by_entry(issued, BACK_BY) == ControlView()
    back = await come_back(issued, BANK)
    assert await by_entry(issued, LEFT_BY) == ControlView(
        title_id=TITLE, issuer=SH, returned_by=BACK_BY, status=back.status, sequence=3
    )


async def test_the_carriers_organisation_tells_whether_a_document_is_a_titles(issued: Trade) -> None:
    await admit_operator(issued)
    assert (await by_document(issued, example_document())).title_id == TITLE
    assert await by_document(issued, example_document(), HK) == ControlView()
    other = changed(example_document(), termsAndConditions="others")
    assert await by_document(issued, other) == ControlView()  # the same reference, but another document
    assert await by_document(issued, changed(other, transportDocumentReference="OTHER")) == ControlView()


async def test_a_document_that_is_only_lodged_is_no_title(trade: Trade) -> None:
    await trade.lodge()
    await admit_operator(trade)
    assert await by_document(trade, example_document()) == ControlView()


async def test_another_organisations_peer_does_not_know(issued: Trade) -> None:
    await admit_operator(issued)
    with pytest.raises(NotEndorsed) as error:
        await issued.evaluate(
            party_identity(HK, OPERATOR),
            "ebl:findDocument",
            {"mspId": SH, "transportDocumentReference": "X", "possession": "0" * 64},
            at=HK,
        )
    assert refused(error.value)[:2] == (Code.NOT_AT_THIS_PEER, 409)


async def test_documents_are_asked_about_by_platforms_that_have_them(issued: Trade) -> None:
    """A checksum stands in every entry of a chain, and what one organisation was shown is known to it."""
    await admit_operator(issued)
    document, operator = example_document(), party_identity(HK, OPERATOR)
    reference, content = document["transportDocumentReference"], canonicalize(document)
    for shown in (sha256(content).hexdigest(), possession(content, HK)):
        asked = {"mspId": SH, "transportDocumentReference": reference, "possession": shown}
        assert await issued.evaluate(operator, "ebl:findDocument", asked, at=SH) == ControlView().to_json()
    asked = {"mspId": SH, "transportDocumentReference": reference, "possession": possession(content, SH)}
    for other in (IMPORTER, CARRIER):
        with pytest.raises(NotEndorsed) as error:
            await issued.evaluate(other, "ebl:findDocument", asked, at=SH)
        assert refused(error.value)[:2] == (Code.NOT_A_PLATFORM, 403)
