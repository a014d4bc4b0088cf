"""HTTP/2 as a server: what a frame does, and what ends a stream or the connection (RFC 9113).

That it is HTTP/2 at all is h2spec's to say (`rpc/test_h2spec.py`); here is what the shim relies on.
"""

from collections.abc import Callable

import pytest

from tests.support.http2_client import Client
from tradelane.http2 import frames
from tradelane.http2.frames import ErrorCode, frame, number_frame, settings_frame
from tradelane.http2.server.connection import MAX_STREAMS


def test_a_request_is_accepted_its_content_handed_on_and_its_end_told() -> None:
    client = Client()
    client.request(1, grpc_encoding="identity")
    client.data(1, b"one")
    client.data(1, b"two", last=True)
    (served,) = client.served
    assert served.stream.headers[b":path"] == b"/protos.Chaincode/Connect"
    assert served.stream.headers[b"grpc-encoding"] == b"identity"
    assert (bytes(served.content), served.over) == (b"onetwo", "ended")


def test_a_response_is_headers_content_and_trailers() -> None:
    client = Client()
    client.request(1, last=True)
    stream = client.served[0].stream
    stream.respond([(":status", "200")])
    stream.send(b"content")
    stream.end([("grpc-status", "0")])
    headers, content, trailers = client.heard()
    assert (headers.kind, headers.flags) == (frames.HEADERS, frames.END_HEADERS)
    assert (content.kind, content.content) == (frames.DATA, b"content")
    assert (trailers.kind, trailers.flags) == (frames.HEADERS, frames.END_HEADERS | frames.END_STREAM)
    assert not client.connection.streams


def test_a_stream_that_is_over_here_first_asks_the_peer_to_say_no_more() -> None:
    client = Client()
    client.request(1)
    client.served[0].stream.end([("grpc-status", "0")])
    assert client.reset_code(1) is ErrorCode.NO_ERROR
    client.data(1, b"on its way already")
    assert client.heard() == []
    assert client.connection.closed is None


def test_one_write_wakes_once_until_it_is_taken() -> None:
    client = Client(echo=True)
    client.request(1)
    client.heard()
    woken = client.woken
    for _ in range(5):
        client.data(1, b"x")
    assert client.woken == woken + 1
    assert client.content() == b"xxxxx"


def test_padding_and_priority_are_left_out() -> None:
    client = Client()
    block = client.block()
    flags = frames.END_HEADERS | frames.PADDED | frames.HAS_PRIORITY
    client.say(frame(frames.HEADERS, flags, 1, b"\x02" + bytes(5) + block + b"\0\0"))
    client.say(frame(frames.DATA, frames.PADDED, 1, b"\x03content\0\0\0"))
    assert client.served[0].content == b"content"


def test_headers_may_come_in_fragments() -> None:
    client = Client()
    block = client.block()
    client.say(frame(frames.HEADERS, 0, 1, block[:5]))
    client.say(frame(frames.CONTINUATION, 0, 1, block[5:9]))
    assert not client.served
    client.say(frame(frames.CONTINUATION, frames.END_HEADERS, 1, block[9:]))
    assert client.served


def test_frames_of_unknown_types_and_unknown_settings_are_ignored() -> None:
    client = Client(settings={0xFF: 7})
    client.say(frame(0xBE, 0xFF, 3, b"whatever"))
    client.request(1)
    assert client.served


def test_a_ping_is_answered() -> None:
    client = Client()
    client.say(frame(frames.PING, 0, 0, b"12345678"))
    (answer,) = client.heard()
    assert (answer.kind, answer.flags, answer.content) == (frames.PING, frames.ACK, b"12345678")


def test_a_stream_the_peer_breaks_off_is_lost_and_nothing_more_is_sent_on_it() -> None:
    client = Client()
    client.request(1)
    client.say(number_frame(frames.RST_STREAM, 1, ErrorCode.CANCEL))
    served = client.served[0]
    assert served.over == "the peer broke the stream off with code 8"
    served.stream.send(b"too late")
    served.stream.end([("grpc-status", "0")])
    served.stream.reset(ErrorCode.CANCEL)
    assert client.heard() == []


