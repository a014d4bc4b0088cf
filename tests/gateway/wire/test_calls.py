"""What a stream's reader gives back: nothing for what nobody has read, everything once somebody waits for more."""

import asyncio
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from tradelane.gateway.rpc import Failure
from tradelane.gateway.wire.calls import Streaming, Unary
from tradelane.http2.client.stream import Loss, Stream
from tradelane.http2.messages import Unfinished, enclosed

GRPC = {b":status": b"200", b"content-type": b"application/grpc"}


class Window:
    """A stream, as far as a reader sees it."""

    def __init__(self) -> None:
        self.given = 0
        self.cancelled = False

    def consume(self, size: int) -> None:
        assert size > 0
        self.given += size

    def cancel(self) -> None:
        self.cancelled = True


def begun(call: Streaming | Unary) -> Window:
    window = Window()
    call.stream = cast("Stream", window)
    call.began(GRPC)
    return window


@given(st.lists(st.binary(max_size=60), max_size=12), st.lists(st.integers(1, 50), max_size=40), st.data())
async def test_the_window_opens_as_far_as_was_read(messages: list[bytes], cuts: list[int], data: st.DataObject) -> None:
    unfinished = Unfinished()
    call = Streaming(unfinished)
    window = begun(call)
    content, came, read = b"".join(map(enclosed, messages)), 0, 0
    for cut in [*cuts, len(content)]:
        part, content = content[:cut], content[cut:]
        if part:
            call.data(part)
            came += len(part)
        assert window.given <= came
        for _ in range(data.draw(st.integers(0, len(call._queue)))):
            assert await call.receive() == messages[read]
            read += 1
        assert came - window.given >= sum(5 + len(each) for each in call._queue)
    while read < len(messages):
        assert await call.receive() == messages[read]
        read += 1
    waiting = asyncio.ensure_future(call.receive())
    await asyncio.sleep(0)
    assert window.given == came
    call.ended({b"grpc-status": b"0"})
    assert await waiting == Failure("UNAVAILABLE", "the peer ended the stream")
    assert unfinished.bytes == 0


async def test_who_waits_gets_the_rest_of_a_message_that_is_larger_than_the_window() -> None:
    call = Streaming(Unfinished())
    window = begun(call)
    call.data(enclosed(bytes(100))[:50])
    assert window.given == 0  # nobody wants it yet
    waiting = asyncio.ensure_future(call.receive())
    await asyncio.sleep(0)
    assert window.given == 50
    call.data(enclosed(bytes(100))[50:80])
    assert window.given == 80
    call.data(enclosed(bytes(100))[80:] + enclosed(b"next"))
    assert await waiting == bytes(100)
    assert window.given == 105
    assert await call.receive() == b"next"
    assert window.given == 105 + 9


async def test_what_came_before_the_end_is_read_first() -> None:
    call = Streaming(Unfinished())
    begun(call)
    call.data(enclosed(b"one") + enclosed(b"two"))
    call.lost(Loss("cut", None, unprocessed=False))
    assert [await call.receive() for _ in range(4)] == [b"one", b"two", *[Failure("UNAVAILABLE", "cut")] * 2]


async def test_a_message_that_lacks_its_end_is_told() -> None:
    call = Streaming(Unfinished())
    begun(call)
    call.data(enclosed(b"one")[:-1])
    call.ended({b"grpc-status": b"0"})
    found = await call.receive()
    assert isinstance(found, Failure)
    assert found.status == "INTERNAL"


async def test_unfinished_answers_are_counted_and_given_back() -> None:
    unfinished = Unfinished(max_bytes=100)
    first, second = (Unary(asyncio.get_running_loop(), unfinished) for _ in range(2))
    windows = begun(first), begun(second)
    first.data(enclosed(bytes(200))[:60])
    second.data(enclosed(bytes(200))[:60])
    found = await second.done
    assert isinstance(found, Failure)
    assert (found.status, [each.cancelled for each in windows]) == ("RESOURCE_EXHAUSTED", [False, True])
    first.lost(Loss("cut", None, unprocessed=False))
    assert unfinished.bytes == 0
    assert await first.done == Failure("UNAVAILABLE", "cut")


async def test_an_answer_may_come_in_any_pieces_and_only_whole() -> None:
    for cut in range(1, 10):
        call = Unary(asyncio.get_running_loop(), Unfinished())
        window = begun(call)
        content = enclosed(b"answer")
        for start in range(0, len(content), cut):
            call.data(content[start : start + cut])
        call.ended({b"grpc-status": b"0"})
        assert await call.done == b"answer"
        assert window.given == len(content)
    for content in (b"", enclosed(b"answer")[:-1], enclosed(b"answer") + b"\0"):
        call = Unary(asyncio.get_running_loop(), Unfinished())
        begun(call)
        if content:
            call.data(content)
        call.ended({b"grpc-status": b"0"})
        found = await call.done
        assert isinstance(found, Failure)
        assert found.status == "INTERNAL"
