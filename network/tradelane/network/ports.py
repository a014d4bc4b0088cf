"""Looking at ports before anything is started."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

from tradelane.network.errors import PortRefused
from tradelane.network.nodes import Node
from tradelane.network.topology import LOOPBACK

EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
PATIENCE_SECONDS = 2.0
POLL_SECONDS = 0.05
EPHEMERAL_DEFAULT = (32768, 65535)  # where the kernel does not tell


def check(nodes: Iterable[Node]) -> None:
    """Make sure every port of some nodes can be opened.

    Raises:
        PortRefused: A port is taken; the sentence names it, its holder where known, and what to do. Or a port lies in
            the range from which the kernel serves outgoing connections: it would be taken now and then.
    """
    low, high = ephemeral_range()
    for node in nodes:
        for purpose, port in node.ports.items():
            if low <= port <= high:
                raise PortRefused(
                    f"Port {port} ({node.name}, {purpose}) lies in the kernel's own range {low}-{high} for outgoing "
                    "connections, where it may be taken at any time; choose a lower one with --base-port.",
                    node=node.name,
                    port=port,
                )
            if not _becomes_free(port):
                raise PortRefused(
                    f"Port {port} ({node.name}, {purpose}) is in use{_holder(port)}; "
                    "stop that program, or choose other ports with --base-port.",
                    node=node.name,
                    port=port,
                )


def ephemeral_range() -> tuple[int, int]:
    """The first and last port the kernel hands out by itself."""
    try:
        low, high = EPHEMERAL_RANGE.read_text().split()
        return int(low), int(high)
    except (OSError, ValueError):
        return EPHEMERAL_DEFAULT


def is_free(port: int) -> bool:
    """Tell whether a server could open the port on the loopback interface now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: closed connections do not count
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def _becomes_free(port: int) -> bool:
    """A process that was killed this moment may hold its port a little longer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _holder(port: int) -> str:
    """Name who listens on a port, where the system lets us know."""
    with suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr
            if listens and tuple(listens)[1] == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (process {connection.pid})"
    return " by another program"
