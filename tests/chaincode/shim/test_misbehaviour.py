"""Chaincode that misbehaves is answered for, and a peer that takes nothing is left; found by the hostile peer."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.scripted_peer import PACKAGE_ID, Function, Pipe, ScriptedPeer, registered, serve
from tradelane.chaincode.shim.handler import Handler
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.wire import Kind

_ANY: Any = Response


async def fails(peer: ScriptedPeer) -> None:
    """Hold the answer to a failure without internals, and the stream to going on."""
    response = await peer.completed()
    assert (response.status, response.payload) == (500, b"")
    assert json.loads(response.message)["code"] == "INTERNAL_ERROR"
    assert "secret" not in response.message
    await peer.expect_nothing()


@pytest.mark.parametrize("raised", [SystemExit("secret"), BaseExceptionGroup("secret", [SystemExit("secret")])])
async def test_not_even_an_exit_ends_the_service(raised: BaseException) -> None:
    async def leave(_: Stub) -> Response:
        raise raised

    async with registered(leave) as peer:
        await peer.invoke()
        await fails(peer)


def _cancel_itself() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


async def test_a_chaincode_that_cancels_its_task_and_waits_is_answered_for() -> None:
    async def cancel(stub: Stub) -> Response:
        _cancel_itself()
        return Response(200, payload=await stub.get_state("a") or b"")

    async with registered(cancel) as peer:
        await peer.invoke()
        await peer.expect(Kind.GET_STATE)
        await fails(peer)


async def test_a_chaincode_that_cancels_its_task_last_still_writes_its_batch() -> None:
    async def cancel(stub: Stub) -> Response:
        batch = stub.write_batch()
        await batch.__aenter__()
        await stub.put_state("a", b"1")
        _cancel_itself()
        _cancel_itself()
        open_batches.append(batch)
        return Response(200)

    open_batches: list[object] = []
    async with registered(cancel) as peer:
        await peer.invoke()
        await peer.answer(Kind.WRITE_BATCH_STATE)
        assert (await peer.completed()).status == 200


@pytest.mark.parametrize(
    "nonsense",
    [
        lambda: "secret",
        lambda: Response,
        lambda: Response(1 << 40),
        lambda: _ANY("200"),
        lambda: Response(200, "\ud800"),
        lambda: _ANY(200, b"\xff"),
        lambda: _ANY(200, "", "secret"),
    ],
)
async def test_an_answer_that_is_no_response_is_the_chaincodes_failure(nonsense: Callable[[], Any]) -> None:
    async def answer(_: Stub) -> Response:
        returned: Response = nonsense()
        return returned

    async with registered(answer) as peer:
        await peer.invoke()
        await fails(peer)


async def test_an_event_that_is_none_is_the_chaincodes_failure() -> None:
    async def tell(stub: Stub) -> None:
        payload: Any = 7
        stub.set_event("event", payload)

    async with registered(tell) as peer:
        await peer.invoke()
        await fails(peer)


async def test_an_answer_that_is_no_response_to_init_is_an_error() -> None:
    async def answer(_: Stub) -> Response:
        return Response(1 << 40)

    async with registered(answer) as peer:
        await peer.invoke(kind=Kind.INIT)
        assert b"INTERNAL_ERROR" in (await peer.expect(Kind.ERROR)).payload


async def test_a_peer_that_ends_the_stream_and_takes_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradelane.chaincode.shim.handler._FLUSH_SECONDS", 0.01)

    class Clogged(Pipe):
        async def flushed(self) -> None:
            await asyncio.get_running_loop().create_future()

    async def nothing(_: Stub) -> None:
        """Do nothing."""

    pipe = Clogged()
    pipe.other.close()
    async with asyncio.timeout(10):
        await serve(Handler(PACKAGE_ID, Function(nothing), pipe), pipe)


async def test_what_the_transport_fails_of_is_not_hidden() -> None:
    class Broken(Pipe):
        async def flushed(self) -> None:
            raise LookupError("neither sent nor disconnected")

    async def nothing(_: Stub) -> None:
        """Do nothing."""

    pipe = Broken()
    pipe.other.close()
    with pytest.raises(LookupError):
        await serve(Handler(PACKAGE_ID, Function(nothing), pipe), pipe)
