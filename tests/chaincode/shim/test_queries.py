"""Conformance of queries: bounds, rich queries, and pages as one iteration (fabric.md 2.3, rules 24, 25, 27)."""

import asyncio
import gc
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest
from fabric_protos.ledger.queryresult import kv_query_result_pb2 as rows_pb2
from fabric_protos.peer import chaincode_shim_pb2 as pb

from tests.support.scripted_peer import registered
from tradelane.chaincode.shim.errors import InvalidName, RequestRefused
from tradelane.chaincode.shim.interface import KeyValue, Page, Stub
from tradelane.chaincode.shim.keys import all_composite, simple_range
from tradelane.chaincode.shim.paging import every_row
from tradelane.chaincode.shim.wire import Kind

LAST = "\U0010ffff"
QUERY = '{"selector":{"a":1}}'


def rows_message(*keys: str, bookmark: str = "", has_more: bool = False) -> bytes:
    results = [rows_pb2.KV(namespace="cc", key=key, value=b"v").SerializeToString() for key in keys]
    response = pb.QueryResponse(
        results=[pb.QueryResultBytes(resultBytes=each) for each in results], has_more=has_more, id="q"
    )
    if bookmark:
        metadata = pb.QueryResponseMetadata(fetched_records_count=len(keys), bookmark=bookmark)
        response.metadata = metadata.SerializeToString()
    data: bytes = response.SerializeToString()
    return data


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [("a", "b", ("a", "b")), ("", "b", ("\x01", "b")), ("a", "", ("a", "")), ("", "", ("\x01", ""))],
)
def test_rule_24_a_simple_range_leaves_composite_keys_out(start: str, end: str, expected: tuple[str, str]) -> None:
    assert simple_range(start, end) == expected


@pytest.mark.parametrize(
    ("start", "end"), [("\x00", ""), ("", "\x00"), ("\x00a", "b"), ("\ud800", ""), ("", "a\udfff")]
)
def test_rule_24_bounds_of_other_keys_or_without_utf8_are_refused(start: str, end: str) -> None:
    with pytest.raises(InvalidName):
        simple_range(start, end)


def test_rule_24_all_composite_keys_begin_with_u0000() -> None:
    assert all_composite() == ("\x00", "\x00" + LAST)


Iteration = Callable[[Stub], AsyncGenerator[KeyValue, None]]
ITERATIONS: dict[str, tuple[Iteration, Kind, Any]] = {
    "range": (
        lambda stub: stub.get_state_by_range("a", "b"),
        Kind.GET_STATE_BY_RANGE,
        pb.GetStateByRange(startKey="a", endKey="b"),
    ),
    "private range": (
        lambda stub: stub.get_private_data_by_range("c", "", ""),
        Kind.GET_STATE_BY_RANGE,
        pb.GetStateByRange(startKey="\x01", endKey="", collection="c"),
    ),
    "private prefix": (
        lambda stub: stub.get_private_data_by_partial_composite_key("c", "t", ["a"]),
        Kind.GET_STATE_BY_RANGE,
        pb.GetStateByRange(startKey="\x00t\x00a\x00", endKey="\x00t\x00a\x00" + LAST, collection="c"),
    ),
    "query": (
        lambda stub: stub.get_query_result(QUERY),
        Kind.GET_QUERY_RESULT,
        pb.GetQueryResult(query=QUERY),
    ),
    "private query": (
        lambda stub: stub.get_private_data_query_result("c", QUERY),
        Kind.GET_QUERY_RESULT,
        pb.GetQueryResult(query=QUERY, collection="c"),
    ),
}


@pytest.mark.parametrize(("rows", "kind", "body"), ITERATIONS.values(), ids=ITERATIONS)
async def test_rule_26_every_iteration_asks_and_hands_out(rows: Iteration, kind: Kind, body: Any) -> None:
    found: list[str] = []

    async def read(stub: Stub) -> None:
        found.extend([row.key async for row in rows(stub)])

    async with registered(read) as peer:
        await peer.invoke()
        request = await peer.answer(kind, rows_message("k1", "k2"))
        await peer.completed()
    assert request.payload == body.SerializeToString()
    assert found == ["k1", "k2"]


@pytest.mark.parametrize("rows", [each[0] for each in ITERATIONS.values()], ids=ITERATIONS)
async def test_rule_28_what_the_peer_refuses_reaches_the_iteration(rows: Iteration) -> None:
    async def read(stub: Stub) -> None:
        with pytest.raises(RequestRefused, match="not supported for leveldb"):
            await anext(rows(stub))

    async with registered(read) as peer:
        await peer.invoke()
        request = await peer.receive()
        assert request is not None
        await peer.tell(Kind.ERROR, b"ExecuteQuery not supported for leveldb")
        assert (await peer.completed()).status == 200


