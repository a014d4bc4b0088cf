"""Servers that mean harm, or know no better: bounded work and memory, every call told its end, never an exception."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.http2_server import ANSWER, WELL, Server
from tradelane.http2 import frames
from tradelane.http2.client.connection import Connection
from tradelane.http2.frames import ErrorCode, frame, number_frame, settings_frame

MANY = 10_000

FLOODS: dict[str, Callable[[Server], None]] = {
    "ping": lambda server: server.say(frame(frames.PING, 0, 0, bytes(8))),
    "settings": lambda server: server.say(settings_frame({frames.INITIAL_WINDOW_SIZE: 1})),
    "priority": lambda server: server.say(frame(frames.PRIORITY, 0, 7, bytes(5))),
    "empty content": lambda server: server.data(1, b""),
    "window updates": lambda server: server.open_window(0, 1),
    "unknown frames": lambda server: server.say(frame(0xEE, 0, 0)),
    "content after the end": lambda server: server.data(3, b"x"),
    "headers after the end": lambda server: server.headers(3),
    "interim answers": lambda server: server.headers(5, {":status": "103"}),
    "goaway": lambda server: server.go_away(99),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_a_flood_that_brings_nothing_forward_ends_the_connection(flood: Callable[[Server], None]) -> None:
    server = Server()
    calls = [server.call() for _ in range(3)]
    server.headers(1)
    server.answer(3)
    for _ in range(MANY):
        flood(server)
        if server.connection.closed is not None:
            break
    assert server.fault() is ErrorCode.ENHANCE_YOUR_CALM
    assert all(each.over for each in calls)


def test_as_many_pings_and_window_updates_as_go_sends_are_no_flood() -> None:
    server = Server()
    for number in range(MANY):
        server.call()
        server.say(frame(frames.PING, 0, 0, bytes(8)))
        server.open_window(0, 7)
        server.open_window(2 * number + 1, 7)
        server.answer(2 * number + 1)
        server.heard()
    assert server.connection.closed is None


def test_as_many_refusals_as_there_are_requests_are_no_flood() -> None:
    server = Server()
    for number in range(MANY):
        server.call()
        server.reset(2 * number + 1, ErrorCode.REFUSED_STREAM)
        server.open_window(0, 7)
        server.heard()
    assert server.connection.closed is None


def test_answers_that_cross_as_many_cancellations_are_no_flood() -> None:
    server = Server()
    calls = [server.call() for _ in range(3000)]
    server.heard()
    for each in calls:
        assert each.stream is not None
        each.stream.cancel()
    for number in range(len(calls)):
        server.answer(2 * number + 1)
    assert server.connection.closed is None
    assert not any(each.over or each.headers for each in calls)


def test_more_than_an_answer_on_a_cancelled_stream_is_one() -> None:
    server = Server()
    call = server.call()
    assert call.stream is not None
    call.stream.cancel()
    for _ in range(MANY):
        server.data(1, b"x")
    assert server.fault() is ErrorCode.ENHANCE_YOUR_CALM


STREAM_IDS = st.sampled_from([0, 1, 2, 3, 5, 7, 9, 2**31 - 1])
FRAMES = st.builds(
    frame, st.integers(0, 11), st.integers(0, 255), STREAM_IDS, st.one_of(st.binary(max_size=40), st.just(bytes(4)))
)
SENSIBLE = st.one_of(
    st.builds(lambda number, last: (number, "headers", last), STREAM_IDS, st.booleans()),
    st.builds(lambda number, last: (number, "data", last), STREAM_IDS, st.booleans()),
    st.builds(lambda number, last: (number, "trailers", last), STREAM_IDS, st.booleans()),
)
OTHERS = st.one_of(
    st.builds(number_frame, st.sampled_from([frames.RST_STREAM, frames.WINDOW_UPDATE]), STREAM_IDS, st.integers(0, 99)),
    st.builds(settings_frame, st.dictionaries(st.integers(0, 8), st.integers(0, 2**32 - 1), max_size=3)),
    st.builds(lambda last: frames.goaway_frame(last, ErrorCode.NO_ERROR), st.integers(0, 9)),
    FRAMES,
    st.binary(max_size=60),
)


def bytes_of(server: Server, sayings: list[bytes | tuple[int, str, bool]]) -> bytes:
    said = b""
    for each in sayings:
        if isinstance(each, bytes):
            said += each
            continue
        number, kind, last = each
        end = frames.END_STREAM if last else 0
        if kind == "data":
            said += frame(frames.DATA, end, number, b"\0\0\0\0\1x")
        else:
            block = server.block(ANSWER if kind == "headers" else WELL)
            said += frame(frames.HEADERS, end | frames.END_HEADERS, number, block)
    return said


@settings(max_examples=400)
@given(
    st.lists(st.one_of(OTHERS, SENSIBLE), max_size=25),
    st.lists(st.integers(1, 70), max_size=20),
    st.sampled_from([{}, {frames.MAX_CONCURRENT_STREAMS: 2}, {frames.INITIAL_WINDOW_SIZE: 3}]),
)
def test_whatever_a_server_says_however_it_is_cut_nothing_raises_and_every_call_ends(
    sayings: list[bytes | tuple[int, str, bool]], cuts: list[int], ours: dict[int, int]
) -> None:
    server = Server(ours)
    calls = [server.call() for _ in range(4)]
    said = bytes_of(server, sayings)
    for number, cut in enumerate([*cuts, len(said)]):
        server.say(said[:cut])
        said = said[cut:]
        server.heard()
        if number % 3 == 2:
            calls.append(server.call())
            if (stream := calls[number % len(calls)].stream) is not None:
                stream.cancel()
                calls = [each for each in calls if each.stream is not stream]
    server.connection.lost("the end")
    assert all(each.over for each in calls)
    assert server.connection.idle


@settings(max_examples=300)
@given(st.binary(max_size=200), st.booleans())
def test_whatever_a_connection_begins_with_nothing_raises(data: bytes, http_1: bool) -> None:
    connection = Connection(lambda: None)
    connection.receive(b"HTTP/1.1 400 Bad Request\r\n" + data if http_1 else data)
    while connection.output():
        pass
    if http_1:
        assert connection.closed is not None
