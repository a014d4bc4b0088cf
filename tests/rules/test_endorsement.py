"""Who endorses the next change of a title: both sides of it, and never fewer than a majority."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.titles import BANK, CARRIER, EXPORTER, HK, NETWORK, SH
from tradelane.model.party import NetworkRecord, PartyRecord, PartyRef
from tradelane.model.title_parts import EndorsementRule
from tradelane.rules.endorsement import endorsement_rule

SG, DE, KR = "SingaporeMSP", "HamburgMSP", "BusanMSP"


def rule(*required: str, count: int = 0, others: tuple[str, ...] = ()) -> EndorsementRule:
    return EndorsementRule(required=required, count=count, others=others)


def test_two_jurisdictions() -> None:
    assert endorsement_rule(CARRIER.ref, BANK.ref, NETWORK) == rule(HK, SH)


def test_within_one_jurisdiction_the_other_makes_the_majority() -> None:
    assert endorsement_rule(CARRIER.ref, EXPORTER.ref, NETWORK) == rule(HK, SH)


def test_ended_title_keeps_the_issuer_and_a_majority() -> None:
    assert endorsement_rule(CARRIER.ref, None, NETWORK) == rule(HK, SH)


@pytest.mark.parametrize(
    ("members", "holder", "expected"),
    [
        ((HK,), BANK, rule(HK, SH)),
        ((HK, SH, SG), BANK, rule(HK, SH)),
        ((HK, SH, SG), EXPORTER, rule(SH, count=1, others=(HK, SG))),
        ((HK, SH, SG, DE), BANK, rule(HK, SH, count=1, others=(DE, SG))),
        ((HK, SH, SG, DE), EXPORTER, rule(SH, count=2, others=(DE, HK, SG))),
        ((HK, SH, SG, DE, KR), BANK, rule(HK, SH, count=1, others=(KR, DE, SG))),
        ((), BANK, rule(HK, SH)),
    ],
)
def test_more_jurisdictions(members: tuple[str, ...], holder: PartyRecord, expected: EndorsementRule) -> None:
    assert endorsement_rule(CARRIER.ref, holder.ref, NetworkRecord(msp_ids=members)) == expected


@given(st.sets(st.sampled_from([f"Org{i}MSP" for i in range(9)]), min_size=1), st.data())
def test_no_set_of_endorsers_that_satisfies_the_rule_is_a_minority(members: set[str], data: st.DataObject) -> None:
    ordered = sorted(members)
    issuer, holder = (PartyRef(party_id="party", msp_id=data.draw(st.sampled_from(ordered))) for _ in range(2))
    found = endorsement_rule(issuer, holder, NetworkRecord(msp_ids=tuple(ordered)))
    assert {issuer.msp_id, holder.msp_id} <= set(found.required)
    assert not set(found.required) & set(found.others)
    for chosen in combinations(found.others, found.count):
        assert 2 * len({*found.required, *chosen}) > len(ordered)
