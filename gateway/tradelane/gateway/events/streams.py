"""Events as an iterator, for programs with threads."""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Generic, Self, TypeAlias, TypeVar

import grpc

from tradelane.gateway import transport
from tradelane.gateway.errors import Overdue, Step
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

    One thread at a time may iterate; any thread may call `close`, which ends the iteration. `next` waits for so long
    and no longer.
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
        self._working: Future[None] | None = None
        """Waits in the place of a caller whose time may run out."""

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
        return self.next()

    def next(self, timeout_seconds: float | None = None) -> T:
        """Return the next event, or give up waiting; nothing is lost by that, for the stream goes on.

        While somebody waits with a timeout, and after it has expired until the next event, the stream takes a thread.

        Args:
            timeout_seconds: How long to wait; None waits until there is one, as the iteration does.

        Raises:
            Overdue: NO_EVENT, there was none in that time; ask again.
            StopIteration: It was closed.
            GatewayError: As the iteration.
        """
        ends = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while self._working is not None or not self._closed.is_set():
            if self._working is None and self._ready:
                return self._ready.popleft()
            if self._working is None and ends is None:
                self._advance()
            else:
                self._wait(ends)
        self._leave()
        raise StopIteration

    def _wait(self, ends: float | None) -> None:
        """Let another thread go on until something is ready, and wait for that until the time is up."""
        working = self._working = self._working or _apart(self._work)
        try:
            working.result(None if ends is None else max(ends - time.monotonic(), 0.0))
        except TimeoutError:
            if not working.done():
                raise no_event() from None
        self._working = None
        working.result()

    def _work(self) -> None:
        while not self._ready and not self._closed.is_set():
            self._advance()
        if self._closed.is_set():  # by a thread that could not leave the work while this one was in it
            self._leave()

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


def no_event() -> Overdue:
    """Return the error of a wait for the next event that was given up."""
    message = "No event came in the time to wait; nothing is lost, ask for the next one again."
    return Overdue(message, code="NO_EVENT", step=Step.EVENTS)


def _apart(work: Callable[[], None]) -> Future[None]:
    """Begin work in a thread of its own, which does not keep the program from ending."""
    future: Future[None] = Future()

    def perform() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 -- raised where somebody waits for it
            future.set_exception(error)
        else:
            future.set_result(None)

    threading.Thread(target=perform, name="tradelane-events", daemon=True).start()
    return future
