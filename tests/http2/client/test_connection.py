"""HTTP/2 as a client: requests within what the peer allows, answers, and what ends a stream or the connection."""

from collections.abc import Callable

import pytest

from tests.support.http2_server import ANSWER, HEAD, WELL, Server
from tradelane.http2 import frames
from tradelane.http2.client.requests import field
from tradelane.http2.frames import MAX_STREAM_ID, ErrorCode, FrameReader, frame, settings_frame


def test_a_connection_begins_with_the_preface_and_says_that_nothing_is_to_be_pushed() -> None:
    assert Server().greeting.startswith(frames.PREFACE)
    settings, window = FrameReader().feed(Server().greeting[len(frames.PREFACE) :])
    assert dict(frames.parse_settings(settings[3]))[frames.ENABLE_PUSH] == 0
    assert window[0] == frames.WINDOW_UPDATE


def test_a_request_is_its_headers_and_its_content_which_ends_it() -> None:
    server = Server()
    server.call(b"one")
    server.call(b"two")
    head, content, *second = server.heard()
    assert (head.kind, head.flags, head.stream_id) == (frames.HEADERS, frames.END_HEADERS, 1)
    assert server.fields(head.content)[0] == (":method", "POST")
    assert (content.kind, content.flags, content.content) == (frames.DATA, frames.END_STREAM, b"one")
    assert [each.stream_id for each in second] == [3, 3]


def test_an_answer_is_headers_content_and_trailers() -> None:
    server = Server()
    call = server.call()
    server.heard()
    server.answer(1)
    assert call.headers == {b":status": b"200", b"content-type": b"application/grpc"}
    assert (bytes(call.content), call.trailers, call.loss) == (b"answer", {b"grpc-status": b"0"}, None)
    assert server.connection.idle
    assert server.heard() == []


def test_an_answer_may_be_its_trailers_only_or_end_with_its_content() -> None:
    server = Server()
    first, second = server.call(), server.call()
    server.headers(1, {**ANSWER, "grpc-status": "5"}, last=True)
    assert (first.headers, first.trailers) == (
        None,
        {b":status": b"200", b"content-type": b"application/grpc", b"grpc-status": b"5"},
    )
    server.headers(3)
    server.data(3, b"all", last=True)
    assert (bytes(second.content), second.trailers) == (b"all", {})


def test_an_interim_answer_is_passed_over() -> None:
    server = Server()
    call = server.call()
    server.headers(1, {":status": "103"})
    assert call.headers is None
    server.answer(1)
    assert call.trailers is not None


def test_a_peer_that_has_answered_is_not_sent_the_rest() -> None:
    server = Server({frames.INITIAL_WINDOW_SIZE: 10})
    call = server.call(b"0123456789abc")
    server.heard()
    server.headers(1, {**ANSWER, "grpc-status": "8"}, last=True)
    assert call.trailers is not None
    assert server.reset_code(1) is ErrorCode.NO_ERROR
    server.open_window(1, 100)
    assert server.heard() == []


def test_streams_beyond_what_the_peer_allows_wait_their_turn() -> None:
    server = Server({frames.MAX_CONCURRENT_STREAMS: 2})
    calls = [server.call() for _ in range(5)]
    assert sorted({each.stream_id for each in server.heard()}) == [1, 3]
    assert server.connection.waiting == 3
    server.answer(1)
    assert {each.stream_id for each in server.heard()} == {5}
    server.say(settings_frame({frames.MAX_CONCURRENT_STREAMS: 10}))
    assert {each.stream_id for each in server.heard()} == {0, 7, 9}
    for number in (3, 5, 7, 9):
        server.answer(number)
    assert all(each.trailers for each in calls)


def test_one_that_waits_and_is_cancelled_is_never_sent() -> None:
    server = Server({frames.MAX_CONCURRENT_STREAMS: 1})
    first, second, third = (server.call(name) for name in (b"first", b"second", b"third"))
    assert second.stream is not None
    second.stream.cancel()
    server.answer(1)
    said = server.heard()
    assert [each.content for each in said if each.kind == frames.DATA] == [b"first", b"third"]
    assert (first.over, second.over, third.over) == (True, False, False)


