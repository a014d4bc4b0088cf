"""Conformance of invocations: input, proposal, answer, event (fabric.md 2.3, rules 11 to 16)."""

import asyncio
import contextlib
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from fabric_protos.common import common_pb2
from fabric_protos.msp import identities_pb2
from fabric_protos.peer import chaincode_pb2, proposal_pb2

from tests.support.identities import make_identity
from tests.support.scripted_peer import (
    PACKAGE_ID,
    SIGNATURE,
    TIME,
    TX,
    Function,
    Pipe,
    ScriptedPeer,
    input_payload,
    proposal_bytes,
    registered,
    serve,
)
from tradelane.chaincode.shim.admission import Admission
from tradelane.chaincode.shim.errors import InvalidName, NoProposal, TransactionEnded
from tradelane.chaincode.shim.handler import Handler
from tradelane.chaincode.shim.interface import Response, SignedProposal, Stub
from tradelane.chaincode.shim.limits import Limits
from tradelane.chaincode.shim.wire import Kind

SECRET = "canary-4711"


async def nothing(_: Stub) -> None:
    """Do nothing."""


async def test_rule_11_the_stub_tells_what_the_proposal_says() -> None:
    seen: list[object] = []

    async def look(stub: Stub) -> None:
        seen.extend([stub.tx_id, stub.channel_id, tuple(stub.args), stub.timestamp, dict(stub.transient)])
        seen.extend([stub.identity.msp_id, stub.identity.attributes])

    identity = make_identity("ShanghaiMSP", attributes={"tradelane.party": "p1"})
    async with registered(look) as peer:
        proposal = proposal_bytes(identity, {"salt": b"\x00\x01"})
        await peer.tell(Kind.TRANSACTION, input_payload(b"ebl:show", b"{}"), proposal=proposal)
        await peer.completed()
    assert seen == [
        TX,
        "trade",
        (b"ebl:show", b"{}"),
        TIME,
        {"salt": b"\x00\x01"},
        "ShanghaiMSP",
        {"tradelane.party": "p1"},
    ]


async def test_the_same_caller_is_parsed_once() -> None:
    callers = []

    async def look(stub: Stub) -> None:
        callers.append(stub.identity)

    async with registered(look) as peer:
        for _ in range(2):
            await peer.invoke()
            await peer.completed()
    assert callers[0] is callers[1]


async def test_rule_10_without_a_proposal_there_is_no_caller_time_or_transient_data() -> None:
    async def look(stub: Stub) -> None:
        assert stub.args == (b"f",)
        with pytest.raises(NoProposal):
            _ = stub.identity
        with pytest.raises(NoProposal):
            _ = stub.timestamp
        with pytest.raises(NoProposal):
            _ = stub.transient
        with pytest.raises(NoProposal):
            _ = stub.binding
        with pytest.raises(NoProposal):
            _ = stub.creator
        with pytest.raises(NoProposal):
            _ = stub.signed_proposal

    async with registered(look) as peer:
        await peer.tell(Kind.TRANSACTION, input_payload(b"f"))
        assert (await peer.completed()).status == 200


async def test_rule_11_the_binding_ties_nonce_creator_and_epoch() -> None:
    seen: list[object] = []

    async def look(stub: Stub) -> None:
        seen.extend([stub.binding, stub.creator, stub.signed_proposal])

    identity = make_identity("A")
    proposal = proposal_bytes(identity)
    async with registered(look) as peer:
        await peer.tell(Kind.TRANSACTION, input_payload(b"f"), proposal=proposal)
        await peer.completed()
    creator = identities_pb2.SerializedIdentity(mspid="A", id_bytes=identity.certificate_pem).SerializeToString()
    binding = hashlib.sha256(b"n" * 24 + creator + (7).to_bytes(8, "little")).digest()
    assert seen == [binding, creator, SignedProposal(proposal, SIGNATURE)]


