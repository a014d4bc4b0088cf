"""Tables in a terminal of 80 columns: what is copied into the next command stands in one piece."""

import re
from typing import Any

import pytest

from tests.gateway.conftest import Run
from tests.gateway.contracts import TITLE, Contracts, title

COLUMNS = 80
TRANSACTION = "ab" * 32


@pytest.fixture
def shown(act: Run, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command as in a terminal and returns the lines it prints."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(COLUMNS))

    def call(*arguments: str) -> list[str]:
        status, out, _ = act(*arguments)
        assert status == 0
        return re.sub(r"\x1b\[[0-9;]*m", "", out).splitlines()

    return call


def test_a_history(shown: Any, contracts: Contracts) -> None:
    entry = {"transactionId": TRANSACTION, "title": title(), "remark": "long " * 40}
    contracts.answers["ebl:history"] = {"entries": [entry, entry]}
    lines = shown("ebl", "history", TITLE)
    assert max(map(len, lines)) <= COLUMNS
    assert sum(TRANSACTION in line for line in lines) == 2


def test_titles(shown: Any, contracts: Contracts) -> None:
    contracts.answers["ebl:list"] = {"titles": [title()], "bookmark": ""}
    lines = shown("ebl", "list")
    assert max(map(len, lines)) <= COLUMNS
    assert any(TITLE in line for line in lines)


def test_what_is_asked_for(shown: Any, contracts: Contracts) -> None:
    noted = {"titleId": TITLE, "sequence": 1, "jointParty": "both", "act": "a" * 64, "agreed": ["shexporter"]}
    noted |= {"actionCode": "SIGN", "request": "{}", "words": "b" * 64}
    view = {"agreement": noted, "inForce": True, "waitsForCaller": True, "remark": "long " * 40 + "end"}
    contracts.answers["ebl:agreements"] = [view]
    lines = shown("ebl", "agreements", TITLE)
    [command] = [line for line in lines if line.startswith("  tradelane ")]
    assert command.endswith(f"'{view['remark']}' --jointly both")
    assert max(len(line) for line in lines if line != command) <= COLUMNS


def test_a_title_after_an_act(shown: Any, contracts: Contracts) -> None:
    lines = shown("ebl", "accept", TITLE)
    transaction = contracts.asked("ebl:accept").transaction_id
    assert max(map(len, lines)) <= COLUMNS
    assert any(transaction in line for line in lines)
