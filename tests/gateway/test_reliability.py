"""The statement of reliability: every law has one, and every test it names exists."""

import ast
from pathlib import Path

import pytest

from tradelane.gateway.trade.legal_tests import REQUIREMENTS, Requirement
from tradelane.gateway.trade.reliability import LIMITS, as_values, requirements, statement
from tradelane.model.law import GoverningLaw
from tradelane.rules.ebl.law import RULE_SETS

ROOT = Path(__file__).parents[2]


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("requirement", REQUIREMENTS, ids=lambda each: each.name)
def test_every_mechanism_is_held_to_its_word(requirement: Requirement) -> None:
    assert requirement.proof
    for test in requirement.proof:
        path, name = test.split("::")
        assert name in functions(path), test


def test_the_legal_tests_are_all_there() -> None:
    cited = " ".join(f"{each.source.mletr} {each.source.uk} {each.source.sg}" for each in REQUIREMENTS)
    for article in ("10(1)", "11(1)", "MLETR 15", "MLETR 16", "MLETR 17", "MLETR 18", "s 2(2)(e)", "s 2(3)-(4)", "16I"):
        assert article in cited
    factors = [each for each in REQUIREMENTS if "UK ETDA s 2(5)" in each.source.uk]
    assert [each.source.uk[-2] for each in factors] == list("abcdefg")


@pytest.mark.parametrize("law", GoverningLaw)
def test_each_law_has_a_rule_set_and_a_statement_of_its_own(law: GoverningLaw) -> None:
    text = statement(law)
    assert RULE_SETS[law].instrument in text.splitlines()[0]
    assert all(each.mechanism in text for each in requirements(law))
    assert all(limit in text for limit in LIMITS[law])
    assert LIMITS[law]
    assert ("Blank endorsement: no." in text) == (not RULE_SETS[law].bearer)


@pytest.mark.parametrize(
    ("law", "own", "others"),
    [
        (GoverningLaw.UK_ETDA, "UK ETDA", ("SG ETA", "MLETR")),
        (GoverningLaw.SG_ETA, "SG ETA", ("UK ETDA",)),
        (GoverningLaw.CN_MARITIME_CODE, "MLETR", ("UK ETDA", "SG ETA")),
        (GoverningLaw.CONTRACT, "MLETR", ("UK ETDA", "SG ETA")),
    ],
)
def test_a_statement_cites_its_own_law(law: GoverningLaw, own: str, others: tuple[str, ...]) -> None:
    numbered = [line for line in statement(law).splitlines() if line[:1].isdigit()]
    assert len(numbered) == len(requirements(law)) > 10
    assert all(own in line for line in numbered)
    assert not any(other in line for line in numbered for other in others)


def test_what_is_not_verified_is_said() -> None:
    assert "not verified" in statement(GoverningLaw.CN_MARITIME_CODE)
    assert "binds those who signed it" in statement(GoverningLaw.CONTRACT)
    values = as_values(GoverningLaw.CN_MARITIME_CODE)
    assert [each["name"] for each in values["requirements"]] == [
        each.name for each in requirements(GoverningLaw.CN_MARITIME_CODE)
    ]
