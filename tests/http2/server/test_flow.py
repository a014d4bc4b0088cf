"""Flow control in both directions: neither side sends what the other has not said it takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.http2_client import Client
from tradelane.http2 import frames
from tradelane.http2.credit import Credit
from tradelane.http2.frames import ErrorCode, settings_frame
from tradelane.http2.server.connection import CONNECTION_WINDOW_BYTES
from tradelane.http2.server.stream import WINDOW_BYTES

CHUNK = b"x" * frames.MAX_FRAME_BYTES
FIRST_WINDOW = 65_535


def test_content_waits_for_the_peers_window() -> None:
    client = Client(settings={frames.INITIAL_WINDOW_SIZE: 10})
    client.request(1)
    stream = client.served[0].stream
    stream.send(b"0123456789abc")
    stream.end([("grpc-status", "0")])
    assert client.content() == b"0123456789"
    client.open_window(1, 2)
    assert client.content() == b"ab"
    client.open_window(1, 100)
    content, trailers, _ = client.heard()
    assert (content.content, trailers.kind) == (b"c", frames.HEADERS)


def test_a_window_made_smaller_may_fall_below_zero() -> None:
    client = Client(settings={frames.INITIAL_WINDOW_SIZE: 10})
    client.request(1)
    stream = client.served[0].stream
    stream.send(b"0123456789abc")
    client.heard()
    client.say(settings_frame({frames.INITIAL_WINDOW_SIZE: 0}))
    client.open_window(1, 10)
    assert client.content() == b""
    client.open_window(1, 1)
    assert client.content() == b"a"


def test_the_connections_window_is_shared_fairly() -> None:
    client = Client(settings={frames.INITIAL_WINDOW_SIZE: 1 << 20})
    for number in (1, 3):
        client.request(number)
    for served in client.served:
        served.stream.send(b"x" * 100_000)
    sent = client.heard()
    share = {number: sum(len(each.content) for each in sent if each.stream_id == number) for number in (1, 3)}
    assert sum(share.values()) == FIRST_WINDOW
    assert min(share.values()) >= frames.MAX_FRAME_BYTES


def test_nothing_is_sent_while_the_network_takes_nothing() -> None:
    client = Client(echo=True)
    client.request(1)
    client.heard()
    client.connection.writable(now=False)
    client.data(1, b"content")
    assert client.content() == b""
    client.connection.writable(now=True)
    assert client.content() == b"content"


def test_what_is_read_may_be_sent_again() -> None:
    client = Client()
    client.request(1)
    room = {0: CONNECTION_WINDOW_BYTES, 1: WINDOW_BYTES}
    chunks = 2 * CONNECTION_WINDOW_BYTES // len(CHUNK)
    for _ in range(chunks):
        assert min(room.values()) >= len(CHUNK), "the server shut the window though everything was read"
        client.data(1, CHUNK)
        for number in room:
            room[number] -= len(CHUNK)
        for each in client.heard():
            assert each.kind == frames.WINDOW_UPDATE
            room[each.stream_id] += int.from_bytes(each.content)
    assert len(client.served[0].content) == chunks * len(CHUNK)


def test_more_than_the_streams_window_ends_the_stream() -> None:
    client = Client(echo=True, settings={frames.INITIAL_WINDOW_SIZE: 0})
    client.request(1)
    stream = client.served[0].stream
    stream.send(b"x" * 17_000_000)  # so much waits for the peer that it is not listened to
    assert stream.clogged
    for _ in range(WINDOW_BYTES // len(CHUNK)):
        client.data(1, CHUNK)
    assert client.connection.closed is None
    client.heard()
    client.data(1, b"x")
    assert client.reset_code(1) is ErrorCode.FLOW_CONTROL_ERROR
    assert client.served[0].over


def test_a_peer_that_takes_nothing_is_not_listened_to_until_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradelane.http2.server.stream.MAX_UNSENT", 3)
    client = Client(echo=True, settings={frames.INITIAL_WINDOW_SIZE: 0})
    client.request(1)
    for number in range(10, 30):
        client.data(1, b"%d" % number)
    client.data(1, b"", last=True)
    served = client.served[0]
    assert served.content == b"10111213"
    assert served.over == ""
    assert client.content() == b""
    client.open_window(1, 1000)
    expected = b"".join(b"%d" % number for number in range(10, 30))
    assert client.content() == expected
    assert (bytes(served.content), served.over) == (expected, "ended")


def test_waiting_for_the_peer_to_take_everything() -> None:
    client = Client(settings={frames.INITIAL_WINDOW_SIZE: 1})
    client.request(1)
    stream = client.served[0].stream
    flushed: list[str] = []
    stream.when_flushed(lambda: flushed.append("nothing to wait for"))
    stream.send(b"12")
    stream.when_flushed(lambda: flushed.append("taken"))
    client.heard()
    assert flushed == ["nothing to wait for"]
    client.open_window(1, 1)
    client.heard()
    assert flushed == ["nothing to wait for", "taken"]
    stream.send(b"3")
    stream.when_flushed(lambda: flushed.append("lost"))
    client.connection.lost("cut")
    assert flushed[-1] == "lost"


@given(st.lists(st.binary(max_size=40_000), max_size=8), st.lists(st.integers(1, 30_000), max_size=12))
def test_content_comes_whole_in_order_and_never_beyond_the_windows(contents: list[bytes], grants: list[int]) -> None:
    client = Client(settings={frames.INITIAL_WINDOW_SIZE: 100})
    client.request(1)
    stream = client.served[0].stream
    for content in contents:
        stream.send(content)
    granted, connection, received = 100, FIRST_WINDOW, b""
    for grant in [*grants, 1 << 20]:
        received += client.content()
        assert len(received) <= min(granted, connection)
        granted += grant
        connection += grant
        client.open_window(1, grant)
        client.open_window(0, grant)
    received += client.content()
    assert received == b"".join(contents)


@given(st.integers(2, 1000), st.lists(st.floats(0, 1), max_size=50))
def test_credit_is_what_was_given_less_what_came(size: int, shares: list[float]) -> None:
    credit, allowed = Credit(size), size
    for share in shares:
        part = int(share * allowed)
        assert credit.take(part)
        allowed += credit.give_back(part) - part
        assert size // 2 <= allowed <= size
    assert not credit.take(allowed + 1)
