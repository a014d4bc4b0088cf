"""Compare our shim with Go's and Node's: `python -m bench.shim`, or `make bench-shim`.

One network, one run, the same client; the shims take turns. Prints a table, and writes the numbers of every turn as
JSON with --json FILE. What memory does over very many transactions is for `bench.shim.memory` to say.
TRADELANE_TEST_HOME names a network to use and to leave up, as for the tests.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import uvloop

from bench.shim import measure
from bench.shim.load import IN_FLIGHT, Clients
from bench.shim.measure import Plan, Series, Services, Subject
from bench.shim.programs import programs
from tests.support.deployment import Program, deployed
from tests.support.network import start_somewhere
from tradelane.network import Network, Step

WARM_UP = Plan(rounds=1, submits=600, evaluates=600, puts=1000)


def main() -> int:
    """Measure and report."""
    arguments = _arguments()
    plan = Plan(arguments.rounds, arguments.submits, arguments.evaluates, arguments.puts)
    kept = os.environ.get("TRADELANE_TEST_HOME")
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        network = Network(Path(kept) if kept else Path(scratch, "home"), _told)
        if not kept:
            stack.callback(network.down, purge=True)
        start_somewhere(network)
        chosen = {shim: program for shim, program in programs().items() if shim in arguments.shims}
        services: dict[str, Services] = {
            shim: stack.enter_context(deployed(network, Path(scratch, shim), program))
            for shim, program in chosen.items()
        }
        found = uvloop.run(_measure(network, chosen, services, plan))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.shim", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each shim")
    parser.add_argument("--submits", type=int, default=2000, help="transactions in a turn")
    parser.add_argument("--evaluates", type=int, default=4000, help="queries in a turn")
    parser.add_argument("--puts", type=int, default=10_000, help="keys in the large transaction")
    parser.add_argument("--shims", nargs="+", default=["go", "python", "node"], choices=["go", "python", "node"])
    parser.add_argument("--json", type=Path, help="write every turn's numbers to this file")
    return parser.parse_args()


def _told(step: Step) -> None:
    if step.seconds is not None:
        sys.stderr.write(f"network: {step.title}, {step.seconds:.1f} s\n")


async def _measure(
    network: Network, chosen: dict[str, Program], services: dict[str, Services], plan: Plan
) -> dict[str, Any]:
    async with Clients(network) as clients:
        subjects = [Subject(shim, clients.of(chosen[shim].name), services[shim]) for shim in chosen]
        await measure.submits(subjects, WARM_UP, "batched")
        await measure.evaluates(subjects, WARM_UP)
        load_before = psutil.getloadavg()[0]
        batched, batched_cpu = await measure.submits(subjects, plan, "batched")
        single, single_cpu = await measure.submits(subjects, plan, "single")
        evaluates, evaluates_cpu = await measure.evaluates(subjects, plan)
        puts = await measure.puts(subjects, plan)
    series = {
        f"submit, 2 messages, TPS ({IN_FLIGHT} in flight)": batched,
        "  service CPU, ms per transaction": batched_cpu,
        "submit, 4 messages, TPS": single,
        "  service CPU, ms per transaction ": single_cpu,
        "evaluate, one read, per second": evaluates,
        "  service CPU, ms per query": evaluates_cpu,
        f"{plan.puts} puts in one transaction, s": puts,
    }
    _print(series, [each.shim for each in subjects])
    return {
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "load before": load_before},
        "plan": vars(plan),
        "turns": {name.strip(): each.turns for name, each in series.items()},
    }


def _print(series: dict[str, Series], shims: list[str]) -> None:
    others = [each for each in shims if each != "python"]
    heads = [*shims, *(f"python/{each}" for each in others)] if "python" in shims else shims
    print(f"{'median of the turns':<44}" + "".join(f"{each:>15}" for each in heads))
    for name, each in series.items():
        cells = [f"{each.median(shim):15.3f}" for shim in shims]
        cells += [f"{each.ratio('python', other):15.3f}" for other in others if "python" in shims]
        print(f"{name:<44}" + "".join(cells))


if __name__ == "__main__":
    sys.exit(main())
