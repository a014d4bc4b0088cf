"""One title from issue to delivery, and at each hop who is refused."""

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
    HK_OUTSIDER,
    IMPORTER,
    PARTIES,
    SH_OUTSIDER,
    TITLE,
    Trade,
    changed,
    example_document,
    refused,
)
from tradelane.model.document import DocumentContent
from tradelane.model.title import TitleStatus
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import TitleHistory, TitlePage
from tradelane.rules.refusal import Code


async def refusal(trade: Trade, who: str, function: str, **request: str) -> Code:
    with pytest.raises(NotEndorsed) as error:
        await trade.act(who, function, **request)
    code, status, message, _ = refused(error.value)
    assert 400 <= status < 500
    assert message.strip()
    return code


async def nobody_else_acts(trade: Trade, controller: str) -> None:
    """Everyone but the controller is refused a transfer and a surrender."""
    others = {CARRIER, EXPORTER, BANK, IMPORTER, HK_OUTSIDER, SH_OUTSIDER} - {controller}
    for who in sorted(others):
        assert await refusal(trade, who, "transfer", recipient=HK_OUTSIDER) is Code.NOT_IN_CONTROL
        assert await refusal(trade, who, "surrender") is Code.NOT_IN_CONTROL


async def test_from_issue_to_delivery(issued: Trade) -> None:
    trade = issued
    await nobody_else_acts(trade, EXPORTER)

    await trade.act(EXPORTER, "endorse", actionCode="ENDORSE_TO_ORDER", recipient=BANK)
    await nobody_else_acts(trade, EXPORTER)
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    assert (await trade.show(BANK)).possessor == (await trade.show(BANK)).endorsee
    await nobody_else_acts(trade, BANK)

    await trade.act(BANK, "endorse", actionCode="ENDORSE", recipient=IMPORTER)
    await trade.act(BANK, "transfer", recipient=IMPORTER)
    await nobody_else_acts(trade, IMPORTER)
    assert (
        await refusal(trade, IMPORTER, "endorse", actionCode="ENDORSE", recipient=BANK) is Code.ENDORSEE_MAY_NOT_ENDORSE
    )

    await trade.act(IMPORTER, "surrender")
    for who in (EXPORTER, BANK, IMPORTER, HK_OUTSIDER):
        assert await refusal(trade, who, "accept") is Code.NOT_ISSUER
    assert await refusal(trade, IMPORTER, "transfer", recipient=BANK) is Code.WRONG_STATE

    returned = await trade.reject(CARRIER)
    assert returned.possessor is not None
    assert returned.possessor.party_id == IMPORTER
    await trade.act(IMPORTER, "surrender")
    end = await trade.act(CARRIER, "accept")
    assert end.status is TitleStatus.SURRENDERED_FOR_DELIVERY
    assert end.possessor is None

    for who in PARTIES:
        assert await refusal(trade, who, "transfer", recipient=BANK) in {Code.WRONG_STATE, Code.NOT_LICENSED}


async def test_history_tells_every_version_and_the_reason_of_a_rejection(issued: Trade) -> None:
    await issued.act(EXPORTER, "surrender")
    await issued.reject(CARRIER, "the freight is not paid")
    answer = await issued.evaluate(EXPORTER, "ebl:history", {"titleId": TITLE})
    entries = TitleHistory.from_json(answer).entries
    assert [entry.title.last_action.action_code for entry in entries] == [
        Action.ISSUE,
        Action.SURRENDER_FOR_DELIVERY,
        Action.SREJ,
    ]
    assert [entry.title.sequence for entry in entries] == [1, 2, 3]
    assert [entry.remark for entry in entries] == [None, None, "the freight is not paid"]
    assert len({entry.transaction_id for entry in entries}) == 3
    assert entries[0].title.last_action.action_date_time.endswith("Z")


