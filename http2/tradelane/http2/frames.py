"""Frames as bytes (RFC 9113, sections 4 and 6): reading them off a connection, and writing them."""

import struct
from collections.abc import Iterator
from enum import IntEnum

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client's connection begins with."""

MAX_FRAME_BYTES = 16_384
"""The largest content of a frame which this side takes: the least that RFC 9113 allows, and enough."""

MAX_WINDOW = 2**31 - 1
MAX_STREAM_ID = 2**31 - 1

# Types and flags are plain numbers: a peer may send others, and a member's look-up would cost every frame.
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, HAS_PRIORITY = 0x1, 0x1, 0x4, 0x8, 0x20

HEADER_TABLE_SIZE, ENABLE_PUSH, MAX_CONCURRENT_STREAMS, INITIAL_WINDOW_SIZE, MAX_FRAME_SIZE, MAX_HEADER_LIST_SIZE = (
    range(1, 7)
)

_HEAD = struct.Struct(">HBBBL")
_HEAD_BYTES = _HEAD.size
_SETTING = struct.Struct(">HL")
_NUMBER = struct.Struct(">L")
_MAX_WORDS = 200


class ErrorCode(IntEnum):
    """Why a stream or a connection was ended."""

    NO_ERROR = 0x0
    PROTOCOL_ERROR = 0x1
    INTERNAL_ERROR = 0x2
    FLOW_CONTROL_ERROR = 0x3
    SETTINGS_TIMEOUT = 0x4
    STREAM_CLOSED = 0x5
    FRAME_SIZE_ERROR = 0x6
    REFUSED_STREAM = 0x7
    CANCEL = 0x8
    COMPRESSION_ERROR = 0x9
    CONNECT_ERROR = 0xA
    ENHANCE_YOUR_CALM = 0xB
    INADEQUATE_SECURITY = 0xC
    HTTP_1_1_REQUIRED = 0xD


