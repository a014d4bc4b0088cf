"""A peer's connection as the gateway uses it: made when first needed, made anew when it broke, shared by all calls."""

import asyncio
import random
from importlib.metadata import version
from types import TracebackType
from typing import Self

from tradelane.gateway import transport
from tradelane.gateway.faults import LEFT
from tradelane.gateway.profile import Profile
from tradelane.gateway.rpc import Failure
from tradelane.gateway.wire import dialling, ending
from tradelane.gateway.wire.calls import Streaming, Unary
from tradelane.gateway.wire.dialling import Place
from tradelane.gateway.wire.link import Link, Timing
from tradelane.gateway.wire.tls import context_of
from tradelane.gateway.wire.transports import Messages, Metadata
from tradelane.http2.client.requests import field, request_head
from tradelane.http2.messages import MAX_MESSAGE_BYTES, Unfinished, enclosed
from tradelane.http2.status import Status

_ALWAYS = (
    ("te", "trailers"),
    ("content-type", "application/grpc"),
    ("user-agent", f"grpc-python-tradelane/{version('tradelane')}"),
)
_TIMEOUT = field("grpc-timeout", b"")[:-1]
_LONGEST_SECONDS = 99_999.0
"""As much as `grpc-timeout` has digits for, in milliseconds: more than a day."""


