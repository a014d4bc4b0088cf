"""Peers that mean harm, or know no better: bounded work, bounded memory, and never an exception."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.http2_client import Client
from tradelane.http2 import frames
from tradelane.http2.frames import ErrorCode, FrameReader, frame, number_frame, settings_frame

MANY = 10_000


def _rapid_reset(client: Client, number: int) -> None:
    client.request(2 * number + 1)
    client.say(number_frame(frames.RST_STREAM, 2 * number + 1, ErrorCode.CANCEL))


def _bad_requests(client: Client, number: int) -> None:
    client.request(2 * number + 1, te="gzip")


FLOODS: dict[str, Callable[[Client, int], None]] = {
    "ping": lambda client, _: client.say(frame(frames.PING, 0, 0, bytes(8))),
    "settings": lambda client, _: client.say(settings_frame({frames.INITIAL_WINDOW_SIZE: 1})),
    "acknowledgements": lambda client, _: client.say(frame(frames.SETTINGS, frames.ACK, 0)),
    "rapid reset": _rapid_reset,
    "requests that are none": _bad_requests,
    "priority": lambda client, _: client.say(frame(frames.PRIORITY, 0, 7, bytes(5))),
    "empty content": lambda client, _: client.data(1, b""),
    "window updates": lambda client, _: client.open_window(0, 1),
    "unknown frames": lambda client, _: client.say(frame(0xEE, 0, 0)),
    "content after the end": lambda client, _: client.data(3, b"x"),
    "goaway": lambda client, _: client.say(frame(frames.GOAWAY, 0, 0, bytes(8))),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_a_flood_that_brings_nothing_forward_ends_the_connection(flood: Callable[[Client, int], None]) -> None:
    client = Client(echo=True)
    client.request(1)
    client.request(3)
    client.say(number_frame(frames.RST_STREAM, 3, ErrorCode.CANCEL))
    for number in range(2, MANY):
        flood(client, number)
        if client.connection.closed is not None:
            break
    assert client.fault() is ErrorCode.ENHANCE_YOUR_CALM


def test_as_many_pings_and_window_updates_as_go_sends_are_no_flood() -> None:
    client = Client(echo=True)
    client.request(1)
    for _ in range(MANY):
        client.data(1, b"a message")
        client.say(frame(frames.PING, 0, 0, bytes(8)))
        client.open_window(0, 9)
        client.open_window(1, 9)
        client.heard()
    assert client.connection.closed is None


def test_time_restores_patience() -> None:
    client = Client()
    for _ in range(10):
        for _ in range(1000):
            client.say(frame(frames.PING, 0, 0, bytes(8)))
        client.connection.rest()
    assert client.connection.closed is None


@pytest.mark.parametrize("fragment", [b"", b"x" * frames.MAX_FRAME_BYTES])
def test_headers_without_an_end_end_the_connection(fragment: bytes) -> None:
    client = Client()
    client.say(frame(frames.HEADERS, 0, 1, fragment))
    for _ in range(100):
        client.say(frame(frames.CONTINUATION, 0, 1, fragment))
    assert client.fault() is ErrorCode.ENHANCE_YOUR_CALM


def test_headers_that_grow_when_decoded_end_the_connection() -> None:
    client = Client()
    block = client.block(bomb="x" * 3000)
    reference = client.block(bomb="x" * 3000)[-1:]  # one byte for it, from the table
    client.say(frame(frames.HEADERS, frames.END_HEADERS, 1, block))
    client.say(frame(frames.HEADERS, frames.END_HEADERS, 3, reference * 1000))
    assert client.fault() is ErrorCode.ENHANCE_YOUR_CALM


FRAME = st.one_of(
    st.builds(frame, st.integers(0, 12), st.integers(0, 255), st.integers(0, 9), st.binary(max_size=40)),
    st.builds(lambda number, content: frame(frames.DATA, 0, number, content), st.sampled_from([1, 3]), st.binary()),
    st.builds(number_frame, st.just(frames.WINDOW_UPDATE), st.integers(0, 5), st.integers(0, 2**32 - 1)),
    st.builds(
        settings_frame,
        st.dictionaries(st.integers(0, 8), st.integers(0, 2**32 - 1), max_size=4),
    ),
    st.just("request"),
)


@given(st.lists(FRAME, max_size=60), st.integers(1, 50))
@settings(max_examples=300)
def test_nothing_a_peer_says_raises_and_its_streams_end_with_it(said: list[bytes | str], cut: int) -> None:
    client = Client(echo=True)
    number = -1
    for each in said:
        if isinstance(each, str):
            number += 2
            client.request(number)
        else:
            for start in range(0, len(each), cut):
                client.say(each[start : start + cut])
        client.heard()
    client.connection.lost("cut")
    assert not client.connection.streams
    assert all(served.over for served in client.served if served.stream.ended_here)


@given(st.binary(max_size=500))
def test_nothing_that_is_said_first_raises(data: bytes) -> None:
    client = Client()
    client.say(data)
    client.connection.output()


@given(st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=100))), st.integers(1, 64))
def test_frames_are_read_alike_however_they_are_cut(said: list[tuple[int, int, bytes]], cut: int) -> None:
    data = b"".join(frame(kind, flags, 1, content) for kind, flags, content in said)
    reader = FrameReader()
    found = [each for start in range(0, len(data), cut) for each in reader.feed(data[start : start + cut])]
    assert found == [(kind, flags, 1, content) for kind, flags, content in said]
