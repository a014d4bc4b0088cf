"""The channel as registry: what is asked of the ledger, and what its answers mean."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.conftest import USER
from tests.gateway.contracts import TITLE, Contracts, ref, refusal, title
from tests.support.loopback_gateway import Invocation, Script
from tradelane.gateway import client
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.errors import Refused
from tradelane.gateway.pint.channel import ChannelRegistry
from tradelane.gateway.pint.registry import Return
from tradelane.gateway.retry import NO_RETRY

LEFT_BY, BACK_BY = "1" * 64, "2" * 64
ABROAD = {
    "operator": ref("hkbank").model_dump(mode="json", by_alias=True),
    "platform": "WAVE",
    "entry": LEFT_BY,
    "since": "2026-03-02T00:00:00.000Z",
}


@pytest.fixture
def contracts(script: Script) -> Contracts:
    script.chaincode = found = Contracts()
    return found


@pytest.fixture
def registry(profile: Path, contracts: Contracts) -> Iterator[ChannelRegistry]:
    with client.connect(profile, USER, retry=NO_RETRY) as gateway:
        yield ChannelRegistry(gateway)


@pytest.mark.parametrize("last", ["IMPORT", "TRANSFER", "PLEDGE"])
def test_a_title_that_is_here_came_back_by_an_entry_whatever_was_done_since(
    registry: ChannelRegistry, contracts: Contracts, last: str
) -> None:
    acted = {**title()["lastAction"], "actionCode": last}
    contracts.answers["ebl:show"] = title(returnedBy=BACK_BY, lastAction=acted)
    found = registry.control(TITLE)
    assert (found.abroad_since_entry, found.returned_by_entry) == (None, BACK_BY)


def test_a_title_that_has_left_again_is_abroad(registry: ChannelRegistry, contracts: Contracts) -> None:
    away: dict[str, Any] = title(returnedBy=BACK_BY, abroad=ABROAD)
    contracts.answers["ebl:show"] = {name: value for name, value in away.items() if name != "possessor"}
    found = registry.control(TITLE)
    assert (found.abroad_since_entry, found.returned_by_entry) == (LEFT_BY, None)


@pytest.mark.parametrize(
    ("own", "other", "behind"), [(0, 2, True), (2, 3, True), (3, 3, False), (3, 2, False), (0, 0, False)]
)
def test_a_peer_that_knows_less_than_another_organisations_is_behind(
    registry: ChannelRegistry, contracts: Contracts, own: int, other: int, behind: bool
) -> None:
    def answer(asked: Invocation) -> Any:
        version = own if asked.organisations == ("ShanghaiMSP",) else other
        return {"titleId": TITLE, "sequence": version} if version else {}

    contracts.answers["ebl:findExit"] = answer
    assert registry.is_behind(LEFT_BY) is behind


def test_of_a_title_that_has_left_only_its_carriers_organisation_is_asked_for_the_document(
    registry: ChannelRegistry, contracts: Contracts
) -> None:
    contracts.answers["ebl:findExit"] = {"titleId": TITLE, "issuer": "HongKongMSP", "sequence": 2}
    contracts.answers["ebl:findDocument"] = {}
    left = registry.left_with(LEFT_BY)
    assert left is not None
    document = {"transportDocumentReference": "JHL1"}
    for issued_in, asked in ((left.issued_in, ["HongKongMSP"]), (None, ["HongKongMSP", "ShanghaiMSP"])):
        contracts.invocations.clear()
        assert registry.over(document, issued_in) is None
        questions = [each for each in contracts.invocations if each.function == "ebl:findDocument"]
        assert sorted(each.organisations[0] for each in questions) == asked
        assert checksums.of_json(document) not in str(questions)


@pytest.mark.parametrize("code", ["UNKNOWN_DOCUMENT", "NOT_AT_THIS_PEER"])
def test_a_title_whose_documents_the_operator_lacks_comes_back_all_the_same(
    registry: ChannelRegistry, contracts: Contracts, code: str
) -> None:
    contracts.answers["document:read"] = refusal(404, code)
    registry.take_back(Return(TITLE, to="hkbank", left_by=LEFT_BY, entry=BACK_BY))
    assert contracts.body("ebl:import")["recipient"] == "hkbank"
    assert "document:share" not in contracts.calls


def test_another_refusal_is_the_ledgers(registry: ChannelRegistry, contracts: Contracts) -> None:
    contracts.answers["ebl:import"] = refusal(403, "NOT_ENDORSEE")
    with pytest.raises(Refused) as refused:
        registry.take_back(Return(TITLE, to="hkbank", left_by=LEFT_BY, entry=BACK_BY))
    assert refused.value.code == "NOT_ENDORSEE"


def test_the_channel_is_named_by_its_first_block_or_by_the_settings(contracts: Contracts, profile: Path) -> None:
    with client.connect(profile, USER, retry=NO_RETRY) as gateway:
        assert ChannelRegistry(gateway, "urn:example:channel").uri == "urn:example:channel"
        assert contracts.invocations == []
