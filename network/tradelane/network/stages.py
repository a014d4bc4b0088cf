"""Markers of the stages that make keys and certificates: what was begun and not ended is not to be trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from tradelane.network import files
from tradelane.network.errors import HomeHalfMade, NetworkAbsent
from tradelane.network.paths import HomePaths
from tradelane.network.topology import Topology


class Stage(StrEnum):
    """The parts of a set-up that are done once."""

    AUTHORITIES = "authorities"
    IDENTITIES = "identities"
    CHANNEL = "channel"


class Stages:
    """What of a network is already made."""

    def __init__(self, home: HomePaths) -> None:
        self._home = home

    def check(self) -> None:
        """Refuse a directory in which an earlier run stopped half-way.

        Raises:
            HomeHalfMade: A stage was begun and never ended, or files are there without their topology.
        """
        for stage in Stage:
            if self._marker(stage, "begun").exists() and not self.done(stage):
                raise self._half_made(f"the stage '{stage}' was begun and never ended")
        strays = [path.name for path in self._home.all_made if path.exists() and path != self._home.stages]
        if strays and not self._home.topology.exists():
            raise self._half_made(f"it holds {', '.join(strays)} but no topology")

    def done(self, stage: Stage) -> bool:
        """Tell whether a stage was completed."""
        return self._marker(stage, "done").exists()

    @contextmanager
    def run(self, stage: Stage) -> Iterator[None]:
        """Mark a stage as begun, and as done when the block ends without an error."""
        files.write(self._marker(stage, "begun"), "")
        yield
        files.write(self._marker(stage, "done"), "")

    def _marker(self, stage: Stage, state: str) -> Path:
        return self._home.stages / f"{stage}.{state}"

    def _half_made(self, reason: str) -> HomeHalfMade:
        return HomeHalfMade(
            f"The network's directory {self._home.root} is half made: {reason}, so its keys and certificates cannot be "
            "trusted. Remove it with 'tradelane network down --purge', then run 'tradelane network up' again.",
            home=str(self._home.root),
        )


def stored_topology(home: HomePaths) -> Topology:
    """The topology in force.

    Raises:
        NetworkAbsent: No network was set up in this directory.
        HomeHalfMade: The file is damaged.
    """
    try:
        return Topology.model_validate(json.loads(home.topology.read_bytes()))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NetworkAbsent(
            f"There is no network in {home.root}. Set one up with 'tradelane network up', "
            "or point TRADELANE_HOME to where it is.",
            home=str(home.root),
        ) from error
    except ValueError as error:
        raise HomeHalfMade(
            f"The stored topology {home.topology} is damaged. Remove the network with "
            "'tradelane network down --purge', then run 'tradelane network up' again.",
            home=str(home.root),
        ) from error
