"""How the process ends: interrupted at any time, with nobody reading, on a full disk. Never with a trace."""

import json
import os
import pty
import re
import shutil
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


@pytest.mark.parametrize(
    "module",
    ["typer", "tradelane.gateway.cli.root", "grpc", "tradelane.gateway.cli.messages", "tradelane.gateway.cli.ebl_acts"],
)
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


SHELLS = {
    "bash": lambda line: {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)},
    "zsh": lambda line: {"_TYPER_COMPLETE_ARGS": line},
    "fish": lambda line: {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
}
"""What each shell's script hands over of the line it completes."""


def completed(shell: str, line: str, tmp_path: Path) -> str:
    asked = {"_TRADELANE_COMPLETE": f"complete_{shell}", **SHELLS[shell](line)}
    done = subprocess.run([EXECUTABLE], capture_output=True, text=True, env=environment(tmp_path) | asked, check=False)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_is_offered_users(shell: str, tmp_path: Path) -> None:
    for name in ("clerk", "cashier", "admin"):
        (tmp_path / "profiles" / "hongkong" / "users" / name).mkdir(parents=True)
    (tmp_path / "profiles" / "hongkong" / "profile.json").write_text("{}")
    offered = re.findall(r"[\w-]+@hongkong", completed(shell, "tradelane --as c", tmp_path))
    assert sorted(set(offered)) == ["cashier@hongkong", "clerk@hongkong"]


@pytest.mark.parametrize("shell", SHELLS)
def test_a_peer_that_is_away_is_offered_nothing(shell: str, tmp_path: Path) -> None:
    assert not re.search(r"\w", completed(shell, "tradelane ebl show 1", tmp_path).replace("_files", ""))


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shells_own_script_asks_the_command(shell: str, tmp_path: Path) -> None:
    asked = {"_TRADELANE_COMPLETE": f"source_{shell}"}
    done = subprocess.run([EXECUTABLE], capture_output=True, text=True, env=environment(tmp_path) | asked, check=True)
    assert f"_TRADELANE_COMPLETE=complete_{shell}" in done.stdout
    if (program := shutil.which(shell)) is not None:  # it takes it, where that shell is installed
        subprocess.run([program, "-n"], input=done.stdout, text=True, check=True)


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


def test_a_terminal_is_shown_how_far_an_import_has_come(profile: Path, contracts: Contracts, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text("".join(f'{{"function": "ebl:accept", "arguments": ["{number}"]}}\n' for number in range(3)))
    ours, theirs = pty.openpty()
    command = [EXECUTABLE, *AS, "import", str(file), "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=theirs, env=environment(tmp_path) | {"TERM": "xterm", "COLUMNS": "120"}
    ) as process:
        os.close(theirs)
        shown = b"".join(iter(lambda: _read(ours), b"")).decode()
        assert process.stdout is not None
        assert json.loads(process.stdout.read())["outcomes"]["committed"] == 3
    os.close(ours)
    assert "importing" in shown
    assert "3/3" in shown
    assert "\x1b[" in shown  # it is drawn again in place


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux's word for a terminal that nobody has open any more
        return b""


def test_a_file_is_shown_no_bar(profile: Path, contracts: Contracts, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text('{"function": "ebl:accept", "arguments": ["1"]}\n')
    command = [EXECUTABLE, *AS, "import", str(file), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment(tmp_path), check=True)
    assert done.stderr == ""