async def test_rule_10_the_input_holds_arguments_decorations_and_the_wish_to_initialise() -> None:
    seen: list[object] = []

    async def look(stub: Stub) -> None:
        seen.extend([stub.function, stub.parameters, stub.is_init, stub.decorations])

    content = chaincode_pb2.ChaincodeInput(args=[b"f", "\U0001f6a2".encode()], decorations={"d": b"\xff"}, is_init=True)
    async with registered(look) as peer:
        for payload in (content.SerializeToString(), b""):
            await peer.tell(Kind.TRANSACTION, payload, proposal=proposal_bytes(make_identity("A")))
            await peer.completed()
    assert seen == ["f", ("\U0001f6a2",), True, {"d": b"\xff"}, "", (), False, {}]


@pytest.mark.parametrize("args", [(b"\xff",), (b"f", b"1", b"\xed\xa0\x80")])
async def test_arguments_that_are_not_text_are_refused_with_a_code(args: tuple[bytes, ...]) -> None:
    async def read(stub: Stub) -> Response:
        return Response(200, f"{stub.function}{stub.parameters}")

    async with registered(read) as peer:
        await peer.invoke(*args)
        answer = await peer.completed()
    assert (answer.status, json.loads(answer.message)) == (
        400,
        {"code": "INVALID_ARGUMENT", "message": f"argument {len(args) - 1} is not UTF-8", "details": {}},
    )


async def test_a_caller_without_an_asserted_attribute_is_refused_with_a_code() -> None:
    async def assert_it(stub: Stub) -> None:
        stub.identity.assert_attribute("role", "admin")

    async with registered(assert_it) as peer:
        await peer.invoke(b"f")
        answer = await peer.completed()
    assert (answer.status, json.loads(answer.message)["code"]) == (403, "ATTRIBUTE_REFUSED")


BAD_PROPOSALS = {
    "no proposal": b"\xff",
    "no header": proposal_pb2.Proposal(payload=b"").SerializeToString(),
    "malformed header": proposal_pb2.Proposal(header=b"\xff").SerializeToString(),
    "other header type": proposal_bytes(make_identity("A"), header_type=common_pb2.HeaderType.MESSAGE),
    "impossible time": proposal_bytes(make_identity("A"), seconds=10**15),
}


@pytest.mark.parametrize("proposal", BAD_PROPOSALS.values(), ids=BAD_PROPOSALS)
async def test_rule_11_a_proposal_that_cannot_be_read_is_an_error(proposal: bytes) -> None:
    async with registered(nothing) as peer:
        await peer.tell(Kind.TRANSACTION, input_payload(b"f"), proposal=proposal)
        await peer.expect(Kind.ERROR, TX)
        await peer.invoke()
        await peer.completed()


async def test_rule_11_a_config_header_is_accepted() -> None:
    async with registered(nothing) as peer:
        proposal = proposal_bytes(make_identity("A"), header_type=common_pb2.HeaderType.CONFIG)
        await peer.tell(Kind.TRANSACTION, input_payload(b"f"), proposal=proposal)
        await peer.completed()


async def test_rule_13_input_that_cannot_be_read_is_an_error() -> None:
    async with registered(nothing) as peer:
        await peer.tell(Kind.TRANSACTION, b"\xff", proposal=proposal_bytes(make_identity("A")))
        assert b"ChaincodeInput" in (await peer.expect(Kind.ERROR, TX)).payload


@pytest.mark.parametrize("status", [200, 399, 400, 500])
async def test_rule_12_a_response_of_any_status_is_completed(status: int) -> None:
    async def respond(_: Stub) -> Response:
        return Response(status, "why", b"payload")

    async with registered(respond) as peer:
        await peer.invoke()
        answer = await peer.completed()
        assert (answer.status, answer.message, answer.payload) == (status, "why", b"payload")


