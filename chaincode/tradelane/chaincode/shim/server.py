"""The gRPC server: the peer dials, the chaincode listens.

The service is Fabric's `protos.Chaincode` with its one method `Connect`, a stream of chaincode messages in both
directions. Messages stay bytes here.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from tradelane.chaincode.shim.errors import Disconnected, LocalError
from tradelane.chaincode.shim.handler import Handler
from tradelane.chaincode.shim.interface import Chaincode

MAX_MESSAGE_BYTES = 100 * 1024 * 1024
"""Fabric's own limit for messages between peer and chaincode."""

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


class CannotServe(LocalError):
    """The server cannot start: the address is taken or malformed, or a TLS file is missing or wrong."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of a mutually authenticated server: peers must show a certificate of `client_ca`."""

    key: Path
    certificate: Path
    client_ca: Path


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What a server needs to know; without `tls` it speaks plain text, for a network nobody else can reach."""

    package_id: str
    address: str
    tls: TlsFiles | None
    drain_seconds: float = 10.0


@dataclass(slots=True)
class RunningServer:
    """A started server and the port it listens on."""

    port: int
    _server: Any = field(repr=False)
    _handlers: set[Handler] = field(repr=False)
    _drain_seconds: float

    async def stop(self) -> None:
        """Answer what is being run, refuse the rest, and stop; after `drain_seconds` cancel what remains."""
        for handler in list(self._handlers):
            handler.drain()
        await self._server.stop(self._drain_seconds)


@asynccontextmanager
async def serving(options: ServerOptions, chaincode: Chaincode) -> AsyncIterator[RunningServer]:
    """Serve a chaincode within the block, and drain at its end.

    Raises:
        CannotServe: See there.
    """
    server = grpc.aio.server(options=_OPTIONS)
    handlers: set[Handler] = set()
    server.add_generic_rpc_handlers((_service(options.package_id, chaincode, handlers),))
    running = RunningServer(_bind(server, options), server, handlers, options.drain_seconds)
    await server.start()
    _log.info("serving", extra={"package": options.package_id, "address": options.address, "port": running.port})
    try:
        yield running
    finally:
        await running.stop()


def _service(package_id: str, chaincode: Chaincode, handlers: set[Handler]) -> Any:  # noqa: ANN401 - grpc has no types
    async def connect(_: object, context: Any) -> None:  # noqa: ANN401
        handler = Handler(package_id, chaincode, _GrpcStream(context))
        handlers.add(handler)
        try:
            await handler.run()
        finally:
            handlers.discard(handler)

    method = grpc.stream_stream_rpc_method_handler(connect)
    return grpc.method_handlers_generic_handler("protos.Chaincode", {"Connect": method})


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
    try:
        if options.tls is None:
            port: int = server.add_insecure_port(options.address)
        else:
            port = server.add_secure_port(options.address, _credentials(options.tls))
    except RuntimeError as error:
        raise CannotServe(
            f"cannot listen on {options.address}: the address is taken or malformed, or a TLS file is wrong"
        ) from error
    return port


def _credentials(tls: TlsFiles) -> Any:  # noqa: ANN401
    try:
        key, certificate, client_ca = (path.read_bytes() for path in (tls.key, tls.certificate, tls.client_ca))
    except OSError as error:
        raise CannotServe(f"cannot read the TLS file {error.filename}: {error.strerror}") from error
    return grpc.ssl_server_credentials([(key, certificate)], client_ca, require_client_auth=True)