def test_going_away_lets_streams_finish_and_refuses_new_ones() -> None:
    client = Client(echo=True)
    client.request(1)
    client.heard()
    client.connection.go_away("stopping")
    client.connection.go_away("once is enough")
    (goaway,) = client.heard()
    assert (goaway.kind, goaway.content) == (frames.GOAWAY, b"\0\0\0\x01\0\0\0\0stopping")
    client.request(3)
    assert client.reset_code(3) is ErrorCode.REFUSED_STREAM
    client.data(1, b"still here")
    assert client.content() == b"still here"


def test_a_lost_connection_is_told_to_every_stream() -> None:
    client = Client()
    client.request(1)
    client.request(3)
    client.connection.lost("cut")
    assert [each.over for each in client.served] == ["cut", "cut"]
    assert not client.connection.streams


def _headers(flags: int, stream_id: int) -> Callable[[Client], None]:
    return lambda client: client.say(frame(frames.HEADERS, flags, stream_id, client.block()))


def _bytes(data: bytes) -> Callable[[Client], None]:
    return lambda client: client.say(data)


def _lower(client: Client) -> None:
    client.request(5)
    client.request(3)


def _again(client: Client) -> None:
    client.request(3, last=True)
    client.served[1].stream.end([])
    client.heard()
    client.request(3)


ENDS_CONNECTION: dict[str, tuple[Callable[[Client], None], ErrorCode]] = {
    "a frame too large": (
        _bytes((frames.MAX_FRAME_BYTES + 1).to_bytes(3) + bytes(6)),
        ErrorCode.FRAME_SIZE_ERROR,
    ),
    "content on no stream": (_bytes(frame(frames.DATA, 0, 0, b"x")), ErrorCode.PROTOCOL_ERROR),
    "content on a stream not opened": (_bytes(frame(frames.DATA, 0, 3, b"x")), ErrorCode.PROTOCOL_ERROR),
    "a stream of the server's": (_headers(frames.END_HEADERS, 2), ErrorCode.PROTOCOL_ERROR),
    "a number below one that was used": (_lower, ErrorCode.PROTOCOL_ERROR),
    "headers after the end": (_again, ErrorCode.STREAM_CLOSED),
    "headers on no stream": (_headers(frames.END_HEADERS, 0), ErrorCode.PROTOCOL_ERROR),
    "settings on a stream": (_bytes(frame(frames.SETTINGS, 0, 1)), ErrorCode.PROTOCOL_ERROR),
    "half a setting": (_bytes(frame(frames.SETTINGS, 0, 0, b"12345")), ErrorCode.FRAME_SIZE_ERROR),
    "an acknowledgement with content": (
        _bytes(frame(frames.SETTINGS, frames.ACK, 0, bytes(6))),
        ErrorCode.FRAME_SIZE_ERROR,
    ),
    "push that is no flag": (_bytes(settings_frame({frames.ENABLE_PUSH: 2})), ErrorCode.PROTOCOL_ERROR),
    "a window too large": (
        _bytes(settings_frame({frames.INITIAL_WINDOW_SIZE: 1 << 31})),
        ErrorCode.FLOW_CONTROL_ERROR,
    ),
    "frames too small": (_bytes(settings_frame({frames.MAX_FRAME_SIZE: 100})), ErrorCode.PROTOCOL_ERROR),
    "a promise": (_bytes(frame(frames.PUSH_PROMISE, 0, 1, bytes(8))), ErrorCode.PROTOCOL_ERROR),
    "a short ping": (_bytes(frame(frames.PING, 0, 0, b"short")), ErrorCode.FRAME_SIZE_ERROR),
    "a window update of nothing": (_bytes(number_frame(frames.WINDOW_UPDATE, 0, 0)), ErrorCode.PROTOCOL_ERROR),
    "a window beyond count": (
        _bytes(number_frame(frames.WINDOW_UPDATE, 0, frames.MAX_WINDOW)),
        ErrorCode.FLOW_CONTROL_ERROR,
    ),
    "a window of a stream not opened": (_bytes(number_frame(frames.WINDOW_UPDATE, 5, 1)), ErrorCode.PROTOCOL_ERROR),
    "a reset of a stream not opened": (_bytes(number_frame(frames.RST_STREAM, 5, 8)), ErrorCode.PROTOCOL_ERROR),
    "a continuation of nothing": (_bytes(frame(frames.CONTINUATION, 0, 1)), ErrorCode.PROTOCOL_ERROR),
    "a frame amid headers": (
        _bytes(frame(frames.HEADERS, 0, 3) + frame(frames.PING, 0, 0, bytes(8))),
        ErrorCode.PROTOCOL_ERROR,
    ),
    "garbled compression": (
        _bytes(frame(frames.HEADERS, frames.END_HEADERS, 3, b"\xff\xff\xff\xff")),
        ErrorCode.COMPRESSION_ERROR,
    ),
    "more padding than content": (_bytes(frame(frames.HEADERS, frames.PADDED, 3, b"\x09x")), ErrorCode.PROTOCOL_ERROR),
}