def test_a_cancelled_stream_is_reset_and_hears_nothing_more() -> None:
    server = Server()
    call = server.call()
    server.heard()
    assert call.stream is not None
    call.stream.cancel()
    call.stream.cancel()
    assert server.reset_code(1) is ErrorCode.CANCEL
    server.answer(1)  # it was on its way
    assert (call.headers, call.over, server.connection.closed) == (None, False, None)


@pytest.mark.parametrize(
    ("code", "unprocessed"),
    [(ErrorCode.REFUSED_STREAM, True), (ErrorCode.CANCEL, False), (ErrorCode.INTERNAL_ERROR, False), (0xABC, False)],
)
def test_a_reset_tells_whether_the_request_was_looked_at(code: int, unprocessed: bool) -> None:
    server = Server()
    call = server.call()
    server.reset(1, code)
    assert call.loss is not None
    assert (call.loss.code, call.loss.unprocessed) == (code, unprocessed)
    assert call.loss.reason == f"Received RST_STREAM with error code {int(code)}"


def test_a_peer_that_goes_away_finishes_what_it_has_begun_and_has_not_looked_at_the_rest() -> None:
    server = Server({frames.MAX_CONCURRENT_STREAMS: 3})
    begun, late, later, queued = (server.call() for _ in range(4))
    server.go_away(1, "bye\x00")
    for each in (late, later, queued):
        assert each.loss is not None
        assert (each.loss.unprocessed, each.loss.code) == (True, None)
        assert "bye?" in each.loss.reason
    assert server.connection.going
    assert not server.connection.idle
    after = server.call()
    assert after.loss is not None
    assert after.loss.unprocessed
    server.answer(1)
    assert begun.trailers is not None
    assert server.connection.idle


def test_of_a_lost_connection_only_what_waited_was_not_looked_at() -> None:
    server = Server({frames.MAX_CONCURRENT_STREAMS: 1})
    sent, queued = server.call(), server.call()
    server.connection.lost("cut")
    assert sent.loss is not None
    assert queued.loss is not None
    assert (sent.loss.unprocessed, queued.loss.unprocessed) == (False, True)
    assert sent.loss.reason == queued.loss.reason == "cut"


def test_when_the_numbers_of_streams_are_used_up_no_more_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server()
    monkeypatch.setattr(server.connection, "_last_id", MAX_STREAM_ID - 4)
    going = []
    for _ in range(2):
        last = server.call()
        going.append(server.connection.going)
    assert going == [False, True]
    assert {each.stream_id for each in server.heard()} == {MAX_STREAM_ID - 2, MAX_STREAM_ID}
    server.answer(MAX_STREAM_ID)
    assert last.trailers is not None


def test_a_long_head_goes_on_in_further_frames() -> None:
    server = Server()
    head = HEAD + field("x", "v" * 40_000)
    recorder = server.call()
    server.heard()
    server.connection.open(head, b"x", recorder)
    said = server.heard()
    assert [each.kind for each in said] == [frames.HEADERS, *[frames.CONTINUATION] * 2, frames.DATA]
    block = b"".join(each.content for each in said[:3])
    assert server.fields(block)[-1] == ("x", "v" * 40_000)


FAULTS: dict[str, tuple[Callable[[Server], None], ErrorCode]] = {
    "a push": (lambda server: server.say(frame(frames.PUSH_PROMISE, 4, 1, bytes(4))), ErrorCode.PROTOCOL_ERROR),
    "push switched on": (lambda server: server.say(settings_frame({frames.ENABLE_PUSH: 1})), ErrorCode.PROTOCOL_ERROR),
    "content of nobody": (lambda server: server.data(7, b"x"), ErrorCode.PROTOCOL_ERROR),
    "headers of nobody": (lambda server: server.headers(7), ErrorCode.PROTOCOL_ERROR),
    "a reset of nobody": (lambda server: server.reset(7, 0), ErrorCode.PROTOCOL_ERROR),
    "half a GOAWAY": (lambda server: server.say(frame(frames.GOAWAY, 0, 0, bytes(7))), ErrorCode.FRAME_SIZE_ERROR),
    "a block that is none": (
        lambda server: server.say(frame(frames.HEADERS, frames.END_HEADERS, 1, b"\xff\xff\xff\xff\x0f")),
        ErrorCode.COMPRESSION_ERROR,
    ),
    "headers without end": (
        lambda server: server.say(
            frame(frames.HEADERS, 0, 1) + 40 * frame(frames.CONTINUATION, 0, 1, bytes(frames.MAX_FRAME_BYTES))
        ),
        ErrorCode.ENHANCE_YOUR_CALM,
    ),
    "too large a list": (
        lambda server: server.say(
            frame(frames.HEADERS, frames.END_HEADERS, 1, b"\x40\x01a\x7f\xa1\x1e" + b"v" * 4000 + b"\xbe" * 10_000)
        ),
        ErrorCode.ENHANCE_YOUR_CALM,
    ),
    "too large a frame": (
        lambda server: server.say(b"\xff\xff\xff" + bytes([frames.DATA, 0, 0, 0, 0, 1])),
        ErrorCode.FRAME_SIZE_ERROR,
    ),
}


