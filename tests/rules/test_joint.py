"""Who forms a joint party, when it has agreed, and who may know what its members ask for."""

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.titles import (
    BANK,
    CARRIER,
    EXPORTER,
    HK,
    IMPORTER,
    LATER,
    NETWORK,
    SH,
    STRANGER,
    SUCCESSOR,
    UNLICENSED,
    issue_act,
    party,
    title,
)
from tradelane.model.joint import Agreement
from tradelane.model.law import GoverningLaw
from tradelane.model.party import JointRequest, PartyRecord, PartyRole
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import FeedbackElement, Remark
from tradelane.rules.ebl import decide
from tradelane.rules.joint import Asked, agree, form, is_complete, same_words, view
from tradelane.rules.refusal import Code, Refused

REQUEST = '{"jointParty":"both","titleId":"%s"}' % ("a" * 32)
ASKED = Asked(Action.SIGN, REQUEST)


def formed(*members: PartyRecord, msp_id: str = SH, same_id: PartyRecord | None = None) -> PartyRecord:
    request = JointRequest(party_id="both", members=tuple(each.party_id for each in members))
    return form(request, msp_id, same_id, {each.party_id: each for each in members})[0]


def refusal(*members: PartyRecord, **more: object) -> Code:
    with pytest.raises(Refused) as refused:
        formed(*members, **more)  # type: ignore[arg-type]
    return refused.value.code


def test_a_joint_party_has_what_all_members_have() -> None:
    both = formed(EXPORTER, SUCCESSOR)
    assert (both.msp_id, both.effective_roles, both.lei) == (SH, (PartyRole.TRADER,), None)
    assert both.members == ("exporter", "successor")


def test_who_cannot_be_joined() -> None:
    assert refusal(EXPORTER, CARRIER) is Code.NOT_JOINABLE
    assert refusal(EXPORTER, EXPORTER) is Code.NOT_JOINABLE
    assert refusal(EXPORTER, formed(EXPORTER, SUCCESSOR)) is Code.NOT_JOINABLE
    assert refusal(BANK, UNLICENSED, msp_id=HK) is Code.NOT_JOINABLE
    assert refusal(EXPORTER, IMPORTER) is Code.FOREIGN_ORGANISATION
    assert refusal(EXPORTER, SUCCESSOR, same_id=STRANGER) is Code.PARTY_EXISTS
    with pytest.raises(Refused) as unknown:
        form(JointRequest(party_id="both", members=("exporter", "nobody")), SH, None, {"exporter": EXPORTER})
    assert unknown.value.code is Code.UNKNOWN_PARTY


def test_the_first_members_words_stand_until_somebody_asks_in_others() -> None:
    both = formed(EXPORTER, SUCCESSOR)
    one, other = Asked(Action.SIGN, REQUEST, "1" * 64), Asked(Action.SIGN, REQUEST, "2" * 64)
    first = agree(None, title(), one, both, EXPORTER)
    assert agree(first, title(), other, both, SUCCESSOR).words == "1" * 64
    anew = agree(None, title(), other, both, SUCCESSOR)
    assert (anew.words, anew.agreed) == ("2" * 64, ("successor",))


def test_what_is_asked_for_stands_in_the_agreement() -> None:
    both = formed(EXPORTER, SUCCESSOR)
    noted = agree(None, title(), ASKED, both, EXPORTER)
    assert (noted.action_code, noted.request) == (Action.SIGN, REQUEST)
    # As in earlier releases, of which agreements may be on the ledger: of act and request, and of no words.
    assert noted.act == sha256(b"SIGN\0" + REQUEST.encode()).hexdigest()
    assert noted.act == Asked(Action.SIGN, REQUEST, "1" * 64).act
    assert noted.act != Asked(Action.RELEASE, REQUEST).act


def test_an_agreement_of_an_earlier_release_is_completed() -> None:
    both = formed(EXPORTER, SUCCESSOR)
    stored = b'{"act":"%s","agreed":["exporter"],"jointParty":"both","sequence":1,"titleId":"%s"}' % (
        ASKED.act.encode(),
        b"a" * 32,
    )
    before = Agreement.from_json(stored)
    assert before.to_json() == stored
    assert (before.action_code, before.request) == (None, None)
    last = agree(before, title(), ASKED, both, SUCCESSOR)
    assert is_complete(last, both)
    assert (last.action_code, last.request) == (Action.SIGN, REQUEST)


