"""Starting and stopping processes, and never touching one that is not ours.

A process number alone proves nothing: numbers are used again. So each start gets a random token, which goes into the
record and into the new process's environment; a process is ours only while both agree. No clock is involved.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tradelane.network import files

TOKEN_VARIABLE = "TRADELANE_PROCESS"  # noqa: S105 - the name of a variable
STOP_SECONDS = 20.0
POLL_SECONDS = 0.02
LOG_TAIL_BYTES = 65_536
LOG_LINE_CHARACTERS = 300

# The shell puts the program into the background and ends, so init is its parent: no caller ever has to reap it.
_LAUNCH = 'umask 077; log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!'


@dataclass(frozen=True)
class Launch:
    """How to start one process.

    Attributes:
        command: Program and arguments.
        environment: Its whole environment.
        directory: Its working directory.
        log: Gets its output, appended; mode 0600.
        record: Keeps its number and token; the process is found again by this file.
    """

    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    log: Path
    record: Path


def start(launch: Launch) -> None:
    """Start a program in a session of its own; files it makes are closed to other users."""
    files.make_directory(launch.directory)
    files.make_directory(launch.log.parent)
    token = new_token(launch.record)
    shell = subprocess.run(
        ["/bin/sh", "-c", _LAUNCH, "launch", str(launch.log), *launch.command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        cwd=launch.directory,
        env={**launch.environment, TOKEN_VARIABLE: token},
        start_new_session=True,
        check=True,
        text=True,
    )
    note(launch.record, token, int(shell.stdout))


def new_token(record: Path) -> str:
    """Make a token and keep it: should this program be killed before it learns the number, `find` looks by token."""
    token = secrets.token_hex(16)
    files.write_json(record, {"token": token})
    return token


def note(record: Path, token: str, pid: int) -> None:
    """Keep the number of a process started with a token."""
    files.write_json(record, {"token": token, "pid": pid})


def find(record: Path) -> psutil.Process | None:
    """The running process a record stands for; `None` when it ended, or its number now belongs to another."""
    try:
        kept = json.loads(record.read_bytes())
        token = str(kept["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if "pid" not in kept:
        return next((each for each in psutil.process_iter() if _carries(each, token)), None)
    with suppress(psutil.Error):
        process = psutil.Process(int(kept["pid"]))
        if _carries(process, token):
            return process
    return None


def stop(records: Iterable[Path], patience_seconds: float = STOP_SECONDS) -> list[Path]:
    """End the processes of some records, all at once: asked first, then forced.

    Returns:
        The records whose process was running.
    """
    running = {record: process for record in records if (process := find(record))}
    for process in running.values():
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    stubborn = _await_end(running.values(), patience_seconds)
    for process in stubborn:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _await_end(stubborn, patience_seconds)
    return list(running)


def log_tail(log: Path, lines: int = 3) -> str:
    """The last lines of a log, each cut to a readable length, for a sentence about a process that failed."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
            tail = stream.read().decode("utf-8", "replace").splitlines()[-lines:]
    except OSError:
        return ""
    return "\n".join(line[:LOG_LINE_CHARACTERS] for line in tail)


def _await_end(processes: Iterable[psutil.Process], patience_seconds: float) -> list[psutil.Process]:
    """Wait for processes to end; returns those that did not. One that only waits to be reaped by init has ended."""
    deadline = time.monotonic() + patience_seconds
    alive = [each for each in processes if _alive(each)]
    while alive and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        alive = [each for each in alive if _alive(each)]
    return alive


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _carries(process: psutil.Process, token: str) -> bool:
    """Tell whether a process runs and was started with the token. Another user's process cannot be read: not ours."""
    try:
        return _alive(process) and process.environ().get(TOKEN_VARIABLE) == token
    except (psutil.Error, OSError):
        return False
