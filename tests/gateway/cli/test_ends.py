"""How the process ends: interrupted at any time, with nobody reading, on a full disk. Never with a trace."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.conftest import AS
from tests.gateway.contracts import TITLE, Contracts
from tests.support.loopback_gateway import LoopbackGateway
from tests.support.waiting import until

EXECUTABLE = str(Path(sys.executable).parent / "tradelane")


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """What is started here can be interrupted, also where the tests run in the background of a shell."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def environment(tmp_path: Path) -> dict[str, str]:
    ours = {"TRADELANE_HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    return {name: value for name, value in os.environ.items() if not name.startswith("TRADELANE_")} | ours


@pytest.mark.parametrize("module", ["typer", "tradelane.gateway.cli.root", "grpc", "tradelane.gateway.cli.ebl_acts"])
def test_an_interrupt_while_modules_are_loaded_is_one_sentence(module: str, tmp_path: Path) -> None:
    code = f"""
import sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupting())
from tradelane.gateway.cli import main
sys.argv = ["tradelane", "ebl", "show", {TITLE!r}]
main()
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(tmp_path), check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Interrupted. [INTERRUPTED]\n")


def test_an_interrupt_while_it_waits_is_one_sentence(tmp_path: Path) -> None:
    command = [EXECUTABLE, "--as", "a@b", "party", "admit", "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(tmp_path)
    ) as process:
        _until_it_reads(process.pid)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (130, "Interrupted. [INTERRUPTED]\n")


def _until_it_reads(pid: int) -> None:
    """Wait until a process sleeps in a read of its standard input."""
    until(lambda: Path(f"/proc/{pid}/syscall").read_text().startswith("0 0x0 "))


def test_with_nobody_reading_it_ends_quietly(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [EXECUTABLE, "profile", "list"], stdout=writing, stderr=subprocess.PIPE, env=environment(tmp_path), check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("arguments", [("profile", "list"), ("profile", "list", "--json"), ("--version",), ("--help",)])
def test_a_full_disk_is_one_sentence(arguments: tuple[str, ...], tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [EXECUTABLE, *arguments],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(tmp_path),
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("The output could not be written: No space left on device.")
    assert done.stderr.count("\n") == 1


def test_the_shell_is_offered_users(tmp_path: Path) -> None:
    for name in ("clerk", "cashier", "admin"):
        (tmp_path / "profiles" / "hongkong" / "users" / name).mkdir(parents=True)
    (tmp_path / "profiles" / "hongkong" / "profile.json").write_text("{}")
    asked = {"_TRADELANE_COMPLETE": "complete_bash", "COMP_WORDS": "tradelane --as c", "COMP_CWORD": "2"}
    done = subprocess.run([EXECUTABLE], capture_output=True, text=True, env=environment(tmp_path) | asked, check=False)
    assert (done.stdout.split(), done.stderr) == (["cashier@hongkong", "clerk@hongkong"], "")


def test_a_peer_that_is_away_is_offered_nothing(tmp_path: Path) -> None:
    asked = {"_TRADELANE_COMPLETE": "complete_bash", "COMP_WORDS": "tradelane ebl show 1", "COMP_CWORD": "3"}
    done = subprocess.run([EXECUTABLE], capture_output=True, text=True, env=environment(tmp_path) | asked, check=False)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_the_release_is_named(tmp_path: Path) -> None:
    done = subprocess.run([EXECUTABLE, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("tradelane ")


def test_an_interrupted_import_says_how_far_it_came_and_goes_on(
    profile: Path, contracts: Contracts, peer: LoopbackGateway, tmp_path: Path
) -> None:
    hold, waiting = threading.Event(), threading.Semaphore(0)
    calls = iter(range(100))

    def on_status() -> None:
        if next(calls) >= 2:
            waiting.release()
            hold.wait(timeout=60)

    peer.script.on_status = on_status
    file = tmp_path / "many.jsonl"
    file.write_text("".join(f'{{"function": "ebl:accept", "arguments": ["{number}"]}}\n' for number in range(4)))
    command = [EXECUTABLE, *AS, "import", str(file), "--in-flight", "1", "--json"]
    pipe, ours = subprocess.PIPE, environment(tmp_path)
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=ours) as process:
        assert waiting.acquire(timeout=60)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    hold.set()
    assert process.returncode == 130
    said = json.loads(out)
    assert (said["code"], said["message"]) == (
        "INTERRUPTED",
        "Interrupted after 2 of 4; the same command goes on from there.",
    )
    peer.script.on_status = lambda: None
    done = subprocess.run(command, capture_output=True, text=True, env=ours, check=False)
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout)
    assert (found["resumed"], found["outcomes"]["committed"]) == (2, 4)
