"""The gRPC server: the peer dials, the chaincode listens.

The service is Fabric's `protos.Chaincode` with its one method `Connect`, a stream of chaincode messages in both
directions. Messages stay bytes here. Any number of peers may connect, each for any number of channels.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tradelane.chaincode.shim.admission import Admission
from tradelane.chaincode.shim.handler import Handler
from tradelane.chaincode.shim.health import CHAINCODE_SERVICE, Health
from tradelane.chaincode.shim.interface import Chaincode
from tradelane.chaincode.shim.limits import Limits
from tradelane.chaincode.shim.observer import SILENT, Observer
from tradelane.chaincode.shim.registration import Registration
from tradelane.chaincode.shim.rpc.call import Call
from tradelane.chaincode.shim.rpc.listener import Listener
from tradelane.chaincode.shim.tls import Credentials, TlsFiles

DRAIN_SECONDS = 8.0
"""Less than the ten seconds that service managers commonly wait before they kill."""

_CONNECT = f"/{CHAINCODE_SERVICE}/Connect".encode()
_END_SECONDS = 1.2
"""A little more than a handler waits for the transactions it cancelled."""

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
    _listener: Listener = field(repr=False)
    _streams: "_Streams" = field(repr=False)
    _health: Health = field(repr=False)
    _drain_seconds: float

    async def stop(self) -> None:
        """Answer what is being run, refuse the rest, and stop; after `drain_seconds` cancel what remains."""
        self._health.stop()
        self._streams.drain()
        self._listener.drain()
        await self._streams.ended(self._drain_seconds)
        self._streams.abort()
        await self._streams.ended(_END_SECONDS)
        await self._listener.stop()


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
    streams = _Streams(options, chaincode, observer)
    health = Health()
    methods = {_CONNECT: streams.connect, **health.methods}
    listener = Listener(methods, Credentials(options.tls).context if options.tls else None)
    port = await listener.start(options.address)
    running = RunningServer(port, listener, streams, health, options.drain_seconds)
    _announce(options, port)
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
        self._handlers: dict[Handler, tuple[Call, asyncio.Task[None]]] = {}
        self._draining = False

    def connect(self, call: Call) -> Handler:
        """Serve one stream until it ends."""
        handler = Handler(self._package_id, self._chaincode, call, self._observer, self._admission)
        self._handlers[handler] = (call, asyncio.create_task(self._serve(handler, call)))
        self._observer.stream_opened()
        handler.begin()
        return handler

    async def _serve(self, handler: Handler, call: Call) -> None:
        registration = Registration(handler, {"package": self._package_id, "peer": call.peer})
        watch = asyncio.create_task(registration.watch())
        try:
            await handler.run()
        finally:
            watch.cancel()
            call.finish()
            del self._handlers[handler]
            self._observer.stream_closed()
            if not self._draining:
                registration.ended()

    def drain(self) -> None:
        """Have every stream end once its running transactions are answered."""
        self._draining = True
        for handler in list(self._handlers):
            handler.drain()

    def abort(self) -> None:
        """Break off every stream that has not ended."""
        for call, _ in list(self._handlers.values()):
            call.abort()

    async def ended(self, seconds: float) -> None:
        """Wait so long for the streams to end."""
        tasks = [task for _, task in self._handlers.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)


def _announce(options: ServerOptions, port: int) -> None:
    if options.tls is None:
        _log.warning(
            "TLS is off: whoever reaches the address can play the peer. A peer with tls_required in its package's "
            "connection.json cannot connect and reports a failed handshake; give this service certificates then."
        )
    elif options.tls.client_ca is None:
        _log.warning(
            "peers are asked for no client certificate: the connection is secret, but whoever reaches the address can "
            "play the peer"
        )
    fields = {"package": options.package_id, "address": options.address, "port": port, "tls": options.tls is not None}
    _log.info("serving", extra=fields)