async def test_rule_13_an_exception_is_completed_as_an_internal_error_without_internals(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(stub: Stub) -> None:
        raise KeyError(SECRET)

    async with registered(fail) as peer:
        await peer.invoke(SECRET.encode())
        answer = await peer.completed()
    assert answer.status == 500
    assert json.loads(answer.message)["code"] == "INTERNAL_ERROR"
    assert SECRET not in answer.message + caplog.text
    record = next(record for record in caplog.records if record.message == "the chaincode raised")
    fields = vars(record)
    assert (fields["channel"], fields["txid"], fields["error"]) == ("trade", TX, "KeyError")
    assert any("test_invocation.py" in frame for frame in fields["frames"])
    assert SECRET not in json.dumps(fields, default=str)


async def test_rule_13_a_chaincode_that_cancels_itself_is_answered() -> None:
    async def cancel_oneself(_: Stub) -> None:
        raise asyncio.CancelledError

    async with registered(cancel_oneself) as peer:
        await peer.invoke()
        assert (await peer.completed()).status == 500


async def test_rule_13_a_response_which_cannot_be_encoded_is_the_chaincodes_failure() -> None:
    async def respond(_: Stub) -> Response:
        return Response("two hundred")  # type: ignore[arg-type]

    async with registered(respond) as peer:
        await peer.invoke()
        assert (await peer.completed()).status == 500


@pytest.mark.parametrize(("status", "kind"), [(200, Kind.COMPLETED), (499, Kind.COMPLETED), (500, Kind.ERROR)])
async def test_rule_14_an_init_that_fails_is_an_error(status: int, kind: Kind) -> None:
    async def respond(_: Stub) -> Response:
        return Response(status, "no")

    async with registered(respond) as peer:
        await peer.invoke(kind=Kind.INIT)
        answer = await peer.expect(kind, TX)
        assert kind is Kind.COMPLETED or answer.payload == b"no"


async def test_rule_15_the_last_event_rides_on_the_answer() -> None:
    async def emit(stub: Stub) -> None:
        stub.set_event("first", b"1")
        stub.set_event("last", b"2")

    async with registered(emit) as peer:
        await peer.invoke()
        event = await peer.completed_event()
        assert (event.event_name, event.payload, event.chaincode_id, event.tx_id) == ("last", b"2", "", "")


async def test_rule_15_without_a_name_there_is_no_event() -> None:
    async def emit(stub: Stub) -> None:
        with pytest.raises(InvalidName, match="event name is empty"):
            stub.set_event("", b"1")

    async with registered(emit) as peer:
        await peer.invoke()
        assert (await peer.completed_event()).event_name == ""


async def test_rule_16_an_open_batch_is_sent_before_the_answer() -> None:
    async def leave_open(stub: Stub) -> None:
        await stub.write_batch().__aenter__()
        await stub.put_state("a", b"1")

    async with registered(leave_open) as peer:
        await peer.invoke()
        await peer.answer(Kind.WRITE_BATCH_STATE)
        await peer.completed()


@pytest.mark.parametrize("closed", [True, False])
async def test_rule_16_a_batch_which_the_peer_refuses_is_an_error(closed: bool) -> None:
    async def write(stub: Stub) -> None:
        batch = stub.write_batch()
        await batch.__aenter__()
        await stub.put_state("a", b"1")
        if closed:
            await batch.__aexit__(None, None, None)

    async with registered(write) as peer:
        await peer.invoke()
        await peer.refuse(Kind.WRITE_BATCH_STATE, "no write access")
        assert (await peer.expect(Kind.ERROR, TX)).payload == b"no write access"


async def _swallow(write: Awaitable[None]) -> None:
    with contextlib.suppress(Exception):
        await write


async def _in_a_task_group(write: Awaitable[None]) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.wait_for(write, None))


