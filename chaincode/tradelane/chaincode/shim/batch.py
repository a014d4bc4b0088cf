"""Writes held back, to be sent in few messages.

The last write of a key wins; its value and its endorsement policy are two different writes. The order is that in which
the keys were first written, never a hash order, though the peer sorts what it has simulated.
"""

from tradelane.chaincode.shim.errors import TooLarge
from tradelane.chaincode.shim.wire import PUT_STATE_METADATA, Write

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
        self._writes[collection, key, kind is PUT_STATE_METADATA] = (write, size)

    def messages(self) -> list[list[Write]]:
        """Return the writes of each message to send, none when nothing was written."""
        messages: list[list[Write]] = []
        room = -1
        for write, size in self._writes.values():
            if size > room or len(messages[-1]) == self._size:
                messages.append([])
                room = self._max_bytes
            messages[-1].append(write)
            room -= size
        return messages
