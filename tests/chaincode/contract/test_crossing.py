"""A title's way to another platform and back through the contracts: what is written, indexed and seen."""

import json

import pytest

from tests.support.crossing import BACK_BY, LEFT_BY, OPERATOR, admit_operator, come_back, leave
from tests.support.memory_ledger import NotEndorsed
from tests.support.trade import BANK, CARRIER, EXPORTER, IMPORTER, TITLE, Trade, refused
from tradelane.model.title_requests import TitleHistory
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
