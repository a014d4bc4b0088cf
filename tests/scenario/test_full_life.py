"""The full life of a title on the real network: every act once, by whom it may, through the typed calls."""

import copy
import secrets
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from examples.story.acts import issuance_request
from tests.support.told import Told
from tradelane.gateway import Refused, ebl
from tradelane.gateway.errors import InputError
from tradelane.model.law import GoverningLaw
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action, Medium, SurrenderReason
from tradelane.rules.ebl import Standing, standing_of
from tradelane.rules.refusal import Code

pytestmark = pytest.mark.network

CARRIER, EXPORTER, BANK, IMPORTER = "jianghai-line", "wusong-textiles", "victoria-bank", "lantau-imports"
SH_AUTHORITY, SH_OUTSIDER = "sh-authority", "pudong-trading"


def issued(told: Told, **terms: Any) -> TitleRecord:
    return told.cast.as_party(CARRIER).run(ebl.issue(issuance_request(), **terms)).result


class Life:
    """One title, acted on by one party after the other."""

    def __init__(self, told: Told, title: TitleRecord) -> None:
        self._told = told
        self.title = title

    def act(self, party: str, call: Callable[..., Any], **arguments: Any) -> TitleRecord:
        gateway = self._told.cast.as_party(party)
        done = gateway.run(call(self.title.title_id, **arguments))
        for other in (CARRIER, BANK):  # a peer of each jurisdiction, before somebody else acts there
            self._told.cast.as_party(other).outcome(done.transaction_id)
        self.title = done.result
        return self.title

    def refused(self, party: str, call: Callable[..., Any], **arguments: Any) -> Code | None:
        with pytest.raises(Refused) as refused:
            self._told.cast.as_party(party).run(call(self.title.title_id, **arguments))
        return refused.value.reason


def test_pledge_is_exclusive_and_ends_as_its_holder_says(told: Told) -> None:
    life = Life(told, issued(told))
    pledged = life.act(EXPORTER, ebl.pledge, to=BANK)
    assert (standing_of(pledged), pledged.endorsement.required) == (Standing.PLEDGED, ("HongKongMSP", "ShanghaiMSP"))
    assert life.refused(EXPORTER, ebl.pledge, to=BANK, share=False) is Code.WRONG_STATE
    assert life.refused(EXPORTER, ebl.transfer, to=IMPORTER, share=False) is Code.WRONG_STATE
    assert life.refused(EXPORTER, ebl.release) is Code.NOT_PLEDGEE
    assert life.act(BANK, ebl.release).possessor == pledged.owner
    life.act(EXPORTER, ebl.pledge, to=BANK)
    enforced = life.act(BANK, ebl.enforce, reason="the loan was not repaid")
    assert enforced.owner == enforced.possessor
    assert enforced.owner is not None
    assert enforced.owner.party_id == BANK
    entry = told.cast.as_party(BANK).run(ebl.history(life.title.title_id)).entries[-1]
    assert entry.remark == "the loan was not repaid"


def test_what_came_in_is_refused_and_nominations_lead_on(told: Told) -> None:
    life = Life(told, issued(told))
    before = life.title.possessor
    life.act(EXPORTER, ebl.endorse, to=BANK, action=Action.ENDORSE_AND_TRANSFER)
    assert life.act(BANK, ebl.refuse, reason="not our customer").possessor == before
    life.act(EXPORTER, ebl.transfer, to=BANK)
    life.act(BANK, ebl.sign, remark="seen")
    assert life.refused(BANK, ebl.refuse, reason="too late") is Code.NOTHING_TO_REFUSE
    assert life.refused(BANK, ebl.endorse, to=IMPORTER, share=False) is Code.NOT_ENDORSEE
    life.act(EXPORTER, ebl.nominate, to=IMPORTER)
    endorsed = life.act(BANK, ebl.endorse, to=IMPORTER, action=Action.ENDORSE_TO_ORDER)
    assert endorsed.owner is not None
    assert endorsed.owner.party_id == IMPORTER


def test_an_act_on_a_version_one_has_not_seen(told: Told) -> None:
    life = Life(told, issued(told))
    life.act(EXPORTER, ebl.sign, expected_sequence=1)
    assert life.refused(EXPORTER, ebl.transfer, to=BANK, expected_sequence=1, share=False) is Code.STALE_TITLE


