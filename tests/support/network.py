"""The one real network of a run: a pytest plugin.

It stands in a directory and on ports of its own, so it never meets a network somebody works with. It is started when
the first test asks for it, and stopped and removed at the end whatever happened. With TRADELANE_TEST_HOME it stands
in that directory and is left up, so that the next run starts at once.
"""

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradelane.network import Network, NetworkError, Step, topology
from tradelane.network.errors import PortRefused
from tradelane.network.topology import PORTS_PER_ORGANISATION

FIRST_BASE_PORT, LAST_BASE_PORT = 12_050, 30_050
ATTEMPTS = 20


def _report(step: Step) -> None:
    if step.seconds is not None:
        sys.stderr.write(f"network: {step.title}, {step.seconds:.1f} s\n")


def start_somewhere(network: Network, topology_file: Path | None = None) -> None:
    """Bring a network up on ports nobody uses; a network that stands already keeps its own."""
    if network.paths.topology.exists():
        network.up()
        return
    block = PORTS_PER_ORGANISATION * len(topology.load(topology_file).organisations)
    candidates = range(FIRST_BASE_PORT, LAST_BASE_PORT, block)
    for base_port in random.sample(candidates, ATTEMPTS):  # at random: several runs may look at the same time
        try:
            network.up(topology_file, base_port)
        except PortRefused:
            continue
        return
    raise RuntimeError(f"no block of {block} free ports between {FIRST_BASE_PORT} and {LAST_BASE_PORT} was found")


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The run's network, up and endorsing. A test that disturbs it puts it right again, with `up()`."""
    kept = os.environ.get("TRADELANE_TEST_HOME")
    home = Path(kept) if kept else tmp_path_factory.mktemp("network") / "home"
    found = Network(home, _report)
    try:
        start_somewhere(found)
        yield found
    finally:
        if not kept:
            _remove(found)


def _remove(found: Network) -> None:
    try:
        found.down(purge=True)
    except NetworkError as error:
        sys.stderr.write(f"network: not removed: {error.sentence}\n")
        raise
