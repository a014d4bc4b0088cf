"""A waiver allows one rule in one statement, says why, and is itself reported when it is wrong or idle."""

import pytest

from tradelane.chaincode.lint import check


def found(source: str) -> list[tuple[int, str]]:
    return [(finding.line, finding.code) for finding in check({"a.py": source})]


GOOD = [
    "x = 0.5  # determinism: allow DET201 shown only",
    "# determinism: allow DET201 shown only\nx = 0.5",
    "# determinism: allow DET201 shown only\n# another comment\n\nx = 0.5",
    "# determinism: allow DET201 shown only\nx = [\n    1,\n    0.5,\n]",
    "x = [\n    1,\n    0.5,  # determinism: allow DET201 shown only\n]",
    "x = [\n    1,\n    0.5,\n]  # determinism: allow DET201 shown only",
    "def f(a):\n    # determinism: allow DET202, DET201 shown only\n    return a / 2 + 0.5",
    "def f(a):\n    return a / 0.5  # determinism: allow DET202,DET201: shown only",
    "def f(a=0.5):  # determinism: allow DET201 shown only\n    return a",
    "x = 0.5  # noqa: PLR2004  # determinism: allow DET201 shown only",
    "x = '# determinism: allow'",
    "# a word on determinism: it matters",
]


@pytest.mark.parametrize("source", GOOD)
def test_a_waiver_is_kept(source: str) -> None:
    assert found(source) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 0.5  # determinism: allow DET201", [(1, "DET201"), (1, "DET901")]),
        ("x = 0.5  # determinism: allow DET201 -", [(1, "DET201"), (1, "DET901")]),
        ("x = 0.5  # determinism: allow", [(1, "DET201"), (1, "DET901")]),
        ("x = 0.5  # determinism: ok", [(1, "DET201"), (1, "DET901")]),
        ("x = 0.5  # determinism: allow DET999 shown only", [(1, "DET201"), (1, "DET901")]),
        ("x = 0.5  # determinism: allow DET902 shown only", [(1, "DET201"), (1, "DET901")]),
        ("x = 0.5  # determinism: allow DET202 shown only", [(1, "DET201"), (1, "DET902")]),
        ("x = 0.5  # determinism: allow DET201, DET202 shown only", [(1, "DET902")]),
        ("x = 1\n# determinism: allow DET201 shown only\n", [(2, "DET902")]),
        ("# determinism: allow DET201 shown only\nx = 1\ny = 0.5", [(1, "DET902"), (3, "DET201")]),
        ("def f():  # determinism: allow DET201 shown only\n    return 0.5", [(1, "DET902"), (2, "DET201")]),
    ],
)
def test_a_waiver_that_is_wrong_or_idle_is_reported(source: str, expected: list[tuple[int, str]]) -> None:
    assert found(source) == expected


def test_a_file_that_is_no_python_is_a_finding_and_does_not_hide_the_others() -> None:
    findings = check({"a.py": "def f(:", "b.py": "x = 0.5", "c.py": "x = '\0'"})
    assert [(finding.path, finding.code) for finding in findings] == [
        ("a.py", "DET900"),
        ("b.py", "DET201"),
        ("c.py", "DET900"),
    ]
