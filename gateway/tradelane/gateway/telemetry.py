"""OpenTelemetry spans around calls and their steps, and the W3C trace context sent along with each request.

A call (`submit`, `evaluate`, ...) is a span; each try of each of its steps is a span below it, of kind CLIENT, whose
context travels in the gRPC metadata. Attributes name where and what, never arguments, answers or private inputs.

This module needs the package `opentelemetry-api` (extra `telemetry`); `watching` loads it only where that is there.
"""

from typing import Final

from opentelemetry import propagate, trace
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, TracerProvider

from tradelane.gateway.errors import GatewayError, Step
from tradelane.gateway.observer import NOBODY, Attempt, CallObserver, TryObserver
from tradelane.gateway.tries import LEFT

SCOPE: Final = "tradelane.gateway"
"""The instrumentation scope of the spans."""

_METHODS: Final = {
    Step.EVALUATE: "Evaluate",
    Step.ENDORSE: "Endorse",
    Step.SUBMIT: "Submit",
    Step.COMMIT_STATUS: "CommitStatus",
    Step.EVENTS: "Events",
}
_WELL: Final = ("OK", "VALID", LEFT)


class Tracing:
    """An observer that makes spans of what a client does.

    Args:
        channel: Fabric channel, an attribute of each span.
        chaincode: Name of the chaincode, likewise.
        provider: Where the spans go; by default the process's own.
    """

    def __init__(self, channel: str, chaincode: str, provider: TracerProvider | None = None) -> None:
        self._tracer = trace.get_tracer(SCOPE, tracer_provider=provider)
        self._attributes = {"fabric.channel": channel, "fabric.chaincode": chaincode}

    def called(self, call: str, function: str) -> CallObserver:
        """Begin the span of a call, below the caller's current span."""
        named = {**self._attributes, "fabric.function": function} if function else self._attributes
        span = self._tracer.start_span(f"{call} {function}".rstrip(), attributes=named)
        # Where no SDK is set up there is nobody to tell, and no trace to pass on.
        return _Call(self._tracer, span, named) if span.get_span_context().is_valid else NOBODY


class _Call:
    """The span of one call."""

    def __init__(self, tracer: Tracer, span: Span, attributes: dict[str, str]) -> None:
        self._tracer = tracer
        self._span = span
        self._context = trace.set_span_in_context(span)
        self._attributes = attributes

    def tried(self, step: Step, transaction_id: str, peer: str) -> TryObserver:
        if transaction_id:
            self._span.set_attribute("fabric.transaction_id", transaction_id)
        attributes = {
            **self._attributes,
            "fabric.transaction_id": transaction_id,
            "rpc.system": "grpc",
            "rpc.method": _METHODS[step],
            "server.address": peer,
        }
        span = self._tracer.start_span(
            _METHODS[step], context=self._context, kind=SpanKind.CLIENT, attributes=attributes
        )
        return _Try(span)

    def ended(self, error: BaseException | None) -> None:
        if isinstance(error, Exception):  # else its caller left, which is no fault
            # The words of other exceptions are not ours, and might repeat what was sent.
            _fail(self._span, error.code if isinstance(error, GatewayError) else type(error).__name__)
        self._span.end()


class _Try:
    """The span of one try of a step, and the context that goes with its request."""

    def __init__(self, span: Span) -> None:
        self._span = span
        carrier: dict[str, str] = {}
        propagate.inject(carrier, trace.set_span_in_context(span))
        self.metadata = tuple(carrier.items())

    def ended(self, attempt: Attempt) -> None:
        self._span.set_attribute("fabric.code", attempt.code)
        if attempt.waited_seconds:
            self._span.set_attribute("tradelane.waited_seconds", attempt.waited_seconds)
        if attempt.code not in _WELL:
            _fail(self._span, attempt.code)
        self._span.end()


def _fail(span: Span, code: str) -> None:
    span.set_attribute("error.type", code)
    span.set_status(StatusCode.ERROR, code)
