"""Setting up for the first time, on a network of its own: more jurisdictions, and what may go wrong on the way."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from tests.support.network import start_somewhere
from tests.support.waiting import until
from tradelane.network import Network, Step, process
from tradelane.network.errors import HomeHalfMade, PortRefused
from tradelane.network.health import Health
from tradelane.network.nodes import Kind, NodeFactory
from tradelane.network.ports import ephemeral_range

pytestmark = pytest.mark.network

SINGAPORE = '\n[[organisations]]\nname = "singapore"\nmsp_id = "SingaporeMSP"\ncountry = "SG"\norderer = false\n'


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Network]:
    """A network not yet set up, in a directory with a difficult name; nothing of it outlives the test."""
    found = Network(tmp_path / "somebody's network é")
    try:
        yield found
    finally:
        found.down(purge=True)


def test_a_third_jurisdiction_comes_by_data_alone(fresh: Network, tmp_path: Path) -> None:
    file = tmp_path / "three.toml"
    file.write_text(resources.files("tradelane.network").joinpath("topology.toml").read_text() + SINGAPORE)
    steps: list[Step] = []
    start_somewhere(Network(fresh.paths.root, steps.append), file)
    assert fresh.status().well
    begun = [step.title for step in steps if step.seconds is None]
    assert "deploy the chaincode" in begun
    assert [step.title for step in steps if step.seconds is not None] == begun
    health = Health(fresh.topology, fresh.paths)
    peers = NodeFactory(fresh.topology, fresh.paths, fresh.binaries).of_kind(Kind.PEER)
    assert [node.name for node in peers] == ["peer0.hongkong", "peer0.shanghai", "peer0.singapore"]
    assert [health.known_peers(node) for node in peers] == [2, 2, 2]
    assert fresh.paths.profile("singapore").record.exists()


def test_a_busy_port_is_refused_before_anything_is_made(fresh: Network) -> None:
    low, _ = ephemeral_range()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        base = 1024 + probe.getsockname()[1] % (low - 2048)
    with socket.create_server(("127.0.0.1", base + 101)), pytest.raises(PortRefused) as refusal:
        fresh.up(base_port=base)
    assert refusal.value.details["port"] in range(base, base + 300)
    assert [path.name for path in fresh.paths.root.iterdir()] == ["lock"]


def test_a_setup_killed_among_the_keys_is_refused_until_purged(fresh: Network) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.support.network import start_somewhere\n"
        "from tradelane.network import Network; start_somewhere(Network(Path(sys.argv[1])))"
    )
    begun = fresh.paths.stages / "identities.begun"
    command = [sys.executable, "-c", program, str(fresh.paths.root)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, cwd=Path(__file__).parents[2]) as setup:
        until(begun.exists)
        setup.send_signal(signal.SIGKILL)
    with pytest.raises(HomeHalfMade, match="'identities' was begun and never ended"):
        fresh.up()
    running = [record for record in fresh.paths.run.glob("*.json") if process.find(record)]
    assert len(running) == 3  # the authorities, which the killed command had started
    assert fresh.down(purge=True) == 3
    assert [path.name for path in fresh.paths.root.iterdir()] == ["lock"]