@pytest.mark.parametrize(("offend", "code"), ENDS_CONNECTION.values(), ids=ENDS_CONNECTION)
def test_what_ends_the_connection_is_told_to_the_peer_and_to_every_stream(
    offend: Callable[[Client], None], code: ErrorCode
) -> None:
    client = Client()
    client.request(1)
    offend(client)
    assert client.fault() is code
    assert client.served[0].over.startswith("the peer broke HTTP/2")
    served = len(client.served)
    client.request(201)
    assert len(client.served) == served
    assert client.heard() == []


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00", frames.PREFACE[:5] + b"x"])
def test_what_is_no_http_2_is_refused_at_once(first: bytes) -> None:
    client = Client()
    other = type(client.connection)(client._accept, client._wake)
    other.receive(first)
    assert other.closed is not None
    assert not other.greeted


def test_the_first_frame_must_be_settings() -> None:
    client = Client()
    other = type(client.connection)(client._accept, client._wake)
    other.receive(frames.PREFACE + frame(frames.PING, 0, 0, bytes(8)))
    assert other.closed is not None
    assert other.closed.code is ErrorCode.PROTOCOL_ERROR


BAD_REQUESTS: dict[str, dict[str, str]] = {
    "no path": {":path": ""},
    "a response's": {":status": "200"},
    "uppercase": {"Content-Type": "application/grpc"},
    "of HTTP/1": {"connection": "keep-alive"},
    "te": {"te": "gzip"},
    "a line's end": {"x": "a\r\nb"},
    "no number": {"content-length": "-1"},
}


@pytest.mark.parametrize("headers", BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_malformed_request_ends_its_stream_alone(headers: dict[str, str]) -> None:
    client = Client()
    client.say(frame(frames.HEADERS, frames.END_HEADERS, 1, client.block(**headers)))
    assert client.reset_code(1) is ErrorCode.PROTOCOL_ERROR
    client.request(3)
    assert len(client.served) == 1


@pytest.mark.parametrize("content", [b"1", b"123"])
def test_content_of_another_length_than_announced_ends_its_stream(content: bytes) -> None:
    client = Client()
    client.request(1, content_length="2")
    client.data(1, content, last=True)
    assert client.reset_code(1) is ErrorCode.PROTOCOL_ERROR


def test_one_stream_too_many_is_refused_and_the_rest_go_on() -> None:
    client = Client(echo=True)
    for number in range(MAX_STREAMS + 1):
        client.request(2 * number + 1)
    assert client.reset_code(2 * MAX_STREAMS + 1) is ErrorCode.REFUSED_STREAM
    client.data(1, b"x")
    assert client.content() == b"x"
