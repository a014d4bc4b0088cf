"""Hostile peers over a real connection, beside one that behaves and must always be served."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import cache
from typing import Any

import grpc
from hypothesis import strategies as st

from tests.support.scripted_peer import PACKAGE_ID, Function, ScriptedPeer, input_payload, ready_payload
from tradelane.chaincode import service
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.server import RunningServer, ServerOptions, serving
from tradelane.chaincode.shim.wire import Kind

_PATIENCE_SECONDS = 30.0  # only a broken server takes this long
_METHOD = "/protos.Chaincode/Connect"
_OPTIONS = (("grpc.max_send_message_length", -1), ("grpc.use_local_subchannel_pool", 1))


class _Link:
    """The peer's end of a call."""

    def __init__(self, call: Any) -> None:
        self._call = call

    async def receive(self) -> bytes | None:
        message = await self._call.read()
        return None if message is grpc.aio.EOF else bytes(message)

    async def send(self, message: bytes) -> None:
        await self._call.write(message)


class _Hostile:
    """A stream on a connection of its own, on which anything is said."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", _OPTIONS)
        self._call = self._channel.stream_stream(_METHOD)()
        self._peer = ScriptedPeer(_Link(self._call))

    async def do(self, step: tuple[Any, ...]) -> None:
        name, *rest = step
        with contextlib.suppress(grpc.RpcError, asyncio.InvalidStateError, OSError):  # its stream may be over by now
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await _STEPS[name](self, *rest)

    async def register(self) -> None:
        await self._peer.tell(Kind.REGISTERED)
        await self._peer.tell(Kind.READY, ready_payload(1000, 1000))

    async def say(self, kind: int, payload: bytes, tx_id: str) -> None:
        await self._peer.tell(kind, payload, tx_id)

    async def say_bytes(self, data: bytes) -> None:
        await self._peer.tell_bytes(data)

    async def invoke(self, what: str, tx_id: str) -> None:
        await self._peer.tell(Kind.TRANSACTION, input_payload(what.encode()), tx_id)

    async def read(self) -> None:
        """Take one message; the first is always there."""
        await self._call.read()

    async def half_close(self) -> None:
        await self._call.done_writing()

    async def cancel(self) -> None:
        self._call.cancel()

    async def close(self) -> None:
        await self._channel.close()

    async def raw(self, data: bytes) -> None:
        """Say something on a bare connection."""
        _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(data)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


_STEPS: Mapping[str, Callable[..., Awaitable[None]]] = {
    "register": _Hostile.register,
    "say": _Hostile.say,
    "say bytes": _Hostile.say_bytes,
    "invoke": _Hostile.invoke,
    "read": _Hostile.read,
    "half-close": _Hostile.half_close,
    "cancel": _Hostile.cancel,
    "close": _Hostile.close,
    "raw": _Hostile.raw,
}
_TX = st.sampled_from(["t1", "t2", "honest"])
_STEP = st.one_of(
    st.tuples(st.just("register")),
    st.tuples(
        st.just("say"),
        st.sampled_from([*sorted(Kind), 0, 99]),
        st.one_of(st.binary(max_size=50), st.just(b"x" * 200_000)),
        _TX,
    ),
    st.tuples(st.just("say bytes"), st.one_of(st.binary(max_size=50), st.just(b"\xff" * 5_000_000))),
    st.tuples(st.just("invoke"), st.sampled_from(["read", "hang", "raise", "large", "exit"]), _TX),
    st.tuples(st.sampled_from(["half-close", "cancel", "close"])),
    st.tuples(
        st.just("raw"), st.one_of(st.binary(max_size=50), st.just(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\xff\xff"))
    ),
)
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("honest")),
        st.tuples(st.integers(0, 2), st.just(("register",))),
        st.tuples(st.integers(0, 2), _STEP),
    ),
    min_size=3,
    max_size=25,
)
"""What the peers do, one after the other: (which stream, step), or the transaction of the one that behaves."""


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[ScriptedPeer]:
    """Open a stream on a connection of its own."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", _OPTIONS) as channel:
        yield ScriptedPeer(_Link(channel.stream_stream(_METHOD)()))


async def chaincode(stub: Stub) -> Response:
    """Read two keys, or fail as the argument says."""
    match stub.args[0]:
        case b"hang":
            await asyncio.get_running_loop().create_future()
        case b"raise":
            raise ValueError("secret")
        case b"exit":
            raise SystemExit("secret")
        case b"large":
            return Response(200, payload=b"x" * 5_000_000)
    values = [await stub.get_state(key) for key in ("a", "b")]
    return Response(200, payload=json.dumps([(value or b"").decode("latin-1") for value in values]).encode())


def check(actions: list[tuple[Any, ...]]) -> None:
    """Do it all, and look that the behaving peer is served throughout and nothing is left at the end."""
    logging.disable(logging.CRITICAL)
    try:
        _runner().run(_check(actions))
    finally:
        logging.disable(logging.NOTSET)


@cache
def _runner() -> asyncio.Runner:
    """Return what runs all examples, on the service's own kind of loop: gRPC does not bear one loop after the other."""
    return asyncio.Runner(loop_factory=service._new_event_loop)


async def _check(actions: list[tuple[Any, ...]]) -> None:
    before = asyncio.all_tasks()
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    options = ServerOptions(PACKAGE_ID, "127.0.0.1:0", tls=None, drain_seconds=0.2)
    async with (
        serving(options, Function(chaincode)) as server,
        connected(server.port) as behaving,
    ):
        await behaving.register()
        await _act(actions, server, behaving)
    assert not server._streams._handlers, "a stream outlived its server"
    admission = server._streams._admission
    assert (admission.running, admission.waiting) == (0, 0)
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while left := _ours(asyncio.all_tasks() - before):
            await asyncio.wait(left)
    assert not unseen, unseen


def _ours(tasks: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Return the tasks of the shim; gRPC has its own, which live as long as the loop."""
    return {task for task in tasks if "tradelane" in repr(task.get_coro())}


async def _act(actions: list[tuple[Any, ...]], server: RunningServer, behaving: ScriptedPeer) -> None:
    streams: dict[int, _Hostile] = {}
    count = 0
    try:
        for which, *rest in actions:
            if which == "honest":
                count += 1
                await behave(behaving, f"honest{count}")
                continue
            stream = streams.setdefault(which, _Hostile(server.port))
            await stream.do(rest[0])
            if rest[0][0] in ("close", "cancel", "half-close"):
                del streams[which]  # the next step on it opens a new stream
        await behave(behaving, "honest-last")
    finally:
        for stream in streams.values():
            await stream.close()


async def behave(peer: ScriptedPeer, tx_id: str) -> None:
    """Run a transaction which reads two keys, and hold it to its right result."""
    await peer.invoke(b"read", tx_id=tx_id)
    for value in (b"1", b"2"):
        await peer.answer(Kind.GET_STATE, value, tx_id)
    response = await peer.completed(tx_id)
    assert (response.status, json.loads(response.payload)) == (200, ["1", "2"])