def halves() -> tuple[dict[str, Any], dict[str, Any]]:
    """The example's document as two, each with one of its two cargo items."""
    parts = []
    for kept in (0, 1):
        document = copy.deepcopy(issuance_request()["document"])
        document["transportDocumentReference"] = secrets.token_hex(8).upper()
        item = document["consignmentItems"][0]
        item["cargoItems"] = [item["cargoItems"][kept]]
        parts.append(document)
    return parts[0], parts[1]


def test_a_title_is_split_and_what_would_double_the_cargo_is_not(told: Told) -> None:
    life = Life(told, issued(told))
    life.act(EXPORTER, ebl.surrender_for_amendment, reason_code=SurrenderReason.CHANGE_OF_DESTINATION)
    life.act(CARRIER, ebl.accept)
    carrier = told.cast.as_party(CARRIER)
    one, other = halves()
    with pytest.raises(InputError) as doubled:
        carrier.run(ebl.replace((life.title.title_id,), (one, issuance_request()["document"])))
    assert (doubled.value.code, doubled.value.details) == (Code.QUANTITIES_DIFFER, {"unit": "KGM"})
    titles = carrier.run(ebl.replace((life.title.title_id,), (one, other))).result.titles
    assert titles[0].replaced_by == tuple(title.title_id for title in titles[1:])
    assert [title.status for title in titles] == [TitleStatus.VOIDED, TitleStatus.ISSUED, TitleStatus.ISSUED]
    assert all(title.possessor == titles[0].surrendered_by for title in titles[1:])


def test_to_paper_and_from_paper(told: Told) -> None:
    life = Life(told, issued(told, law=GoverningLaw.SG_ETA, from_paper="bill 4711 of 1 March"))
    assert life.title.conversion is not None
    assert life.title.conversion.source is Medium.PAPER
    life.act(EXPORTER, ebl.surrender_for_amendment, reason_code=SurrenderReason.SWITCH_TO_PAPER)
    assert life.refused(CARRIER, ebl.accept) is Code.REASON_REQUIRED
    paper = life.act(CARRIER, ebl.accept, paper="bill 4712")
    assert (paper.status, paper.possessor) == (TitleStatus.VOIDED, None)
    assert life.refused(EXPORTER, ebl.transfer, to=BANK, share=False) is Code.WRONG_STATE


def test_courts_stop_and_move_a_title(told: Told) -> None:
    life = Life(told, issued(told))
    life.act(SH_AUTHORITY, ebl.freeze, order="order 1 of 3 March")
    assert life.refused(EXPORTER, ebl.transfer, to=BANK, share=False) is Code.WRONG_STATE
    life.act(SH_AUTHORITY, ebl.recover, subject=EXPORTER, to=SH_OUTSIDER, order="order 2 of 4 March")
    free = life.act(SH_AUTHORITY, ebl.unfreeze, order="order 3 of 5 March")
    assert free.possessor is not None
    assert free.possessor.party_id == SH_OUTSIDER
    assert free.endorsement.required == ("HongKongMSP", "ShanghaiMSP")


def test_goods_are_delivered_once_the_title_is_surrendered(told: Told) -> None:
    life = Life(told, issued(told))
    assert life.refused(CARRIER, ebl.accomplish, delivery_order="DO 17") is Code.SURRENDER_FIRST
    life.act(EXPORTER, ebl.surrender)
    life.act(CARRIER, ebl.accept)
    assert standing_of(life.act(CARRIER, ebl.accomplish, delivery_order="DO 17")) is Standing.ACCOMPLISHED


def test_the_account_tells_who_signed_what_and_draws_it(told: Told) -> None:
    life = Life(told, issued(told))
    life.act(EXPORTER, ebl.pledge, to=BANK)
    life.act(BANK, ebl.release)
    deeds = told.cast.as_party(BANK).run(ebl.account(life.title.title_id))
    assert [(deed.action, deed.actor, deed.capacity) for deed in deeds] == [
        ("ISSUE", CARRIER, "a carrier"),
        ("PLEDGE", EXPORTER, "the titleholder in control"),
        ("RELEASE", BANK, "the pledgee"),
    ]
    assert all(deed.jurisdictions == ("HongKongMSP", "ShanghaiMSP") for deed in deeds)
    assert [deed.block for deed in deeds] == sorted(deed.block for deed in deeds)
    drawn = ET.fromstring(ebl.svg(life.title.title_id, deeds))  # noqa: S314 -- drawn a line ago
    words = " ".join(element.text or "" for element in drawn.iter())
    assert all(deed.action in words for deed in deeds)
