"""Measure proofs: `python -m bench.proof`, or `make bench-proof`.

A title that has changed hands many times on a real network: how long its proof takes to export, how large it is, and
how long it takes to verify, in a process that does it again and again and in one that starts for it.
TRADELANE_TEST_HOME names a network to use and to leave up, as for the tests.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from examples.story import __main__ as story
from examples.story.acts import BANK, CARRIER, EXPORTER, issuance_request
from examples.story.cast import Cast
from tests.support.network import start_somewhere
from tradelane.gateway import ebl, proof
from tradelane.network import Network

COMMAND = Path(sys.executable).parent / "tradelane"


def main() -> int:
    """Measure and report."""
    arguments = _arguments()
    kept = os.environ.get("TRADELANE_TEST_HOME")
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        network = Network(Path(kept) if kept else Path(scratch, "home"))
        if not kept:
            stack.callback(network.down, purge=True)
        start_somewhere(network)
        story.tell(network, Console(quiet=True), stack)
        cast = Cast(network, stack)
        title_id = _handed(cast, arguments.hops)
        for without_blocks in (False, True):
            _measure(cast, title_id, arguments.turns, Path(scratch, "title.proof"), without_blocks=without_blocks)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.proof", description=__doc__)
    parser.add_argument("--hops", type=int, default=200, help="how often the title changes hands")
    parser.add_argument("--turns", type=int, default=9, help="how often each thing is measured")
    return parser.parse_args()


def _handed(cast: Cast, hops: int) -> str:
    """Issue a title and hand it to and fro."""
    title_id = cast.as_party(CARRIER).run(ebl.issue(issuance_request())).result.title_id
    for hop in range(hops):
        giver, taker = (EXPORTER, BANK) if hop % 2 == 0 else (BANK, EXPORTER)
        done = cast.as_party(giver).run(ebl.transfer(title_id, to=taker, share=False))
        cast.as_party(taker).outcome(done.transaction_id)
    return title_id


def _measure(cast: Cast, title_id: str, turns: int, file: Path, *, without_blocks: bool) -> None:
    exporter = cast.as_party(EXPORTER)
    begun = time.perf_counter()
    content = exporter.run(proof.export(title_id, without_blocks=without_blocks))
    exported = time.perf_counter() - begun
    file.write_bytes(content)
    again = _median(lambda: proof.verify(content), turns)
    command: list[str | Path] = [COMMAND, "proof", "verify", file]
    started = _median(lambda: subprocess.run(command, check=True, capture_output=True), turns)  # noqa: S603
    print(
        f"{'without' if without_blocks else 'with'} blocks: {len(proof.verify(content).versions)} versions, "
        f"{len(content) / 1e6:.2f} MB, exported in {exported:.2f} s, verified in {again}, by the command in {started}"
    )


@dataclass(frozen=True)
class Cost:
    """What something takes: seconds that pass, and seconds of CPU, in this process and those it has started."""

    passed: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.passed:.2f} s ({self.cpu:.2f} s of CPU)"


def _median(call: Callable[[], object], turns: int) -> Cost:
    found = []
    for _ in range(turns):
        begun, before = time.perf_counter(), _cpu()
        call()
        found.append((time.perf_counter() - begun, _cpu() - before))
    return Cost(*(statistics.median(each) for each in zip(*found, strict=True)))


def _cpu() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


if __name__ == "__main__":
    sys.exit(main())
