"""Rich queries, on peers whose state database stands in for CouchDB (`tests/support/couch.py` says how far)."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.conformance.pair import GO, PYTHON, Pair, Steps, bound, content, keys_of
from tests.conformance.services import both_on
from tests.support.couch import network_on_couch
from tradelane.network import Network

pytestmark = pytest.mark.network

COLLECTION = "directory"
FAR = "𝔘𐍈 é"


@pytest.fixture(scope="module")
def both_on_couch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    directory = tmp_path_factory.mktemp("couch")
    with network_on_couch(directory / "home") as network, both_on(network, directory / "services") as served:
        yield served


@pytest.fixture
async def pair(both_on_couch: Network) -> AsyncIterator[Pair]:
    async with Pair(both_on_couch) as pair:
        yield pair


def ship(key: str, number: int, **more: Any) -> str:
    return content(json.dumps({"fleet": key, "number": number, **more}, ensure_ascii=False))


def query(key: str, **more: Any) -> str:
    """Return a query for the documents of one test, by number."""
    selector = {"fleet": key, "number": {"$gte": 0}, **more}
    return json.dumps({"selector": selector}, ensure_ascii=False)


async def fleet(pair: Pair, key: str, count: int) -> list[str]:
    names = [f"{key}{number:03}" for number in range(count)]
    await pair.seed([["Batch", [["PutState", name, ship(key, number)] for number, name in enumerate(names)]]])
    return names


async def test_a_selector_finds_what_it_says(pair: Pair, key: str) -> None:
    names = await fleet(pair, key, 5)
    await pair.seed([["PutState", key + FAR, ship(key, 7, name=FAR)], ["PutState", key + "-no-json", content(b"\xff")]])
    both = await pair.ask(
        [
            ["GetQueryResult", query(key)],
            ["GetQueryResult", query(key, number={"$gt": 2, "$lt": 7})],
            ["GetQueryResult", query(key, name=FAR)],
            ["GetQueryResult", query(key + "-absent")],
        ]
    )
    assert [keys_of(rows) for rows in both.results] == [[*names, key + FAR], names[3:], [key + FAR], []]
    assert "rangeQueriesInfo" not in both.public, "a rich query is not checked again at commit"


async def test_more_rows_than_one_message_takes(pair: Pair, key: str) -> None:
    names = await fleet(pair, key, 250)
    both = await pair.ask([["GetQueryResult", query(key)]])
    assert keys_of(both.results[0]) == names


async def test_what_a_query_finds_may_be_written(pair: Pair, key: str) -> None:
    names = await fleet(pair, key, 2)
    both = await pair.ask([["GetQueryResult", query(key)], ["PutState", names[0], ship(key, 9)]])
    assert keys_of(both.results[0]) == names


async def test_pages_with_bookmarks(pair: Pair, key: str) -> None:
    names = await fleet(pair, key, 7)
    found, bookmark, sizes = list[str](), "", list[int]()
    while not sizes or sizes[-1] == 3:
        both = await pair.ask([["GetQueryResultWithPagination", query(key), 3, bookmark]])
        rows, bookmark, count = both.results[0]
        assert bookmark, "CouchDB gives a bookmark with the last page too"
        found += keys_of(rows)
        sizes.append(count)
    assert (found, sizes) == (names, [3, 3, 1])


@pytest.mark.parametrize("size", [1, 3, 7, 100])
async def test_one_iteration_over_all_pages(pair: Pair, key: str, size: int) -> None:
    """Go's shim has no such iteration: its chaincode goes from bookmark to bookmark itself."""
    names = await fleet(pair, key, 7)
    both = await pair.ask([["EveryRow", query(key), size]])
    assert keys_of(both.results[0]) == names


async def test_a_transaction_that_asked_for_a_page_may_not_write(pair: Pair, key: str) -> None:
    page: list[Any] = ["GetQueryResultWithPagination", query(key), 3, ""]
    put: list[Any] = ["PutState", key, content("v")]
    for steps in ([page, put], [put, page]):
        both = await pair.ask(steps)
        assert both.results[1]["refused"] == "peer"


async def test_private_queries(pair: Pair, key: str) -> None:
    names = [f"{key}{number}" for number in range(3)]
    await pair.seed([["PutPrivateData", COLLECTION, name, ship(key, n)] for n, name in enumerate(names)])
    both = await pair.ask(
        [
            ["GetPrivateDataQueryResult", COLLECTION, query(key, number={"$gt": 0})],
            ["PutPrivateData", COLLECTION, key, content("v")],
        ]
    )
    assert keys_of(both.results[0]) == names[1:]
    assert both.results[1]["refused"] == "peer"


@pytest.mark.parametrize("text", ["{", "{}", '{"selector":7}', '{"selector":{"a":{"$nonsense":1}}}', "7", FAR])
async def test_queries_that_are_none(pair: Pair, text: str) -> None:
    await pair.ask([["GetQueryResult", text]])
    await pair.ask([["GetQueryResultWithPagination", text, 3, ""]])


@pytest.mark.parametrize("name", ["_", "_key"])
async def test_keys_that_couchdb_keeps_for_itself(pair: Pair, name: str) -> None:
    both = await pair.ask([["PutState", name, content("v")]])
    assert both.results[0]["refused"] == "peer"
    assert 'cannot begin with "_"' in both.results[0]["text"]


async def test_a_batch_with_such_a_key_is_an_error_of_ours(pair: Pair, key: str) -> None:
    """Go leaves it to the chaincode, which here goes on; then what stands before the key would be endorsed."""
    steps: Steps = [["Batch", [["PutState", key, content("v")], ["PutState", "_key", content("v")]]]]
    answers, _ = await pair.invoke_each("run", bound(steps).encode())
    assert (answers[GO].endorsed, answers[PYTHON].endorsed, answers[PYTHON].status) == (True, False, 500)
    assert 'cannot begin with "_"' in answers[PYTHON].message


@pytest.mark.parametrize("field", ["_id", "~version", "_any"])
async def test_fields_that_couchdb_keeps_for_itself(pair: Pair, key: str, field: str) -> None:
    both = await pair.ask([["PutState", key, content(json.dumps({field: "v"}))]])
    assert both.results[0]["refused"] == "peer"


async def test_what_no_query_is_needed_for(pair: Pair, key: str) -> None:
    """Ranges, composite keys, deletes and values of any bytes are the same as on LevelDB."""
    composite = f"\x00{key}\x00{FAR}\x00"
    await pair.seed([["PutState", key, content(b"\xff\x00")], ["PutState", composite, content("v")]])
    both = await pair.ask(
        [
            ["GetState", key],
            ["GetMultipleStates", [key, composite, key + "-absent"]],
            ["GetStateByRange", key, key + "\U0010ffff"],
            ["GetStateByPartialCompositeKey", key, []],
            ["GetStateByRangeWithPagination", key, key + "\U0010ffff", 1, ""],
            ["GetHistoryForKey", composite],
        ]
    )
    assert keys_of(both.results[2]) == [key]
    assert keys_of(both.results[3]) == [composite]
    await pair.seed([["DelState", key]])
    assert (await pair.ask([["GetState", key]])).results == [None]
