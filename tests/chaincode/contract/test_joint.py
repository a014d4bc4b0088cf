"""Joint control: several parties count as one controller, and act when all have asked for the same."""

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from pydantic import TypeAdapter

from tests.support.memory_ledger import NotEndorsed
from tests.support.memory_state import PUBLIC
from tests.support.trade import (
    BANK,
    CARRIER,
    DOCUMENT,
    EXPORTER,
    HK_AUTHORITY,
    HK_OUTSIDER,
    IMPORTER,
    SALT,
    SH_AUTHORITY,
    SH_OUTSIDER,
    TITLE,
    Trade,
    refused,
)
from tradelane.model.attachment import Description
from tradelane.model.joint import AgreementView
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.rules.refusal import Code

BOTH = "both"
_VIEWS = TypeAdapter(list[AgreementView])


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


async def said(trade: Trade, member: str, reason: str | None, salt: bytes = SALT, **more: bytes) -> TitleRecord:
    """Sign for both, with words."""
    transient = more if reason is None else {"reason": reason.encode(), "salt": salt, **more}
    outcome = await trade.submit(member, "ebl:sign", {"titleId": TITLE, "jointParty": BOTH}, transient)
    return TitleRecord.from_json(outcome.response.payload)


FEEDBACK = b'[{"severity":"ERROR","code":"X","message":"wrong weight"}]'


async def test_members_agree_on_the_words_and_not_on_their_salts(joint: Trade) -> None:
    await said(joint, EXPORTER, "seen and accepted", feedback=FEEDBACK)
    done = await said(joint, SH_OUTSIDER, "seen and accepted", bytes(reversed(SALT)), feedback=FEEDBACK)
    assert done.sequence == 3
    history = json.loads(await joint.evaluate(EXPORTER, "ebl:history", {"titleId": TITLE}))
    last = history["entries"][-1]
    assert (last["remark"], last["title"]["lastAction"]["actor"]["partyId"]) == ("seen and accepted", BOTH)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"reason": "A"}, {"reason": "B"}),
        ({"reason": "A"}, {"reason": None}),
        ({"reason": None}, {"reason": "B"}),
        ({"reason": "A", "feedback": FEEDBACK}, {"reason": "A"}),
    ],
)
async def test_nobodys_words_stand_in_the_name_of_all(one: dict[str, Any], other: dict[str, Any], joint: Trade) -> None:
    await said(joint, EXPORTER, **one)
    assert (await said(joint, SH_OUTSIDER, **other)).sequence == 2
    # Who asks in other words asks anew: the first member may agree to them, or ask for its own again.
    with pytest.raises(NotEndorsed) as again:
        await said(joint, SH_OUTSIDER, **other)
    assert refused(again.value)[0] is Code.ALREADY_AGREED
    assert (await said(joint, EXPORTER, **other)).sequence == 3


async def test_words_that_are_not_agreed_yet_stay_private(joint: Trade) -> None:
    await said(joint, EXPORTER, "seen and accepted")
    state = joint.ledger.state
    digest = sha256(b"seen and accepted").hexdigest().encode()
    public = b"".join(
        key.encode() + slot.value for (collection, key), slot in state.slots.items() if collection == PUBLIC
    )
    assert BOTH.encode() in public
    assert b"accepted" not in public
    assert digest not in public
    await said(joint, SH_OUTSIDER, "seen and accepted")
    assert not [key for (_, key) in state.slots if "agreement" in key]


def lose_the_words(trade: Trade) -> None:
    """Have no peer hold the words of what is asked for, as before they have reached it."""
    for values in trade.ledger.state.private.values():
        for collection, key in list(values):
            if "agreement" in key:
                del values[collection, key]


async def test_a_peer_without_the_first_members_words_waits_for_them(joint: Trade) -> None:
    await said(joint, EXPORTER, "seen and accepted")
    lose_the_words(joint)
    with pytest.raises(NotEndorsed) as error:
        await said(joint, SH_OUTSIDER, "seen and accepted")
    assert refused(error.value)[:2] == (Code.NOT_AT_THIS_PEER, 409)


