"""Flow control as a client: a reader that does not read holds the peer back on its own stream, and on no other."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.http2_server import Server
from tradelane.http2 import frames
from tradelane.http2.client.connection import CONNECTION_WINDOW_BYTES
from tradelane.http2.client.stream import WINDOW_BYTES
from tradelane.http2.frames import ErrorCode, frame

CHUNK = b"x" * frames.MAX_FRAME_BYTES
FIRST_WINDOW = 65_535


def updates(server: Server) -> dict[int, int]:
    found: dict[int, int] = {}
    for each in server.heard():
        if each.kind == frames.WINDOW_UPDATE:
            found[each.stream_id] = found.get(each.stream_id, 0) + int.from_bytes(each.content)
    return found


def test_who_reads_gets_more_than_all_windows_hold() -> None:
    server = Server()
    call = server.call()
    server.heard()
    server.headers(1)
    room = {0: CONNECTION_WINDOW_BYTES, 1: WINDOW_BYTES}
    for _ in range(2 * CONNECTION_WINDOW_BYTES // len(CHUNK)):
        room = {number: left - len(CHUNK) for number, left in room.items()}
        assert min(room.values()) >= 0
        server.data(1, CHUNK)
        for number, more in updates(server).items():
            room[number] += more
    assert len(call.content) == 2 * CONNECTION_WINDOW_BYTES


def test_who_does_not_read_shuts_its_own_stream_and_no_other() -> None:
    server = Server()
    slow, other = server.call(slow=True), server.call()
    server.heard()
    server.headers(1)
    for _ in range(WINDOW_BYTES // len(CHUNK)):
        server.data(1, CHUNK)
    assert set(updates(server)) <= {0}  # the connection's is open for others
    server.answer(3)
    assert other.trailers is not None
    server.data(1, b"x")
    assert server.reset_code(1) is ErrorCode.FLOW_CONTROL_ERROR
    assert slow.loss is not None


def test_padding_counts_and_is_read_at_once() -> None:
    server = Server()
    server.call()
    server.heard()
    server.headers(1)
    padded = bytes([255]) + b"x" + bytes(255)
    given = 0
    for _ in range(2 * WINDOW_BYTES // len(padded)):
        server.say(frame(frames.DATA, frames.PADDED, 1, padded))
        given += updates(server).get(1, 0)
    assert given >= WINDOW_BYTES
    assert server.connection.closed is None


@given(st.lists(st.binary(min_size=1, max_size=40_000), max_size=8), st.lists(st.integers(1, 30_000), max_size=12))
def test_requests_come_whole_and_never_beyond_the_windows(contents: list[bytes], grants: list[int]) -> None:
    server = Server({frames.INITIAL_WINDOW_SIZE: 100})
    for content in contents:
        server.call(content)
    received = {2 * number + 1: b"" for number in range(len(contents))}
    ended: set[int] = set()
    window, connection = 100, FIRST_WINDOW

    def listen() -> None:
        for each in server.heard():
            if each.kind == frames.DATA:
                assert each.stream_id not in ended
                received[each.stream_id] += each.content
                if each.flags & frames.END_STREAM:
                    ended.add(each.stream_id)
        assert all(len(each) <= window for each in received.values())
        assert sum(map(len, received.values())) <= connection

    for grant in [*grants, 1 << 20]:
        listen()
        window += grant
        connection += grant
        for number in received:
            server.open_window(number, grant)
        server.open_window(0, grant)
    listen()
    assert list(received.values()) == contents
    assert ended == set(received)
