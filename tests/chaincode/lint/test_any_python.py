"""Whatever Python there is, the linter judges it: it never fails, and says the same again."""

import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradelane.chaincode.lint import RULES, check

STDLIB = Path(sysconfig.get_paths()["stdlib"])
SYNTAX = [
    "test/test_grammar.py",
    "test/test_patma.py",
    "test/test_generators.py",
    "test/test_coroutines.py",
    "test/test_fstring.py",
    "test/test_named_expressions.py",
    "test/test_except_star.py",
    "test/test_dictcomps.py",
    "test/test_scope.py",
    "test/test_unpack_ex.py",
    "dataclasses.py",
    "typing.py",
    "ast.py",
    "asyncio/base_events.py",
]
SMALL = sorted(path for path in STDLIB.glob("*.py") if path.stat().st_size < 20_000)


def judged(path: Path) -> None:
    sources = {str(path): path.read_text(encoding="utf-8")}
    findings = check(sources)
    assert all(finding.code in RULES and finding.line > 0 and finding.column > 0 for finding in findings)
    assert not any(finding.code.startswith("DET9") for finding in findings)


@pytest.mark.parametrize("name", SYNTAX)
def test_all_syntax_is_judged(name: str) -> None:
    path = STDLIB / name
    if not path.exists():
        pytest.skip("this Python comes without its own tests")
    judged(path)


@settings(max_examples=15)
@given(st.sampled_from(SMALL))
def test_modules_of_the_standard_library_are_judged(path: Path) -> None:
    judged(path)


@given(st.text(st.sampled_from("abc=()[]{}:,.\n #'\"*+/@0.1"), max_size=60))
def test_any_text_is_judged(text: str) -> None:
    assert check({"a.py": text}) == check({"a.py": text})


def test_deep_nesting_is_a_finding() -> None:
    findings = check({"a.py": "x = " + "+".join(["a"] * 5000), "b.py": "x = 0.5"})
    assert [(finding.path, finding.code) for finding in findings] == [("a.py", "DET900"), ("b.py", "DET201")]


@pytest.mark.parametrize("depth", range(100, 1000, 100))
def test_deep_nesting_in_a_function_does_not_hide_other_files(depth: int) -> None:
    findings = check({"a.py": f"def f(stub): return {'g(' * 20}a{'.b' * depth}{')' * 20}", "b.py": "x = 0.5"})
    codes = [(finding.path, finding.code) for finding in findings]
    assert ("b.py", "DET201") in codes
    assert set(codes) <= {("a.py", "DET900"), ("b.py", "DET201")}


def test_long_chains_of_names_end() -> None:
    lines = [f"    a{i} = a{i + 1} or a{i + 2} or set(a{i})" for i in range(60)]
    assert check({"a.py": "\n".join(["def f(x):", *lines, "    for y in a0: yield y"])}) == []