PageOf = Callable[[Stub, str], Awaitable[Page[KeyValue]]]
PAGES: dict[str, tuple[PageOf, Kind]] = {
    "range": (lambda stub, mark: stub.get_state_by_range_with_pagination("a", "b", 2, mark), Kind.GET_STATE_BY_RANGE),
    "prefix": (
        lambda stub, mark: stub.get_state_by_partial_composite_key_with_pagination("t", [], 2, mark),
        Kind.GET_STATE_BY_RANGE,
    ),
    "all": (
        lambda stub, mark: stub.get_all_states_composite_key_with_pagination(2, mark),
        Kind.GET_STATE_BY_RANGE,
    ),
    "query": (lambda stub, mark: stub.get_query_result_with_pagination(QUERY, 2, mark), Kind.GET_QUERY_RESULT),
}


@pytest.mark.parametrize(("page", "kind"), PAGES.values(), ids=PAGES)
async def test_rule_27_one_iteration_goes_past_the_peers_silent_end(page: PageOf, kind: Kind) -> None:
    found: list[str] = []

    async def read(stub: Stub) -> None:
        found.extend([row.key async for row in every_row(lambda bookmark: page(stub, bookmark))])

    async with registered(read) as peer:
        await peer.invoke()
        marks = [
            (await peer.answer(kind, rows_message("k1", "k2", bookmark="k3"))).payload,
            (await peer.answer(kind, rows_message("k3", "k4", bookmark="k5"))).payload,
            (await peer.answer(kind, rows_message("k5"))).payload,
        ]
        await peer.completed()
    message = pb.GetStateByRange if kind is Kind.GET_STATE_BY_RANGE else pb.GetQueryResult
    asked = [pb.QueryMetadata.FromString(message.FromString(each).metadata) for each in marks]
    assert [(each.pageSize, each.bookmark) for each in asked] == [(2, ""), (2, "k3"), (2, "k5")]
    assert found == ["k1", "k2", "k3", "k4", "k5"]


async def test_rule_27_an_empty_page_is_the_end_whatever_its_bookmark() -> None:
    """CouchDB hands out a bookmark with the last page too, and the same one for ever after."""

    async def read(stub: Stub) -> None:
        rows = every_row(lambda bookmark: stub.get_query_result_with_pagination(QUERY, 1, bookmark))
        assert [row.key async for row in rows] == ["k1"]

    async with registered(read) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_QUERY_RESULT, rows_message("k1", bookmark="nil"))
        await peer.answer(Kind.GET_QUERY_RESULT, rows_message(bookmark="nil"))
        assert (await peer.completed()).status == 200


async def test_rule_25_without_pages_there_is_no_metadata_to_read() -> None:
    async def read(stub: Stub) -> None:
        assert await stub.get_state_by_range_with_pagination("a", "b", 1, "") == Page((), "")

    async with registered(read) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE_BY_RANGE, rows_message())
        assert (await peer.completed()).status == 200


async def test_rule_26_an_end_which_the_peer_refuses_is_the_end_all_the_same() -> None:
    async def read(stub: Stub) -> None:
        async with aclosing(stub.get_state_by_range("a", "b")) as rows:
            assert (await anext(rows)).key == "k1"

    async with registered(read) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE_BY_RANGE, rows_message("k1", "k2", has_more=True))
        await peer.refuse(Kind.QUERY_STATE_CLOSE, "no such query")
        assert (await peer.completed()).status == 200


async def test_rule_26_an_end_which_the_peer_refuses_after_the_iteration_was_dropped_is_nobodys_error() -> None:
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))

    async def read(stub: Stub) -> None:
        async for _ in stub.get_state_by_range("a", "b"):
            break
        await stub.get_state("a")
        await stub.get_state("b")

    async with registered(read) as peer:
        await peer.invoke()
        await peer.answer(Kind.GET_STATE_BY_RANGE, rows_message("k1", "k2", has_more=True))
        await peer.answer(Kind.GET_STATE)
        await peer.refuse(Kind.QUERY_STATE_CLOSE, "no such query")
        await peer.answer(Kind.GET_STATE)
        assert (await peer.completed()).status == 200
    gc.collect()
    assert not unseen, unseen