@pytest.mark.parametrize("how", [_swallow, _in_a_task_group])
async def test_rule_16_a_refused_batch_is_an_error_whatever_the_chaincode_makes_of_it(
    how: Callable[[Awaitable[None]], Awaitable[None]],
) -> None:
    """Else what the peer took before the refused write would be endorsed as the whole."""

    async def put(stub: Stub) -> None:
        async with stub.write_batch():
            await stub.put_state("a", b"1")
            await stub.put_private_data("of others", "b", b"2")

    async def write(stub: Stub) -> None:
        await how(put(stub))
        async with stub.write_batch():
            await stub.put_state("c", b"3")

    async with registered(write) as peer:
        await peer.invoke()
        await peer.refuse(Kind.WRITE_BATCH_STATE, "no write access")
        assert (await peer.expect(Kind.ERROR, TX)).payload == b"no write access"
        await peer.expect_nothing()


async def test_rule_16_a_batch_which_was_left_half_sent_is_an_error() -> None:
    sent = asyncio.Event()

    async def write(stub: Stub) -> None:
        async def put() -> None:
            async with stub.write_batch():
                for number in range(101):
                    await stub.put_state(f"{number}", b"1")

        task = asyncio.create_task(put())
        await sent.wait()
        task.cancel()
        await asyncio.wait([task])

    async with registered(write, write_batch=100) as peer:
        await peer.invoke()
        await peer.expect(Kind.WRITE_BATCH_STATE)
        sent.set()
        assert b"before the peer had taken it" in (await peer.expect(Kind.ERROR, TX)).payload


async def test_rule_16_a_batch_that_was_left_to_a_task_is_an_error() -> None:
    tasks: list[asyncio.Task[None]] = []

    async def write(stub: Stub) -> None:
        async def put() -> None:
            async with stub.write_batch():
                await stub.put_state("a", b"1")

        tasks.append(asyncio.create_task(put()))
        await asyncio.sleep(0)

    async with registered(write) as peer:
        await peer.invoke()
        await peer.expect(Kind.WRITE_BATCH_STATE)
        assert b"before the peer had taken it" in (await peer.expect(Kind.ERROR, TX)).payload


async def test_rule_22_a_batch_may_begin_while_another_is_being_sent() -> None:
    sent = asyncio.Event()

    async def write(stub: Stub) -> None:
        async def put(key: str) -> None:
            async with stub.write_batch():
                await stub.put_state(key, b"1")

        first = asyncio.create_task(put("a"))
        await sent.wait()
        second = asyncio.create_task(put("b"))
        await asyncio.gather(first, second)

    async with registered(write) as peer:
        await peer.invoke()
        await peer.expect(Kind.WRITE_BATCH_STATE)
        sent.set()
        await peer.expect_nothing()
        await peer.tell(Kind.RESPONSE)
        await peer.answer(Kind.WRITE_BATCH_STATE)
        assert (await peer.completed()).status == 200


async def test_rule_13_a_violation_in_a_task_group_is_an_error() -> None:
    async def read(stub: Stub) -> None:
        async with asyncio.TaskGroup() as outer, asyncio.TaskGroup() as inner:
            outer.create_task(stub.get_state("a"))
            inner.create_task(stub.get_multiple_states(["a"]))

    async with registered(read) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE)
        await peer.answer(Kind.GET_STATE_MULTIPLE, b"\xff")
        await peer.expect(Kind.ERROR, TX)


VALUES: list[Any] = ["text", None, bytearray(b"1")]


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("private", [True, False])
@pytest.mark.parametrize("batch", [True, False])
async def test_rule_13_a_value_that_is_not_bytes_is_the_chaincodes_failure(
    value: Any, private: bool, batch: bool
) -> None:
    async def write(stub: Stub) -> None:
        if batch:
            await stub.write_batch().__aenter__()
        if private:
            await stub.put_private_data("c", "a", value)
        else:
            await stub.put_state("a", value)

    async with registered(write) as peer:
        await peer.invoke()
        answer = await peer.completed()
    assert (answer.status, json.loads(answer.message)["code"]) == (500, "INTERNAL_ERROR")


