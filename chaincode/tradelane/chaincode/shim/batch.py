"""Writes held back, to be sent in few messages.

The last write of a key wins; its value and its endorsement policy are two different writes. The order is that in which
the keys were first written, never a hash order, though the peer sorts what it has simulated.
"""

from collections.abc import Iterator

from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.errors import TooLarge
from tradelane.chaincode.shim.wire import Kind, Request, Write

_RECORD_BYTES = 64
"""Room for what stands around a write's collection, key and value within a message."""


class WriteBatch:
    """The writes of one open batch.

    Args:
        size: How many writes the peer takes in one message.
        max_bytes: How large a message's content may be.
    """

    def __init__(self, size: int, max_bytes: int) -> None:
        self._size = size
        self._max_bytes = max_bytes
        self._writes: dict[tuple[str, str, bool], tuple[Write, int]] = {}

    def add(self, write: Write) -> None:
        """Hold a write back; it replaces an earlier one of the same key.

        Raises:
            TooLarge: It does not fit into a message.
        """
        kind, collection, key, value = write
        size = _RECORD_BYTES + 4 * (len(collection) + len(key)) + len(value)
        if size > self._max_bytes:
            raise TooLarge(f"a write of {size} bytes is more than the {self._max_bytes} that fit")
        self._writes[collection, key, kind is Kind.PUT_STATE_METADATA] = (write, size)

    def requests(self) -> Iterator[Request]:
        """Return the messages to send, none when nothing was written."""
        chunk: list[Write] = []
        room = self._max_bytes
        for write, size in self._writes.values():
            if len(chunk) == self._size or size > room:
                yield wire.write_batch(chunk)
                chunk, room = [], self._max_bytes
            chunk.append(write)
            room -= size
        if chunk:
            yield wire.write_batch(chunk)