@pytest.mark.parametrize("function", ["show", "history", "agreements"])
async def test_titles_are_seen_by_their_parties_by_authorities_and_whom_they_were_shared_with(
    issued: Trade, function: str
) -> None:
    request = {"titleId": TITLE}
    for who in (CARRIER, EXPORTER, HK_AUTHORITY):
        await issued.evaluate(who, f"ebl:{function}", request)
    for who in (HK_OUTSIDER, SH_OUTSIDER, BANK):
        with pytest.raises(NotEndorsed) as error:
            await issued.evaluate(who, f"ebl:{function}", request)
        assert refused(error.value)[0] is Code.NOT_A_PARTY
    await issued.share(EXPORTER, BANK)
    await issued.evaluate(BANK, f"ebl:{function}", request)


async def test_a_former_party_still_sees_the_title(issued: Trade) -> None:
    await issued.act(EXPORTER, "endorse", actionCode="BLANK_ENDORSE")
    await issued.act(EXPORTER, "transfer", recipient=BANK)
    assert (await issued.show(EXPORTER)).sequence == 3


async def test_portfolio_in_pages(trade: Trade) -> None:
    for number in range(5):
        document = f"{number:032x}"
        await trade.lodge(_numbered(number), document)
        await trade.issue(title_id=document, document_id=document)
    await trade.act(EXPORTER, "transfer", f"{3:032x}", recipient=BANK)

    async def ids(who: str, **request: object) -> tuple[list[int], str]:
        page = TitlePage.from_json(await trade.evaluate(who, "ebl:list", json.dumps(request).encode()))
        return [int(title.title_id, 16) for title in page.titles], page.bookmark

    assert await ids(EXPORTER) == ([0, 1, 2, 3, 4], "")
    assert await ids(EXPORTER, heldOnly=True) == ([0, 1, 2, 4], "")
    assert await ids(BANK, heldOnly=True) == ([3], "")
    assert await ids(IMPORTER) == ([], "")
    first, bookmark = await ids(EXPORTER, heldOnly=True, pageSize=3)
    assert first == [0, 1, 2]
    assert await ids(EXPORTER, heldOnly=True, pageSize=3, bookmark=bookmark) == ([4], "")


async def test_a_bookmark_of_another_party_shows_nothing_of_it(issued: Trade) -> None:
    request = {"heldOnly": True, "bookmark": "00" * 16}
    page = TitlePage.from_json(await issued.evaluate(SH_OUTSIDER, "ebl:list", request))
    assert page.titles == ()


async def test_the_document_reads_as_lodged_and_proves_the_commitment(issued: Trade) -> None:
    answer = await issued.evaluate(EXPORTER, "document:read", {"documentId": DOCUMENT})
    content = DocumentContent.from_json(answer)
    title = await issued.show(EXPORTER)
    stored = bytes.fromhex(content.salt) + content.content.encode()
    assert title.commitment == sha256(stored).hexdigest()


async def test_a_straight_bill_is_surrendered_by_its_consignee(trade: Trade) -> None:
    await trade.lodge(example_document("straight"))
    title = await trade.issue()
    assert title.consignee is not None
    assert title.consignee.party_id == IMPORTER
    assert await refusal(trade, EXPORTER, "endorse", actionCode="ENDORSE", recipient=BANK) is Code.NOT_NEGOTIABLE
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    assert await refusal(trade, BANK, "surrender") is Code.NOT_TITLEHOLDER
    await trade.act(BANK, "transfer", recipient=IMPORTER)
    await trade.act(IMPORTER, "surrender")


async def test_a_blank_endorsed_bill_is_surrendered_by_whoever_holds_it(trade: Trade) -> None:
    await trade.lodge(example_document("blank-endorsed"))
    assert (await trade.issue()).endorsee is None
    await trade.act(EXPORTER, "transfer", recipient=HK_OUTSIDER)
    await trade.act(HK_OUTSIDER, "surrender")


def _numbered(number: int) -> dict[str, object]:
    return changed(example_document(), transportDocumentReference=f"REF{number}")