async def test_an_act_of_all_is_tied_to_the_version_before(joint: Trade) -> None:
    before = await joint.show(EXPORTER)
    first = await said(joint, EXPORTER, None)
    last = await said(joint, SH_OUTSIDER, None)
    assert first == before
    assert last.previous == before.digest


async def test_every_member_sees_the_title(joint: Trade) -> None:
    for member in (EXPORTER, SH_OUTSIDER):
        assert (await joint.show(member)).possessor is not None
    listed = json.loads(await joint.evaluate(SH_OUTSIDER, "ebl:list", {}))
    assert [title["titleId"] for title in listed["titles"]] == [TITLE]


async def test_titles_held_together_are_listed_for_the_joint_party(joint: Trade) -> None:
    async def listed(who: str, **request: Any) -> list[str]:
        found = json.loads(await joint.evaluate(who, "ebl:list", request))["titles"]
        return [title["titleId"] for title in found]

    for member in (EXPORTER, SH_OUTSIDER):
        assert await listed(member, heldOnly=True) == []  # in no member's own possession
        assert await listed(member, heldOnly=True, jointParty=BOTH) == [TITLE]
        assert await listed(member, jointParty=BOTH) == [TITLE]
    for stranger, party, code in (
        (BANK, BOTH, Code.NOT_A_MEMBER),
        (EXPORTER, SH_OUTSIDER, Code.NOT_A_MEMBER),
        (EXPORTER, "nobody", Code.UNKNOWN_PARTY),
    ):
        with pytest.raises(NotEndorsed) as error:
            await listed(stranger, jointParty=party)
        assert refused(error.value)[0] is code


async def test_members_read_what_was_shared_with_all_of_them(issued: Trade) -> None:
    await issued.attach(EXPORTER)
    await issued.join(BOTH, IMPORTER, HK_OUTSIDER)
    await issued.share(EXPORTER, BOTH)
    await issued.share_attachment(EXPORTER, BOTH)
    for member in (IMPORTER, HK_OUTSIDER):
        body = {"documentId": DOCUMENT, "titleId": TITLE}
        assert json.loads(await issued.evaluate(member, "document:read", body))["documentId"] == DOCUMENT
        assert (await issued.show(member)).title_id == TITLE
        assert (await issued.attachment(member)).description == issued.described()
        assert [each.description for each in await issued.attached(member)] == [issued.described()]


async def test_a_member_adds_a_document_and_all_read_it(joint: Trade) -> None:
    described = joint.described(attachment_id="f" * 32)
    documents = await joint.attach(SH_OUTSIDER, described)
    assert documents.attached[-1].attached_by.party_id == SH_OUTSIDER
    for member in (SH_OUTSIDER, EXPORTER):
        assert (await joint.attachment(member, "f" * 32)).description == described
        body = {"titleId": TITLE, "attachmentId": "f" * 32, "kind": described.kind}
        assert Description.from_json(await joint.evaluate(member, "document:lodgedAttachment", body)) == described
    await joint.share_attachment(EXPORTER, BANK, described)
    assert (await joint.attachment(BANK, "f" * 32)).description == described


async def test_members_of_who_is_not_in_control_any_more_add_nothing(joint: Trade) -> None:
    for member in (EXPORTER, SH_OUTSIDER):
        await joint.act(member, "transfer", recipient=BANK, jointParty=BOTH)
    with pytest.raises(NotEndorsed) as error:
        await joint.attach(SH_OUTSIDER)
    assert refused(error.value)[0] is Code.NOT_IN_CONTROL


