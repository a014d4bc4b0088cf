"""What the asyncio client asks of a way to one peer, be it our own or a caller's gRPC channel."""

from typing import Protocol

from tradelane.gateway.rpc import Failure

Metadata = tuple[tuple[str, str], ...]


class Messages(Protocol):
    """The messages of one server stream."""

    async def receive(self) -> bytes | Failure:
        """Wait for the next message; a Failure is how the stream ended, be it by the peer without an error.

        While nobody waits here, the peer may send no more than a window full.
        """
        ...

    def cancel(self) -> None:
        """Want no more; a wait under way ends with a Failure."""
        ...


class Transport(Protocol):
    """A way to one peer. The methods are gRPC's full names, requests and answers serialised messages."""

    async def unary(
        self, method: str, request: bytes, timeout_seconds: float, metadata: Metadata = ()
    ) -> bytes | Failure:
        """Make one call and return its answer, or how it failed.

        Raises:
            InputError: GATEWAY_CLOSED, before anything is sent.
        """
        ...

    def stream(self, method: str, request: bytes, metadata: Metadata = ()) -> Messages:
        """Begin a server stream.

        Raises:
            InputError: GATEWAY_CLOSED.
        """
        ...

    async def close(self) -> None:
        """End the calls under way and close the connection."""
        ...
