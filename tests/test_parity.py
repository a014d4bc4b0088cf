"""The table of what the official clients offer names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "client-parity.md").read_text()
NAMED = sorted(set(re.findall(r"`(tests/[\w/.]+)(?:::(\w+))?`", PAGE)))


@pytest.mark.parametrize(("path", "test"), NAMED)
def test_a_test_that_the_page_names_exists(path: str, test: str) -> None:
    assert (ROOT / path).exists()
    if test:
        functions = {each.name for each in ast.walk(ast.parse((ROOT / path).read_text())) if hasattr(each, "name")}
        assert test in functions


def test_every_row_of_the_table_names_one() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) > 30
    assert [row for row in rows if "`tests/" not in row and not row.startswith(("| they", "| area"))] == []
