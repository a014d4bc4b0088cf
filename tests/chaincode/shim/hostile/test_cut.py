"""One conversation, cut after every message and at bytes of every frame: nothing is left, wherever it ends."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.chaincode.shim.hostile.peer import ENDING_SECONDS, Key, Peer
from tests.chaincode.shim.hostile.programs import Chaincode
from tests.chaincode.shim.hostile.proposals import PROPOSALS
from tests.support.http2_client import REQUEST
from tests.support.scripted_peer import PACKAGE_ID
from tests.support.transport import Transport
from tests.support.virtual_loop import VirtualLoop
from tradelane.chaincode.shim.admission import Admission
from tradelane.chaincode.shim.limits import Limits
from tradelane.chaincode.shim.observer import SILENT
from tradelane.chaincode.shim.rpc.listener import Listener, Wire
from tradelane.chaincode.shim.server import _CONNECT, ServerOptions, _Streams
from tradelane.chaincode.shim.wire import Kind
from tradelane.http2 import frames
from tradelane.http2.frames import frame, settings_frame
from tradelane.http2.headers import Codec
from tradelane.http2.messages import enclosed

_PROGRAMS: dict[Key, list[list[Any]]] = {
    ("trade", "t1"): [["get", 0], ["multi", False, 3], ["batch", [["put", 0], ["put", 2]]], ["event", "done"]],
    ("trade", "t2"): [["rows", "range", 3, "closed"], ["gather", [["get", 0], ["get", 1]]], ["put", 0]],
    ("other", "t1"): [["look", "id"], ["policy", False, True], ["invoke", "", False], ["unclosed_batch", [["put", 1]]]],
    ("trade", "t3"): [["rows", "query", 1, "dropped"], ["page", "range", 2], ["hang"]],
}
_EVERY = 17


@pytest.fixture(scope="module")
def conversation() -> list[bytes]:
    """What a peer says, from the registration to the answers of its transactions, message by message."""
    loop = VirtualLoop()
    peers: list[Peer] = []
    loop.call_soon(lambda: peers.append(Peer("s0", loop, Chaincode(), Admission(Limits()))))
    loop.advance(0)
    peer = peers[0]
    said: list[bytes] = []
    incoming: Any = peer.line.incoming
    pass_on = incoming.put_nowait

    def take_down(message: bytes | None) -> None:
        if message is not None:
            said.append(message)
        pass_on(message)

    incoming.put_nowait = take_down
    peer.register()
    for number, (key, program) in enumerate(_PROGRAMS.items()):
        peer.invoke(number, key, program, PROPOSALS[0], more=(b"a",))
    for count in range(12):
        loop.advance(0)
        peer.look()
        for key in [key for key, each in peer.open.items() if each.request is not None]:
            peer.answer(key, more=count % 2 == 0)
    peer.tell(Kind.KEEPALIVE)
    loop.advance(0)
    peer.look()
    assert set(peer.open) == {("trade", "t3")}, "the others are answered, this one hangs"
    peer.end(cut=False)
    loop.advance(ENDING_SECONDS)
    loop.close()
    return said


def _parts(conversation: list[bytes]) -> list[bytes]:
    """Return the conversation as a peer's frames, all on one connection."""
    block = Codec().encode({**REQUEST, ":path": _CONNECT.decode()}.items())
    head = [frames.PREFACE + settings_frame({}), frame(frames.HEADERS, frames.END_HEADERS, 1, block)]
    return head + [frame(frames.DATA, 0, 1, enclosed(message)) for message in conversation]


def _cuts(parts: list[bytes]) -> Iterator[int]:
    """Return after how many bytes to cut: about every frame's end, and some in between."""
    total = sum(map(len, parts))
    near = {0, 1, total}
    end = 0
    for part in parts:
        end += len(part)
        near |= {end - 1, end, end + 1}
    yield from sorted(each for each in near | set(range(0, total, _EVERY)) if each <= total)


class Served:
    """A service in memory with one connection, over which a conversation is played."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.transport = Transport()
        self.loop.call_soon(self._connect)
        self.loop.advance(0)

    def _connect(self) -> None:
        self.streams = _Streams(ServerOptions(PACKAGE_ID, "", tls=None), Chaincode(), SILENT)
        self.wire = Wire(Listener({_CONNECT: self.streams.connect}), "peer")
        self.wire.connection_made(cast("Any", self.transport))

    def hear(self, data: bytes) -> None:
        self.loop.call_soon(self.wire.data_received, data)
        self.loop.advance(0)

    def lose(self) -> None:
        self.loop.call_soon(self.wire.connection_lost, ConnectionResetError())
        self.loop.advance(ENDING_SECONDS)

    def check_nothing_is_left(self) -> None:
        admission = self.streams._admission
        assert not self.streams._handlers
        assert (admission.running, admission.waiting, admission._bytes) == (0, 0, 0)
        assert not self.loop.unseen, self.loop.unseen
        left = asyncio.all_tasks(self.loop)
        assert not left, f"tasks left behind: {left}"
        self.loop.close()


def _play(parts: list[bytes], cut: int) -> Served:
    served = Served()
    for part in parts:
        if cut > 0:
            served.hear(part[:cut])
        cut -= len(part)
    return served


def test_the_conversation_is_understood_to_its_end(conversation: list[bytes]) -> None:
    parts = _parts(conversation)
    served = _play(parts, sum(map(len, parts)))
    assert served.streams._admission.running == 1
    served.lose()
    served.check_nothing_is_left()


def test_a_conversation_that_is_cut_anywhere_leaves_nothing(conversation: list[bytes]) -> None:
    parts = _parts(conversation)
    for cut in _cuts(parts):
        served = _play(parts, cut)
        served.lose()
        served.check_nothing_is_left()


def test_a_stream_that_the_peer_ends_after_any_message_leaves_nothing(conversation: list[bytes]) -> None:
    parts = _parts(conversation)
    for count in range(2, len(parts) + 1):
        served = _play(parts[:count], sum(map(len, parts)))
        served.hear(frame(frames.DATA, frames.END_STREAM, 1, b""))
        served.loop.advance(ENDING_SECONDS)
        assert not served.streams._handlers
        served.lose()
        served.check_nothing_is_left()
