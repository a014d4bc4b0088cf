"""The statement of reliability: every law has one, and every test it names exists."""

import ast
from pathlib import Path

import pytest

from tradelane.gateway.trade.reliability import REQUIREMENTS, Requirement, statement
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
    sources = " ".join(source for each in REQUIREMENTS for source in each.sources)
    for cited in ("10(1)", "11(1)", "MLETR 12", "MLETR 15", "MLETR 16", "MLETR 17", "MLETR 18", "s 2(2)(e)", "s 2(5)"):
        assert cited in sources


@pytest.mark.parametrize("law", GoverningLaw)
def test_each_law_has_a_rule_set_and_a_statement(law: GoverningLaw) -> None:
    text = statement(law)
    assert RULE_SETS[law].instrument in text.splitlines()[0]
    assert all(each.mechanism in text for each in REQUIREMENTS)
    assert ("Blank endorsement: no." in text) == (not RULE_SETS[law].bearer)
