"""Who acts: option, environment, choice, or the only user of a bundle."""

import json
from pathlib import Path

import pytest

from tests.gateway.conftest import AS, USER, Run
from tests.gateway.contracts import TITLE, Contracts
from tests.support.pki import Authority

SHOW = ("ebl", "show", TITLE)


def test_the_environment_stands_in_for_the_option(
    run: Run, profile: Path, contracts: Contracts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRADELANE_AS", AS[1])
    assert run(*SHOW)[0] == 0
    assert run("--as", "nobody@shanghai", *SHOW)[0] == 6
    monkeypatch.setenv("TRADELANE_PROFILE", str(profile))
    monkeypatch.setenv("TRADELANE_AS", USER)
    assert run(*SHOW)[0] == 0


def test_a_choice_holds_until_something_else_is_said(run: Run, profile: Path, contracts: Contracts) -> None:
    assert run(*SHOW)[0] == 2
    assert run("profile", "use", AS[1])[0] == 0
    assert run(*SHOW)[0] == 0
    assert run("--as", USER, *SHOW)[0] == 0  # in the chosen profile
    assert run("--as", "nobody", *SHOW)[0] == 6


def test_a_choice_holds_in_another_directory(
    run: Run, profile: Path, contracts: Contracts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(profile.parent)
    assert run("--profile", profile.name, "profile", "use", USER)[0] == 0
    monkeypatch.chdir(tmp_path)
    assert run(*SHOW)[0] == 0


def test_who_cannot_act_is_not_chosen(run: Run, profile: Path) -> None:
    status, _, err = run("profile", "use", "nobody@shanghai")
    assert (status, "[UNKNOWN_USER]" in err) == (6, True)
    assert run(*SHOW)[0] == 2


def test_a_bundle_of_one_user_needs_no_name(run: Run, profile: Path, contracts: Contracts) -> None:
    assert run("--profile", str(profile), *SHOW)[0] == 0
    (profile / "users" / "other").mkdir()
    status, _, err = run("--profile", str(profile), *SHOW)
    assert (status, "exporter, other" in err) == (2, True)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"user": "x"}'])
def test_a_broken_choice_is_a_sentence(run: Run, tmp_path: Path, content: str) -> None:
    choice = tmp_path / "config" / "tradelane" / "acting.json"
    choice.parent.mkdir(parents=True)
    choice.write_text(content)
    status, _, err = run(*SHOW)
    assert (status, "[CHOICE_MALFORMED]" in err) == (2, True)


def test_list_marks_the_chosen_and_names_what_is_wrong(run: Run, profile: Path) -> None:
    (profile / "users" / "broken").mkdir()
    run("profile", "use", AS[1])
    found = json.loads(run("profile", "list", "--json")[1])
    assert [(each["user"], each["organisation"], each["state"], each["chosen"]) for each in found] == [
        ("broken", "shanghai", "PROFILE_FILE_MISSING", False),
        (USER, "shanghai", "ready", True),
    ]
    _, out, _ = run("profile", "list")
    assert ("exporter@shanghai" in out, "shexporter" in out) == (True, True)


def test_show_says_who_acts_and_why(run: Run, profile: Path) -> None:
    found = json.loads(run(*AS, "profile", "show", "--json")[1])
    assert (found["user"], found["mspId"], found["partyId"], found["chosenBy"]) == (
        USER,
        "ShanghaiMSP",
        "shexporter",
        "--as",
    )
    status, out, _ = run(*AS, "profile", "show")
    assert (status, "ShanghaiMSP" in out, "expires" in out) == (0, True, True)


def test_no_key_is_ever_shown(run: Run, profile: Path, authority: Authority) -> None:
    shown = "".join(run(*AS, "profile", what, "--json")[1] for what in ("list", "show"))
    assert "PRIVATE" not in shown
