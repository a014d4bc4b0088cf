"""The picture of the life cycle is drawn from the table and stands in the docs as drawn."""

import sys
from pathlib import Path

import pytest

from tradelane.rules import diagram
from tradelane.rules.ebl import TABLE

PAGE = Path(__file__).parents[2] / "docs" / "ebl-states.md"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["diagram", *arguments])
    return diagram.main()


def test_the_docs_show_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == diagram.draw()


def test_every_act_and_every_guard_is_drawn() -> None:
    page = diagram.draw()
    for (state, action), transition in TABLE.items():
        assert f"| {state or '(none)'} | {action} |" in page
        assert all((guard.__doc__ or "").split("\n")[0] in page for guard in transition.guards)


def test_check_finds_a_stale_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    assert run(monkeypatch, str(page), "--check") == 1
    assert run(monkeypatch, str(page)) == 0
    assert run(monkeypatch, str(page), "--check") == 0
    page.write_text("stale")
    assert run(monkeypatch, str(page), "--check") == 1
    assert "python -m tradelane.rules.diagram" in capsys.readouterr().err
