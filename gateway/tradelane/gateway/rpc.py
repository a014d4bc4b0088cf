"""What a client's work asks of the world, so that it is written once for the sync and the asyncio client.

Work is a generator of steps: it yields an `Rpc` and is sent the answer's bytes or a `Failure`; it yields a `Pause`
and is sent None once the time has passed. Nothing here performs anything; the drivers in `client` and `aio` do.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias, TypeVar

from tradelane.gateway.errors import PeerDetail

T = TypeVar("T")


class Rpc(NamedTuple):
    """One unary gRPC call; request and answer are serialised messages.

    A tuple, for two are made for each step of each transaction, and a frozen dataclass takes three times as long.
    """

    method: str
    """Full name, e.g. /gateway.Gateway/Evaluate."""
    request: bytes
    timeout_seconds: float
    peer: int = 0
    """Which of the client's gateway peers to ask."""
    metadata: tuple[tuple[str, str], ...] = ()
    """What to send along, e.g. a trace context."""

    def __repr__(self) -> str:
        """Return where it goes; the request may hold private inputs."""
        return f"Rpc({self.method}, {len(self.request)} bytes, peer {self.peer})"


@dataclass(frozen=True)
class Pause:
    """Let time pass."""

    seconds: float


@dataclass(frozen=True)
class Failure:
    """How a gRPC call ended when it brought no answer."""

    status: str
    """Name of the gRPC status, e.g. UNAVAILABLE."""
    message: str
    peers: tuple[PeerDetail, ...] = ()


Steps: TypeAlias = Generator[Rpc | Pause, bytes | Failure | None, T]
"""Work under way, which ends in a T or raises a GatewayError."""
