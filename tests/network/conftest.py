"""What the network's tests share."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tradelane.network import process
from tradelane.network.binaries import Binaries
from tradelane.network.nodes import NodeFactory
from tradelane.network.paths import HomePaths
from tradelane.network.topology import Topology, load


@pytest.fixture(scope="session")
def topology() -> Topology:
    return load()


@pytest.fixture
def home(tmp_path: Path) -> HomePaths:
    return HomePaths(tmp_path / "home")


@pytest.fixture
def nodes(topology: Topology, home: HomePaths) -> NodeFactory:
    return NodeFactory(topology, home, Binaries.of(Path("/fabric")))


@pytest.fixture
def children() -> Iterator[list[Path]]:
    """Records of processes a test starts; none of them outlives it."""
    records: list[Path] = []
    yield records
    process.stop(records)
    assert not [record for record in records if process.find(record)]


def other_process() -> psutil.Process:
    """A process that is not ours to touch: the one that runs these tests."""
    return psutil.Process()
