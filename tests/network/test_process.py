"""Processes, real ones: started detached, found again, stopped - and never another's."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.waiting import until
from tradelane.network import process

SLEEP = "import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); {SLEEP}"


@pytest.fixture
def launch(tmp_path: Path, children: list[Path]) -> process.Launch:
    record = tmp_path / "run" / "node.json"
    children.append(record)
    environment = {"PATH": os.environ["PATH"]}
    return process.Launch([sys.executable, "-c", SLEEP], environment, tmp_path, tmp_path / "log", record)


def running(launch: process.Launch) -> psutil.Process:
    found = process.find(launch.record)
    assert found is not None
    return found


def test_a_process_is_detached_and_found_again(launch: process.Launch) -> None:
    process.start(launch)
    found = running(launch)
    assert found.ppid() != os.getpid()
    assert os.getsid(found.pid) != os.getsid(0)


def test_only_the_environment_given_is_handed_on(launch: process.Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORE_PEER_ADDRESS", "somewhere.else:7051")
    process.start(launch)
    assert "CORE_PEER_ADDRESS" not in running(launch).environ()


def test_files_of_a_process_are_closed_to_others(tmp_path: Path, launch: process.Launch) -> None:
    write = f"open({str(tmp_path / 'made')!r}, 'w').close(); {SLEEP}"
    process.start(process.Launch([sys.executable, "-c", write], {}, tmp_path, launch.log, launch.record))
    made = tmp_path / "made"
    until(made.exists)
    for path in (made, launch.log, launch.record):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_stopped_process_is_gone(launch: process.Launch) -> None:
    process.start(launch)
    assert process.stop([launch.record]) == [launch.record]
    assert process.find(launch.record) is None
    assert process.stop([launch.record]) == []


def test_a_process_that_will_not_end_is_forced(tmp_path: Path, launch: process.Launch) -> None:
    process.start(process.Launch([sys.executable, "-c", STUBBORN], {}, tmp_path, launch.log, launch.record))
    until(lambda: "up" in process.log_tail(launch.log))
    process.stop([launch.record], patience_seconds=0.1)
    assert process.find(launch.record) is None


def test_a_number_used_again_by_another_is_not_ours(tmp_path: Path, children: list[Path]) -> None:
    """The record's number now belongs to a process that was started by somebody else."""
    record = tmp_path / "node.json"
    with subprocess.Popen([sys.executable, "-c", SLEEP]) as stranger:
        try:
            record.write_text(json.dumps({"token": "0" * 32, "pid": stranger.pid}))
            assert process.find(record) is None
            assert process.stop([record]) == []
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_process_of_another_network_is_not_ours(tmp_path: Path, launch: process.Launch) -> None:
    """Both were started by us, but the number in this record belongs to the other one."""
    process.start(launch)
    record = tmp_path / "other.json"
    record.write_text(json.dumps({"token": "0" * 32, "pid": running(launch).pid}))
    assert process.find(record) is None
    process.stop([record])
    assert process.find(launch.record) is not None


def test_a_process_whose_number_was_never_written_down_is_found_by_its_token(launch: process.Launch) -> None:
    """What is left when the starting program is killed between the start and its record."""
    process.start(launch)
    found = running(launch)
    launch.record.write_text(json.dumps({"token": json.loads(launch.record.read_bytes())["token"]}))
    assert process.find(launch.record) == found


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"pid": 1}', '{"token": "x", "pid": 999999999}'])
def test_a_damaged_record_stands_for_no_process(tmp_path: Path, content: str) -> None:
    record = tmp_path / "node.json"
    record.write_text(content)
    assert process.find(record) is None


def test_an_absent_record_stands_for_no_process(tmp_path: Path) -> None:
    assert process.find(tmp_path / "absent.json") is None


def test_the_end_of_a_log_is_short(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("first\n" + "x" * 100_000 + "\nlast\n")
    tail = process.log_tail(log, lines=2)
    assert tail.splitlines() == ["x" * process.LOG_LINE_CHARACTERS, "last"]
    assert process.log_tail(tmp_path / "absent") == ""
