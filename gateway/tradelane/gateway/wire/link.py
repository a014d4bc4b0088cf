"""One connection that stands: carries bytes between asyncio and HTTP/2, and asks a silent peer for a sign of life."""

import asyncio
import logging
import ssl
from dataclasses import dataclass
from typing import cast

from tradelane.gateway.faults import LEFT
from tradelane.http2.client.connection import Connection

_WRITE_BUFFER_BYTES = 256 * 1024

_log = logging.getLogger("tradelane.gateway")


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a connection may take for what.

    Attributes:
        connect_seconds: From nothing to the peer's first word in HTTP/2.
        keepalive_seconds: In silence with a call under way, before the peer is asked for a sign of life. Fabric's peers
            drop who asks more often than once a minute.
        answer_seconds: For that sign, before the connection counts as broken.
        tick_seconds: How often that is looked at.
        close_seconds: For the peer to close as well, before the connection is broken off.
        first_rest_seconds: After an attempt that failed, in which calls fail at once; then it grows.
        longest_rest_seconds: A peer that restarts is back in seconds, and is not to be waited for much longer.
    """

    connect_seconds: float = 20.0
    keepalive_seconds: float = 90.0
    answer_seconds: float = 20.0
    tick_seconds: float = 5.0
    close_seconds: float = 0.02
    first_rest_seconds: float = 0.2
    longest_rest_seconds: float = 2.0


class NoHttp2(Exception):
    """The peer is there and speaks something else."""


class HungUp(Exception):
    """The peer closed the connection before it had said anything in HTTP/2."""


class Link(asyncio.Protocol):
    """One connection.

    Attributes:
        http2: Its protocol; `http2.going` tells that it takes no more calls.
        greeted: Done with the peer's first settings; its exception says why there are none.
        gone: Done when the connection is closed.
    """

    def __init__(self, timing: Timing) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self._timing = timing
        self.http2 = Connection(self._wake)
        self.greeted: asyncio.Future[None] = loop.create_future()
        self.gone: asyncio.Future[None] = loop.create_future()
        self._transport: asyncio.Transport | None = None
        self._heard = True
        self._heard_at = loop.time()
        self._asked = False
        self._timer: asyncio.TimerHandle | None = None

    # For asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = stream = cast("asyncio.Transport", transport)
        stream.set_write_buffer_limits(_WRITE_BUFFER_BYTES)
        tls: ssl.SSLObject | None = stream.get_extra_info("ssl_object")
        if tls is not None and tls.selected_alpn_protocol() != "h2":
            self._refuse(NoHttp2("it speaks TLS, and not HTTP/2 in it"))
            stream.abort()
            return
        self._timer = self._loop.call_later(self._timing.tick_seconds, self._tick)
        self._flush()

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._heard = True
        http2 = self.http2
        http2.receive(data)
        if http2.going or http2.closed is not None:
            self._settle()
        elif http2.greeted and not self.greeted.done():
            self.greeted.set_result(None)

    def eof_received(self) -> None:
        """Let the transport close itself."""

    def pause_writing(self) -> None:
        """Send no more content, and go on reading: a peer that waits for that would never read again itself.

        What has to be answered meanwhile is bounded by the connection's patience.
        """
        self.http2.writable(now=False)

    def resume_writing(self) -> None:
        """Go on."""
        self.http2.writable(now=True)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the calls."""
        if self._timer is not None:
            self._timer.cancel()
        said = "" if exc is None else str(exc) or type(exc).__name__
        self._refuse(exc if isinstance(exc, ssl.SSLError) else HungUp(said))
        self.http2.lost(f"the connection to the peer was lost{f' ({said})' if said else ''}")
        if not self.gone.done():
            self.gone.set_result(None)

    # For its owner

    def leave(self) -> None:
        """End the calls under way and close."""
        self.http2.go_away()
        self.http2.lost(LEFT.message)
        self._flush()
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Break off."""
        if self._transport is not None:
            self._transport.abort()

    # For HTTP/2

    def _wake(self) -> None:
        self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        data = self.http2.output()
        if data:
            transport.write(data)
        if self.http2.going or self.http2.closed is not None:
            self._settle()

    def _settle(self) -> None:
        """Close when there is nothing left to do."""
        http2, transport = self.http2, self._transport
        if transport is None or transport.is_closing():
            return
        if http2.closed is not None:
            if not http2.greeted:
                self._refuse(NoHttp2(f"what it says is no HTTP/2: {http2.closed}"))
            else:
                _log.warning("a peer broke HTTP/2, the connection to it is closed: %s", http2.closed)
            data = http2.output()
            if data:
                transport.write(data)
            transport.close()
        elif http2.idle:
            self._refuse(HungUp(http2.farewell))
            transport.close()

    def _refuse(self, why: Exception) -> None:
        if not self.greeted.done():
            self.greeted.set_exception(why)
            self.greeted.exception()  # who waits for it may have left

    # Time

    def _tick(self) -> None:
        timing, now = self._timing, self._loop.time()
        self._timer = self._loop.call_later(timing.tick_seconds, self._tick)
        self.http2.rest()
        if self._heard or not self.http2.streams:
            self._heard, self._asked, self._heard_at = False, False, now
        elif now - self._heard_at >= timing.keepalive_seconds + timing.answer_seconds:
            self.http2.lost("the peer gives no sign of life")
            self.abort()
        elif now - self._heard_at >= timing.keepalive_seconds and not self._asked:
            self._asked = True
            self.http2.ping()
