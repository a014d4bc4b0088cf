"""A command loads its own group and none of the others, and behaves as if all of them were there."""

import subprocess
import sys
from pathlib import Path

import pytest

from tradelane.gateway.cli.groups import Commands

ALWAYS = {"completion", "ended", "groups", "logs", "output", "root", "settings", "who"}
SHOWING = {"records", "tables", "work"}
"""Modules of the command that groups share."""

HEAVY = {
    "asyncio",
    "cryptography",
    "fabric_protos",
    "grpc",
    "httpx",
    "pydantic",
    "rich.console",
    "tradelane.network.cli",
}
NETWORK = {"tradelane.network"}


class Ran:
    """A command, run in a process of its own."""

    def __init__(self, tmp_path: Path, *arguments: str, before: str = "") -> None:
        loaded = tmp_path / "loaded"
        code = f"""
import atexit, sys
from pathlib import Path
{before}
from tradelane.gateway.cli import main
atexit.register(lambda: Path({str(loaded)!r}).write_text(" ".join(sys.modules)))
sys.argv = ["tradelane", *{arguments!r}]
main()
"""
        ours = {"TRADELANE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=ours, check=False)
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr
        self.modules = set(loaded.read_text().split())
        prefix = "tradelane.gateway.cli."
        self.own = {name.removeprefix(prefix) for name in self.modules if name.startswith(prefix)}


def test_the_release_is_named_without_any_group(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "--version")
    assert (ran.status, ran.own) == (0, ALWAYS)
    assert not ran.modules & (HEAVY | NETWORK)


def test_a_mistyped_name_is_told_without_any_group(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "netwrk")
    assert (ran.status, ran.own) == (2, ALWAYS)
    assert ran.err == "No such command 'netwrk'. Did you mean 'network'? See `tradelane --help`. [USAGE]\n"
    assert not ran.modules & (HEAVY - {"pydantic"})  # which the command line's library reads arguments with


@pytest.mark.parametrize(
    ("arguments", "own"),
    [
        (("profile", "list"), {"profile", "tables", "work"}),
        (("network", "status"), set[str]()),
        (("evaluate", "ebl:show"), {"call", *SHOWING}),
        (("organisation", "list"), {"organisation", *SHOWING}),
        (("ledger", "height"), {"ledger", "ledger_tables", "tables", "work"}),
        (("pint", "--help"), {"pint", "pint_titles", *SHOWING}),
    ],
)
def test_a_command_loads_its_own_group(arguments: tuple[str, ...], own: set[str], tmp_path: Path) -> None:
    assert Ran(tmp_path, *arguments).own == ALWAYS | own


def test_profiles_are_listed_without_the_way_to_the_network(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "profile", "list")
    assert ran.status == 0
    unneeded = {"asyncio", "fabric_protos", "grpc", "httpx", "tradelane.gateway.client", "tradelane.gateway.session"}
    assert not ran.modules & (unneeded | NETWORK)


def test_the_networks_state_is_shown_without_the_client(tmp_path: Path) -> None:
    ran = Ran(tmp_path, "network", "status")
    assert ran.err.endswith("[NETWORK_ABSENT]\n")
    assert not ran.modules & {"asyncio", "fabric_protos", "grpc", "httpx", "tradelane.gateway.session"}


@pytest.mark.parametrize("absent", ["tradelane.network", "tradelane.network.cli"])
def test_without_the_networks_package_there_is_no_such_group(absent: str, tmp_path: Path) -> None:
    before = f"sys.modules[{absent!r}] = None"
    assert "Stand up, watch" not in Ran(tmp_path, "--help", before=before).out
    ran = Ran(tmp_path, "network", "status", before=before)
    assert (ran.status, ran.err) == (2, "No such command 'network'. See `tradelane --help`. [USAGE]\n")


@pytest.mark.parametrize("arguments", [("network", "status"), ("--help",)])
def test_a_fault_inside_the_networks_package_does_not_pass_for_its_absence(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    ran = Ran(tmp_path, *arguments, before="sys.modules['tradelane.network.status'] = None")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("Something unexpected went wrong (ModuleNotFoundError)")


def test_a_fault_while_a_group_is_loaded_does_not_pass_for_an_unknown_name(tmp_path: Path) -> None:
    before = """
class Faulty:
    def find_spec(self, name, path=None, target=None):
        if name == "tradelane.gateway.cli.party":
            raise KeyError(name)
sys.meta_path.insert(0, Faulty())
"""
    ran = Ran(tmp_path, "party", "list", before=before)
    assert ran.status == 1
    assert ran.err.startswith("Something unexpected went wrong (KeyError)")


def test_each_name_stands_for_a_command_of_that_name() -> None:
    commands = Commands()
    assert len(commands) == len(list(commands)) == 14
    assert {name: command.name for name, command in commands.items()} == {name: name for name in commands}
    assert "shipment" not in commands
    assert commands.get("shipment") is None
