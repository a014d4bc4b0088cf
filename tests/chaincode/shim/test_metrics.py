"""Metrics, as Prometheus reads them."""

import urllib.request
from contextlib import closing
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support.loopback_peer import peer_of
from tests.support.scripted_peer import PACKAGE_ID, Function, ScriptedPeer
from tradelane.chaincode.shim.errors import CannotServe
from tradelane.chaincode.shim.interface import Response, Stub
from tradelane.chaincode.shim.metrics import MAX_FUNCTIONS, MAX_NAME_LENGTH, Metrics, served
from tradelane.chaincode.shim.observer import Observer, Outcome, Seen
from tradelane.chaincode.shim.server import ServerOptions, serving
from tradelane.chaincode.shim.wire import Kind

OPTIONS = ServerOptions(PACKAGE_ID, "127.0.0.1:0", tls=None)


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def count(metrics: Metrics, contract: str, function: str, outcome: Outcome) -> float | None:
    labels = {"contract": contract, "function": function, "outcome": outcome.value}
    return value(metrics, "chaincode_transaction_seconds_count", **labels)


async def behave(stub: Stub) -> Response:
    """Do what the function's name says."""
    match stub.args[0]:
        case b"ebl:refuse":
            return Response(409)
        case b"ebl:fail":
            raise RuntimeError
        case b"ebl:write":
            async with stub.write_batch():
                await stub.put_state("a", b"1")
    await stub.get_state("a")
    return Response(200)


async def run(peer: ScriptedPeer, function: bytes) -> None:
    """Invoke a function and answer its requests until it answers."""
    await peer.invoke(function)
    while (message := await peer.receive()) is not None and message.kind not in (Kind.COMPLETED, Kind.ERROR):
        refused = message.kind == Kind.WRITE_BATCH_STATE
        await peer.tell(Kind.ERROR if refused else Kind.RESPONSE)


async def test_invocations_round_trips_and_streams_are_counted() -> None:
    metrics = Metrics()
    async with serving(OPTIONS, Function(behave), metrics) as server, peer_of(server.port, None) as peer:
        await peer.register()
        assert value(metrics, "chaincode_open_streams") == 1
        await peer.invoke(b"ebl:show")
        await peer.expect(Kind.GET_STATE)
        assert value(metrics, "chaincode_running_transactions") == 1
        await peer.tell(Kind.RESPONSE)
        await peer.completed()
        await run(peer, b"ebl:show")
        for function in (b"ebl:refuse", b"ebl:fail", b"ebl:write", b"plain"):
            await run(peer, function)
        await peer.invoke(b"ebl:show", tx_id="c" * 64)
        await peer.expect(Kind.GET_STATE)
    assert value(metrics, "chaincode_open_streams") == 0
    assert value(metrics, "chaincode_running_transactions") == 0
    assert count(metrics, "ebl", "show", Outcome.ENDORSED) == 2
    assert count(metrics, "ebl", "show", Outcome.CANCELLED) == 1
    assert count(metrics, "", "plain", Outcome.ENDORSED) == 1
    assert [count(metrics, "", "other", each) for each in (Outcome.REFUSED, Outcome.FAILED, Outcome.ERROR)] == [1, 1, 1]
    assert value(metrics, "chaincode_peer_round_trip_seconds_count", type="get_state") == 3
    assert value(metrics, "chaincode_peer_round_trip_seconds_count", type="write_batch_state") == 1


def test_only_a_function_that_exists_becomes_a_label() -> None:
    metrics = Metrics()
    seen = Seen("ebl:show", Outcome.REFUSED)
    metrics.invocation_ended(seen, 0.1)
    metrics.invocation_ended(replace(seen, outcome=Outcome.ENDORSED), 0.1)
    metrics.invocation_ended(seen, 0.1)
    assert count(metrics, "", "other", Outcome.REFUSED) == 1
    assert count(metrics, "ebl", "show", Outcome.REFUSED) == 1


def test_a_flood_of_names_does_not_grow_the_metrics_without_end() -> None:
    metrics = Metrics()
    metrics.invocation_ended(Seen("x" * (MAX_NAME_LENGTH + 1), Outcome.ENDORSED), 0.1)
    for number in range(MAX_FUNCTIONS + 5):
        metrics.invocation_ended(Seen(f"function{number}", Outcome.ENDORSED), 0.1)
    assert count(metrics, "", "other", Outcome.ENDORSED) == 6
    assert count(metrics, "", f"function{MAX_FUNCTIONS - 1}", Outcome.ENDORSED) == 1
    assert count(metrics, "", f"function{MAX_FUNCTIONS}", Outcome.ENDORSED) is None


def test_they_are_served_for_prometheus() -> None:
    metrics = Metrics()
    metrics.invocation_ended(Seen('ebl:"\n', Outcome.ENDORSED), 0.1)
    with (
        served(metrics, "127.0.0.1:0") as port,
        closing(urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics")) as answer,
    ):
        families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}
    assert {"chaincode_open_streams", "chaincode_running_transactions"} <= set(families)
    assert families["chaincode_transaction_seconds"].samples[0].labels["function"] == '"\n'


def test_a_taken_address_is_refused() -> None:
    with (
        served(Metrics(), "127.0.0.1:0") as port,
        pytest.raises(CannotServe, match="cannot serve metrics on"),
        served(Metrics(), f"127.0.0.1:{port}"),
    ):
        pass


def test_an_observer_need_not_do_anything() -> None:
    silent = Observer()
    silent.stream_opened()
    silent.round_trip(Kind.GET_STATE, 0.1)
    silent.stream_closed()
    with silent.invocation() as seen:
        assert seen.outcome is Outcome.CANCELLED
