"""Writes held back, to be sent in few messages.

The last write of a key wins; its value and its endorsement policy are two different writes. The order is that in which
the keys were first written, never a hash order, though the peer sorts what it has simulated.
"""

from collections.abc import Iterator

from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.wire import Kind, Request, Write


class WriteBatch:
    """The writes of one open batch.

    Args:
        size: How many writes the peer takes in one message.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._writes: dict[tuple[str, str, bool], Write] = {}

    def add(self, write: Write) -> None:
        """Hold a write back; it replaces an earlier one of the same key."""
        self._writes[write.collection, write.key, write.kind is Kind.PUT_STATE_METADATA] = write

    def requests(self) -> Iterator[Request]:
        """Return the messages to send, none when nothing was written."""
        writes = list(self._writes.values())
        for start in range(0, len(writes), self._size):
            yield wire.write_batch(writes[start : start + self._size])
