"""Header blocks: gathering their fragments within bounds, decoding them, what requests and answers must say.

The compression (RFC 7541) is the library `hpack`'s.
"""

from collections.abc import Iterable

import hpack

from tradelane.http2.frames import MAX_STREAM_ID, ConnectionFault, ErrorCode, StreamFault

MAX_LIST_BYTES = 16_384
"""How large a request's headers may be, decoded; announced to the peer. gRPC's own server takes the same."""

_MAX_FRAGMENTS = 32

_TABLE_BYTES = 4096
_TOKEN = frozenset(b"!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz")
_NOT_OF_HTTP_2 = frozenset({b"connection", b"keep-alive", b"proxy-connection", b"transfer-encoding", b"upgrade"})
_REQUEST = frozenset({b":method", b":scheme", b":path", b":authority"})
_REQUIRED = (b":method", b":scheme", b":path")
_ANSWER = frozenset({b":status"})
_NONE: frozenset[bytes] = frozenset()

Headers = dict[bytes, bytes]
"""Headers by name; of a repeated one the last."""


class Block:
    """A header block of which fragments are still to come."""

    def __init__(self, stream_id: int, ends_stream: bool, fragment: bytes, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self.stream_id = stream_id
        self.ends_stream = ends_stream
        self._fragments = [fragment]
        self._size = len(fragment)

    def add(self, fragment: bytes) -> None:
        """Take a fragment.

        Raises:
            ConnectionFault: There are too many, or they are too large together.
        """
        self._fragments.append(fragment)
        self._size += len(fragment)
        if self._size > self._max_bytes or len(self._fragments) > _MAX_FRAGMENTS:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "a header block without an end")

    @property
    def content(self) -> bytes:
        """The whole block."""
        return b"".join(self._fragments)


class Codec:
    """Both directions' compression of one connection.

    Args:
        max_list_bytes: How large the headers of one block may be, decoded.
    """

    def __init__(self, max_list_bytes: int = MAX_LIST_BYTES) -> None:
        self.max_block_bytes = 2 * max_list_bytes
        self._max_list_bytes = max_list_bytes
        self._encoder = hpack.Encoder()
        self._decoder = hpack.Decoder(max_header_list_size=max_list_bytes)

    def decode(self, block: bytes) -> list[tuple[bytes, bytes]]:
        """Decode a block; also of streams that are refused, since both ends keep one table.

        Raises:
            ConnectionFault: It is malformed, or larger than was announced.
        """
        try:
            return [(bytes(name), bytes(value)) for name, value in self._decoder.decode(block, raw=True)]
        except hpack.OversizedHeaderListError as fault:
            raise ConnectionFault(
                ErrorCode.ENHANCE_YOUR_CALM, f"headers of more than {self._max_list_bytes} bytes"
            ) from fault
        except (hpack.HPACKError, ValueError, IndexError) as fault:
            raise ConnectionFault(ErrorCode.COMPRESSION_ERROR, "a malformed header block") from fault

    def encode(self, headers: Iterable[tuple[str, str]]) -> bytes:
        """Encode headers."""
        return self._encoder.encode(headers)

    def limit(self, table_bytes: int) -> None:
        """Keep to the size of the table which the peer allows."""
        self._encoder.header_table_size = min(table_bytes, _TABLE_BYTES)


def request_headers(stream_id: int, fields: list[tuple[bytes, bytes]]) -> Headers:
    """Return a request's headers.

    Raises:
        StreamFault: They are not those of a request (RFC 9113, section 8).
    """
    headers = _by_name(stream_id, fields, _REQUEST)
    if not all(headers.get(name) for name in _REQUIRED):
        raise _malformed(stream_id, "a request without method, scheme or path")
    _content_length(stream_id, headers)
    return headers


def answer_headers(stream_id: int, fields: list[tuple[bytes, bytes]]) -> Headers:
    """Return the headers an answer begins with.

    Raises:
        StreamFault: They are not those of an answer.
    """
    headers = _by_name(stream_id, fields, _ANSWER)
    status = headers.get(b":status", b"")
    if not (len(status) == 3 and status.isdigit()):
        raise _malformed(stream_id, "an answer without a status")
    return headers


def answer_trailers(stream_id: int, fields: list[tuple[bytes, bytes]]) -> Headers:
    """Return the headers an answer ends with.

    Raises:
        StreamFault: They are not those of an answer's end.
    """
    return _by_name(stream_id, fields, _NONE)


def check_trailers(stream_id: int, fields: list[tuple[bytes, bytes]]) -> None:
    """Refuse trailers which are none."""
    for name, value in fields:
        _check_field(stream_id, name, value)


def content_length(headers: Headers) -> int | None:
    """Return how much content a request announced, None when it did not."""
    text = headers.get(b"content-length")
    return None if text is None else int(text)


def may_be_sent(name: bytes) -> bool:
    """Whether a field may have this name; pseudo-headers are another matter."""
    return bool(name) and _TOKEN.issuperset(name) and name not in _NOT_OF_HTTP_2


def is_value(value: bytes) -> bool:
    """Whether a field may have this value."""
    return not any(byte in value for byte in b"\0\r\n")


def _by_name(stream_id: int, fields: list[tuple[bytes, bytes]], allowed: frozenset[bytes]) -> Headers:
    headers: Headers = {}
    pseudo = True
    for name, value in fields:
        if name.startswith(b":"):
            if not pseudo or name not in allowed or name in headers:
                raise _malformed(stream_id, "a pseudo-header that is unknown, repeated or out of place")
        else:
            pseudo = False
            _check_field(stream_id, name, value)
        headers[name] = value
    return headers


def _content_length(stream_id: int, headers: Headers) -> None:
    text = headers.get(b"content-length")
    if text is not None and not (text.isdigit() and int(text) <= MAX_STREAM_ID**2):
        raise _malformed(stream_id, "a content-length that is no number")


def _check_field(stream_id: int, name: bytes, value: bytes) -> None:
    if not may_be_sent(name):
        raise _malformed(stream_id, "a header which HTTP/2 does not have")
    if name == b"te" and value != b"trailers":
        raise _malformed(stream_id, "a header 'te' with another value than 'trailers'")
    if not is_value(value):
        raise _malformed(stream_id, "a header value with a line's end in it")


def _malformed(stream_id: int, text: str) -> StreamFault:
    return StreamFault(stream_id, ErrorCode.PROTOCOL_ERROR, text)
