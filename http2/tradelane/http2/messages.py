"""Messages within a stream's content: each after five bytes, whether it is compressed and how long it is."""

import struct

from tradelane.http2.status import Failure, Status

MAX_MESSAGE_BYTES = 100 * 1024 * 1024
"""Fabric's own limit of a message."""

MAX_UNFINISHED_BYTES = 512 * 1024 * 1024
"""How much one side holds of messages that have not come to their end, over all that share the count."""

_HEAD = struct.Struct(">BL")
_LENGTH = struct.Struct(">L")
HEAD_BYTES = _HEAD.size
"""What stands before each message."""


class Unfinished:
    """What all calls of a service or a client hold of messages that have not come to their end.

    Args:
        max_bytes: How much that may be.
    """

    def __init__(self, max_bytes: int = MAX_UNFINISHED_BYTES) -> None:
        self.bytes = 0
        self._max_bytes = max_bytes

    def change(self, size: int) -> None:
        """Count more, or with a negative size less.

        Raises:
            Failure: It is too much now.
        """
        self.bytes += size
        if size > 0 and self.bytes > self._max_bytes:
            raise Failure(
                Status.RESOURCE_EXHAUSTED, f"unfinished messages hold the {self._max_bytes} bytes there are for them"
            )


class MessageReader:
    """Cuts a stream's content into messages, however its frames have cut it.

    Args:
        unfinished: Counts what is held; close the reader to give that back.
        max_bytes: How large a message may be. Memory is taken for what has come, not for what was announced.
    """

    def __init__(self, unfinished: Unfinished, max_bytes: int = MAX_MESSAGE_BYTES) -> None:
        self._unfinished = unfinished
        self._counted = 0
        self._max_bytes = max_bytes
        self._rest = bytearray()
        self._wanted = HEAD_BYTES

    def feed(self, content: bytes) -> list[bytes]:
        """Return the messages that are complete now.

        Raises:
            Failure: One is larger than allowed, or compressed, or too much of others is held already.
        """
        if not self._rest and len(content) >= HEAD_BYTES and len(content) == HEAD_BYTES + self._length(content):
            return [content[HEAD_BYTES:]]  # the usual case: one message in one frame
        self._rest += content
        messages: list[bytes] = []
        if len(self._rest) < self._wanted:
            self._count()
            return messages
        position = 0
        with memoryview(self._rest) as whole:
            while (left := len(whole) - position) >= HEAD_BYTES:
                end = HEAD_BYTES + self._length(whole[position : position + HEAD_BYTES])
                if left < end:
                    self._wanted = end
                    break
                messages.append(bytes(whole[position + HEAD_BYTES : position + end]))
                position += end
            else:
                self._wanted = HEAD_BYTES
        del self._rest[:position]
        self._count()
        return messages

    def close(self) -> None:
        """Hold nothing any more."""
        self._rest.clear()
        self._count()

    @property
    def amid_message(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._rest)

    @property
    def held(self) -> int:
        """How many bytes of messages that are not complete are held."""
        return len(self._rest)

    def _count(self) -> None:
        change, self._counted = len(self._rest) - self._counted, len(self._rest)
        self._unfinished.change(change)

    def _length(self, head: bytes | memoryview) -> int:
        compressed, length = _HEAD.unpack_from(head)
        if compressed:
            raise Failure(Status.UNIMPLEMENTED, "compressed messages are not taken here")
        if length > self._max_bytes:
            raise Failure(
                Status.RESOURCE_EXHAUSTED, f"a message of {length} bytes is more than the {self._max_bytes} allowed"
            )
        return int(length)


def whole(content: bytes) -> bytes | None:
    """Return the message which content is, if it is one and nothing else, as in the usual case; else None."""
    if len(content) < HEAD_BYTES or content[0]:
        return None
    (length,) = _LENGTH.unpack_from(content, 1)
    return content[HEAD_BYTES:] if len(content) == HEAD_BYTES + length else None


def enclosed(message: bytes) -> bytes:
    """Return a message as content of a stream."""
    return _HEAD.pack(0, len(message)) + message
