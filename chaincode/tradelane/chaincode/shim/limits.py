"""What one message, one transaction and one service may take, so that no client can take a service from the others."""

from dataclasses import dataclass

from tradelane.http2 import messages

MAX_MESSAGE_BYTES = messages.MAX_MESSAGE_BYTES
"""Fabric's own limit for messages between peer and chaincode."""

MAX_UNFINISHED_BYTES = messages.MAX_UNFINISHED_BYTES
"""How much a service holds of messages that have not come to their end, over all connections."""

MAX_CONNECTIONS = 500
"""How many connections a service keeps; a peer has one, and whoever asks for its health another."""

ENVELOPE_BYTES = 1024
"""Room within a message for what stands around a request: type, channel and transaction id, lengths."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a service, over all its streams.

    Attributes:
        running: How many transactions run at the same time.
        waiting: How many more wait for one of these places, in the order they came.
        input_bytes: How many bytes of input the running and the waiting transactions may hold together. A single
            transaction is let in whatever its size, when there is no other; messages have a limit of their own.
        execute_seconds: How long a transaction may take, waiting included. The peer has a limit of its own
            (`chaincode.executetimeout`, 30 s) after which it drops whatever is said about the transaction. This one
            has to come first, so that the client is told a code.
        message_bytes: How large a message to the peer may be.
    """

    running: int = 500
    waiting: int = 2000
    input_bytes: int = 512 * 1024 * 1024
    execute_seconds: float = 29.0
    message_bytes: int = MAX_MESSAGE_BYTES
