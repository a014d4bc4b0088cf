"""Amended, split and combined titles: linked both ways, to whom surrendered them, and conserved."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.titles import (
    BANK,
    CARRIER,
    EXPORTER,
    LATER,
    NETWORK,
    RIVAL,
    amendable,
    issue_facts,
    lodgement,
    pending_amendment,
    voided,
)
from tradelane.model.identifiers import TitleId
from tradelane.model.law import GoverningLaw
from tradelane.model.party import PartyRecord
from tradelane.model.quantities import Measure, Quantities
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action
from tradelane.rules.ebl import Decision, IssueFacts
from tradelane.rules.ebl.quantities import Opening, commitment_of
from tradelane.rules.ebl.replacement import replace
from tradelane.rules.refusal import Code, Refused

SALT = "5a" * 32


def opening(packages: int, kilograms: str = "0") -> Opening:
    measures = (Measure(unit="KGM", amount=kilograms), Measure(unit="PACKAGES", amount=str(packages)))
    return Opening(Quantities(measures=measures), SALT)


def old_title(letter: str, opened: Opening | None = None) -> TitleRecord:
    digest = None if opened is None else commitment_of(opened)
    return amendable(title_id=letter * 32, document_id=letter * 32, quantities=digest)


def new_title(letter: str, opened: Opening | None = None) -> IssueFacts:
    digest = None if opened is None else commitment_of(opened)
    return issue_facts(lodgement(document_id=letter * 32, quantities=digest), title_id=letter * 32)


def replaced(
    old: list[TitleRecord],
    new: list[IssueFacts],
    openings: dict[TitleId, Opening] | None = None,
    carrier: PartyRecord = CARRIER,
    holder: PartyRecord = EXPORTER,
) -> tuple[Decision, ...]:
    return replace(old, new, carrier, holder, openings or {}, LATER, NETWORK)


def refusal(*args: object, **more: object) -> Code:
    with pytest.raises(Refused) as refused:
        replaced(*args, **more)  # type: ignore[arg-type]
    assert refused.value.message
    return refused.value.code


def test_an_amendment_links_both_ways() -> None:
    before, after = (each.title for each in replaced([old_title("1")], [new_title("2")]))
    assert (before.status, before.replaced_by, before.sequence) == (TitleStatus.VOIDED, ("2" * 32,), 4)
    assert before.last_action.action_code is Action.VOID
    assert (after.status, after.replaces, after.sequence) == (TitleStatus.ISSUED, ("1" * 32,), 1)
    assert after.possessor == EXPORTER.ref


def test_a_split_conserves_quantities() -> None:
    openings = {"1" * 32: opening(10, "2.5"), "2" * 32: opening(4, "1.25"), "3" * 32: opening(6, "1.25")}
    old, new = [old_title("1", openings["1" * 32])], [new_title(x, openings[x * 32]) for x in "23"]
    titles = [each.title for each in replaced(old, new, openings)]
    assert titles[0].replaced_by == ("2" * 32, "3" * 32)
    openings["3" * 32] = opening(7, "1.25")
    more = [new[0], new_title("3", openings["3" * 32])]
    assert refusal(old, more, openings) is Code.QUANTITIES_DIFFER


def test_a_combination_conserves_quantities() -> None:
    openings = {"1" * 32: opening(4), "2" * 32: opening(6), "3" * 32: opening(10)}
    old, new = [old_title(x, openings[x * 32]) for x in "12"], [new_title("3", openings["3" * 32])]
    assert replaced(old, new, openings)[-1].title.replaces == ("1" * 32, "2" * 32)


def test_quantities_are_those_that_were_lodged() -> None:
    openings = {"1" * 32: opening(10), "2" * 32: opening(4), "3" * 32: opening(6)}
    old, new = [old_title("1", openings["1" * 32])], [new_title(x, openings[x * 32]) for x in "23"]
    for lie in ({}, {**openings, "1" * 32: opening(11)}):
        assert refusal(old, new, lie) is Code.QUANTITIES_DIFFER


def test_who_replaces_what_to_whom() -> None:
    assert refusal([old_title("1")], [new_title("2")], carrier=RIVAL) is Code.NOT_ISSUER
    assert refusal([old_title("1")], [new_title("2")], holder=BANK) is Code.NOT_TO_BE_REPLACED
    nobodys = amendable(surrendered_by=None)
    assert refusal([nobodys], [new_title("2")]) is Code.NOT_TO_BE_REPLACED
    assert refusal([pending_amendment()], [new_title("2")]) is Code.WRONG_STATE
    assert refusal([voided()], [new_title("2")]) is Code.WRONG_STATE


@pytest.mark.parametrize(("old", "new"), [("", "2"), ("1", ""), ("12", "34"), ("11", "2"), ("1", "22"), ("1", "1")])
def test_only_one_to_one_one_to_many_and_many_to_one(old: str, new: str) -> None:
    assert refusal([old_title(x) for x in old], [new_title(x) for x in new]) is Code.NOT_TO_BE_REPLACED


def test_the_law_a_title_exists_under_never_changes() -> None:
    singapore = old_title("2").model_copy(update={"governing_law": GoverningLaw.SG_ETA})
    assert refusal([old_title("1"), singapore], [new_title("3")]) is Code.NOT_TO_BE_REPLACED
    assert refusal([singapore], [new_title("3")]) is Code.NOT_TO_BE_REPLACED


amounts = st.decimals(min_value=0, max_value=1_000_000, places=3).map(lambda amount: f"{amount:f}")


@given(parts=st.lists(st.tuples(st.integers(0, 10_000), amounts), min_size=2, max_size=6), lost=st.integers(0, 3))
def test_a_split_is_accepted_exactly_when_nothing_is_lost(parts: list[tuple[int, str]], lost: int) -> None:
    whole = opening(sum(count for count, _ in parts) + lost, f"{sum(Decimal(kilograms) for _, kilograms in parts):f}")
    letters = "234567"[: len(parts)]
    openings = {"1" * 32: whole} | {x * 32: opening(*part) for x, part in zip(letters, parts, strict=True)}
    old, new = [old_title("1", whole)], [new_title(x, openings[x * 32]) for x in letters]
    if lost:
        assert refusal(old, new, openings) is Code.QUANTITIES_DIFFER
    else:
        assert len(replaced(old, new, openings)) == 1 + len(parts)
