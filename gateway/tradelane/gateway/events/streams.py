"""Events as an iterator, for programs with threads."""

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Generic, Self, TypeAlias, TypeVar

import grpc

from tradelane.gateway import transport
from tradelane.gateway.events.following import Answer, FollowSteps, Open, Ready, Receive
from tradelane.gateway.faults import was_left
from tradelane.gateway.rpc import Failure, Pause, Rpc

T = TypeVar("T")

OpenStream: TypeAlias = Callable[[Open], Iterator[bytes]]
"""Begins a server stream on the gateway's gRPC channel; what it returns is a gRPC call."""


class Events(Generic[T]):
    """Events, one after the other, until closed.

    Nothing is asked of the peer before the `with` block is entered or the first event is wanted; what is committed
    from then on is told. While nobody asks for the next event nothing is read from the connection, so that gRPC's
    flow control makes the peer wait: what is held in memory is the rest of one block, and gRPC's window.

    One thread at a time may iterate; any thread may call `close`, which ends the iteration.
    """

    def __init__(
        self, steps: FollowSteps[T], perform: Callable[[Rpc], bytes | Failure | None], open_stream: OpenStream
    ) -> None:
        self._steps = steps
        self._perform_call = perform
        self._open_stream = open_stream
        self._ready: deque[T] = deque()
        self._answer: Answer = None
        self._stream: Any = None
        self._began = False
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        """Return the next event; see `Gateway` for what is raised."""
        while not self._closed.is_set():
            if self._ready:
                return self._ready.popleft()
            self._advance()
        self._leave()
        raise StopIteration

    def close(self) -> None:
        """End the stream, and a wait for its next event in another thread; other streams go on."""
        self._closed.set()
        self._cancel()
        self._leave()

    def _begin(self) -> None:
        """Do what comes before the wait for the first message."""
        while not self._began and not self._closed.is_set():
            self._advance()

    def _advance(self) -> None:
        try:
            step = self._steps.send(self._answer)
            self._answer = self._perform(step)
        except BaseException:
            self.close()
            raise
        self._began = self._began or isinstance(step, Open)

    def _perform(self, step: object) -> Answer:
        match step:
            case Rpc():
                return self._perform_call(step)
            case Pause():
                self._closed.wait(step.seconds)
            case Open():
                self._stream = self._open_stream(step)
                if self._closed.is_set():  # by another thread, before there was a stream to cancel
                    self._cancel()
            case Receive():
                return self._receive()
            case Ready():
                self._ready.extend(step.items)
        return None

    def _receive(self) -> Answer:
        try:
            return next(self._stream)  # type: ignore[no-any-return]
        except StopIteration:
            return Failure("UNAVAILABLE", "the peer ended the stream")
        except grpc.RpcError as error:
            failure = transport.failure_of(error)
            if was_left(failure):
                self._closed.set()
            return failure

    def _leave(self) -> None:
        """Let the work note at once that its caller left."""
        with contextlib.suppress(ValueError):  # another thread is in it, and leaves it when it comes out
            self._steps.close()

    def _cancel(self) -> None:
        if self._stream is not None:
            self._stream.cancel()
