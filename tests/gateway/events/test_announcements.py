"""Events: typed facts, and the message integrators read."""

import pytest

from tradelane.gateway.errors import ResultError
from tradelane.gateway.events.announcements import Announcement, read_event
from tradelane.gateway.events.reading import ChaincodeEvent
from tradelane.model.events import EVENT_NAME, FACTS, Fact, OrganisationFact, PartyFact, TitleFact
from tradelane.model.party import PartyRole
from tradelane.model.title import TitleStatus
from tradelane.model.title_parts import Action

ID = "0" * 32
FACT_LIST: tuple[Fact, ...] = (
    TitleFact(
        title_id=ID,
        action_code=Action.TRANSFER,
        status=TitleStatus.ISSUED,
        actor="shexporter",
        recipient="hkbank",
        possessor="hkbank",
        sequence=3,
    ),
    TitleFact(
        title_id=ID, action_code=Action.SACC, status=TitleStatus.SURRENDERED_FOR_DELIVERY, actor="car", sequence=9
    ),
    PartyFact(action="ADMITTED", party_id="hkbank", msp_id="HongKongMSP"),
    PartyFact(action="LICENSED", party_id="hkbank", msp_id="HongKongMSP", role=PartyRole.BANK),
    OrganisationFact(msp_id="HongKongMSP"),
)


def raw(payload: bytes, name: str = EVENT_NAME) -> ChaincodeEvent:
    return ChaincodeEvent(4, "ab", "tradelane", name, payload)


def test_facts_come_back_as_they_were_announced() -> None:
    found = read_event("trade", raw(FACTS.dump_json(FACT_LIST, by_alias=True)))
    assert found == Announcement("trade", 4, "ab", FACT_LIST)


def test_every_fact_has_its_message() -> None:
    message = Announcement("trade", 4, "ab", FACT_LIST).to_message()
    assert (message.channel, message.block_number, message.transaction_id) == ("trade", 4, "ab")
    kinds = [fact.WhichOneof("fact") for fact in message.facts]
    assert kinds == ["title", "title", "party", "party", "organisation"]
    moved, ended = message.facts[0].title, message.facts[1].title
    assert (moved.action_code, moved.status, moved.recipient, moved.sequence) == ("TRANSFER", "ISSUED", "hkbank", 3)
    assert (ended.possessor, ended.recipient) == ("", "")
    assert [fact.party.role for fact in message.facts[2:4]] == ["", "BANK"]
    assert message.facts[4].organisation.msp_id == "HongKongMSP"


def test_other_events_are_none() -> None:
    assert read_event("trade", raw(b"?", name="other")) is None


@pytest.mark.parametrize("payload", [b"", b"{}", b'[{"type":"novelty"}]', b'[{"type":"organisation"}]'])
def test_facts_this_release_does_not_know_are_an_error(payload: bytes) -> None:
    with pytest.raises(ResultError) as raised:
        read_event("trade", raw(payload))
    assert raised.value.code == "UNKNOWN_FACT"