async def test_rule_10_what_is_told_by_name_comes_in_the_order_of_the_names() -> None:
    names = [f"name {number}" for number in range(50)]
    entries = dict.fromkeys(reversed(names), b"")
    seen: list[list[str]] = []

    async def look(stub: Stub) -> None:
        seen.extend([list(stub.transient), list(stub.decorations)])

    content = chaincode_pb2.ChaincodeInput(args=[b"f"], decorations=entries)
    async with registered(look) as peer:
        await peer.tell(
            Kind.TRANSACTION, content.SerializeToString(), proposal=proposal_bytes(make_identity("A"), entries)
        )
        await peer.completed()
    assert seen == [sorted(names)] * 2


async def test_rule_17_a_stub_cannot_be_used_after_its_answer(caplog: pytest.LogCaptureFixture) -> None:
    stubs: list[Stub] = []
    tasks: list[asyncio.Task[bytes | None]] = []

    async def keep(stub: Stub) -> None:
        stubs.append(stub)
        tasks.append(asyncio.create_task(stub.get_state("left behind")))
        await asyncio.sleep(0)

    caplog.set_level(logging.DEBUG)
    async with registered(keep) as peer:
        await peer.invoke()
        await peer.expect(Kind.GET_STATE)
        await peer.completed()
        with pytest.raises(TransactionEnded):
            await stubs[0].get_state("a")
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        await peer.tell(Kind.RESPONSE, b"late")
        await peer.expect_nothing()
        late = "answer to a request of a transaction that has ended, dropped"
        assert [each.levelno for each in caplog.records if each.message == late] == [logging.DEBUG]
        await peer.tell(Kind.RESPONSE, b"to nothing")
        await peer.expect_nothing()
    unasked = "answer which nobody waits for, dropped"
    assert [each.levelno for each in caplog.records if each.message == unasked] == [logging.WARNING]


@pytest.mark.parametrize("kind", [Kind.RESPONSE, Kind.ERROR])
async def test_rule_18_an_answer_to_the_run_before_is_not_taken_for_one_to_the_run_after(kind: Kind) -> None:
    async def run(stub: Stub) -> Response:
        if stub.function == "leave":
            tasks.append(asyncio.create_task(stub.get_state("first")))
            await asyncio.sleep(0)
            return Response(200)
        return Response(200, payload=await stub.get_state("second") or b"")

    tasks: list[asyncio.Task[bytes | None]] = []
    async with registered(run) as peer:
        for _ in range(2):  # the answer is owed over several runs
            await peer.invoke(b"leave")
            if len(tasks) == 0:
                await peer.expect(Kind.GET_STATE)
            await peer.completed()
        await peer.invoke(b"read")
        await peer.expect_nothing()
        await peer.tell(kind, b"late")
        await peer.answer(Kind.GET_STATE, b"right")
        assert (await peer.completed()).payload == b"right"
        await peer.invoke(b"read")
        await peer.answer(Kind.GET_STATE, b"right again")
        assert (await peer.completed()).payload == b"right again"


async def test_rule_18_a_peer_that_owes_an_answer_for_ever_costs_the_same_transaction_its_time_alone() -> None:
    async def run(stub: Stub) -> Response:
        return Response(200, payload=await stub.get_state("a") or b"")

    pipe = Pipe()
    admission = Admission(Limits(execute_seconds=0.05))
    task = asyncio.create_task(serve(Handler(PACKAGE_ID, Function(run), pipe, admission=admission), pipe))
    peer = ScriptedPeer(pipe.other)
    await peer.register()
    await peer.invoke()
    await peer.expect(Kind.GET_STATE)
    for _ in range(2):
        assert (await peer.completed()).status == 504
        await peer.invoke()
    assert (await peer.completed()).status == 504
    await peer.invoke(tx_id="other")
    await peer.answer(Kind.GET_STATE, b"1", "other")
    assert (await peer.completed("other")).payload == b"1"
    pipe.other.close()
    await task
