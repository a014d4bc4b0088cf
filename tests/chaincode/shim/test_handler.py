"""Conformance of the stream: registration, states, and transactions side by side (fabric.md 2.3, rules 1 to 10, 17)."""

import asyncio
import logging

import pytest
from fabric_protos.peer import chaincode_pb2

from tests.support.scripted_peer import PACKAGE_ID, TX, Function, Pipe, ScriptedPeer, connected, registered, serve
from tradelane.chaincode.shim.errors import Disconnected, InvalidName
from tradelane.chaincode.shim.handler import _TABLE, Handler, State
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.metrics import Metrics
from tradelane.chaincode.shim.wire import Kind

OTHER = "b" * 64


async def nothing(_: Stub) -> None:
    """Do nothing."""


async def read_a(stub: Stub) -> Response:
    return Response(200, payload=await stub.get_state("a") or b"-")


async def test_rule_01_the_shim_speaks_first_and_names_its_package() -> None:
    async with connected(nothing) as peer:
        register = await peer.expect(Kind.REGISTER)
        assert chaincode_pb2.ChaincodeID.FromString(register.payload) == chaincode_pb2.ChaincodeID(name=PACKAGE_ID)
        assert (register.tx_id, register.channel_id, register.proposal) == ("", "", None)


async def _reach(peer: ScriptedPeer, state: State) -> None:
    await peer.expect(Kind.REGISTER)
    if state is not State.CREATED:
        await peer.tell(Kind.REGISTERED, tx_id="", channel="")
    if state is State.READY:
        await peer.tell(Kind.READY, tx_id="", channel="")


ALL_KINDS = [*Kind, 0, 99]
LEGAL = {
    (State.CREATED, Kind.REGISTERED),
    (State.ESTABLISHED, Kind.READY),
    (State.READY, Kind.INIT),
    (State.READY, Kind.TRANSACTION),
    (State.READY, Kind.RESPONSE),
    (State.READY, Kind.ERROR),
}
ILLEGAL = [
    (state, kind) for state in State for kind in ALL_KINDS if (state, kind) not in LEGAL and kind != Kind.KEEPALIVE
]


def test_rule_02_the_table_allows_what_fabric_allows_and_no_more() -> None:
    assert set(_TABLE) == LEGAL


async def _refuse(state: State, kind: int) -> None:
    async with connected(nothing) as peer:
        await _reach(peer, state)
        await peer.tell(kind)
        error = await peer.expect(Kind.ERROR, TX)
        assert f"message type {int(kind)} is not allowed in state {state.name.lower()}" in error.payload.decode()
        await peer.expect_end()


@pytest.mark.parametrize(("state", "kind"), [each for each in ILLEGAL if each[0] is not State.READY])
async def test_rule_02_before_ready_any_other_message_is_an_error_and_ends_the_stream(state: State, kind: int) -> None:
    await _refuse(state, kind)


@pytest.mark.parametrize(("state", "kind"), [each for each in ILLEGAL if each[0] is State.READY])
async def test_rule_09_when_ready_any_other_message_is_an_error_and_ends_the_stream(state: State, kind: int) -> None:
    await _refuse(state, kind)


async def test_bytes_which_are_no_message_end_the_stream() -> None:
    async with connected(nothing) as peer:
        await peer.expect(Kind.REGISTER)
        await peer.tell_bytes(b"\xff\xff\xff")
        await peer.expect_end()


@pytest.mark.parametrize("state", State)
async def test_rule_04_keepalive_is_sent_back_in_any_state_and_changes_none(state: State) -> None:
    pipe = Pipe()
    handler = Handler(PACKAGE_ID, Function(nothing), pipe)
    task = asyncio.create_task(serve(handler, pipe))
    peer = ScriptedPeer(pipe.other)
    await _reach(peer, state)
    await peer.tell(Kind.KEEPALIVE, b"ping", tx_id="t", channel="c")
    echo = await peer.expect(Kind.KEEPALIVE)
    assert (echo.payload, echo.tx_id, echo.channel_id) == (b"ping", "t", "c")
    assert handler.state is state
    pipe.other.close()
    await task


def test_rule_05_an_empty_package_id_is_refused() -> None:
    with pytest.raises(InvalidName, match="package id is empty"):
        Handler("", Function(nothing), Pipe())


async def test_rule_06_a_peer_that_dials_again_is_served_again() -> None:
    for number in (b"1", b"2"):
        async with registered(read_a) as peer:  # which waits for REGISTER: every stream begins anew
            await peer.invoke()
            await peer.answer(Kind.GET_STATE, number)
            assert (await peer.completed()).payload == number


async def test_rule_07_one_transaction_id_on_two_streams_and_two_channels_stays_apart() -> None:
    async with registered(read_a) as first, registered(read_a) as second:
        await first.invoke()
        await first.invoke(channel="other")
        await second.invoke()
        assert {(await first.expect(Kind.GET_STATE)).channel_id for _ in range(2)} == {"trade", "other"}
        await second.expect(Kind.GET_STATE)
        await second.tell(Kind.RESPONSE, b"of the second peer")
        await first.tell(Kind.RESPONSE, b"of the other channel", channel="other")
        assert (await first.completed()).payload == b"of the other channel"
        assert (await second.completed()).payload == b"of the second peer"
        await first.tell(Kind.RESPONSE, b"of the first peer")
        assert (await first.completed()).payload == b"of the first peer"


