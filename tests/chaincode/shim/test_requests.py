"""Conformance of requests to the peer: one at a time, and their form (fabric.md 2.3, rules 18 to 32)."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from datetime import UTC, datetime

import pytest
from fabric_protos.common import policies_pb2
from fabric_protos.ledger.queryresult import kv_query_result_pb2 as rows_pb2
from fabric_protos.peer import chaincode_shim_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from tests.support.scripted_peer import TX, registered
from tradelane.chaincode.shim.errors import InvalidName, LocalError, RequestRefused, UnreadablePolicy
from tradelane.chaincode.shim.interface import KeyModification, KeyValue, Page, Response, Stub
from tradelane.chaincode.shim.policy import Opaque, all_of, signed_by
from tradelane.chaincode.shim.wire import Kind
from tradelane.chaincode.shim.wire_policy import encode_policy

PREFIX = "\x00title\x00p1\x00"


class Results(list[object]):
    """Runs a function in a transaction and keeps what it returned."""

    def of(self, function: Callable[[Stub], Awaitable[object]]) -> Callable[[Stub], Awaitable[Response | None]]:
        async def run(stub: Stub) -> None:
            self.append(await function(stub))

        return run


@pytest.fixture
def results() -> Results:
    return Results()


async def test_rule_18_gathered_requests_go_one_at_a_time_in_order(results: Results) -> None:
    async def gather(stub: Stub) -> list[bytes | None]:
        return list(await asyncio.gather(*(stub.get_state(key) for key in "abc")))

    async with registered(results.of(gather)) as peer:
        await peer.invoke()
        for key in "abc":
            request = await peer.expect(Kind.GET_STATE, TX)
            assert pb.GetState.FromString(request.payload) == pb.GetState(key=key)
            await peer.expect_nothing()
            await peer.tell(Kind.RESPONSE, key.upper().encode())
        await peer.completed()
    assert results == [[b"A", b"B", b"C"]]


async def test_rule_18_the_answer_to_a_cancelled_request_is_not_taken_for_the_next_ones(results: Results) -> None:
    waiting = asyncio.Event()

    async def give_up(stub: Stub) -> tuple[bytes | None, bool]:
        first = asyncio.create_task(stub.get_state("a"))
        unsent = asyncio.create_task(stub.get_state("b"))
        await waiting.wait()
        first.cancel()
        unsent.cancel()
        return await stub.get_state("c"), first.cancelled() and unsent.cancelled()

    async with registered(results.of(give_up)) as peer:
        await peer.invoke()
        await peer.expect(Kind.GET_STATE)
        waiting.set()
        await peer.expect_nothing()
        await peer.tell(Kind.RESPONSE, b"of a")
        request = await peer.answer(Kind.GET_STATE, b"of c")
        assert pb.GetState.FromString(request.payload).key == "c"
        await peer.completed()
    assert results == [(b"of c", True)]


async def test_rule_18_an_error_answers_the_request(results: Results) -> None:
    async def read(stub: Stub) -> None:
        with pytest.raises(RequestRefused, match="no ledger context"):
            await stub.get_state("a")

    async with registered(results.of(read)) as peer:
        await peer.invoke()
        await peer.refuse(Kind.GET_STATE, "no ledger context")
        assert (await peer.completed()).status == 200


async def test_rule_19_an_absent_key_reads_none(results: Results) -> None:
    async with registered(results.of(lambda stub: stub.get_state("a"))) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE, b"")
        await peer.completed()
    assert results == [None]


EMPTY_NAMES: dict[str, Callable[[Stub], Awaitable[object]]] = {
    "get_state": lambda stub: stub.get_state(""),
    "get_multiple_states": lambda stub: stub.get_multiple_states(["a", ""]),
    "put_state": lambda stub: stub.put_state("", b"1"),
    "put_state, surrogate": lambda stub: stub.put_state("\ud800", b"1"),
    "del_state": lambda stub: stub.del_state(""),
    "set policy": lambda stub: stub.set_state_validation_parameter("", signed_by("A")),
    "get policy": lambda stub: stub.get_state_validation_parameter(""),
    "get_private_data, collection": lambda stub: stub.get_private_data("", "a"),
    "get_private_data, key": lambda stub: stub.get_private_data("c", ""),
    "get_private_data_hash": lambda stub: stub.get_private_data_hash("", "a"),
    "put_private_data": lambda stub: stub.put_private_data("", "a", b"1"),
    "del_private_data": lambda stub: stub.del_private_data("", "a"),
    "purge_private_data": lambda stub: stub.purge_private_data("", "a"),
    "get_multiple_private_data": lambda stub: stub.get_multiple_private_data("c", ["a", ""]),
    "set private policy": lambda stub: stub.set_private_data_validation_parameter("", "a", signed_by("A")),
    "get private policy": lambda stub: stub.get_private_data_validation_parameter("c", ""),
    "invoke_chaincode": lambda stub: stub.invoke_chaincode("", []),
    "invoke_chaincode, surrogate": lambda stub: stub.invoke_chaincode("\udc00", []),
    "invoke_chaincode, channel": lambda stub: stub.invoke_chaincode("a", [], "\udc00"),
    "range page, bound": lambda stub: stub.get_state_by_range_with_pagination("\x00", "", 1, ""),
    "range page, bookmark": lambda stub: stub.get_state_by_range_with_pagination("", "", 1, "\udc00"),
    "query page": lambda stub: stub.get_query_result_with_pagination("", 1, ""),
}


@pytest.mark.parametrize("call", EMPTY_NAMES.values(), ids=EMPTY_NAMES)
async def test_rule_20_names_which_fabric_cannot_hold_are_refused_unsent(
    call: Callable[[Stub], Awaitable[object]], results: Results
) -> None:
    async def use(stub: Stub) -> None:
        with pytest.raises(InvalidName):
            await call(stub)

    async with registered(results.of(use)) as peer:
        await peer.invoke()
        assert (await peer.completed()).status == 200


EMPTY_ITERATIONS: dict[str, Callable[[Stub], object]] = {
    "history": lambda stub: stub.get_history_for_key(""),
    "range": lambda stub: stub.get_state_by_range("\ud800", ""),
    "prefix": lambda stub: stub.get_state_by_partial_composite_key("a\x00", []),
    "query": lambda stub: stub.get_query_result(""),
    "private range, collection": lambda stub: stub.get_private_data_by_range("", "a", "b"),
    "private range, bound": lambda stub: stub.get_private_data_by_range("c", "a", "\x00"),
    "private prefix, collection": lambda stub: stub.get_private_data_by_partial_composite_key("", "a", []),
    "private prefix, attribute": lambda stub: stub.get_private_data_by_partial_composite_key("c", "a", ["\ud800"]),
    "private query, collection": lambda stub: stub.get_private_data_query_result("", "{}"),
    "private query": lambda stub: stub.get_private_data_query_result("c", ""),
}


@pytest.mark.parametrize("call", EMPTY_ITERATIONS.values(), ids=EMPTY_ITERATIONS)
async def test_rule_20_iterations_over_what_fabric_cannot_hold_are_refused_at_the_call(
    call: Callable[[Stub], object], results: Results
) -> None:
    async def use(stub: Stub) -> None:
        with pytest.raises(InvalidName):
            call(stub)

    async with registered(results.of(use)) as peer:
        await peer.invoke()
        assert (await peer.completed()).status == 200


async def test_rule_21_several_keys_are_read_in_chunks(results: Results) -> None:
    names = [f"k{number}" for number in range(250)]
    async with registered(results.of(lambda stub: stub.get_multiple_states(names)), multi_get=1) as peer:
        await peer.invoke()
        for chunk in (names[:100], names[100:200], names[200:]):
            values = [b"" if name == "k7" else name.encode() for name in chunk]
            answer = pb.GetStateMultipleResult(values=values).SerializeToString()
            request = await peer.answer(Kind.GET_STATE_MULTIPLE, answer)
            assert list(pb.GetStateMultiple.FromString(request.payload).keys) == chunk
        await peer.completed()
    assert results == [[None if name == "k7" else name.encode() for name in names]]


async def test_rule_21_without_the_feature_keys_are_read_one_by_one(results: Results) -> None:
    async with registered(results.of(lambda stub: stub.get_multiple_states(["a", "b"])), multi_get=0) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE, b"1")
        await peer.answer(Kind.GET_STATE, b"")
        await peer.completed()
    assert results == [[b"1", None]]


@pytest.mark.parametrize("multi_get", [0, 1000])
async def test_rule_21_no_keys_cost_no_message(multi_get: int, results: Results) -> None:
    async with registered(results.of(lambda stub: stub.get_multiple_states([])), multi_get=multi_get) as peer:
        await peer.invoke()
        await peer.completed()
    assert results == [[]]


@pytest.mark.parametrize("answer", [pb.GetStateMultipleResult(values=[b"1"]).SerializeToString(), b"\xff"])
async def test_rule_21_an_answer_of_the_wrong_form_is_the_peers_fault(answer: bytes, results: Results) -> None:
    async with registered(results.of(lambda stub: stub.get_multiple_states(["a", "b"]))) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE_MULTIPLE, answer)
        await peer.expect(Kind.ERROR, TX)


async def test_rule_23_a_prefix_is_searched_by_its_range(results: Results) -> None:
    async def read(stub: Stub) -> list[KeyValue]:
        return [row async for row in stub.get_state_by_partial_composite_key("title", ["p1"])]

    async with registered(results.of(read)) as peer:
        await peer.invoke()
        request = await peer.answer(Kind.GET_STATE_BY_RANGE, _page(["t1"]))
        await peer.completed()
    expected = pb.GetStateByRange(startKey=PREFIX, endKey=PREFIX + "\U0010ffff")
    assert pb.GetStateByRange.FromString(request.payload) == expected
    assert results == [[KeyValue(PREFIX + "t1\x00", b"value of t1")]]


async def test_rule_25_a_page_and_its_bookmark(results: Results) -> None:
    async def read(stub: Stub) -> Page[KeyValue]:
        return await stub.get_state_by_partial_composite_key_with_pagination("title", ["p1"], 1, "from here")

    async with registered(results.of(read)) as peer:
        await peer.invoke()
        request = pb.GetStateByRange.FromString(
            (await peer.answer(Kind.GET_STATE_BY_RANGE, _page(["t1"], bookmark="from there"))).payload
        )
        await peer.completed()
    assert pb.QueryMetadata.FromString(request.metadata) == pb.QueryMetadata(pageSize=1, bookmark="from here")
    assert results == [Page((KeyValue(PREFIX + "t1\x00", b"value of t1"),), "from there")]


async def test_rule_25_a_page_without_rows_is_refused_unsent(results: Results) -> None:
    async def read(stub: Stub) -> None:
        with pytest.raises(LocalError, match="page of 0 rows"):
            await stub.get_state_by_partial_composite_key_with_pagination("title", [], 0, "")

    async with registered(results.of(read)) as peer:
        await peer.invoke()
        assert (await peer.completed()).status == 200


async def _read_all(stub: Stub) -> list[str]:
    return [row.key async for row in stub.get_state_by_partial_composite_key("title", ["p1"])]


async def test_rule_26_rows_come_in_several_messages(results: Results) -> None:
    async with registered(results.of(_read_all)) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE_BY_RANGE, _page(["t1", "t2"], more="q1"))
        request = await peer.answer(Kind.QUERY_STATE_NEXT, _page(["t3"]))
        assert pb.QueryStateNext.FromString(request.payload).id == "q1"
        assert (await peer.completed()).status == 200
    assert results == [[PREFIX + f"t{number}\x00" for number in (1, 2, 3)]]


async def test_rule_26_an_iteration_left_early_closes_itself(results: Results) -> None:
    async def read(stub: Stub) -> str:
        async with aclosing(stub.get_state_by_partial_composite_key("title", ["p1"])) as rows:
            return (await anext(rows)).key

    async with registered(results.of(read)) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE_BY_RANGE, _page(["t1", "t2"], more="q1"))
        request = await peer.answer(Kind.QUERY_STATE_CLOSE)
        assert pb.QueryStateClose.FromString(request.payload).id == "q1"
        await peer.completed()
    assert results == [PREFIX + "t1\x00"]


async def test_rule_26_an_iteration_nobody_closes_is_closed_when_it_is_dropped() -> None:
    async def read(stub: Stub) -> None:
        async for _ in stub.get_state_by_partial_composite_key("title", ["p1"]):
            break
        await stub.get_state("a")

    async with registered(read) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE_BY_RANGE, _page(["t1", "t2"], more="q1"))
        asked = {(await peer.receive_request()).kind for _ in range(2)}
        assert asked == {Kind.GET_STATE, Kind.QUERY_STATE_CLOSE}
        await peer.completed()


async def test_rule_26_a_query_that_fails_is_not_closed_again(results: Results) -> None:
    async def read(stub: Stub) -> None:
        with pytest.raises(RequestRefused, match="query iterator not found"):
            await _read_all(stub)

    async with registered(results.of(read)) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE_BY_RANGE, _page(["t1"], more="q1"))
        await peer.refuse(Kind.QUERY_STATE_NEXT, "query iterator not found")
        assert (await peer.completed()).status == 200


async def test_rule_26_history_tells_versions(results: Results) -> None:
    async def read(stub: Stub) -> list[KeyModification]:
        return [version async for version in stub.get_history_for_key("a")]

    version = rows_pb2.KeyModification(tx_id="t", value=b"1", timestamp=Timestamp(seconds=60), is_delete=False)
    deletion = rows_pb2.KeyModification(tx_id="u", timestamp=Timestamp(seconds=30), is_delete=True)
    rows = [pb.QueryResultBytes(resultBytes=row.SerializeToString()) for row in (version, deletion)]
    async with registered(results.of(read)) as peer:
        await peer.invoke()
        request = await peer.answer(Kind.GET_HISTORY_FOR_KEY, pb.QueryResponse(results=rows).SerializeToString())
        assert pb.GetHistoryForKey.FromString(request.payload).key == "a"
        await peer.completed()
    assert results == [
        [
            KeyModification("t", b"1", datetime(1970, 1, 1, 0, 1, tzinfo=UTC), is_delete=False),
            KeyModification("u", b"", datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC), is_delete=True),
        ]
    ]


async def test_rule_28_a_refusal_the_chaincode_does_not_handle_is_its_failure() -> None:
    async def write(stub: Stub) -> None:
        await stub.put_state("a", b"1")

    async with registered(write) as peer:
        await peer.invoke()
        await peer.refuse(Kind.PUT_STATE, "a paginated query was run")
        assert (await peer.completed()).status == 500


async def test_rule_29_private_values_and_their_hashes(results: Results) -> None:
    async def read(stub: Stub) -> tuple[bytes | None, bytes | None]:
        return await stub.get_private_data("c", "k"), await stub.get_private_data_hash("c", "k")

    async with registered(results.of(read)) as peer:
        await peer.invoke()
        value = await peer.answer(Kind.GET_STATE, b"value")
        digest = await peer.answer(Kind.GET_PRIVATE_DATA_HASH, b"digest")
        await peer.completed()
    for request in (value, digest):
        assert pb.GetState.FromString(request.payload) == pb.GetState(collection="c", key="k")
    assert results == [(b"value", b"digest")]


async def test_rule_21_private_keys_are_read_one_by_one_for_fabric_compares_only_then(results: Results) -> None:
    async with registered(results.of(lambda stub: stub.get_multiple_private_data("c", ["a", "b"]))) as peer:
        await peer.invoke()
        for key, value in (("a", b"1"), ("b", b"")):
            request = await peer.answer(Kind.GET_STATE, value)
            assert pb.GetState.FromString(request.payload) == pb.GetState(collection="c", key=key)
        await peer.completed()
    assert results == [[b"1", None]]


async def test_rule_29_missing_private_data_is_a_refusal_and_not_an_empty_value(results: Results) -> None:
    async def read(stub: Stub) -> None:
        with pytest.raises(RequestRefused, match="not available"):
            await stub.get_private_data("c", "k")

    async with registered(results.of(read)) as peer:
        await peer.invoke()
        await peer.refuse(Kind.GET_STATE, "private data matching public hash version is not available")
        assert (await peer.completed()).status == 200


async def test_rule_30_a_policy_is_read_from_the_metadata(results: Results) -> None:
    policy = all_of(signed_by("A"), signed_by("B"))
    entries = [
        pb.StateMetadata(metakey="OTHER", value=b"x"),
        pb.StateMetadata(metakey="VALIDATION_PARAMETER", value=encode_policy(policy)),
    ]
    async with registered(results.of(lambda stub: stub.get_state_validation_parameter("k"))) as peer:
        await peer.invoke()
        answer = pb.StateMetadataResult(entries=entries).SerializeToString()
        request = await peer.answer(Kind.GET_STATE_METADATA, answer)
        assert pb.GetStateMetadata.FromString(request.payload) == pb.GetStateMetadata(key="k")
        await peer.completed()
    assert results == [policy]


async def test_rule_30_a_private_keys_policy_is_asked_for_in_its_collection(results: Results) -> None:
    entry = pb.StateMetadata(metakey="VALIDATION_PARAMETER", value=encode_policy(signed_by("A")))
    async with registered(results.of(lambda stub: stub.get_private_data_validation_parameter("c", "k"))) as peer:
        await peer.invoke()
        answer = pb.StateMetadataResult(entries=[entry]).SerializeToString()
        request = await peer.answer(Kind.GET_STATE_METADATA, answer)
        assert pb.GetStateMetadata.FromString(request.payload) == pb.GetStateMetadata(collection="c", key="k")
        await peer.completed()
    assert results == [signed_by("A")]


async def test_rule_30_a_key_without_a_policy_has_none(results: Results) -> None:
    async with registered(results.of(lambda stub: stub.get_state_validation_parameter("k"))) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE_METADATA)
        await peer.completed()
    assert results == [None]


async def test_rule_30_a_policy_of_another_kind_is_written_back_as_it_was_and_one_that_is_none_ends_nothing() -> None:
    others = policies_pb2.SignaturePolicyEnvelope(
        rule=policies_pb2.SignaturePolicy(n_out_of=policies_pb2.SignaturePolicy.NOutOf(n=0))
    ).SerializeToString()

    async def copy(stub: Stub) -> None:
        policy = await stub.get_state_validation_parameter("k")
        assert policy == Opaque(others)
        await stub.set_state_validation_parameter("l", policy)
        with pytest.raises(UnreadablePolicy):
            await stub.get_state_validation_parameter("m")

    def metadata(value: bytes) -> bytes:
        entry = pb.StateMetadata(metakey="VALIDATION_PARAMETER", value=value)
        data: bytes = pb.StateMetadataResult(entries=[entry]).SerializeToString()
        return data

    async with registered(copy) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE_METADATA, metadata(others))
        written = pb.PutStateMetadata.FromString((await peer.answer(Kind.PUT_STATE_METADATA)).payload)
        assert (written.key, written.metadata.value) == ("l", others)
        await peer.answer(Kind.GET_STATE_METADATA, metadata(b"\xff"))
        assert (await peer.completed()).status == 200


def _page(titles: list[str], more: str = "", bookmark: str = "") -> bytes:
    """Return a message of rows; `more` is the id under which the rest can be asked for."""
    rows = [
        rows_pb2.KV(namespace="tradelane", key=f"{PREFIX}{title}\x00", value=f"value of {title}".encode())
        for title in titles
    ]
    response = pb.QueryResponse(
        results=[pb.QueryResultBytes(resultBytes=row.SerializeToString()) for row in rows],
        has_more=bool(more),
        id=more or "done",
    )
    if bookmark:
        response.metadata = pb.QueryResponseMetadata(
            fetched_records_count=len(titles), bookmark=bookmark
        ).SerializeToString()
    data: bytes = response.SerializeToString()
    return data
