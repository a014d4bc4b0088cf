"""The real network: up, down, and up again after whatever happened to its processes."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.waiting import until
from tradelane.network import Network, process
from tradelane.network.nodes import Kind, NodeFactory

pytestmark = pytest.mark.network


@pytest.fixture(autouse=True)
def restored(network: Network) -> Iterator[None]:
    """Whatever a test stopped runs again afterwards."""
    yield
    network.up()
    assert network.status().well


def pids(network: Network) -> dict[str, int | None]:
    return {node.name: node.pid for node in network.status().nodes}


def heights(network: Network) -> dict[str, int]:
    """The heights of all orderers and peers, once they agree: the last block may still be on its way to some."""

    def agreed() -> dict[str, int] | None:
        found = {node.name: node.height for node in network.status().nodes if node.height is not None}
        return found if len(set(found.values())) == 1 else None

    return until(agreed)


def kill(record: Path) -> psutil.Process:
    """Kill a record's process as a crash would, and return it."""
    found = process.find(record)
    assert found is not None
    found.kill()
    until(lambda: process.find(record) != found)
    return found


def test_up_again_changes_nothing(network: Network) -> None:
    before, blocks = pids(network), heights(network)
    network.up()
    assert pids(network) == before
    assert heights(network) == blocks


def test_up_after_down_keeps_the_ledger(network: Network) -> None:
    before = heights(network)
    assert network.down() == len(NodeFactory(network.topology, network.paths, network.binaries).all())
    assert {node.pid for node in network.status().nodes} == {None}
    network.up()
    assert heights(network) == before


@pytest.mark.parametrize("name", ["ca.hongkong", "orderer0.shanghai", "peer0.hongkong", "chaincode.shanghai"])
def test_up_after_a_process_was_killed(network: Network, name: str) -> None:
    before = pids(network)
    kill(network.paths.process(name))
    status = network.status()
    assert not status.well
    assert [node.problems for node in status.nodes if node.name == name] == [["does not run"]]
    network.up()
    after = pids(network)
    assert after[name] not in (None, before[name])
    assert {other for other in after if after[other] != before[other]} == {name}


def test_up_after_every_process_was_killed(network: Network) -> None:
    before = heights(network)
    for record in network.paths.run.glob("*.json"):
        if found := process.find(record):
            found.kill()
    network.up()
    assert heights(network) == before


def test_the_leader_may_die(network: Network) -> None:
    leader = next(node for node in network.status().nodes if node.leader)
    kill(network.paths.process(leader.name))
    network.up()
    assert sum(node.leader is True for node in network.status().nodes) == 1


def test_a_killed_service_is_started_again_by_its_supervisor(network: Network) -> None:
    record = network.paths.service("hongkong")
    killed = kill(record)
    network.up()
    again = process.find(record)
    assert again is not None
    assert again.pid != killed.pid
    assert pids(network)["chaincode.hongkong"] == again.ppid()


def test_a_service_without_its_supervisor_does_not_stand_in_the_way(network: Network) -> None:
    orphan = process.find(network.paths.service("hongkong"))
    kill(network.paths.process("chaincode.hongkong"))
    assert orphan is not None
    assert orphan.is_running()
    network.up()
    assert process.find(network.paths.process("chaincode.hongkong")) is not None
    assert process.find(network.paths.service("hongkong")) != orphan


def test_deploy_restarts_the_services_only(network: Network) -> None:
    before, blocks = pids(network), heights(network)
    network.deploy()
    after = pids(network)
    chaincode = {
        node.name for node in NodeFactory(network.topology, network.paths, network.binaries).of_kind(Kind.CHAINCODE)
    }
    assert {name for name in after if after[name] != before[name]} == chaincode
    assert heights(network) == blocks


def test_a_stopped_process_is_not_taken_for_running(network: Network) -> None:
    """A frozen peer holds its port and its process record, yet answers nothing."""
    found = process.find(network.paths.process("peer0.shanghai"))
    assert found is not None
    os.kill(found.pid, signal.SIGSTOP)
    try:
        status = network.status()
    finally:
        os.kill(found.pid, signal.SIGCONT)
    assert not status.well
