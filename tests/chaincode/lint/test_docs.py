"""The page about determinism is written from the rules and stands in the docs as written."""

import sys
from pathlib import Path

import pytest

from tradelane.chaincode.lint import RULES, docs

PAGE = Path(__file__).parents[3] / "docs" / "determinism.md"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["docs", *arguments])
    return docs.main()


def test_the_docs_show_the_rules() -> None:
    assert PAGE.read_text(encoding="utf-8") == docs.page()
    assert all(rule.bad in docs.page() and rule.good in docs.page() for rule in RULES.values())


def test_check_finds_a_stale_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    assert run(monkeypatch, str(page), "--check") == 1
    assert run(monkeypatch, str(page)) == 0
    assert run(monkeypatch, str(page), "--check") == 0
    page.write_text("stale")
    assert run(monkeypatch, str(page), "--check") == 1
    assert "python -m tradelane.chaincode.lint.docs" in capsys.readouterr().err
