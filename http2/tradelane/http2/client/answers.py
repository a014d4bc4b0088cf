"""Reading answers' headers. Those of most answers are the same few bytes, which are read once.

A block of nothing but references to the compression's tables (RFC 7541, section 6.1) means the same as long as no other
block has changed the table, and does not change it itself.
"""

from tradelane.http2.headers import Block, Codec, Headers, answer_headers, answer_trailers

_MOST = 64
_REFERENCE = 0x80


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
        refers = min(content, default=0) >= _REFERENCE
        if not refers or len(self._known) >= _MOST:
            self._known.clear()
        headers = (answer_headers if first else answer_trailers)(block.stream_id, fields)
        if refers:
            self._known[content, first] = headers
        return headers
