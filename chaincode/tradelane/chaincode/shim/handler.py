"""One stream from one peer: which message may come when, and what it starts.

                REGISTER sent        REGISTERED              READY
    (open) ---------------> created -----------> established -------> ready: INIT, TRANSACTION, RESPONSE, ERROR

KEEPALIVE may come in every state and is sent back as it came. Any other message ends the stream, after an ERROR which
says why. The state of a transaction is kept by channel and transaction id within its stream, for two peers endorse the
same transaction at the same time.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto
from typing import Any, Protocol

from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.admission import Admission
from tradelane.chaincode.shim.errors import Disconnected, InvalidName, ProtocolViolation
from tradelane.chaincode.shim.exchange import Exchange
from tradelane.chaincode.shim.interface import Chaincode
from tradelane.chaincode.shim.invocation import answer_invocation
from tradelane.chaincode.shim.limits import Limits
from tradelane.chaincode.shim.observer import SILENT, Observer, Refusal
from tradelane.chaincode.shim.transactions import STOPPING, Transactions
from tradelane.chaincode.shim.wire import Features, Kind, Message

_CANCEL_SECONDS = 1.0
_FLUSH_SECONDS = 10.0
_MAX_UNSENT = 10_000

_log = logging.getLogger(__name__)


class Stream(Protocol):
    """A stream to one peer; the handler is its only reader and its only writer. Both raise Disconnected."""

    async def receive(self) -> bytes | None:
        """Return the next message, None when the peer has ended the stream."""

    async def send(self, message: bytes) -> None:
        """Send a message."""


class State(Enum):
    """How far the registration has come."""

    CREATED = auto()
    ESTABLISHED = auto()
    READY = auto()


class Handler:
    """Serves one stream.

    Args:
        package_id: The chaincode package's id, "label:hash", as the peer's installation printed it.
        chaincode: What to run.
        stream: The stream, just opened.
        observer: Hears of the invocations and of the requests they make.
        admission: The places for transactions, which all streams of a service share; this one's own when not given.

    Raises:
        InvalidName: The package id is empty; no peer would accept it.
    """

    def __init__(
        self,
        package_id: str,
        chaincode: Chaincode,
        stream: Stream,
        observer: Observer = SILENT,
        admission: Admission | None = None,
    ) -> None:
        if not package_id:
            raise InvalidName("the chaincode's package id is empty")
        self._package_id = package_id
        self._chaincode = chaincode
        self._stream = stream
        self._state = State.CREATED
        self._features = Features()
        self._outbox: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._transactions = Transactions(
            self._run, self._outbox.put_nowait, admission or Admission(Limits()), observer, self._check_drained
        )
        self._draining = False
        self._drained = asyncio.Event()

    @property
    def state(self) -> State:
        """How far the registration has come."""
        return self._state

    async def run(self) -> None:
        """Register, serve until the stream ends or `drain` is done, and cancel what is still running then."""
        reader, writer = asyncio.create_task(self._read()), asyncio.create_task(self._write())
        drained = asyncio.create_task(self._drained.wait())
        try:
            self._outbox.put_nowait(wire.encode_register(self._package_id))
            await asyncio.wait({reader, writer, drained}, return_when=asyncio.FIRST_COMPLETED)
            self._transactions.disconnect()
            self._outbox.put_nowait(None)  # what has been answered is still sent, unless the peer takes nothing
            await asyncio.wait({writer}, timeout=_FLUSH_SECONDS)
            for task in (reader, writer):
                if task.done():
                    task.result()
        finally:
            self._transactions.disconnect()
            await _cancel([reader, writer, drained, *self._transactions.tasks])
            _log.info("stream ended", extra={"package": self._package_id})

    def drain(self) -> None:
        """Take no new transactions, and end the stream when those at hand are answered."""
        self._draining = True
        self._check_drained()

    async def _read(self) -> None:
        try:
            while (data := await self._stream.receive()) is not None:
                self._dispatch(wire.parse_message(data))
                if self._outbox.qsize() > _MAX_UNSENT:  # a peer that does not listen is not listened to
                    await self._outbox.join()
        except ProtocolViolation as violation:
            _log.error("the peer broke the protocol, ending its stream", extra={"error": str(violation)})
        except Disconnected as lost:
            _log.warning("the stream from the peer broke", extra={"error": str(lost)})

    async def _write(self) -> None:
        try:
            while (message := await self._outbox.get()) is not None:
                await self._stream.send(message)
                self._outbox.task_done()
        except Disconnected as lost:
            _log.warning("the stream to the peer broke", extra={"error": str(lost)})

    def _dispatch(self, message: Message) -> None:
        if message.kind == Kind.KEEPALIVE:
            self._send(Kind.KEEPALIVE, message, message.payload)
            return
        act = _TABLE.get((self._state, message.kind))
        if act is None:
            text = f"message type {message.kind} is not allowed in state {self._state.name.lower()}"
            self._send(Kind.ERROR, message, text.encode())
            raise ProtocolViolation(text)
        act(self, message)

    def _establish(self, _: Message) -> None:
        self._state = State.ESTABLISHED

    def _become_ready(self, message: Message) -> None:
        self._features = wire.parse_features(message.payload)
        self._state = State.READY
        _log.info("registered with a peer", extra={"package": self._package_id, **self._features._asdict()})

    def _begin(self, message: Message) -> None:
        if self._draining:
            self._transactions.refuse(message, Refusal.STOPPING, STOPPING)
        else:
            self._transactions.begin(message)

    def _answer(self, message: Message) -> None:
        self._transactions.answer(message)

    async def _run(self, message: Message, exchange: Exchange) -> bytes:
        return await answer_invocation(self._chaincode, message, exchange, self._features)

    def _send(self, kind: Kind, about: Message, payload: bytes) -> None:
        self._outbox.put_nowait(wire.encode_message(kind, payload, about.tx_id, about.channel_id))

    def _check_drained(self) -> None:
        if self._draining and not self._transactions:
            self._drained.set()


_TABLE: Mapping[tuple[State, int], Callable[[Handler, Message], None]] = {
    (State.CREATED, Kind.REGISTERED): Handler._establish,
    (State.ESTABLISHED, Kind.READY): Handler._become_ready,
    (State.READY, Kind.INIT): Handler._begin,
    (State.READY, Kind.TRANSACTION): Handler._begin,
    (State.READY, Kind.RESPONSE): Handler._answer,
    (State.READY, Kind.ERROR): Handler._answer,
}
"""What a message does in a state; what is not here ends the stream."""


async def _cancel(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel tasks and wait a moment for them; a chaincode which will not end is left behind."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=_CANCEL_SECONDS)