class ConnectionFault(Exception):
    """What the peer sent ends the connection."""

    def __init__(self, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class StreamFault(Exception):
    """What the peer sent ends one stream."""

    def __init__(self, stream_id: int, code: ErrorCode, text: str) -> None:
        super().__init__(text)
        self.stream_id = stream_id
        self.code = code


class FrameReader:
    """Cuts what a connection brings into frames, however the network has cut it."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, int, int, bytes]]:
        """Yield type, flags, stream and content of each frame that is complete.

        Raises:
            ConnectionFault: A frame is larger than `MAX_FRAME_BYTES`; its content is not waited for.
        """
        if self._rest:
            data = self._rest + data
        position, size = 0, len(data)
        while size - position >= _HEAD_BYTES:
            high, low, kind, flags, stream_id = _HEAD.unpack_from(data, position)
            length = high << 8 | low
            if length > MAX_FRAME_BYTES:
                raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"a frame of {length} bytes")
            begin = position + _HEAD_BYTES
            end = begin + length
            if end > size:
                break
            yield kind, flags, stream_id & MAX_STREAM_ID, data[begin:end]
            position = end
        self._rest = data[position:]


def frame(kind: int, flags: int, stream_id: int, content: bytes | memoryview = b"") -> bytes:
    """Encode a frame."""
    size = len(content)
    return b"".join((_HEAD.pack(size >> 8, size & 0xFF, kind, flags, stream_id), content))


def header_frames(stream_id: int, block: bytes) -> list[bytes]:
    """Encode a header block that does not end its stream, in as many frames as it takes."""
    if len(block) <= MAX_FRAME_BYTES:
        return [frame(HEADERS, END_HEADERS, stream_id, block)]
    parts = [block[start : start + MAX_FRAME_BYTES] for start in range(0, len(block), MAX_FRAME_BYTES)]
    kinds = [HEADERS, *[CONTINUATION] * (len(parts) - 1)]
    ends = [*[0] * (len(parts) - 1), END_HEADERS]
    return [frame(kind, end, stream_id, part) for kind, end, part in zip(kinds, ends, parts, strict=True)]


def settings_frame(settings: dict[int, int]) -> bytes:
    """Encode SETTINGS."""
    return frame(SETTINGS, 0, 0, b"".join(_SETTING.pack(*each) for each in settings.items()))


def parse_settings(content: bytes) -> list[tuple[int, int]]:
    """Read SETTINGS, in their order."""
    if len(content) % _SETTING.size:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, "a SETTINGS frame with half an entry")
    return list(_SETTING.iter_unpack(content))


def check_setting(setting: int, value: int) -> None:
    """Refuse a value which a setting cannot have."""
    if setting == ENABLE_PUSH and value > 1:
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "SETTINGS_ENABLE_PUSH that is neither 0 nor 1")
    if setting == INITIAL_WINDOW_SIZE and value > MAX_WINDOW:
        raise ConnectionFault(ErrorCode.FLOW_CONTROL_ERROR, f"SETTINGS_INITIAL_WINDOW_SIZE of {value}")
    if setting == MAX_FRAME_SIZE and not MAX_FRAME_BYTES <= value < 1 << 24:
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, f"SETTINGS_MAX_FRAME_SIZE of {value}")


def number_frame(kind: int, stream_id: int, number: int) -> bytes:
    """Encode a frame of one number: WINDOW_UPDATE or RST_STREAM."""
    return frame(kind, 0, stream_id, _NUMBER.pack(number))


def parse_number(content: bytes) -> int:
    """Read a frame of one number; the reserved bit is left to the caller."""
    if len(content) != _NUMBER.size:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"a frame of {len(content)} bytes instead of 4")
    (number,) = _NUMBER.unpack(content)
    return int(number)


def goaway_frame(last_stream_id: int, code: ErrorCode, text: str = "") -> bytes:
    """Encode GOAWAY; the text is for whoever debugs the peer."""
    return frame(GOAWAY, 0, 0, _NUMBER.pack(last_stream_id) + _NUMBER.pack(code) + text.encode())


def parse_goaway(content: bytes) -> tuple[int, int, str]:
    """Read GOAWAY: the last stream that was looked at, the code, and the text."""
    if len(content) < 2 * _NUMBER.size:
        raise ConnectionFault(ErrorCode.FRAME_SIZE_ERROR, f"a GOAWAY of {len(content)} bytes")
    (last,), (code,) = _NUMBER.unpack_from(content), _NUMBER.unpack_from(content, _NUMBER.size)
    words = content[2 * _NUMBER.size :][:_MAX_WORDS].decode("utf-8", "replace")
    return last & MAX_STREAM_ID, code, "".join(each if each.isprintable() else "?" for each in words)


def without_padding(flags: int, content: bytes) -> bytes:
    """Return the content of DATA or HEADERS without its padding."""
    if not flags & PADDED:
        return content
    if not content or content[0] >= len(content):
        raise ConnectionFault(ErrorCode.PROTOCOL_ERROR, "a frame with more padding than content")
    return content[1 : len(content) - content[0]]


def without_priority(stream_id: int, flags: int, content: bytes) -> bytes:
    """Return a header block without the priority before it, which nobody uses any more."""
    if not flags & HAS_PRIORITY:
        return content
    try:
        check_priority(stream_id, content[:5])
    except StreamFault as fault:  # the block after it must be decoded, or both ends' tables part
        raise ConnectionFault(fault.code, str(fault)) from fault
    return content[5:]


def check_priority(stream_id: int, priority: bytes) -> None:
    """Refuse a priority which is none."""
    if len(priority) != 5:
        raise StreamFault(stream_id, ErrorCode.FRAME_SIZE_ERROR, "a priority that is not of 5 bytes")
    if _NUMBER.unpack_from(priority)[0] & MAX_STREAM_ID == stream_id:
        raise StreamFault(stream_id, ErrorCode.PROTOCOL_ERROR, "a stream that depends on itself")
