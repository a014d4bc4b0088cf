"""What `tradelane` can do, and where it stands: a group is loaded when it is asked for, the others are not.

All of them take several times as long to load as most commands take to run.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import typer
from typer.main import get_group

from tradelane.gateway.cli import ended

_HERE: Final = "tradelane.gateway.cli."
_COMMANDS: Final = {"evaluate": _HERE + "call", "submit": _HERE + "call", "import": _HERE + "importing"}
"""Commands of the root, and the module that holds each."""

_NETWORK: Final = "network"
_GROUPS: Final = {
    "profile": _HERE + "profile",
    "identity": _HERE + "identity",
    "ebl": _HERE + "messages",
    "document": _HERE + "document_set",
    "party": _HERE + "party",
    "organisation": _HERE + "organisation",
    "ledger": _HERE + "ledger",
    "proof": _HERE + "proof",
    "events": _HERE + "events",
    "pint": _HERE + "pint_titles",
    _NETWORK: "tradelane.network.cli",
}
"""Groups, and the module that holds each; of those spread over several, the last, which loads the ones before."""


class Root(ended.Carrying):
    """The root group."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 -- passed on as they are
        super().__init__(**attributes)
        # The library suggests its keys for a mistyped name, and changes it only where commands are added one by one.
        self.commands: Any = Commands()

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 -- the library's name
        """Return all names, for help and completion."""
        return list(self.commands)

    def get_command(self, ctx: object, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        """Return what a name stands for, or None."""
        # By `get`, a KeyError while a module is loaded would pass for an unknown name.
        return self.commands[cmd_name] if cmd_name in self.commands else None  # noqa: SIM401

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the help, once all groups are there, whose help is part of it: a fault in one would cut it off."""
        for _ in self.commands.values():
            pass
        super().format_help(ctx, formatter)


class Commands(Mapping[str, Any]):
    """Commands and groups by name, in the order in which help lists them."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 -- the command line's library keeps its class to itself
        """Load what a name stands for."""
        if name not in self:
            raise KeyError(name)
        return _loaded(name)

    def __contains__(self, name: object) -> bool:
        """Tell whether there is such a command, without loading it."""
        return name in _COMMANDS or (name in _GROUPS and (name != _NETWORK or _network_is_installed()))

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return (name for name in (*_COMMANDS, *_GROUPS) if name in self)

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(1 for _ in self)


@cache
def _loaded(name: str) -> Any:  # noqa: ANN401
    # Mounted as on the root, so that it looks and behaves as if all the others were there as well.
    mount = typer.Typer()
    if name in _COMMANDS:
        mount.add_typer(import_module(_COMMANDS[name]).app)
    else:
        mount.add_typer(import_module(_GROUPS[name]).app, name=name)
    return get_group(mount).commands[name]


def _network_is_installed() -> bool:
    """An integrator's installation may leave the network's package out; a fault inside it must not pass for that."""
    module = _GROUPS[_NETWORK]
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError as absent:
        if absent.name not in {"tradelane.network", module}:
            raise
        return False
