"""How much a peer may send before it is read: one direction of flow control (RFC 9113, section 5.2)."""


class Credit:
    """The window of a stream, or of a connection.

    Args:
        size: How large it is when everything is read.
    """

    __slots__ = ("_left", "_read", "_size")

    def __init__(self, size: int) -> None:
        self._size = size
        self._left = size
        self._read = 0

    def take(self, size: int) -> bool:
        """Count content that came; False when the peer was not allowed to send it."""
        self._left -= size
        return self._left >= 0

    def give_back(self, size: int) -> int:
        """Count content that was read, and return by how much to open the window: often 0, to save frames."""
        self._read += size
        if self._read < self._size // 2:
            return 0
        more, self._read = self._read, 0
        self._left += more
        return more