@pytest.mark.parametrize(("say", "code"), FAULTS.values(), ids=FAULTS)
def test_a_fault_of_the_peers_ends_the_connection_and_its_calls(say: Callable[[Server], None], code: ErrorCode) -> None:
    server = Server()
    calls = [server.call(), server.call()]
    server.heard()
    say(server)
    assert server.fault() is code
    assert all(each.loss is not None for each in calls)
    assert server.call().loss is not None


def _headers_twice(server: Server) -> None:
    server.headers(1)
    server.headers(1, WELL)


STREAM_FAULTS: dict[str, Callable[[Server], None]] = {
    "content before headers": lambda server: server.data(1, b"x"),
    "headers without a status": lambda server: server.headers(1, {"content-type": "application/grpc"}),
    "a status that is none": lambda server: server.headers(1, {":status": "fine"}),
    "an unknown pseudo-header": lambda server: server.headers(1, {":status": "200", ":path": "/"}),
    "a name in capitals": lambda server: server.headers(1, {":status": "200", "Name": "x"}),
    "headers amid the content": _headers_twice,
    "a window that grows by nothing": lambda server: server.open_window(1, 0),
    "a window beyond counting": lambda server: server.open_window(1, frames.MAX_WINDOW),
}


@pytest.mark.parametrize("say", STREAM_FAULTS.values(), ids=STREAM_FAULTS)
def test_a_fault_on_one_stream_leaves_the_others_alone(say: Callable[[Server], None]) -> None:
    server = Server()
    call, other = server.call(), server.call()
    server.heard()
    say(server)
    assert server.reset_code(1) in {ErrorCode.PROTOCOL_ERROR, ErrorCode.FLOW_CONTROL_ERROR}
    assert call.loss is not None
    assert call.loss.code in {ErrorCode.PROTOCOL_ERROR, ErrorCode.FLOW_CONTROL_ERROR}
    server.answer(3)
    assert other.trailers is not None


def test_content_after_the_end_is_refused() -> None:
    server = Server()
    server.call()
    server.heard()
    server.answer(1)
    server.data(1, b"more")
    assert server.reset_code(1) is ErrorCode.STREAM_CLOSED


def test_what_is_refused_waits_for_the_end_of_another_and_is_sent_again() -> None:
    server = Server({frames.MAX_CONCURRENT_STREAMS: 2})
    first, refused, later = (server.call(name) for name in (b"first", b"refused", b"later"))
    server.heard()
    server.reset(3, ErrorCode.REFUSED_STREAM)
    assert server.heard() == []
    server.answer(1)
    assert [(each.stream_id, each.content) for each in server.heard() if each.kind == frames.DATA] == [
        (5, b"refused"),
        (7, b"later"),
    ]
    server.answer(5)
    server.answer(7)
    assert first.trailers == refused.trailers == later.trailers == {b"grpc-status": b"0"}


def test_a_peer_that_refuses_everything_is_believed() -> None:
    server = Server({frames.MAX_CONCURRENT_STREAMS: 3})
    calls = [server.call() for _ in range(20)]
    for number in range(1, 2000, 2):
        if server.connection.idle:
            break
        server.heard()
        server.reset(number, ErrorCode.REFUSED_STREAM)
    assert server.connection.closed is None
    for each in calls:
        assert each.loss is not None
        assert (each.loss.unprocessed, each.loss.code) == (True, ErrorCode.REFUSED_STREAM)