@pytest.mark.parametrize(
    ("function", "request_", "code"),
    [
        ("surrender", {}, Code.NOT_TITLEHOLDER),
        ("release", {}, Code.WRONG_STATE),
        ("transfer", {"recipient": BANK, "expectedSequence": 1}, Code.STALE_TITLE),
        ("transfer", {"recipient": BOTH}, Code.SAME_PARTY),
    ],
)
async def test_what_the_joint_party_may_not_do_is_refused_when_the_first_one_asks(
    function: str, request_: dict[str, Any], code: Code, joint: Trade
) -> None:
    with pytest.raises(NotEndorsed) as error:
        await joint.act(EXPORTER, function, jointParty=BOTH, **request_)
    assert refused(error.value)[0] is code
    assert kept(joint) == []


def kept(trade: Trade) -> list[str]:
    """Return where agreements and the words to them are kept."""
    return sorted({collection for collection, key in trade.ledger.state.slots if "agreement" in key})


async def test_a_stranger_learns_nothing_of_who_has_asked(joint: Trade) -> None:
    await said(joint, EXPORTER, "seen and accepted")
    lose_the_words(joint)
    with pytest.raises(NotEndorsed) as error:
        await said(joint, BANK, "seen and accepted")
    code, _, message, details = refused(error.value)
    assert code is Code.NOT_A_MEMBER
    assert EXPORTER not in f"{message} {details}"


async def test_words_that_nobody_stands_by_any_more_are_not_kept(joint: Trade) -> None:
    await said(joint, EXPORTER, "seen and accepted")
    assert kept(joint) == [PUBLIC, "remarks"]
    await said(joint, SH_OUTSIDER, None)
    assert kept(joint) == [PUBLIC]
    await said(joint, SH_OUTSIDER, "not accepted")
    assert kept(joint) == [PUBLIC, "remarks"]
    for member in (EXPORTER, SH_OUTSIDER):
        await joint.act(member, "transfer", recipient=BANK, jointParty=BOTH)
    assert kept(joint) == []


async def test_words_said_to_a_version_before_are_not_kept(joint: Trade) -> None:
    await said(joint, EXPORTER, "seen and accepted")
    await joint.act(SH_AUTHORITY, "freeze", reason="order 1")
    await joint.act(SH_AUTHORITY, "unfreeze", reason="order 2")
    await joint.act(EXPORTER, "transfer", recipient=BANK, jointParty=BOTH)
    assert kept(joint) == [PUBLIC]


async def asked(trade: Trade, who: str) -> list[AgreementView]:
    """Return what is asked for on the title, as a party is shown it."""
    return _VIEWS.validate_json(await trade.evaluate(who, "ebl:agreements", {"titleId": TITLE}))


async def test_members_see_what_is_asked_of_them(joint: Trade) -> None:
    assert await asked(joint, SH_OUTSIDER) == []
    request: dict[str, Any] = {"recipient": BANK, "expectedSequence": 2, "jointParty": BOTH}
    await joint.act(EXPORTER, "transfer", **request)
    [view] = await asked(joint, SH_OUTSIDER)
    noted = view.agreement
    assert (noted.action_code, noted.joint_party, noted.sequence) == (Action.TRANSFER, BOTH, 2)
    assert json.loads(noted.request or "") == {"titleId": TITLE, **request}
    assert (noted.agreed, view.waiting_for, view.in_force) == ((EXPORTER,), (SH_OUTSIDER,), True)
    assert [view.waits_for_caller, *(each.waits_for_caller for each in await asked(joint, EXPORTER))] == [True, False]
    # What is shown is enough to ask for the same.
    body = (noted.request or "").encode()
    done = TitleRecord.from_json((await joint.submit(SH_OUTSIDER, "ebl:transfer", body)).response.payload)
    assert done.possessor is not None
    assert done.possessor.party_id == BANK
    assert await asked(joint, SH_OUTSIDER) == []


