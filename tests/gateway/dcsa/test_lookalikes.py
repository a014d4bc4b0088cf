"""Names that are not what they look like are flagged, and real ones in several scripts are not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.trade import PARTIES, example_document
from tradelane.gateway.dcsa.lookalikes import lookalikes, skeleton


def named(*names: str) -> dict[str, Any]:
    return {"documentParties": {"other": [{"party": {"partyName": name}} for name in names]}}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("Victоria Bank", "mixes letters of Cyrillic and Latin"),  # a Cyrillic o
        ("Ηarbour Bank", "mixes letters of Greek and Latin"),  # a Greek Eta
        ("СОРА", "each looks like a Latin one"),  # all Cyrillic
        ("Victoria\u200b Bank", "cannot be seen"),
        ("Bank \u202egnoK gnoH", "direction of writing"),
    ],
)
def test_a_name_that_is_flagged(name: str, says: str) -> None:
    (found,) = lookalikes(named(name))
    assert (found.path, says in found.said) == ("$.documentParties.other[0].party.partyName", True)
    assert name not in found.said


@pytest.mark.parametrize(
    "name",
    [
        "Victoria Bank (Hong Kong) Ltd.", "上海江海航运有限公司", "Jianghai Line 江海航运", "三菱UFJ銀行",
        "トヨタ自動車", "한국은행 KEB", "Société Générale", "Ørsted A/S", "Ελλάδα Ναυτιλία", "Московский порт",
        "3M", "O'Neill & Sons",
    ],
)  # fmt: skip
def test_real_names_are_not_flagged(name: str) -> None:
    assert lookalikes(named(name)) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [("Victoria Bank", "Victоria Bank"), ("Lloyd's", "L1oyd's"), ("COCO", "C0C0"), ("Ａcme", "Acme")],
)
def test_two_names_of_one_document_that_look_alike(one: str, other: str) -> None:
    assert any("looks the same" in found.said for found in lookalikes(named(one, other)))
    assert skeleton(one) == skeleton(other)


def test_one_name_twice_is_no_lookalike() -> None:
    assert lookalikes(named("Victoria Bank", "Victoria Bank", "VICTORIA BANK")) == ()


def test_the_examples_have_none() -> None:
    assert lookalikes(example_document()) == ()
    assert lookalikes(named(*(row["name"] for row in PARTIES.values()))) == ()


@given(st.text(max_size=40))
def test_any_text_is_judged(name: str) -> None:
    assert all(name not in found.said or len(name) < 3 for found in lookalikes(named(name)))
    assert skeleton(name) == skeleton(name + "\u200b")
