"""Listens, secures the connections, and carries bytes between them and HTTP/2."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from tradelane.chaincode.shim.errors import CannotServe
from tradelane.chaincode.shim.limits import MAX_CONNECTIONS
from tradelane.chaincode.shim.rpc import call, diagnosis
from tradelane.http2.messages import Unfinished
from tradelane.http2.server.connection import Connection
from tradelane.http2.server.stream import Stream

_WRITE_BUFFER_BYTES = 256 * 1024
_BACKLOG = 128
_MAX_ARRIVING = 500
_RETRY_SECONDS = 1.0
_CLOSE_SECONDS = 0.4
"""Within this a connection that was closed is gone, or is broken off."""

_FIRST_BYTES = 24

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a connection may take for what.

    Attributes:
        greeting_seconds: For the TLS handshake, and again for the first frame.
        idle_seconds: Without any stream, before it is closed.
        keepalive_seconds: In silence, before the peer is asked for a sign of life.
        answer_seconds: For that sign, before the connection counts as broken.
        tick_seconds: How often all this is looked at.
    """

    greeting_seconds: float = 10.0
    idle_seconds: float = 300.0
    keepalive_seconds: float = 60.0
    answer_seconds: float = 20.0
    tick_seconds: float = 5.0


class Listener:
    """The server: its methods, its address, and the connections to it.

    Args:
        methods: What serves a call, by path.
        context: Returns the TLS context for the next handshake; None for plain text.
        timing: How long connections may take.
        max_connections: How many there may be; whoever comes then is turned away.
        unfinished: What is held of messages that have not come to their end.
    """

    def __init__(
        self,
        methods: Mapping[bytes, call.Method],
        context: Callable[[], ssl.SSLContext] | None = None,
        timing: Timing | None = None,
        max_connections: int = MAX_CONNECTIONS,
        unfinished: Unfinished | None = None,
    ) -> None:
        self.timing = timing or Timing()
        self.unfinished = unfinished or Unfinished()
        self.connections: set[Wire] = set()
        self.draining = False
        self._methods = methods
        self._context = context
        self._max_connections = max_connections
        self._accepting: list[asyncio.Task[None]] = []
        self._arriving: set[asyncio.Task[None]] = set()

    async def start(self, address: str) -> int:
        """Listen at "host:port" and return the port, which for 0 is any free one.

        Raises:
            CannotServe: The address is taken, malformed or not this machine's.
        """
        loop = asyncio.get_running_loop()
        host, _, port = address.rpartition(":")
        sockets: list[socket.socket] = []
        try:
            found = await loop.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
            places = dict.fromkeys((family, str(name[0])) for family, _, _, _, name in found)
            for family, name in list(places)[: None if int(port) else 1]:  # each would get another free port
                sockets.append(socket.create_server((name, int(port)), family=family, backlog=_BACKLOG))
        except (OSError, ValueError, OverflowError) as error:
            for each in sockets:
                each.close()
            raise CannotServe(f"cannot listen on {address}: the address is taken or malformed") from error
        for each in sockets:
            each.setblocking(False)
            task = loop.create_task(self._accept(each))
            task.add_done_callback(partial(_close, each))
            self._accepting.append(task)
        return int(sockets[0].getsockname()[1])

    def serve(self, stream: Stream, peer: str) -> None:
        """Serve a new stream."""
        call.answer(stream, self._methods, peer, self.unfinished)

    def drain(self) -> None:
        """Take no more connections and streams; end each connection after its last stream."""
        self.draining = True
        for task in self._accepting:
            task.cancel()
        for connection in list(self.connections):
            connection.drain()

    async def stop(self) -> None:
        """Close all connections, whatever is served on them."""
        for connection in list(self.connections):
            connection.close()
        deadline = asyncio.get_running_loop().time() + _CLOSE_SECONDS
        for connection in list(self.connections):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await connection.gone.wait()
            connection.abort()
        for task in self._arriving:
            task.cancel()
        await asyncio.wait([*self._accepting, *self._arriving])

    async def _accept(self, listening: socket.socket) -> None:
        while True:
            await self._take_next(listening)

    async def _take_next(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            arrived, name = await loop.sock_accept(listening)
        except OSError as error:  # no more file descriptors, mostly; those that wait are not lost
            _log.error("no more connections can be taken now", extra={"error": str(error)})
            await asyncio.sleep(_RETRY_SECONDS)
            return
        peer = f"{name[0]}:{name[1]}"
        if len(self.connections) >= self._max_connections:
            _log.error("there are as many connections as are allowed, another one was closed", extra={"peer": peer})
            arrived.close()
            return
        if len(self._arriving) >= _MAX_ARRIVING:
            await asyncio.wait(self._arriving, return_when=asyncio.FIRST_COMPLETED)
        task = loop.create_task(self._welcome(arrived, peer))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    async def _welcome(self, arrived: socket.socket, peer: str) -> None:
        loop = asyncio.get_running_loop()
        context = self._context() if self._context is not None else None
        limits: dict[str, Any] = {
            "ssl_handshake_timeout": self.timing.greeting_seconds,
            "ssl_shutdown_timeout": _CLOSE_SECONDS,
        }
        try:
            await loop.connect_accepted_socket(
                lambda: Wire(self, peer), arrived, ssl=context, **(limits if context is not None else {})
            )
        except OSError as fault:
            cause = str(fault) or type(fault).__name__
            _log.warning(diagnosis.of_handshake(fault), extra={"peer": peer, "cause": cause})


def _close(listening: socket.socket, _: asyncio.Task[None]) -> None:
    listening.close()


class Wire(asyncio.Protocol):
    """One connection."""

    def __init__(self, listener: Listener, peer: str) -> None:
        self.gone = asyncio.Event()
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._http2 = Connection(self._accept, self._wake)
        self._transport: asyncio.Transport | None = None
        self._peer = peer
        self._first = b""
        self._heard = True
        self._busy_at = self._began = self._looked_at = self._loop.time()
        self._silence = 0.0
        self._asked_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    # For asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = stream = cast("asyncio.Transport", transport)
        stream.set_write_buffer_limits(_WRITE_BUFFER_BYTES)
        self._listener.connections.add(self)
        self._timer = self._loop.call_later(self._listener.timing.tick_seconds, self._tick)
        if self._listener.draining:
            self._http2.go_away()
        tls: ssl.SSLObject | None = stream.get_extra_info("ssl_object")
        if tls is not None and tls.selected_alpn_protocol() != "h2":
            self._end(diagnosis.NO_HTTP_2_AGREED)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._heard = True
        if not self._http2.greeted:
            self._first = (self._first + data)[:_FIRST_BYTES]
        self._http2.receive(data)

    def eof_received(self) -> None:
        """Let the transport close itself."""

    def pause_writing(self) -> None:
        """Neither send more, nor read what would have to be answered."""
        self._http2.writable(now=False)
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        self._http2.writable(now=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the streams."""
        self.gone.set()
        self._listener.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        self._http2.lost(type(exc).__name__ if exc else "the connection was closed")

    # For the listener

    def drain(self) -> None:
        """Take no more streams, and close after the last."""
        self._http2.go_away("the service is being stopped")
        self._flush()

    def close(self) -> None:
        """Close after what is written already."""
        if self._transport is not None:
            self._flush()
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    # For HTTP/2

    def _accept(self, stream: Stream) -> None:
        self._listener.serve(stream, self._peer)

    def _wake(self) -> None:
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        data = self._http2.output()
        if data:
            transport.write(data)
        fault = self._http2.closed
        if fault is not None:
            self._report(fault.code.name, str(fault))
            transport.close()
        elif self._listener.draining and not self._http2.streams:
            transport.close()

    def _report(self, code: str, text: str) -> None:
        fields = {"peer": self._peer, "code": code, "cause": text}
        if self._http2.greeted:
            _log.warning("a peer broke HTTP/2, its connection was closed", extra=fields)
        else:
            _log.warning(diagnosis.of_first_bytes(self._first), extra=fields)

    # Time

    def _tick(self) -> None:
        timing, now = self._listener.timing, self._loop.time()
        self._timer = self._loop.call_later(timing.tick_seconds, self._tick)
        self._http2.rest()
        # Time in which nobody listened, as when a chaincode kept the loop busy, is not the peer's silence.
        self._silence += min(now - self._looked_at, 2 * timing.tick_seconds)
        self._looked_at = now
        if self._heard:
            self._heard, self._silence, self._asked_at = False, 0.0, None
        if self._http2.streams:
            self._busy_at = now
        if not self._http2.greeted and now - self._began >= timing.greeting_seconds:
            self._end("a connection said nothing that begins HTTP/2, closed")
        elif self._asked_at is not None and self._silence - self._asked_at >= timing.answer_seconds:
            self._end("a peer gives no sign of life, its connection is closed")
        elif self._asked_at is None and self._silence >= timing.keepalive_seconds:
            self._asked_at = self._silence
            self._http2.ping()
        elif now - self._busy_at >= timing.idle_seconds:
            self._http2.go_away("idle")
            self.close()

    def _end(self, why: str) -> None:
        _log.warning(why, extra={"peer": self._peer})
        self.abort()
