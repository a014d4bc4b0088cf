"""Where the CPU time of a transaction goes: client, peers, orderers and chaincode services."""

import os
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psutil

from tradelane.network import Network

Spent = dict[str, float]
"""Seconds of CPU by kind of program."""


@dataclass(frozen=True)
class Meter:
    """The processes of a network by kind of program, and this process as the client."""

    processes: Mapping[str, tuple[psutil.Process, ...]]

    def read(self) -> Spent:
        """Return the seconds that each kind has taken so far."""
        return {kind: sum(map(_seconds, each)) for kind, each in self.processes.items()}


def meter(network: Network, services: Mapping[str, Iterable[subprocess.Popen[bytes]]]) -> Meter:
    """Return the meter of a network's peers and orderers, of chaincode services by name, and of this process."""
    nodes = network.status().nodes
    found = {
        f"{kind}s": tuple(psutil.Process(each.pid) for each in nodes if each.kind == kind and each.pid is not None)
        for kind in ("peer", "orderer")
    }
    found |= {name: tuple(psutil.Process(each.pid) for each in several) for name, several in services.items()}
    return Meter({"client": (psutil.Process(os.getpid()),), **found})


def since(before: Spent, after: Spent, transactions: int) -> Spent:
    """Return milliseconds per transaction between two readings."""
    return {kind: 1000 * (after[kind] - before[kind]) / transactions for kind in after}


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
