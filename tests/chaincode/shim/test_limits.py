"""What a transaction may take: time, a place, input, and the size of a message."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fabric_protos.peer import chaincode_shim_pb2 as pb

from tests.support.scripted_peer import PACKAGE_ID, TX, Function, Pipe, ScriptedPeer, registered, serve
from tradelane.chaincode.shim.admission import Admission, Ticket
from tradelane.chaincode.shim.errors import TooLarge, TransactionEnded
from tradelane.chaincode.shim.handler import Handler
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.limits import ENVELOPE_BYTES, Limits
from tradelane.chaincode.shim.metrics import Metrics
from tradelane.chaincode.shim.observer import SILENT, Observer, Refusal
from tradelane.chaincode.shim.policy import signed_by
from tradelane.chaincode.shim.wire import Kind
from tradelane.network import render_nodes

OTHER, THIRD = "b" * 64, "c" * 64
ROOM = 2000


@asynccontextmanager
async def limited(
    function: Callable[[Stub], Awaitable[Response | None]], admission: Admission, observer: Observer = SILENT
) -> AsyncIterator[ScriptedPeer]:
    """Run a registered handler with places of its own choice."""
    pipe = Pipe()
    task = asyncio.create_task(serve(Handler(PACKAGE_ID, Function(function), pipe, observer, admission), pipe))
    peer = ScriptedPeer(pipe.other)
    await peer.register()
    try:
        yield peer
    finally:
        pipe.other.close()
        await task


async def read_a(stub: Stub) -> Response:
    return Response(200, payload=await stub.get_state("a") or b"-")


async def _code(peer: ScriptedPeer, tx_id: str = TX) -> tuple[int, str]:
    answer = await peer.completed(tx_id)
    return answer.status, json.loads(answer.message)["code"]


async def _refused(peer: ScriptedPeer, tx_id: str) -> None:
    """Take an answer that lets the gateway ask another peer."""
    assert (await peer.expect(Kind.ERROR, tx_id)).payload.startswith(b"SERVICE_BUSY: ")


async def test_a_transaction_past_its_time_is_cancelled_answered_and_freed(caplog: pytest.LogCaptureFixture) -> None:
    cancelled = asyncio.Event()

    async def wait(stub: Stub) -> None:
        try:
            await stub.get_state("a")
        except asyncio.CancelledError:
            with pytest.raises(TransactionEnded):
                await stub.get_state("b")
            cancelled.set()
            raise

    admission = Admission(Limits(execute_seconds=0.01))
    async with limited(wait, admission) as peer:
        await peer.invoke()
        await peer.expect(Kind.GET_STATE)
        assert await _code(peer) == (504, "TRANSACTION_TIMEOUT")
        await cancelled.wait()
        assert (admission.running, admission.waiting) == (0, 0)
        await peer.tell(Kind.RESPONSE, b"late")
        await peer.expect_nothing()
    assert "transaction took too long, cancelled" in caplog.messages


async def test_a_chaincode_which_ignores_its_time_holds_no_place_and_answers_nobody() -> None:
    released, left = asyncio.Event(), asyncio.Event()

    async def stubborn(_: Stub) -> Response:
        while not released.is_set():
            try:
                await released.wait()
            except asyncio.CancelledError:
                continue
        left.set()
        return Response(200, payload=b"too late")

    admission = Admission(Limits(running=1, execute_seconds=0.01))
    async with limited(stubborn, admission) as peer:
        await peer.invoke()
        assert await _code(peer) == (504, "TRANSACTION_TIMEOUT")
        assert admission.running == 0
        await peer.invoke()  # the same transaction id is free again
        assert await _code(peer) == (504, "TRANSACTION_TIMEOUT")
        released.set()
        await left.wait()
        await peer.expect_nothing()


async def test_a_transaction_that_waits_too_long_for_its_place_is_answered_too() -> None:
    asked: list[str] = []

    async def wait(stub: Stub) -> None:
        asked.append(stub.tx_id)
        await asyncio.get_running_loop().create_future()

    impatient = Admission(Limits(running=0, waiting=1, execute_seconds=0.01))
    async with limited(wait, impatient) as peer:
        await peer.invoke()
        assert await _code(peer) == (504, "TRANSACTION_TIMEOUT")
        assert (impatient.running, impatient.waiting, asked) == (0, 0, [])


async def test_a_flood_is_queued_up_to_a_bound_and_refused_beyond_with_a_code(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    async with limited(read_a, Admission(Limits(running=1, waiting=1))) as peer:
        await peer.invoke()
        await peer.invoke(tx_id=OTHER)
        for _ in range(3):
            await peer.invoke(tx_id=THIRD)
        for _ in range(3):
            await _refused(peer, THIRD)
        await peer.expect(Kind.GET_STATE, TX)
        await peer.expect_nothing()
        await peer.tell(Kind.RESPONSE, b"1")
        assert (await peer.completed(TX)).payload == b"1"
        await peer.answer(Kind.GET_STATE, b"2", OTHER)
        assert (await peer.completed(OTHER)).payload == b"2"
        await peer.invoke(tx_id=THIRD)
        await peer.answer(Kind.GET_STATE, b"3", THIRD)
        assert (await peer.completed(THIRD)).payload == b"3"
    assert caplog.messages.count("too many transactions, refusing until there is a place") == 1


async def test_places_are_shared_by_all_streams_and_given_back_by_a_stream_that_ends() -> None:
    admission = Admission(Limits(running=1, waiting=1))
    async with limited(read_a, admission) as second:
        async with limited(read_a, admission) as first:
            await first.invoke()
            await first.expect(Kind.GET_STATE)
            await second.invoke(tx_id=OTHER)
            await second.expect_nothing()
            await first.invoke(tx_id=THIRD)
            await _refused(first, THIRD)
        await second.answer(Kind.GET_STATE, b"2", OTHER)
        assert (await second.completed(OTHER)).payload == b"2"
    assert (admission.running, admission.waiting) == (0, 0)


async def test_what_waits_on_a_stream_that_ends_never_runs() -> None:
    ran: list[str] = []

    async def run(stub: Stub) -> Response:
        ran.append(stub.tx_id)
        return await read_a(stub)

    admission = Admission(Limits(running=1, waiting=2))
    async with limited(run, admission) as other:
        await other.invoke()
        await other.expect(Kind.GET_STATE)
        async with limited(run, admission) as peer:
            await peer.invoke(tx_id=OTHER)
            await peer.expect_nothing()
            assert admission.waiting == 1
        assert admission.waiting == 0
        await other.tell(Kind.RESPONSE, b"1")
        await other.completed()
    assert ran == [TX]


async def test_input_is_bounded_over_all_transactions_but_one_alone_is_let_in() -> None:
    admission = Admission(Limits(input_bytes=10))
    async with limited(read_a, admission) as peer:
        await peer.invoke(b"x" * 100)
        await peer.expect(Kind.GET_STATE, TX)
        await peer.invoke(tx_id=OTHER)
        await _refused(peer, OTHER)
        await peer.tell(Kind.RESPONSE, b"1")
        await peer.completed(TX)
        await peer.invoke(tx_id=OTHER)
        await peer.answer(Kind.GET_STATE, b"2", OTHER)
        await peer.completed(OTHER)


async def test_what_is_not_run_is_counted_by_reason() -> None:
    metrics = Metrics()

    def counted() -> dict[str, float | None]:
        name = "chaincode_refused_transactions_total"
        return {each: metrics.registry.get_sample_value(name, {"reason": each}) for each in Refusal}

    assert counted() == dict.fromkeys(Refusal, 0)
    async with limited(read_a, Admission(Limits(running=1, waiting=1, input_bytes=10_000)), metrics) as peer:
        await peer.invoke()
        await peer.expect(Kind.GET_STATE, TX)
        await peer.invoke(b"x" * 10_000, tx_id=OTHER)
        await _refused(peer, OTHER)
        await peer.invoke(tx_id=OTHER)
        for _ in range(2):
            await peer.invoke(tx_id=THIRD)
            await _refused(peer, THIRD)
    async with limited(read_a, Admission(Limits(running=0, waiting=1, execute_seconds=0.01)), metrics) as peer:
        await peer.invoke()
        assert await _code(peer) == (504, "TRANSACTION_TIMEOUT")
    assert counted() == {Refusal.PLACES: 2, Refusal.BYTES: 1, Refusal.OVERDUE: 1, Refusal.STOPPING: 0}


def test_places_are_counted_right_whatever_leaves_when() -> None:
    ran: list[int] = []
    admission = Admission(Limits(running=2, waiting=2))
    tickets = [admission.enter(1, lambda number=number: ran.append(number)) for number in range(5)]  # type: ignore[misc]
    one, two, three, four, refused = tickets
    assert isinstance(one, Ticket)
    assert isinstance(two, Ticket)
    assert isinstance(three, Ticket)
    assert isinstance(four, Ticket)
    assert refused is Refusal.PLACES
    assert (ran, admission.running, admission.waiting) == ([0, 1], 2, 2)
    admission.leave(three)
    admission.leave(three)
    assert (admission.running, admission.waiting) == (2, 1)
    admission.leave(one)
    assert (ran, admission.running, admission.waiting) == ([0, 1, 3], 2, 0)
    for ticket in tickets:
        if isinstance(ticket, Ticket):
            admission.leave(ticket)
    assert (admission.running, admission.waiting) == (0, 0)


SMALL = Limits(message_bytes=ROOM + ENVELOPE_BYTES)
LARGE = b"x" * ROOM
TOO_LARGE: dict[str, Callable[[Stub], Awaitable[object]]] = {
    "a write": lambda stub: stub.put_state("a", LARGE),
    "a private write": lambda stub: stub.put_private_data("c", "a", LARGE),
    "a key": lambda stub: stub.get_state("k" * ROOM),
    "a policy": lambda stub: stub.set_state_validation_parameter("k" * ROOM, signed_by("A")),
    "many keys": lambda stub: stub.get_multiple_states(["k" * 100] * 50),
    "an invocation": lambda stub: stub.invoke_chaincode("other", [LARGE]),
}


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize("call", TOO_LARGE.values(), ids=TOO_LARGE)
async def test_a_request_beyond_a_messages_size_is_refused_unsent_and_the_rest_goes_on(
    call: Callable[[Stub], Awaitable[object]], batched: bool
) -> None:
    async def use(stub: Stub) -> None:
        if batched:
            async with stub.write_batch():
                with pytest.raises(TooLarge):
                    await call(stub)
        with pytest.raises(TooLarge):
            await call(stub)
        await stub.get_state("a")

    async with limited(use, Admission(SMALL)) as peer:
        await peer.invoke()
        assert pb.GetState.FromString((await peer.answer(Kind.GET_STATE)).payload).key == "a"
        assert (await peer.completed()).status == 200


async def test_a_batch_is_cut_where_a_message_would_grow_too_large() -> None:
    async def write(stub: Stub) -> None:
        async with stub.write_batch():
            for key in "abcde":
                await stub.put_state(key, b"x" * (ROOM // 3))

    async with limited(write, Admission(SMALL)) as peer:
        await peer.invoke()
        chunks = []
        for _ in range(3):
            request = await peer.answer(Kind.WRITE_BATCH_STATE)
            assert len(request.payload) <= ROOM
            chunks.append("".join(record.key for record in pb.WriteBatchState.FromString(request.payload).rec))
        assert (await peer.completed()).status == 200
    assert chunks == ["ab", "cd", "e"]


@pytest.mark.parametrize("kind", ["payload", "message", "event"])
async def test_an_answer_beyond_a_messages_size_is_answered_with_a_code(kind: str) -> None:
    async def respond(stub: Stub) -> Response:
        match kind:
            case "payload":
                return Response(200, payload=LARGE * 2)
            case "message":
                return Response(200, message="x" * 2 * ROOM)
            case _:
                stub.set_event("e", LARGE * 2)
                return Response(200)

    async with limited(respond, Admission(SMALL)) as peer:
        await peer.invoke()
        assert await _code(peer) == (500, "ANSWER_TOO_LARGE")
        assert not peer.last_answer()[1].event_name


async def test_a_garbled_answer_harms_its_own_transaction_alone() -> None:
    async def read(stub: Stub) -> Response:
        values = await stub.get_multiple_states(["a"])
        return Response(200, payload=values[0] or b"-")

    async with registered(read) as peer:
        await peer.invoke()
        await peer.invoke(tx_id=OTHER)
        await peer.expect(Kind.GET_STATE_MULTIPLE, TX)
        await peer.expect(Kind.GET_STATE_MULTIPLE, OTHER)
        await peer.tell(Kind.RESPONSE, b"\xff\xff")
        await peer.expect(Kind.ERROR, TX)
        await peer.tell(Kind.RESPONSE, pb.GetStateMultipleResult(values=[b"1"]).SerializeToString(), OTHER)
        assert (await peer.completed(OTHER)).payload == b"1"


def test_a_transactions_time_ends_before_that_of_our_networks_peers() -> None:
    """Else the peer drops the answer, and the client is told of a time-out without a code."""
    theirs = render_nodes._chaincode(Path())["executetimeout"]
    assert Limits().execute_seconds < float(theirs.removesuffix("s"))
