"""The directory: one command at a time, never half made, never somebody else's."""

import subprocess
import sys
from pathlib import Path

import pytest

from tradelane.network import Network, files, locking
from tradelane.network.errors import HomeBusy, HomeHalfMade, HomeUnusable, NetworkAbsent, TopologyChanged
from tradelane.network.paths import HomePaths
from tradelane.network.stages import Stage, Stages, stored_topology
from tradelane.network.topology import Topology


def settle(home: HomePaths, topology: Topology) -> None:
    files.write_json(home.topology, topology.model_dump(mode="json", exclude_none=True))


def test_a_stage_that_failed_is_refused_from_then_on(home: HomePaths, topology: Topology) -> None:
    settle(home, topology)
    stages = Stages(home)
    with pytest.raises(ZeroDivisionError), stages.run(Stage.IDENTITIES):
        raise ZeroDivisionError
    assert not stages.done(Stage.IDENTITIES)
    with pytest.raises(HomeHalfMade) as refusal:
        stages.check()
    assert "the stage 'identities' was begun and never ended" in refusal.value.sentence
    assert "tradelane network down --purge" in refusal.value.sentence


def test_a_stage_that_ended_is_trusted(home: HomePaths, topology: Topology) -> None:
    settle(home, topology)
    stages = Stages(home)
    for stage in Stage:
        with stages.run(stage):
            pass
    stages.check()
    assert all(stages.done(stage) for stage in Stage)


def test_files_without_a_topology_are_refused(home: HomePaths) -> None:
    files.write(home.organisation("hongkong").authority.registrar_password, "password")
    with pytest.raises(HomeHalfMade, match="it holds organisations but no topology"):
        Stages(home).check()


def test_what_others_keep_in_the_directory_does_not_matter(home: HomePaths) -> None:
    files.write(home.root / "notes.txt", "mine")
    Stages(home).check()
    Network(home.root).down(purge=True)
    assert (home.root / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("content", ["", "{", "{}", '{"channel": "trade"}', "[]"])
def test_a_damaged_topology_is_refused(home: HomePaths, content: str) -> None:
    files.write(home.topology, content)
    with pytest.raises(HomeHalfMade, match="damaged"):
        stored_topology(home)


def test_a_directory_without_a_network_is_told_so(home: HomePaths) -> None:
    with pytest.raises(NetworkAbsent, match="There is no network in"):
        _ = Network(home.root).topology


@pytest.mark.parametrize("act", ["status", "deploy"])
def test_nothing_is_made_where_there_is_no_network(home: HomePaths, act: str) -> None:
    with pytest.raises(NetworkAbsent):
        getattr(Network(home.root), act)()
    assert not home.root.exists()


def test_down_without_a_network_does_nothing(home: HomePaths) -> None:
    assert Network(home.root).down(purge=True) == 0
    assert not home.root.exists()


def test_another_topology_is_refused_where_a_network_stands(home: HomePaths, topology: Topology) -> None:
    settle(home, topology)
    with pytest.raises(TopologyChanged, match="down --purge"):
        Network(home.root).up(base_port=20050)


def test_a_second_command_is_refused_and_told_which_is_first(home: HomePaths) -> None:
    hold = (
        "import sys, pathlib; from tradelane.network import locking, paths\n"
        "with locking.held(paths.HomePaths(pathlib.Path(sys.argv[1]))): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(home.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(HomeBusy) as refusal:
            Network(home.root).up()
        assert f"process {other.pid}" in refusal.value.sentence
        other.kill()  # the kernel lets go of the lock
    with locking.held(home):
        pass


@pytest.mark.parametrize("place", ["/sys/tradelane", "file", "file/below"])
def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeUnusable) as refusal:
        Network(tmp_path / place).up()  # an absolute place stands for itself
    assert "TRADELANE_HOME" in refusal.value.sentence
    assert refusal.value.exit_status == 2
