"""Events as an asynchronous iterator; same work as in `streams`, for the tasks of one event loop."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Generic, Self, TypeAlias, TypeVar

from tradelane.gateway.events.following import Answer, FollowStep, FollowSteps, Open, Ready, Receive
from tradelane.gateway.events.streams import no_event
from tradelane.gateway.faults import was_left
from tradelane.gateway.rpc import Failure, Pause, Rpc
from tradelane.gateway.wire.transports import Messages

T = TypeVar("T")

OpenStream: TypeAlias = Callable[[Open], Messages]
"""Begins a server stream on the way to one of the gateway's peers."""


class Events(Generic[T]):
    """Events, one after the other, until closed; see `streams.Events`.

    A task that is cancelled while it waits, as by `asyncio.wait_for`, loses nothing: the next `anext` goes on waiting
    for the same event.
    """

    def __init__(
        self,
        steps: FollowSteps[T],
        perform: Callable[[Rpc], Awaitable[bytes | Failure | None]],
        open_stream: OpenStream,
    ) -> None:
        self._steps = steps
        self._perform_call = perform
        self._open_stream = open_stream
        self._ready: deque[T] = deque()
        self._answer: Answer = None
        self._stream: Messages | None = None
        self._began = False
        self._closed = asyncio.Event()
        self._working: asyncio.Task[None] | None = None
        """Waits in the place of the caller's task, which may be cancelled."""

    async def __aenter__(self) -> Self:
        while not self._began and not self._closed.is_set():
            await self._advance()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        """Return the next event; see `Gateway` for what is raised."""
        while not self._closed.is_set():
            if self._ready:
                return self._ready.popleft()
            await self._advance()
        raise StopAsyncIteration

    async def next(self, timeout_seconds: float | None = None) -> T:
        """Return the next event, or give up waiting; see `streams.Events.next`.

        Raises:
            Overdue: NO_EVENT, there was none in that time; ask again.
            StopAsyncIteration: It was closed.
            GatewayError: As the iteration.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                return await anext(self)
        except TimeoutError:
            raise no_event() from None

    async def close(self) -> None:
        """End the stream, and a wait for its next event in another task; other streams go on."""
        self._closed.set()
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait([self._working])
        if self._stream is not None:
            self._stream.cancel()
        self._steps.close()  # so that it notes at once that its caller left

    aclose = close
    """The name `contextlib.aclosing` knows."""

    async def _advance(self) -> None:
        """Go on until a stream is open, something is ready or the end has come."""
        working = self._working = self._working or asyncio.ensure_future(self._work())
        await asyncio.wait([working])
        self._working = None
        if working.cancelled():  # by `close`, or by whoever closed the gRPC channel
            self._closed.set()
        else:
            working.result()

    async def _work(self) -> None:
        step: FollowStep[T] | None = None
        try:
            while not isinstance(step, Open | Ready) and not self._closed.is_set():
                step = self._steps.send(self._answer)
                self._answer = await self._perform(step)
        except BaseException:
            self._closed.set()
            if self._stream is not None:
                self._stream.cancel()
            raise
        self._began = True

    async def _perform(self, step: FollowStep[T]) -> Answer:
        match step:
            case Rpc():
                return await self._perform_call(step)
            case Pause():
                await asyncio.sleep(step.seconds)
            case Open():
                self._stream = self._open_stream(step)
            case Receive():
                return await self._receive()
            case Ready():
                self._ready.extend(step.items)
        return None

    async def _receive(self) -> Answer:
        if self._stream is None:
            raise RuntimeError("a stream is opened before it is read")
        message = await self._stream.receive()
        if isinstance(message, Failure) and was_left(message):
            self._closed.set()
        return message
