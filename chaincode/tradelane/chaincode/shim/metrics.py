"""Metrics for Prometheus, served over plain HTTP on an address of their own.

They hold numbers and names of functions. A client may send any function's name, so a name becomes a label only once
an invocation of it was endorsed, and only so many do; all others are counted together as `other`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from tradelane.chaincode.shim.errors import CannotServe
from tradelane.chaincode.shim.observer import Observer, Outcome, Refusal, Seen
from tradelane.chaincode.shim.wire import Kind

OTHER = "other"
MAX_FUNCTIONS = 500
MAX_NAME_LENGTH = 128

_INVOCATION_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_ROUND_TRIP_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5)


class Metrics(Observer):
    """Counts what it observes.

    Attributes:
        registry: What Prometheus collects from.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._functions: set[str] = set()
        self._children: dict[tuple[str, ...], Histogram] = {}
        self._streams = Gauge("chaincode_open_streams", "Streams that peers hold open.", registry=self.registry)
        self._running = Gauge("chaincode_running_transactions", "Invocations being run.", registry=self.registry)
        self._transactions = Histogram(
            "chaincode_transaction_seconds",
            "Invocations by contract, function and outcome, and how long they took.",
            ("contract", "function", "outcome"),
            buckets=_INVOCATION_SECONDS,
            registry=self.registry,
        )
        self._refused = Counter(
            "chaincode_refused_transactions",
            "Invocations which the service did not run, by reason.",
            ("reason",),
            registry=self.registry,
        )
        for reason in Refusal:  # so that each is there to be watched before the first
            self._refused.labels(reason.value)
        self._round_trips = Histogram(
            "chaincode_peer_round_trip_seconds",
            "Requests to the peer by type, and how long their answers took.",
            ("type",),
            buckets=_ROUND_TRIP_SECONDS,
            registry=self.registry,
        )

    def stream_opened(self) -> None:
        """Count a stream that was opened."""
        self._streams.inc()

    def stream_closed(self) -> None:
        """Count a stream that ended."""
        self._streams.dec()

    def invocation_begun(self) -> None:
        """Count an invocation that is being run."""
        self._running.inc()

    def invocation_ended(self, seen: Seen, seconds: float) -> None:
        """Count an invocation that ended."""
        self._running.dec()
        contract, _, function = self._label(seen).rpartition(":")
        self._child(self._transactions, contract, function, seen.outcome.value).observe(seconds)

    def refused(self, reason: Refusal) -> None:
        """Count an invocation that was not run."""
        self._refused.labels(reason.value).inc()

    def round_trip(self, kind: Kind, seconds: float) -> None:
        """Count an answered request."""
        self._child(self._round_trips, kind.name.lower()).observe(seconds)

    def _child(self, histogram: Histogram, *labels: str) -> Histogram:
        """Return what counts under these labels; the library looks for it under a lock, every time."""
        found = self._children.get(labels)
        if found is None:
            found = self._children[labels] = histogram.labels(*labels)
        return found

    def _label(self, seen: Seen) -> str:
        name = seen.function
        if name in self._functions:
            return name
        fits = len(name) <= MAX_NAME_LENGTH and len(self._functions) < MAX_FUNCTIONS
        if seen.outcome is not Outcome.ENDORSED or not fits:
            return OTHER
        self._functions.add(name)
        return name


@contextmanager
def served(metrics: Metrics, address: str) -> Iterator[int]:
    """Serve metrics within the block, and yield the port.

    Whoever reaches the address may read them, so it should be the loopback interface or a closed network's.

    Args:
        metrics: What to serve.
        address: host:port; port 0 takes any that is free.

    Raises:
        CannotServe: The address is taken or not this machine's.
    """
    host, _, port = address.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), metrics.registry)
    except OSError as error:
        raise CannotServe(f"cannot serve metrics on {address}: {error.strerror or error}") from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
