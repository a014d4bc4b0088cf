"""Whether a peer lives: it is asked, and time in which nobody listened does not count against it."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.support.http2_client import REQUEST
from tests.support.transport import Transport
from tradelane.chaincode.shim.rpc.call import Call
from tradelane.chaincode.shim.rpc.listener import Listener, Wire
from tradelane.http2 import frames
from tradelane.http2.frames import frame, settings_frame
from tradelane.http2.headers import Codec

DEAD = "a peer gives no sign of life, its connection is closed"


class Silent:
    """Serves a stream and says nothing."""

    def __init__(self, _: Call) -> None: ...

    def received(self, message: bytes) -> None: ...

    def ended(self) -> None: ...

    def lost(self, reason: str) -> None: ...


class Clock(asyncio.SelectorEventLoop):
    """A loop of which the test is the clock; it runs what is due when it is told to."""

    now = 0.0

    def time(self) -> float:
        return self.now

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        for _ in range(2):  # what is due, and what that has asked for
            self.call_soon(self.stop)
            self.run_forever()


class Connected:
    """A connection with an open stream, and its time."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.transport = Transport()
        self.clock.run_until_complete(self._connect())

    async def _connect(self) -> None:
        self.wire = Wire(Listener({b"/test/Silent": Silent}), "peer")
        self.wire.connection_made(cast("Any", self.transport))
        block = Codec().encode({**REQUEST, ":path": "/test/Silent"}.items())
        self.wire.data_received(
            frames.PREFACE + settings_frame({}) + frame(frames.HEADERS, frames.END_HEADERS, 1, block)
        )

    def until_asked(self) -> None:
        for _ in range(100):
            if frames.PING in self.transport.kinds:
                return
            self.clock.pass_time(5.0)
        raise AssertionError("the peer was never asked")

    def answer(self) -> None:
        self.wire.data_received(frame(frames.PING, frames.ACK, 0, bytes(8)))


@pytest.fixture
def connected() -> Iterator[Connected]:
    made = Connected()
    yield made
    made.wire.connection_lost(None)
    made.clock.close()


def test_nobody_is_dropped_who_was_not_asked(connected: Connected) -> None:
    for _ in range(2):
        connected.clock.pass_time(1000.0)
    assert not connected.transport.aborted


def test_an_answer_that_came_while_nobody_listened_counts(connected: Connected) -> None:
    connected.until_asked()
    connected.clock.pass_time(1000.0)
    connected.answer()
    for _ in range(10):
        connected.clock.pass_time(5.0)
    assert not connected.transport.aborted


def test_one_that_was_asked_and_does_not_answer_is_dropped(
    connected: Connected, caplog: pytest.LogCaptureFixture
) -> None:
    connected.until_asked()
    for _ in range(3):
        connected.clock.pass_time(5.0)
    assert DEAD not in caplog.messages
    connected.clock.pass_time(5.0)
    assert connected.transport.aborted
    assert DEAD in caplog.messages