async def test_rule_08_the_end_of_the_stream_cancels_its_transactions() -> None:
    cancelled = asyncio.Event()

    async def wait(stub: Stub) -> None:
        try:
            await stub.get_state("a")
        except asyncio.CancelledError:
            with pytest.raises(Disconnected):
                await stub.get_state("b")
            cancelled.set()
            raise

    async with registered(wait) as peer:
        await peer.invoke()
        await peer.expect(Kind.GET_STATE)
    assert cancelled.is_set()


async def test_rule_08_a_stream_that_breaks_cancels_its_transactions(caplog: pytest.LogCaptureFixture) -> None:
    cancelled = asyncio.Event()

    async def wait(stub: Stub) -> None:
        try:
            await stub.get_state("a")
        finally:
            cancelled.set()

    pipe = Pipe()
    handler = Handler(PACKAGE_ID, Function(wait), pipe)
    task = asyncio.create_task(serve(handler, pipe))
    peer = ScriptedPeer(pipe.other)
    await peer.register()
    await peer.invoke()
    await peer.expect(Kind.GET_STATE)
    handler.lost("connection reset")
    async with asyncio.timeout(10):
        await task
    assert cancelled.is_set()
    assert "the stream to the peer broke" in caplog.messages


async def test_what_still_comes_on_a_stream_that_is_over_has_no_effect() -> None:
    pipe = Pipe()
    handler = Handler(PACKAGE_ID, Function(nothing), pipe)
    handler.begin()
    handler.ended()
    handler.received(b"\xff")
    handler.lost("too late to matter")
    await handler.run()
    assert pipe.outgoing.qsize() == 1


async def test_a_chaincode_which_ignores_its_cancellation_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradelane.chaincode.shim.handler._CANCEL_SECONDS", 0.01)
    released = asyncio.Event()
    left = asyncio.Event()

    async def stubborn(_: Stub) -> None:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue
        left.set()

    async with registered(stubborn) as peer:
        await peer.invoke()
        await peer.expect_nothing()
    released.set()
    await left.wait()


async def test_rule_10_a_waiting_transaction_does_not_hold_up_another() -> None:
    async with registered(read_a) as peer:
        await peer.invoke()
        await peer.expect(Kind.GET_STATE, TX)
        await peer.invoke(tx_id=OTHER)
        await peer.answer(Kind.GET_STATE, b"2", OTHER)
        assert (await peer.completed(OTHER)).payload == b"2"
        await peer.tell(Kind.RESPONSE, b"1")
        assert (await peer.completed()).payload == b"1"


async def test_a_transaction_invoked_twice_at_the_same_time_runs_once(caplog: pytest.LogCaptureFixture) -> None:
    async with registered(read_a) as peer:
        await peer.invoke()
        await peer.invoke()
        await peer.answer(Kind.GET_STATE, b"1")
        await peer.completed()
        await peer.expect_nothing()
    assert "invoked twice at the same time, second dropped" in caplog.messages


@pytest.mark.parametrize("kind", [Kind.RESPONSE, Kind.ERROR])
async def test_rule_17_an_answer_nobody_waits_for_is_dropped_and_logged(
    kind: Kind, caplog: pytest.LogCaptureFixture
) -> None:
    async with registered(read_a) as peer:
        await peer.invoke()
        await peer.expect(Kind.GET_STATE)
        await peer.tell(kind, b"secret", tx_id=OTHER)
        await peer.tell(Kind.RESPONSE, b"1")
        assert (await peer.completed()).payload == b"1"
        await peer.tell(kind, b"secret")
        await peer.expect_nothing()
    dropped = [record for record in caplog.records if record.message.startswith("answer which nobody waits for")]
    assert [vars(record)["txid"] for record in dropped] == [OTHER, TX]
    assert "secret" not in caplog.text


async def test_draining_finishes_what_is_at_hand_and_refuses_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    pipe = Pipe()
    metrics = Metrics()
    handler = Handler(PACKAGE_ID, Function(read_a), pipe, metrics)
    task = asyncio.create_task(serve(handler, pipe))
    task.add_done_callback(lambda _: pipe.close())
    peer = ScriptedPeer(pipe.other)
    await peer.register()
    await peer.invoke()
    await peer.expect(Kind.GET_STATE)
    handler.drain()
    await peer.invoke(tx_id=OTHER)
    assert b"being stopped" in (await peer.expect(Kind.ERROR, OTHER)).payload
    await peer.tell(Kind.RESPONSE, b"1")
    assert (await peer.completed()).payload == b"1"
    await peer.expect_end()
    await task
    assert metrics.registry.get_sample_value("chaincode_refused_transactions_total", {"reason": "stopping"}) == 1
    assert "stream ended" in caplog.messages
