"""Joint control: several parties count as one controller, and act when all have asked for the same."""

import json

import pytest

from tests.support.memory_ledger import NotEndorsed
from tests.support.trade import BANK, EXPORTER, IMPORTER, SH_OUTSIDER, TITLE, Trade, refused
from tradelane.rules.refusal import Code

BOTH = "both"


@pytest.fixture
async def joint(issued: Trade) -> Trade:
    await issued.join(BOTH, EXPORTER, SH_OUTSIDER)
    await issued.act(EXPORTER, "transfer", recipient=BOTH)
    return issued


async def test_one_member_changes_nothing_the_last_one_does(joint: Trade) -> None:
    first = await joint.act(EXPORTER, "transfer", recipient=BANK, jointParty=BOTH)
    assert first.possessor is not None
    assert (first.possessor.party_id, first.sequence) == (BOTH, 2)
    last = await joint.act(SH_OUTSIDER, "transfer", recipient=BANK, jointParty=BOTH)
    assert last.possessor is not None
    assert (last.possessor.party_id, last.last_action.actor.party_id, last.sequence) == (BANK, BOTH, 3)


async def test_a_member_alone_is_not_in_control(joint: Trade) -> None:
    with pytest.raises(NotEndorsed) as error:
        await joint.act(EXPORTER, "transfer", recipient=BANK)
    assert refused(error.value)[0] is Code.NOT_IN_CONTROL


async def test_members_must_ask_for_the_same(joint: Trade) -> None:
    await joint.act(EXPORTER, "transfer", recipient=BANK, jointParty=BOTH)
    other = await joint.act(SH_OUTSIDER, "transfer", recipient=IMPORTER, jointParty=BOTH)
    assert other.sequence == 2


async def test_an_agreement_is_about_one_version(joint: Trade) -> None:
    await joint.act(EXPORTER, "transfer", recipient=BANK, jointParty=BOTH)
    for member in (EXPORTER, SH_OUTSIDER):
        await joint.act(member, "sign", jointParty=BOTH)
    stale = await joint.act(SH_OUTSIDER, "transfer", recipient=BANK, jointParty=BOTH)
    assert (stale.sequence, stale.possessor is not None and stale.possessor.party_id) == (3, BOTH)


async def test_every_member_sees_the_title(joint: Trade) -> None:
    for member in (EXPORTER, SH_OUTSIDER):
        assert (await joint.show(member)).possessor is not None
    listed = json.loads(await joint.evaluate(SH_OUTSIDER, "ebl:list", {}))
    assert [title["titleId"] for title in listed["titles"]] == [TITLE]


async def test_what_the_joint_party_may_not_do_is_refused_when_the_last_one_asks(joint: Trade) -> None:
    await joint.act(EXPORTER, "surrender", jointParty=BOTH)
    with pytest.raises(NotEndorsed) as error:
        await joint.act(SH_OUTSIDER, "surrender", jointParty=BOTH)
    assert refused(error.value)[0] is Code.NOT_TITLEHOLDER
