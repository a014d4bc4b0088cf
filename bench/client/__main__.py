"""Compare our client with the official ones of Node and Go: `python -m bench.client`, or `make bench-client`.

One network, one chaincode on Go's shim, one run; the clients take turns. Ours runs three times: with asyncio and as
many tasks as the others have calls in flight, with asyncio and 64 tasks ("few"), and as the sync client with 64
threads. Prints a table of medians, holds the ratios (medians of the ratios turn by turn) against what is wanted, and
writes every turn's numbers with --json FILE.
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
from typing import Final

import psutil

from bench.client.programs import Client, commands, started
from bench.shim.load import IN_FLIGHT
from bench.shim.measure import Series
from tests.support.deployment import Program, deployed
from tests.support.go_program import built
from tests.support.network import start_somewhere
from tradelane.network import Network, Step

CLIENTS: Final = ("asyncio", "few", "threads", "go", "node")
CPU, TPS, P50, P99 = "client CPU, ms per transaction", "TPS", "latency p50, ms", "latency p99, ms"
WANTED: Final = (
    (CPU, "asyncio", "node", "<=", 0.20),
    (CPU, "asyncio", "go", "<=", 1.6),
    (TPS, "asyncio", "node", ">=", 1.7),
    (TPS, "asyncio", "go", ">=", 0.95),
    (P99, "asyncio", "go", "<=", 1.2),
    (TPS, "threads", "asyncio", ">=", 0.6),
    (TPS, "threads", "few", ">=", 0.6),
)


def main() -> int:
    """Measure and report."""
    arguments = _arguments()
    kept = os.environ.get("TRADELANE_TEST_HOME")
    bare, programs = Program("barego", (str(built("bare")),), trusts_ca=True), commands(arguments.clients)
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        network = Network(Path(kept) if kept else Path(scratch, "home"), _told)
        if not kept:
            stack.callback(network.down, purge=True)
        start_somewhere(network)
        stack.enter_context(deployed(network, Path(scratch, "go"), bare))
        clients = [
            stack.enter_context(started(name, command, network, bare.name)) for name, command in programs.items()
        ]
        load_before = psutil.getloadavg()[0]
        series = _measure(clients, arguments)
    _print(series, arguments.clients)
    if arguments.json:
        found = {
            "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "load before": load_before},
            "plan": {"rounds": arguments.rounds, "transactions": arguments.transactions, "in flight": IN_FLIGHT},
            "turns": {name: each.turns for name, each in series.items()},
            "ratios": {f"{name}, {one}/{other}": series[name].ratio(one, other) for name, one, other in _pairs(series)},
        }
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.client", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each client")
    parser.add_argument("--transactions", type=int, default=2000, help="in a turn")
    parser.add_argument("--clients", nargs="+", default=list(CLIENTS), choices=CLIENTS)
    parser.add_argument("--json", type=Path, help="write every turn's numbers to this file")
    return parser.parse_args()


def _told(step: Step) -> None:
    if step.seconds is not None:
        sys.stderr.write(f"network: {step.title}, {step.seconds:.1f} s\n")


def _measure(clients: list[Client], arguments: argparse.Namespace) -> dict[str, Series]:
    series = {name: Series() for name in (CPU, TPS, P50, P99)}
    for each in clients:
        each.turn(max(arguments.transactions // 4, IN_FLIGHT))  # connects, and warms Node's compiler up
    for number in range(arguments.rounds):
        first = number % len(clients)
        for each in (*clients[first:], *clients[:first]):
            turn = each.turn(arguments.transactions)
            series[CPU].add(each.name, 1000 * turn.cpu_seconds / arguments.transactions)
            series[TPS].add(each.name, arguments.transactions / turn.seconds)
            series[P50].add(each.name, turn.percentile(0.50))
            series[P99].add(each.name, turn.percentile(0.99))
    return series


def _print(series: dict[str, Series], clients: list[str]) -> None:
    print(f"{'median of the turns':<34}" + "".join(f"{each:>11}" for each in clients))
    for name, each in series.items():
        print(f"{name:<34}" + "".join(f"{each.median(client):11.3f}" for client in clients))
    print(f"\n{'ratio, median of the turns':<50}{'measured':>10}{'wanted':>10}")
    for name, one, other in _pairs(series):
        sign, bound = next((sign, bound) for n, o, p, sign, bound in WANTED if (n, o, p) == (name, one, other))
        print(f"{f'{name}: {one} / {other}':<50}{series[name].ratio(one, other):10.3f}{f'{sign} {bound}':>10}")


def _pairs(series: dict[str, Series]) -> list[tuple[str, str, str]]:
    measured = series[TPS].turns
    return [(name, one, other) for name, one, other, _, _ in WANTED if one in measured and other in measured]


if __name__ == "__main__":
    sys.exit(main())
