"""Events as an asynchronous iterator; same work as in `streams`, for the tasks of one event loop."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Generic, Self, TypeAlias, TypeVar

import grpc
import grpc.aio

from tradelane.gateway import transport
from tradelane.gateway.events.following import Answer, FollowStep, FollowSteps, Open, Ready, Receive
from tradelane.gateway.rpc import Failure, Pause, Rpc

T = TypeVar("T")

OpenStream: TypeAlias = Callable[[Open], Any]
"""Begins a server stream on the gateway's `grpc.aio` channel."""


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
        self._step: FollowStep[T] | None = None
        """What is being done; a cancelled task leaves it to the next one."""
        self._receiving: asyncio.Future[Any] | None = None
        self._stream: Any = None
        self._began = False
        self._closed = asyncio.Event()

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
        while not self._ready:
            if self._closed.is_set():
                raise StopAsyncIteration
            await self._advance()
        return self._ready.popleft()

    async def close(self) -> None:
        """End the stream, and a wait for its next event in another task; other streams go on."""
        self._closed.set()
        if self._stream is not None:
            self._stream.cancel()
        if self._receiving is not None:
            await asyncio.gather(self._receiving, return_exceptions=True)

    aclose = close
    """The name `contextlib.aclosing` knows."""

    async def _advance(self) -> None:
        try:
            if self._step is None:
                self._step = self._steps.send(None)
            answer = await self._perform(self._step)
            self._began = self._began or isinstance(self._step, Open)
            self._step = None
            if not self._closed.is_set():
                self._step = self._steps.send(answer)
        except asyncio.CancelledError:
            raise
        except BaseException:
            await self.close()
            raise

    async def _perform(self, step: FollowStep[T]) -> Answer:
        match step:
            case Rpc():
                return await self._perform_call(step)
            case Pause():
                await self._pause(step.seconds)
            case Open():
                self._stream = self._open_stream(step)
            case Receive():
                return await self._receive()
            case Ready():
                self._ready.extend(step.items)
        return None

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closed.wait(), seconds)
        except TimeoutError:
            return

    async def _receive(self) -> Answer:
        if self._receiving is None:
            self._receiving = asyncio.ensure_future(self._stream.read())
        # gRPC ends a stream whose reader is cancelled, so the reader is a task of its own.
        await asyncio.wait([self._receiving])
        receiving, self._receiving = self._receiving, None
        if receiving.cancelled():  # as closing the gRPC channel does
            self._closed.set()
            return None
        error = receiving.exception()
        if isinstance(error, grpc.RpcError):
            failure = transport.failure_of(error)
            if failure.status == "CANCELLED" and failure.message in transport.LEFT:
                self._closed.set()
            return failure
        if error is not None:
            raise error
        message = receiving.result()
        return Failure("UNAVAILABLE", "the peer ended the stream") if message is grpc.aio.EOF else message
