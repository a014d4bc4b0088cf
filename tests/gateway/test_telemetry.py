"""What watchers are told: spans with a trace context that travels, log lines, and no secret in either."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from tests.gateway.conftest import USER
from tests.support.loopback_calls import Refusal
from tests.support.loopback_events import Event
from tests.support.loopback_gateway import LoopbackGateway, Script
from tradelane.gateway import client
from tradelane.gateway.errors import CallError, CommitError, Refused
from tradelane.gateway.observer import LOGGER, NOBODY
from tradelane.gateway.retry import RetryPolicy
from tradelane.gateway.telemetry import Tracing
from tradelane.gateway.watching import Logged, Several, watching

SECRET = "the consignee pays 4711 dollars"


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(exported: InMemorySpanExporter) -> Iterator[TracerProvider]:
    found = TracerProvider()
    found.add_span_processor(SimpleSpanProcessor(exported))
    yield found
    found.shutdown()


@pytest.fixture
def gateway(profile: Path, provider: TracerProvider) -> Iterator[client.Gateway]:
    observer = Several((Logged(), Tracing("trade", "tradelane", provider)))
    with client.connect(profile, USER, observer=observer) as found:
        yield found


def spans(exported: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    found = {each.name: each for each in exported.get_finished_spans()}
    assert len(found) == len(exported.get_finished_spans())
    return found


def texts(span: ReadableSpan) -> str:
    return str(span.to_json())


def test_a_submit_is_a_span_with_one_below_for_each_step(
    gateway: client.Gateway, exported: InMemorySpanExporter, peer: LoopbackGateway
) -> None:
    done = gateway.submit("ebl:transfer", SECRET, transient={"price": SECRET.encode()})
    found = spans(exported)
    assert list(found) == ["Endorse", "Submit", "CommitStatus", "submit ebl:transfer"]
    call = found.pop("submit ebl:transfer")
    assert (call.parent, call.kind, call.status.status_code) == (None, SpanKind.INTERNAL, StatusCode.UNSET)
    for name, span in found.items():
        assert call.context is not None
        assert span.parent is not None
        assert (span.parent.span_id, span.kind) == (call.context.span_id, SpanKind.CLIENT)
        attributes = dict(span.attributes or {})
        assert attributes == {
            "fabric.channel": "trade",
            "fabric.chaincode": "tradelane",
            "fabric.function": "ebl:transfer",
            "fabric.transaction_id": done.transaction_id,
            "fabric.code": "VALID" if name == "CommitStatus" else "OK",
            "rpc.system": "grpc",
            "rpc.method": name,
            "server.address": peer.endpoint,
        }
    assert not any(SECRET in texts(each) for each in (call, *found.values()))


def test_the_trace_context_travels_with_every_request(
    gateway: client.Gateway, exported: InMemorySpanExporter, script: Script, provider: TracerProvider
) -> None:
    with provider.get_tracer("bank").start_as_current_span("pay"):
        gateway.submit("ebl:transfer")
        gateway.evaluate("ebl:show")
    named = {each.name: each for each in exported.get_finished_spans()}
    wanted = {name: each.context for name, each in named.items() if each.kind is SpanKind.CLIENT}
    assert {each.trace_id for each in wanted.values()} == {named["pay"].context.trace_id}
    sent = {name: metadata["traceparent"] for name, metadata in script.metadata}
    assert sent == {
        name: f"00-{each.trace_id:032x}-{each.span_id:016x}-{each.trace_flags:02x}" for name, each in wanted.items()
    }


def test_each_try_is_a_span_with_its_code(
    gateway: client.Gateway, exported: InMemorySpanExporter, script: Script
) -> None:
    answers: Iterator[Any] = iter([Refusal(grpc.StatusCode.UNAVAILABLE, "gone"), None])

    def on_submit() -> None:
        if (refusal := next(answers)) is not None:
            raise refusal

    script.on_submit = on_submit
    gateway.submit("ebl:transfer")
    codes = [
        ((each.attributes or {})["fabric.code"], each.status.status_code)
        for each in exported.get_finished_spans()
        if each.name == "Submit"
    ]
    assert codes == [("UNREACHABLE", StatusCode.ERROR), ("OK", StatusCode.UNSET)]


def test_a_commit_without_effect_fails_its_spans(
    gateway: client.Gateway, exported: InMemorySpanExporter, script: Script
) -> None:
    script.validation_code = 10
    with pytest.raises(CommitError):
        gateway.submit("ebl:transfer", retry=RetryPolicy(transactions=1))
    found = spans(exported)
    for name in ("CommitStatus", "submit ebl:transfer"):
        assert found[name].status.status_code is StatusCode.ERROR
        assert (found[name].attributes or {})["error.type"] == "ENDORSEMENT_POLICY_FAILURE"


def refusing(script: Script) -> None:
    def refuse(_: Any) -> bytes:
        said = f'chaincode response 403, {{"code":"NOT_IN_CONTROL","message":"{SECRET}"}}'
        raise Refusal(grpc.StatusCode.ABORTED, "see details", [("127.0.0.1:1", "ShanghaiMSP", said)])

    script.chaincode = refuse


def test_a_refusal_is_told_by_its_code_and_not_in_its_words(
    gateway: client.Gateway, exported: InMemorySpanExporter, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    refusing(script)
    with caplog.at_level(logging.DEBUG, LOGGER), pytest.raises(Refused):
        gateway.submit("ebl:transfer", SECRET)
    told = caplog.text + "".join(texts(each) for each in exported.get_finished_spans())
    assert ("NOT_IN_CONTROL" in told, SECRET in told) == (True, False)


def test_the_log_names_transactions_at_the_level_of_what_happened(
    gateway: client.Gateway, script: Script, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    done = gateway.submit("ebl:transfer", SECRET)
    levels = [each.levelname for each in caplog.records]
    assert levels == ["DEBUG", "DEBUG", "DEBUG", "INFO"]
    assert all(done.transaction_id in each.getMessage() for each in caplog.records)
    caplog.clear()
    script.validation_code = 10
    with pytest.raises(CommitError):
        gateway.submit("ebl:transfer", retry=RetryPolicy(transactions=1))
    assert caplog.records[-1].levelname == "WARNING"
    assert "ENDORSEMENT_POLICY_FAILURE" in caplog.text
    assert SECRET not in caplog.text


def test_a_call_of_a_closed_peer_is_told(
    gateway: client.Gateway, peer: LoopbackGateway, exported: InMemorySpanExporter
) -> None:
    peer.stop()
    with pytest.raises(CallError) as caught:
        gateway.evaluate("ebl:show", timeout_seconds=0.2)
    *_, call = exported.get_finished_spans()
    assert call.name == "evaluate ebl:show"
    assert (call.attributes or {})["error.type"] == caught.value.code


def test_a_stream_of_events_is_a_span_and_carries_the_trace_context(
    gateway: client.Gateway, peer: LoopbackGateway, exported: InMemorySpanExporter, script: Script
) -> None:
    peer.chain.add([Event("T1", "novelty", SECRET.encode())])
    with gateway.chaincode_events(start_block=0) as events:
        assert next(events).payload == SECRET.encode()
    named = {each.name: each for each in exported.get_finished_spans()}
    call, stream = named["events ChaincodeEvents"], named["Events"]
    assert (call.context.span_id, stream.kind) == (stream.parent and stream.parent.span_id, SpanKind.CLIENT)
    assert {each.status.status_code for each in (call, stream)} == {StatusCode.UNSET}  # who leaves fails nothing
    sent = dict(script.metadata)["ChaincodeEvents"]["traceparent"]
    assert sent.split("-")[2] == f"{stream.context.span_id:016x}"
    assert SECRET not in texts(call) + texts(stream)


def test_where_no_provider_is_set_up_nothing_is_made_or_sent() -> None:
    assert Tracing("trade", "tradelane", trace.NoOpTracerProvider()).called("submit", "ebl:transfer") is NOBODY


def test_with_the_log_off_calls_are_not_watched(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, LOGGER)
    assert Logged().called("submit", "ebl:transfer") is NOBODY


def test_without_the_package_clients_work_and_nothing_of_it_is_loaded() -> None:
    code = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "opentelemetry":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
from tradelane.gateway.watching import Logged, watching
assert type(watching("trade", "tradelane")) is Logged
import tradelane.gateway.client, tradelane.gateway.aio
assert not [name for name in sys.modules if name.startswith("opentelemetry")]
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_with_it_clients_trace_by_default() -> None:
    assert isinstance(watching("trade", "tradelane"), Several)