class Connection:
    """A connection to one peer, for all identities and channels of one event loop.

    Nothing is sent before the first call. All calls share one connection and one attempt to make it; after an attempt
    that failed they fail at once for a while, with UNAVAILABLE. Leaving the `async with` block closes it.

    Args:
        place: Where the peer is.
        timing: How long connections may take.
    """

    def __init__(self, place: Place, timing: Timing | None = None) -> None:
        self._place = place
        self._timing = timing or Timing()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._link: Link | None = None
        self._links: set[Link] = set()
        self._dialling: asyncio.Task[Link | Failure] | None = None
        self._failure: Failure | None = None
        self._failures = 0
        self._rests_until = 0.0
        self._closed = False
        self._unfinished = Unfinished()
        self._heads: dict[str, bytes] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def unary(
        self, method: str, request: bytes, timeout_seconds: float, metadata: Metadata = ()
    ) -> bytes | Failure:
        """Make one call; see `transports.Transport.unary`."""
        if len(request) > MAX_MESSAGE_BYTES:
            return _too_large(len(request))
        loop = asyncio.get_running_loop()
        ends = loop.time() + min(timeout_seconds, _LONGEST_SECONDS)
        again = True
        while True:
            link = self._link
            if link is None or link.http2.going or self._loop is not loop:
                found = await self._linked(loop, ends)
                if isinstance(found, Failure):
                    return found
                link = found
            left = ends - loop.time()
            if left <= 0:
                return ending.OVERDUE
            call = Unary(loop, self._unfinished)
            call.stream = link.http2.open(self._head(method, metadata, left), enclosed(request), call)
            timer = loop.call_at(ends, call.expire)
            try:
                answer = await call.done
            except asyncio.CancelledError:
                call.leave()
                raise
            finally:
                timer.cancel()
            if not (call.unprocessed and again) or self._closed:
                return answer
            again = False  # such as one that crossed the peer's GOAWAY: nothing came of it, so it is safe

    def stream(self, method: str, request: bytes, metadata: Metadata = ()) -> Messages:
        """Begin a server stream, or with the first `receive` if there is no connection yet."""
        if self._closed:
            raise transport.closed()
        messages = _Messages(self, self._head(method, metadata, None), enclosed(request), self._unfinished)
        link = self._link
        if link is not None and not link.http2.going and self._loop is asyncio.get_running_loop():
            messages.begin(link)
        return messages

    async def close(self) -> None:
        """End the calls under way and close the connection; again it has no effect."""
        self._closed = True
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            return
        if self._dialling is not None:
            self._dialling.cancel()
            await asyncio.wait([self._dialling])
        links = list(self._links)
        for link in links:
            link.leave()
        for patience in (self._timing.close_seconds, None):
            waiting = [link.gone for link in links if not link.gone.done()]
            if waiting:
                await asyncio.wait(waiting, timeout=patience)
            for link in links:
                link.abort()

    # For its calls

    async def linked(self) -> "Link | Failure":
        """Return a connection that takes calls, or why there is none."""
        loop = asyncio.get_running_loop()
        return await self._linked(loop, None)

    async def _linked(self, loop: asyncio.AbstractEventLoop, ends: float | None) -> Link | Failure:
        if self._closed:
            raise transport.closed()
        if self._loop is not loop:
            self._move_to(loop)
        if self._link is not None and not self._link.http2.going:
            return self._link
        if self._failure is not None and loop.time() < self._rests_until:
            return self._failure
        attempt = self._dialling
        if attempt is None:
            attempt = self._dialling = loop.create_task(self._dial())
        # Who leaves, or has no time left, leaves the attempt to the others.
        await asyncio.wait([attempt], timeout=None if ends is None else max(0.0, ends - loop.time()))
        if not attempt.done():
            return ending.OVERDUE
        return LEFT if attempt.cancelled() else attempt.result()

    async def _dial(self) -> Link | Failure:
        try:
            found = await dialling.dial(self._place, self._timing)
        finally:
            self._dialling = None
        if isinstance(found, Failure):
            rest = min(self._timing.first_rest_seconds * 2**self._failures, self._timing.longest_rest_seconds)
            rest *= random.uniform(0.8, 1.2)  # noqa: S311 -- lest all who lost a peer come back to it together
            self._failures = min(self._failures + 1, 16)
            self._failure = found
            self._rests_until = asyncio.get_running_loop().time() + rest
            return found
        self._failure, self._failures = None, 0
        self._link = found
        self._links.add(found)
        found.gone.add_done_callback(lambda _: self._links.discard(found))
        return found

    def _move_to(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin anew on another loop than the last one, which is closed with all that was on it."""
        self._loop = loop
        self._link, self._dialling, self._failure = None, None, None
        self._links.clear()

    def _head(self, method: str, metadata: Metadata, seconds: float | None) -> bytes:
        head = self._heads.get(method)
        if head is None:
            place = self._place
            head = self._heads[method] = request_head(place.scheme, place.authority, method, _ALWAYS)
        if seconds is not None:
            milliseconds = b"%dm" % (int(seconds * 1000) + 1)
            head += _TIMEOUT + bytes((len(milliseconds),)) + milliseconds
        for name, value in metadata:
            head += field(name.lower(), value)
        return head


class _Messages:
    """A stream that is begun on a connection, or waits for one."""

    def __init__(self, connection: Connection, head: bytes, content: bytes, unfinished: Unfinished) -> None:
        self._connection = connection
        self._head = head
        self._content = content
        self._call = Streaming(unfinished)

    def begin(self, link: Link) -> None:
        self._call.stream = link.http2.open(self._head, self._content, self._call)

    async def receive(self) -> bytes | Failure:
        if self._call.stream is None and not self._call.over:
            found = await self._connection.linked()
            if isinstance(found, Failure):
                self._call.finish(found)
            elif not self._call.over:  # by who cancelled it meanwhile
                self.begin(found)
        return await self._call.receive()

    def cancel(self) -> None:
        self._call.cancel()


def dial(profile: Profile, number: int = 0) -> Connection:
    """Return a connection to one of a profile's peers, counted from 0.

    Raises:
        ProfileError: TLS_ROOTS_MALFORMED.
        IdentityError: TLS_CERTIFICATE_MALFORMED, TLS_KEY_MISMATCH.
    """
    transport.refuse_unusable(profile.tls)
    peer = profile.network.peers[number]
    return Connection(Place(peer.endpoint, peer.server_name, context_of(profile.tls)))


def _too_large(size: int) -> Failure:
    words = f"a message of {size} bytes is more than the {MAX_MESSAGE_BYTES} allowed"
    return Failure(Status.RESOURCE_EXHAUSTED.name, words)
