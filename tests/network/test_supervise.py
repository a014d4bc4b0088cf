"""The supervisor of a chaincode service, with a real service that ends."""

import json
import os
import signal
import sys
from pathlib import Path

import psutil

from tests.support.waiting import until
from tradelane.network import files, process
from tradelane.network.nodes import NodeFactory
from tradelane.network.paths import HomePaths

SERVICE = "import time; time.sleep(600)"


def start(home: HomePaths, nodes: NodeFactory, program: str, children: list[Path]) -> tuple[Path, Path]:
    """Start a supervisor with a service; returns the records of both."""
    node = nodes.named("chaincode.hongkong")
    settings = {"command": [sys.executable, "-c", program], "environment": {"PATH": os.environ["PATH"]}}
    files.write_json(home.organisation("hongkong").chaincode.settings, settings)
    supervisor, service = home.process(node.name), home.service("hongkong")
    children += [supervisor, service]
    log = home.log(node.name)
    process.start(process.Launch(node.command, node.environment, node.directory, log, supervisor))
    return supervisor, service


def awaited(record: Path, other_than: psutil.Process | None = None) -> psutil.Process:
    """The record's process, once it runs."""

    def other() -> psutil.Process | None:
        found = process.find(record)
        return None if found == other_than else found

    return until(other)


def test_a_service_that_ends_is_started_again(home: HomePaths, nodes: NodeFactory, children: list[Path]) -> None:
    _, record = start(home, nodes, SERVICE, children)
    first = awaited(record)
    first.kill()
    second = awaited(record, other_than=first)
    assert second.pid != first.pid
    assert "ended with status -9" in process.log_tail(home.log("chaincode.hongkong"))


def test_the_service_ends_with_its_supervisor(home: HomePaths, nodes: NodeFactory, children: list[Path]) -> None:
    supervisor, record = start(home, nodes, SERVICE, children)
    service = awaited(record)
    process.stop([supervisor])
    assert not service.is_running() or service.status() == psutil.STATUS_ZOMBIE
    assert process.find(record) is None


def test_a_supervisor_ends_while_it_waits_to_start_again(
    home: HomePaths, nodes: NodeFactory, children: list[Path]
) -> None:
    supervisor, _ = start(home, nodes, "raise SystemExit(3)", children)
    until(lambda: "status 3" in process.log_tail(home.log("chaincode.hongkong")))
    assert process.stop([supervisor]) == [supervisor]
    assert process.find(supervisor) is None


def test_a_service_that_cannot_start_is_tried_ever_more_slowly(
    home: HomePaths, nodes: NodeFactory, children: list[Path]
) -> None:
    start(home, nodes, "raise SystemExit(3)", children)
    log = home.log("chaincode.hongkong")
    until(lambda: process.log_tail(log, lines=9).count("status 3") >= 3)
    messages = [json.loads(line)["message"] for line in log.read_text().splitlines()[:3]]
    assert [message.rsplit(" in ")[-1] for message in messages] == ["0.2 s", "0.4 s", "0.8 s"]


def test_a_service_that_was_told_to_stop_is_not_kept_waiting(
    home: HomePaths, nodes: NodeFactory, children: list[Path]
) -> None:
    start(home, nodes, "raise SystemExit(0)", children)
    log = home.log("chaincode.hongkong")
    until(lambda: process.log_tail(log, lines=9).count("status 0") >= 3)
    messages = [json.loads(line)["message"] for line in log.read_text().splitlines()[:3]]
    assert [message.rsplit(" in ")[-1] for message in messages] == ["0.2 s"] * 3


def test_the_service_is_not_told_the_supervisors_token(
    home: HomePaths, nodes: NodeFactory, children: list[Path]
) -> None:
    """Else stopping one could be taken for stopping the other."""
    supervisor, record = start(home, nodes, SERVICE, children)
    service, parent = awaited(record), process.find(supervisor)
    assert parent is not None
    assert service.environ()[process.TOKEN_VARIABLE] != parent.environ()[process.TOKEN_VARIABLE]


def test_a_killed_supervisor_leaves_a_service_that_can_be_found(
    home: HomePaths, nodes: NodeFactory, children: list[Path]
) -> None:
    supervisor, record = start(home, nodes, SERVICE, children)
    service, parent = awaited(record), process.find(supervisor)
    assert parent is not None
    os.kill(parent.pid, signal.SIGKILL)
    until(lambda: process.find(supervisor) is None)
    assert process.find(record) == service
    assert process.stop([record]) == [record]
