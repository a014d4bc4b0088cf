"""Amended, split and combined titles: linked both ways, to whom surrendered them, and conserved."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
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
from tradelane.model.identifiers import Sha256
from tradelane.model.law import GoverningLaw
from tradelane.model.party import PartyRecord
from tradelane.model.quantities import Conservation, Measure, Quantities
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action
from tradelane.rules.ebl import Decision, IssueFacts
from tradelane.rules.ebl.quantities import blinding_of, commit, conservation, digest_of
from tradelane.rules.ebl.replacement import replace
from tradelane.rules.refusal import Code, Refused

Document = tuple[Quantities, bytes]


def document(packages: int, kilograms: str = "0", salt: bytes = b"z" * 32) -> Document:
    measures = (Measure(unit="KGM", amount=kilograms), Measure(unit="PACKAGES", amount=str(packages)))
    return Quantities(measures=measures), salt


def digest(held: Document | None) -> Sha256 | None:
    return None if held is None else digest_of(commit(held[0], blinding_of(held[1])))


def old_title(letter: str, held: Document | None = None) -> TitleRecord:
    return amendable(title_id=letter * 32, document_id=letter * 32, quantities=digest(held))


def new_title(letter: str, held: Document | None = None) -> IssueFacts:
    return issue_facts(lodgement(document_id=letter * 32, quantities=digest(held)), title_id=letter * 32)


def replaced(
    old: list[TitleRecord],
    new: list[IssueFacts],
    shown: Conservation | None = None,
    carrier: PartyRecord = CARRIER,
    holder: PartyRecord = EXPORTER,
    expected_sequences: tuple[int, ...] = (),
) -> tuple[Decision, ...]:
    return replace(old, new, carrier, holder, shown, LATER, NETWORK, expected_sequences)


def replacing(old: dict[str, Document], new: dict[str, Document]) -> tuple[Decision, ...]:
    """Replace titles over these documents, and show honestly what there is to show."""
    titles = [old_title(*each) for each in old.items()]
    facts = [new_title(*each) for each in new.items()]
    return replaced(titles, facts, conservation(list(old.values()), list(new.values())))


def refusal(*args: object, **more: object) -> Code:
    with pytest.raises(Refused) as refused:
        replaced(*args, **more)  # type: ignore[arg-type]
    assert refused.value.message
    return refused.value.code


def test_an_amendment_links_both_ways() -> None:
    old = old_title("1")
    before, after = (each.title for each in replaced([old], [new_title("2")]))
    assert (before.previous, after.previous) == (old.digest, None)
    assert (before.status, before.replaced_by, before.sequence) == (TitleStatus.VOIDED, ("2" * 32,), 4)
    assert before.last_action.action_code is Action.VOID
    assert (after.status, after.replaces, after.sequence) == (TitleStatus.ISSUED, ("1" * 32,), 1)
    assert after.possessor == EXPORTER.ref


def test_an_amendment_needs_to_show_nothing() -> None:
    assert len(replaced([old_title("1", document(10))], [new_title("2", document(9))])) == 2


def test_a_split_conserves_quantities() -> None:
    whole = {"1": document(10, "2.5")}
    titles = [each.title for each in replacing(whole, {"2": document(4, "1.25"), "3": document(6, "1.25")})]
    assert titles[0].replaced_by == ("2" * 32, "3" * 32)
    for packages, kilograms in ((7, "1.25"), (6, "1.250001"), (5, "1.25")):
        with pytest.raises(Refused) as refused:
            replacing(whole, {"2": document(4, "1.25"), "3": document(packages, kilograms)})
        assert refused.value.code is Code.QUANTITIES_DIFFER


def test_units_do_not_stand_in_for_each_other() -> None:
    with pytest.raises(Refused) as refused:
        replacing({"1": document(10, "2")}, {"2": document(4, "4"), "3": document(4, "0")})
    assert refused.value.code is Code.QUANTITIES_DIFFER


def test_a_combination_conserves_quantities() -> None:
    decisions = replacing({"1": document(4), "2": document(6)}, {"3": document(10)})
    assert decisions[-1].title.replaces == ("1" * 32, "2" * 32)


def test_quantities_are_those_that_were_lodged() -> None:
    parts = [document(4), document(6, salt=b"y" * 32)]
    old, new = [old_title("1", document(10))], [new_title("2", parts[0]), new_title("3", parts[1])]
    honest = conservation([document(10)], parts)
    assert len(replaced(old, new, honest)) == 3
    lies = (
        None,
        conservation([document(11)], [document(5), parts[1]]),  # adds up, but was not lodged
        conservation([document(10)], parts[:1]),
        honest.model_copy(update={"new": honest.new[::-1]}),
        honest.model_copy(update={"difference": "0"}),
    )
    for lie in lies:
        assert refusal(old, new, lie) is Code.QUANTITIES_DIFFER


def test_versions_that_were_seen() -> None:
    old = [old_title("1"), old_title("2")]
    assert refusal(old, [new_title("3")], expected_sequences=(3, 2)) is Code.STALE_TITLE
    assert len(replaced(old[:1], [new_title("3")], expected_sequences=(3,))) == 2


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


@settings(deadline=None, max_examples=40)
@given(parts=st.lists(st.tuples(st.integers(0, 10_000), amounts), min_size=2, max_size=6), lost=st.integers(0, 3))
def test_a_split_is_accepted_exactly_when_nothing_is_lost(parts: list[tuple[int, str]], lost: int) -> None:
    total = sum(count for count, _ in parts) + lost
    old = {"1": document(total, f"{sum(Decimal(kilograms) for _, kilograms in parts):f}", b"o" * 32)}
    new = {letter: document(*part, letter.encode() * 32) for letter, part in zip("234567", parts, strict=False)}
    if lost:
        with pytest.raises(Refused) as refused:
            replacing(old, new)
        assert refused.value.code is Code.QUANTITIES_DIFFER
    else:
        assert len(replacing(old, new)) == 1 + len(parts)
