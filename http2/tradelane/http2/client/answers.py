"""Reading answers' headers. Those of most answers are the same few bytes, which are read once.

A block that puts nothing into the compression's table (RFC 7541, section 6) means the same until another one does.
"""

from tradelane.http2.headers import Block, Codec, Headers, answer_headers, answer_trailers

_MOST = 64
_LONGEST = 256
"""Words of errors differ, and are not kept."""

_REFERENCE, _NAME_BITS, _TEXT_BITS = 0x80, 4, 7
_TABLE_CHANGES = 0x60
"""Either bit, without the one before: a literal that enters the table, or a new size of it."""


class AnswerReader:
    """Reads one connection's answers."""

    def __init__(self) -> None:
        self._known: dict[tuple[bytes, bool], Headers] = {}

    def read(self, codec: Codec, block: Block, *, first: bool) -> Headers:
        """Return the headers that a block holds; they are not to be changed.

        Args:
            codec: The connection's.
            block: The block.
            first: Whether it begins an answer.

        Raises:
            ConnectionFault: It cannot be decoded.
            StreamFault: These are no headers of an answer.
        """
        content = block.content
        found = self._known.get((content, first))
        if found is not None:
            return found
        fields = codec.decode(content)
        lasting = self._note(content)
        headers = (answer_headers if first else answer_trailers)(block.stream_id, fields)
        if lasting and len(content) <= _LONGEST:
            self._known[content, first] = headers
        return headers

    def skip(self, codec: Codec, block: Block) -> None:
        """Decode a block that nobody reads, for what it does to the table.

        Raises:
            ConnectionFault: It cannot be decoded.
        """
        codec.decode(block.content)
        self._note(block.content)

    def _note(self, content: bytes) -> bool:
        """Forget what a block makes mean something else; return whether the block means the same from now on."""
        lasting = leaves_table_alone(content)
        if not lasting or len(self._known) >= _MOST:
            self._known.clear()
        return lasting


def leaves_table_alone(block: bytes) -> bool:
    """Tell whether a block, which could be decoded, changes nothing for those after it."""
    position = 0
    while position < len(block):
        kind = block[position]
        if kind & _REFERENCE:
            position, _ = _number(block, position, _TEXT_BITS)
            continue
        if kind & _TABLE_CHANGES:
            return False
        position, name = _number(block, position, _NAME_BITS)
        for _ in range(1 if name else 2):
            position, length = _number(block, position, _TEXT_BITS)
            position += length
    return True


def _number(block: bytes, position: int, bits: int) -> tuple[int, int]:
    """Return where a number ends, and the number."""
    most = (1 << bits) - 1
    number = block[position] & most
    position += 1
    if number < most:
        return position, number
    shift = 0
    while True:
        byte = block[position]
        position += 1
        number += (byte & 0x7F) << shift
        shift += 7
        if byte < _REFERENCE:
            return position, number
