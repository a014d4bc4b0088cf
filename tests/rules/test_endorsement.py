"""Who endorses the next change of a title: both sides of it, and never fewer than a majority."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.titles import BANK, EXPORTER, HK, NETWORK, SH, ended, title
from tradelane.model.party import NetworkRecord, PartyRef
from tradelane.rules.endorsement import EndorsementRule, endorsement_rule

SG, DE, KR = "SingaporeMSP", "HamburgMSP", "BusanMSP"


def test_two_jurisdictions() -> None:
    assert endorsement_rule(title(possessor=BANK.ref), NETWORK) == EndorsementRule((HK, SH), 0, ())


def test_within_one_jurisdiction_the_other_makes_the_majority() -> None:
    assert endorsement_rule(title(possessor=EXPORTER.ref), NETWORK) == EndorsementRule((SH,), 1, (HK,))


def test_ended_title_keeps_the_issuer_and_a_majority() -> None:
    assert endorsement_rule(ended(), NETWORK) == EndorsementRule((SH,), 1, (HK,))


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ((HK,), EndorsementRule((HK, SH), 0, ())),
        ((HK, SH, SG), EndorsementRule((HK, SH), 0, (SG,))),
        ((HK, SH, SG, DE), EndorsementRule((HK, SH), 1, (SG, DE))),
        ((HK, SH, SG, DE, KR), EndorsementRule((HK, SH), 1, (SG, DE, KR))),
        ((), EndorsementRule((HK, SH), 0, ())),
    ],
)
def test_more_jurisdictions(members: tuple[str, ...], expected: EndorsementRule) -> None:
    assert endorsement_rule(title(possessor=BANK.ref), NetworkRecord(msp_ids=members)) == expected


@given(st.sets(st.sampled_from([f"Org{i}MSP" for i in range(9)]), min_size=1), st.data())
def test_no_set_of_endorsers_that_satisfies_the_rule_is_a_minority(members: set[str], data: st.DataObject) -> None:
    ordered = sorted(members)
    issuer, holder = (PartyRef(party_id="party", msp_id=data.draw(st.sampled_from(ordered))) for _ in range(2))
    rule = endorsement_rule(title(issuer=issuer, possessor=holder), NetworkRecord(msp_ids=tuple(ordered)))
    assert set(rule.required) == {issuer.msp_id, holder.msp_id}
    assert sorted((*rule.required, *rule.others)) == ordered
    for chosen in combinations(rule.others, rule.count):
        assert 2 * len({*rule.required, *chosen}) > len(ordered)
