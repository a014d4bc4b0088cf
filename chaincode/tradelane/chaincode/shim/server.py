"""The gRPC server: the peer dials, the chaincode listens.

The service is Fabric's `protos.Chaincode` with its one method `Connect`, a stream of chaincode messages in both
directions. Messages stay bytes here. Any number of peers may connect, each for any number of channels.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc

from tradelane.chaincode.shim.admission import Admission
from tradelane.chaincode.shim.errors import CannotServe, Disconnected
from tradelane.chaincode.shim.handler import Handler
from tradelane.chaincode.shim.health import CHAINCODE_SERVICE, Health, add_health
from tradelane.chaincode.shim.interface import Chaincode
from tradelane.chaincode.shim.limits import MAX_MESSAGE_BYTES, Limits
from tradelane.chaincode.shim.observer import SILENT, Observer
from tradelane.chaincode.shim.registration import Registration
from tradelane.chaincode.shim.tls import Credentials, TlsFiles

DRAIN_SECONDS = 8.0
"""Less than the ten seconds that service managers commonly wait before they kill."""

_END_SECONDS = 1.2
"""A little more than a handler waits for the transactions it cancelled."""

_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Peers ping every 60 s; half of it as the least interval keeps an early ping from counting as abuse.
    ("grpc.http2.min_ping_interval_without_data_ms", 30_000),
    # A second server on the same address must fail rather than share its connections.
    ("grpc.so_reuseport", 0),
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What a server needs to know.

    Attributes:
        package_id: The chaincode package's id, "label:hash", as the peer's installation printed it.
        address: host:port to listen on; port 0 takes any that is free.
        tls: None for plain text, which is for a network nobody else can reach.
        drain_seconds: How long running transactions may take once the server is told to stop.
        limits: What all transactions together may take.
    """

    package_id: str
    address: str
    tls: TlsFiles | None
    drain_seconds: float = DRAIN_SECONDS
    limits: Limits = field(default_factory=Limits)


@dataclass(slots=True)
class RunningServer:
    """A started server and the port it listens on."""

    port: int
    _server: Any = field(repr=False)
    _streams: "_Streams" = field(repr=False)
    _health: Health = field(repr=False)
    _drain_seconds: float

    async def stop(self) -> None:
        """Answer what is being run, refuse the rest, and stop; after `drain_seconds` cancel what remains."""
        self._health.stop()
        self._streams.drain()
        await self._server.stop(self._drain_seconds)
        await self._streams.ended()


@asynccontextmanager
async def serving(
    options: ServerOptions, chaincode: Chaincode, observer: Observer = SILENT
) -> AsyncIterator[RunningServer]:
    """Serve a chaincode within the block, and drain at its end.

    Args:
        options: See there.
        chaincode: What to run.
        observer: Hears of streams, invocations and round trips, such as `metrics.Metrics`.

    Raises:
        CannotServe: See there.
    """
    server = grpc.aio.server(options=_OPTIONS)
    streams = _Streams(options, chaincode, observer)
    method = grpc.stream_stream_rpc_method_handler(streams.connect)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(CHAINCODE_SERVICE, {"Connect": method}),))
    health = add_health(server)
    running = RunningServer(_bind(server, options), server, streams, health, options.drain_seconds)
    await server.start()
    _announce(options, running.port)
    try:
        yield running
    finally:
        await running.stop()


class _Streams:
    """The streams that peers hold open."""

    def __init__(self, options: ServerOptions, chaincode: Chaincode, observer: Observer) -> None:
        self._package_id = options.package_id
        self._admission = Admission(options.limits)
        self._chaincode = chaincode
        self._observer = observer
        self._handlers: dict[Handler, asyncio.Task[None]] = {}
        self._draining = False

    async def connect(self, _: object, context: Any) -> None:  # noqa: ANN401 - grpc has no types
        """Serve one stream until it ends."""
        handler = Handler(self._package_id, self._chaincode, _GrpcStream(context), self._observer, self._admission)
        registration = Registration(handler, {"package": self._package_id, "peer": context.peer()})
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that gRPC runs as a task
        self._handlers[handler] = task
        watch = asyncio.create_task(registration.watch())
        self._observer.stream_opened()
        try:
            await handler.run()
        finally:
            watch.cancel()
            del self._handlers[handler]
            self._observer.stream_closed()
            if not self._draining:
                registration.ended()

    def drain(self) -> None:
        """Have every stream end once its running transactions are answered."""
        self._draining = True
        for handler in list(self._handlers):
            handler.drain()

    async def ended(self) -> None:
        """Wait a moment for the streams whose end gRPC already knows."""
        if self._handlers:
            await asyncio.wait(list(self._handlers.values()), timeout=_END_SECONDS)


class _GrpcStream:
    """A stream of the server as the handler wants it."""

    def __init__(self, context: Any) -> None:  # noqa: ANN401
        self._context = context

    async def receive(self) -> bytes | None:
        try:
            message = await self._context.read()
        except (grpc.RpcError, asyncio.InvalidStateError) as error:
            raise Disconnected(type(error).__name__) from error
        return None if message is grpc.aio.EOF else bytes(message)

    async def send(self, message: bytes) -> None:
        try:
            await self._context.write(message)
        except (grpc.RpcError, asyncio.InvalidStateError) as error:
            raise Disconnected(type(error).__name__) from error


def _bind(server: Any, options: ServerOptions) -> int:  # noqa: ANN401
    credentials = Credentials(options.tls).for_server() if options.tls else None
    try:
        if credentials is None:
            port: int = server.add_insecure_port(options.address)
        else:
            port = server.add_secure_port(options.address, credentials)
    except RuntimeError as error:
        raise CannotServe(f"cannot listen on {options.address}: the address is taken or malformed") from error
    return port


def _announce(options: ServerOptions, port: int) -> None:
    if options.tls is None:
        # Nothing reaches this program when such a peer dials: gRPC drops the connection without a word.
        _log.warning(
            "TLS is off: whoever reaches the address can play the peer. A peer with tls_required in its package's "
            "connection.json cannot connect and reports a failed handshake; give this service certificates then."
        )
    fields = {"package": options.package_id, "address": options.address, "port": port, "tls": options.tls is not None}
    _log.info("serving", extra=fields)
