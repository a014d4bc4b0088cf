"""All commands: each says what it does, shows an example that fits it, and speaks JSON where it prints."""

import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer.main

from tradelane.gateway.cli.root import app

ROOT: Any = typer.main.get_command(app)

SILENT = {f"network {name}" for name in ("up", "down", "deploy", "user add", "bundle", "logs")}
"""Commands that print nothing for programs: they say what they do on standard error; logs are lines already."""


def members(group: Any) -> Iterator[tuple[str, Any]]:
    """What help lists, as the command line's library asks for it."""
    context = group.make_context("tradelane", [], resilient_parsing=True)
    return ((name, group.get_command(context, name)) for name in group.list_commands(context))


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in members(group):
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def groups(group: Any, path: str = "tradelane") -> Iterator[tuple[str, Any]]:
    yield path, group
    for name, command in members(group):
        if hasattr(command, "commands"):
            yield from groups(command, f"{path} {name}")


ALL = dict(commands(ROOT))


def options(command: Any) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts if option.startswith("-")}


def test_the_tree_is_there() -> None:
    assert {"ebl transfer", "profile use", "import", "evaluate", "submit", "party import", "ebl import"} <= set(ALL)


@pytest.mark.parametrize(
    ("path", "group"), list(groups(ROOT)), ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_group_says_what_it_is_for(path: str, group: Any) -> None:
    assert group.help


@pytest.mark.parametrize("path", list(ALL))
def test_each_command_and_each_of_its_parameters_says_what_it_does(path: str) -> None:
    command = ALL[path]
    assert command.help
    # An option whose name says it all, such as --lei, still has words in the tables of its group.
    assert [each.name for each in command.params if each.name != "help" and not getattr(each, "help", None)] == []


@pytest.mark.parametrize("path", list(ALL))
def test_each_command_shows_an_example_that_fits_it(path: str) -> None:
    command = ALL[path]
    assert (command.epilog or "").startswith("Example: tradelane "), command.epilog
    words = shlex.split(command.epilog.removeprefix("Example: tradelane "))
    own = [word for word in words if word not in root_words(words)]
    assert own[: len(path.split())] == path.split()
    given = {word for word in own if word.startswith("--")}
    assert given <= options(command)
    required = [each for each in command.params if each.required and each.param_type_name == "argument"]
    assert len(own) - len(path.split()) >= len(required)


def root_words(words: list[str]) -> list[str]:
    """The options of the root, with their values, before the command."""
    taken: list[str] = []
    for one, two in zip(words, [*words[1:], ""], strict=True):
        if one in {"--as", "--profile"}:
            taken += [one, two]
    return taken


@pytest.mark.parametrize("path", sorted(set(ALL) - SILENT))
def test_each_command_that_prints_speaks_json(path: str) -> None:
    assert "--json" in options(ALL[path])
