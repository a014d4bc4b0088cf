"""Keeps one organisation's chaincode service running: `python -m tradelane.network.supervise HOME ORGANISATION`.

Started by `tradelane network up`, stopped by `down`. A service that ends is started again: at once where it had been
told to stop or had run for a while, for its peer waits; else each time a little later, so that a service which cannot
start neither burns the machine nor fills the disk.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from tradelane.network import process
from tradelane.network.paths import HomePaths

FIRST_DELAY_SECONDS = 0.2
LONGEST_DELAY_SECONDS = 10.0
HEALTHY_SECONDS = 5.0  # a service that ran this long had started
GRACE_SECONDS = 10


class Supervisor:
    """Runs one service and starts it again when it ends."""

    def __init__(self, command: list[str], environment: dict[str, str], record: Path) -> None:
        self._command = command
        self._environment = environment
        self._record = record
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Return once the service was stopped by a signal to this process."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGALRM, self._force)
        delay = FIRST_DELAY_SECONDS
        while not self._stopping.is_set():
            began = time.monotonic()
            status = self._run_once()
            if self._stopping.is_set():
                return
            if status == 0 or time.monotonic() - began > HEALTHY_SECONDS:
                delay = FIRST_DELAY_SECONDS
            self._say(f"the service ended with status {status}; starting it again in {delay:.1f} s")
            self._stopping.wait(delay)
            delay = min(delay * 2, LONGEST_DELAY_SECONDS)

    def _run_once(self) -> int:
        token = process.new_token(self._record)
        environment = self._environment | {process.TOKEN_VARIABLE: token}
        self._child = subprocess.Popen(self._command, env=environment, stdin=subprocess.DEVNULL)
        process.note(self._record, token, self._child.pid)
        if self._stopping.is_set():  # the signal came before there was a child to end
            self._child.terminate()
        return self._child.wait()

    def _stop(self, _signal: int, _frame: FrameType | None) -> None:
        self._stopping.set()
        if self._child:
            self._child.terminate()
        signal.alarm(GRACE_SECONDS)

    def _force(self, _signal: int, _frame: FrameType | None) -> None:
        if self._child:
            self._child.kill()

    @staticmethod
    def _say(message: str) -> None:
        sys.stderr.write(json.dumps({"level": "warning", "logger": "supervise", "message": message}) + "\n")
        sys.stderr.flush()


def main(home: Path, organisation: str) -> None:
    """Supervise the service of one organisation."""
    paths = HomePaths(home)
    settings = json.loads(paths.organisation(organisation).chaincode.settings.read_bytes())
    Supervisor(settings["command"], settings["environment"], paths.service(organisation)).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