SAID = Remark(
    title_id="a" * 32,
    sequence=2,
    author="both",
    text="seen",
    feedback=(FeedbackElement(severity="ERROR", code="X", message="wrong weight"),),
    salt="0" * 64,
)


def test_members_alone_are_shown_the_words() -> None:
    both = formed(EXPORTER, SUCCESSOR)
    noted = agree(None, title(), ASKED, both, EXPORTER)
    for member in (EXPORTER, SUCCESSOR):
        shown = view(noted, title(), both, member, SAID)
        assert (shown.remark, shown.feedback) == (SAID.text, SAID.feedback)
    for other in (CARRIER, BANK, STRANGER, both):
        shown = view(noted, title(), both, other, SAID)
        assert (shown.remark, shown.feedback) == (None, ())
        assert shown.agreement == noted
    assert view(noted, title(), both, SUCCESSOR, None).remark is None


def test_who_has_still_to_ask_is_told() -> None:
    both = formed(EXPORTER, SUCCESSOR)
    noted = agree(None, title(), ASKED, both, EXPORTER)
    for reader, waits in ((EXPORTER, False), (SUCCESSOR, True), (CARRIER, False)):
        shown = view(noted, title(), both, reader, None)
        assert (shown.in_force, shown.waiting_for, shown.waits_for_caller) == (True, ("successor",), waits)


def test_nobody_is_waited_for_once_the_title_is_at_another_version() -> None:
    both = formed(EXPORTER, SUCCESSOR)
    noted = agree(None, title(), ASKED, both, EXPORTER)
    shown = view(noted, title(sequence=2), both, SUCCESSOR, SAID)
    assert (shown.in_force, shown.waiting_for, shown.waits_for_caller) == (False, (), False)


def test_words_are_compared_without_their_salts() -> None:
    def said(text: str, salt: str = "0" * 64, **more: Any) -> Remark:
        return Remark(title_id="a" * 32, sequence=2, author="both", text=text, salt=salt, **more)

    wrong = (FeedbackElement(severity="ERROR", code="X", message="wrong weight"),)
    assert same_words(None, None)
    assert same_words(said("seen"), said("seen", "1" * 64))
    for other in (None, said("Seen"), said("seen", feedback=wrong)):
        assert not same_words(said("seen"), other)
        assert not same_words(other, said("seen"))


def test_under_a_contract_there_is_no_joint_control() -> None:
    both = formed(EXPORTER, SUCCESSOR)
    act = issue_act(governing_law=GoverningLaw.CONTRACT)
    with pytest.raises(Refused) as refused:
        decide(None, act, CARRIER, both, LATER, NETWORK)
    assert refused.value.code is Code.NOT_UNDER_THIS_LAW
    issued = decide(None, issue_act(), CARRIER, both, LATER, NETWORK).title
    assert issued.parties == ("carrier", "both", "exporter", "successor")


@given(st.data())
def test_the_last_member_completes_whatever_the_order(data: st.DataObject) -> None:
    members = [party(f"member-{n}", SH, PartyRole.TRADER) for n in range(data.draw(st.integers(2, 6)))]
    joint = formed(*members)
    agreement: Agreement | None = None
    order = data.draw(st.permutations(members))
    for place, member in enumerate(order, start=1):
        agreement = agree(agreement, title(), ASKED, joint, member)
        shown = view(agreement, title(), joint, member, None)
        assert set(shown.waiting_for) == {each.party_id for each in order[place:]}
        assert is_complete(agreement, joint) == (place == len(members))
        with pytest.raises(Refused) as again:
            agree(agreement, title(), ASKED, joint, member)
        assert again.value.code is Code.ALREADY_AGREED
    with pytest.raises(Refused) as stranger:
        agree(None, title(), ASKED, joint, STRANGER)
    assert stranger.value.code is Code.NOT_A_MEMBER
