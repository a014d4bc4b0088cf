"""Header blocks of requests, put together from parts that are encoded once.

Every field is a literal that enters no table (RFC 7541, section 6.2.2): some 200 bytes more for each request than with
the tables, and next to no work, since only what differs between two requests is encoded for each.
"""

from collections.abc import Iterable

from tradelane.http2.headers import is_value, may_be_sent

_POST = b"\x83"
_SCHEMES = {"http": b"\x86", "https": b"\x87"}
_STATIC = {":authority": 1, ":path": 4, "content-type": 31, "user-agent": 58}
"""Where the static table (RFC 7541, appendix A) has a name."""

_NAME_MOST, _TEXT_MOST = 0x0F, 0x7F
"""The largest numbers that fit beside a name's and a text's flags; larger ones go on in further bytes."""


def request_head(scheme: str, authority: str, path: str, fields: Iterable[tuple[str, str | bytes]]) -> bytes:
    """Encode a POST request's head; more fields may be added behind it with `field`."""
    place = [(":path", path), (":authority", authority)]
    return b"".join((_POST, _SCHEMES[scheme], *(field(*each) for each in (*place, *fields))))


def field(name: str, value: str | bytes) -> bytes:
    """Encode one field.

    Raises:
        ValueError: HTTP/2 has no such field.
    """
    known = _STATIC.get(name)
    content = value if isinstance(value, bytes) else value.encode()
    if (known is None and not may_be_sent(name.encode())) or not is_value(content):
        raise ValueError(f"HTTP/2 has no header {name!r} with this value")
    begin = b"\0" + _text(name.encode()) if known is None else _number(known, _NAME_MOST)
    return begin + _text(content)


def _text(content: bytes) -> bytes:
    return _number(len(content), _TEXT_MOST) + content


def _number(number: int, most: int) -> bytes:
    if number < most:
        return bytes((number,))
    found, rest = bytearray((most,)), number - most
    while rest > 0x7F:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    found.append(rest)
    return bytes(found)
