"""The four clients, each a process that does turns: a line of JSON in, a line of JSON out."""

import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil

from bench.shim.load import DOCUMENT, IN_FLIGHT
from tests.support.deployment import ROOT
from tests.support.go_program import built
from tests.support.node_program import installed
from tradelane.gateway.profile import ProfileFile
from tradelane.network import Network

USER: Final = "admin"
SOURCES: Final = ROOT / "bench" / "client"


@dataclass(frozen=True)
class Turn:
    """What one turn of one client took.

    Attributes:
        seconds: From the first transaction begun to the last committed.
        cpu_seconds: Of the client's process, all its threads.
        latencies_ms: Of each transaction, sorted.
    """

    seconds: float
    cpu_seconds: float
    latencies_ms: Sequence[float]

    def percentile(self, share: float) -> float:
        """Return the latency that such a share of the transactions did not exceed."""
        return self.latencies_ms[min(len(self.latencies_ms) - 1, int(share * len(self.latencies_ms)))]


class Client:
    """A client's process."""

    def __init__(self, name: str, process: "subprocess.Popen[str]") -> None:
        self.name = name
        self._process = process
        self._seen = psutil.Process(process.pid)

    def tell(self, line: dict[str, Any]) -> None:
        """Hand over a line."""
        if self._process.stdin is not None:
            self._process.stdin.write(json.dumps(line) + "\n")
            self._process.stdin.flush()

    def turn(self, transactions: int) -> Turn:
        """Have so many transactions submitted."""
        before = self._cpu_seconds()
        self.tell({"prefix": secrets.token_hex(6), "count": transactions})
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"the {self.name} client ended; its words are above")
        found = json.loads(line)
        return Turn(found["seconds"], self._cpu_seconds() - before, sorted(found["latencies"]))

    def _cpu_seconds(self) -> float:
        times = self._seen.cpu_times()
        return float(times.user + times.system)


def commands(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the command of each client, built and installed."""
    ours = [sys.executable, "-m", "bench.client.ours"]
    makers = {
        "asyncio": lambda: [*ours, "asyncio"],
        "few": lambda: [*ours, "few"],
        "threads": lambda: [*ours, "threads"],
        "go": lambda: [str(built(".", SOURCES / "go"))],
        "node": lambda: [shutil.which("node") or "node", str(installed(SOURCES / "node") / "index.js")],
    }
    return {name: makers[name]() for name in names}


@contextmanager
def started(name: str, command: list[str], network: Network, chaincode: str) -> Iterator[Client]:
    """Start a client of the first organisation's administrator."""
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:  # noqa: S603 -- our own
        try:
            client = Client(name, process)
            client.tell(_config(network, chaincode))
            yield client
        finally:
            process.terminate()


def _config(network: Network, chaincode: str) -> dict[str, Any]:
    first, second = network.topology.with_peer[:2]
    directory: Path = network.paths.profile(first.name).root.absolute()
    home = directory / "users" / USER
    profile = ProfileFile.from_json((directory / "profile.json").read_bytes())
    return {
        "profile": str(directory),
        "user": USER,
        "endpoint": profile.peers[0].endpoint,
        "serverName": profile.peers[0].server_name,
        "tlsRoots": str(directory / profile.tls_roots),
        "tlsCertificate": str(home / "tls-cert.pem"),
        "tlsKey": str(home / "tls-key.pem"),
        "certificate": str(home / "cert.pem"),
        "key": str(home / "key.pem"),
        "mspId": profile.msp_id,
        "channel": profile.channel,
        "chaincode": chaincode,
        "organisations": [first.msp_id, second.msp_id],
        "document": DOCUMENT,
        "inFlight": IN_FLIGHT,
    }