async def test_each_act_that_is_asked_for_is_listed(joint: Trade) -> None:
    await joint.act(EXPORTER, "transfer", recipient=BANK, jointParty=BOTH)
    await joint.act(SH_OUTSIDER, "transfer", recipient=IMPORTER, jointParty=BOTH)
    await said(joint, SH_OUTSIDER, None)
    found = {(view.agreement.action_code, view.agreement.agreed) for view in await asked(joint, CARRIER)}
    assert found == {
        (Action.TRANSFER, (EXPORTER,)),
        (Action.TRANSFER, (SH_OUTSIDER,)),
        (Action.SIGN, (SH_OUTSIDER,)),
    }


async def test_words_that_are_asked_for_are_shown_to_members_and_to_nobody_else(joint: Trade) -> None:
    await said(joint, EXPORTER, "seen and accepted", feedback=FEEDBACK)
    for member in (EXPORTER, SH_OUTSIDER):
        [view] = await asked(joint, member)
        assert view.remark == "seen and accepted"
        assert [each.message for each in view.feedback] == ["wrong weight"]
    await joint.share(EXPORTER, BANK)
    for other in (CARRIER, HK_AUTHORITY, BANK):
        [view] = await asked(joint, other)
        assert (view.remark, view.feedback, view.waits_for_caller) == (None, (), False)
        assert view.agreement.words is not None
        assert "accepted" not in view.to_json().decode()


async def test_words_that_have_not_reached_the_members_peer_are_left_out(joint: Trade) -> None:
    await said(joint, EXPORTER, "seen and accepted")
    lose_the_words(joint)
    [view] = await asked(joint, SH_OUTSIDER)
    assert (view.remark, view.waits_for_caller) == (None, True)
    assert view.agreement.words is not None


async def test_who_may_not_see_the_title_sees_nothing_of_what_is_asked_for_on_it(joint: Trade) -> None:
    await said(joint, EXPORTER, "seen and accepted")
    for stranger in (BANK, IMPORTER, HK_OUTSIDER):
        with pytest.raises(NotEndorsed) as error:
            await asked(joint, stranger)
        code, _, message, details = refused(error.value)
        assert code is Code.NOT_A_PARTY
        assert EXPORTER not in f"{message} {details}"
    with pytest.raises(NotEndorsed) as unknown:
        await joint.evaluate(EXPORTER, "ebl:agreements", {"titleId": "0" * 32})
    assert refused(unknown.value)[0] is Code.UNKNOWN_TITLE


async def test_what_is_void_is_shown_as_that_until_a_member_asks_again(joint: Trade) -> None:
    await said(joint, EXPORTER, "seen and accepted")
    for function in ("freeze", "unfreeze"):
        await joint.act(SH_AUTHORITY, function, reason="an order")
    [view] = await asked(joint, SH_OUTSIDER)
    assert (view.in_force, view.waiting_for, view.waits_for_caller) == (False, (), False)
    assert (view.agreement.sequence, view.remark) == (2, "seen and accepted")
    await said(joint, SH_OUTSIDER, None)
    [view] = await asked(joint, EXPORTER)
    assert (view.in_force, view.waiting_for, view.agreement.sequence) == (True, (EXPORTER,), 4)


async def test_what_was_asked_for_in_an_earlier_release_is_listed_and_done(joint: Trade) -> None:
    await joint.act(EXPORTER, "transfer", recipient=BANK, jointParty=BOTH)
    [(place, slot)] = [
        each for each in joint.ledger.state.slots.items() if each[0][0] == PUBLIC and "agreement" in each[0][1]
    ]
    values = json.loads(slot.value)
    del values["actionCode"], values["request"]
    joint.ledger.state.slots[place] = replace(slot, value=json.dumps(values, sort_keys=True).encode())
    [view] = await asked(joint, SH_OUTSIDER)
    assert (view.agreement.action_code, view.agreement.request) == (None, None)
    assert view.waits_for_caller
    done = await joint.act(SH_OUTSIDER, "transfer", recipient=BANK, jointParty=BOTH)
    assert done.sequence == 3
