"""One stream from one peer: which message may come when, and what it starts.

                REGISTER sent        REGISTERED              READY
    (open) ---------------> created -----------> established -------> ready: INIT, TRANSACTION, RESPONSE, ERROR

KEEPALIVE may come in every state and is sent back as it came. Any other message ends the stream, after an ERROR which
says why. The state of a transaction is kept by channel and transaction id within its stream, for two peers endorse the
same transaction at the same time.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Collection, Mapping
from enum import Enum, auto
from typing import Protocol

from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.admission import Admission
from tradelane.chaincode.shim.errors import InvalidName, ProtocolViolation
from tradelane.chaincode.shim.exchange import Exchange
from tradelane.chaincode.shim.interface import Chaincode
from tradelane.chaincode.shim.invocation import answer_invocation
from tradelane.chaincode.shim.limits import Limits
from tradelane.chaincode.shim.observer import SILENT, Observer, Refusal
from tradelane.chaincode.shim.transactions import STOPPING, Transactions
from tradelane.chaincode.shim.wire import Features, Kind, Message

_CANCEL_SECONDS = 1.0
_FLUSH_SECONDS = 10.0

_log = logging.getLogger(__name__)


class Stream(Protocol):
    """The way to one peer; the handler is the only one that sends."""

    def send(self, message: bytes) -> None:
        """Send a message as soon as the peer takes it; has no effect once the stream is over."""

    async def flushed(self) -> None:
        """Wait until the peer has taken what was sent, or the stream is over."""


class State(Enum):
    """How far the registration has come."""

    CREATED = auto()
    ESTABLISHED = auto()
    READY = auto()


class Handler:
    """Serves one stream, whose messages it is given as they come.

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
        self._transactions = Transactions(
            self._run, stream.send, admission or Admission(Limits()), observer, self._check_drained
        )
        self._draining = False
        self._over = asyncio.Event()

    @property
    def state(self) -> State:
        """How far the registration has come."""
        return self._state

    def begin(self) -> None:
        """Speak first: name the package."""
        self._stream.send(wire.encode_register(self._package_id))

    async def run(self) -> None:
        """Serve until the stream ends or `drain` is done, and cancel what is still running then."""
        try:
            await self._over.wait()
            self._transactions.disconnect()
            with contextlib.suppress(TimeoutError):  # what has been answered is still sent, if the peer takes it
                async with asyncio.timeout(_FLUSH_SECONDS):
                    await self._stream.flushed()
        finally:
            self._over.set()
            self._transactions.disconnect()
            await _cancel(self._transactions.tasks)
            _log.info("stream ended", extra={"package": self._package_id})

    def drain(self) -> None:
        """Take no new transactions, and end the stream when those at hand are answered."""
        self._draining = True
        self._check_drained()

    def received(self, message: bytes) -> None:
        """Take a message from the peer."""
        if self._over.is_set():
            return
        try:
            self._dispatch(wire.parse_message(message))
        except ProtocolViolation as violation:
            _log.error("the peer broke the protocol, ending its stream", extra={"error": str(violation)})
            self._over.set()

    def ended(self) -> None:
        """The peer has ended the stream."""
        self._over.set()

    def lost(self, reason: str) -> None:
        """The stream broke."""
        if not self._over.is_set():
            _log.warning("the stream to the peer broke", extra={"error": reason})
            self._over.set()

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
        self._stream.send(wire.encode_message(kind, payload, about.tx_id, about.channel_id))

    def _check_drained(self) -> None:
        if self._draining and not self._transactions:
            self._over.set()


_TABLE: Mapping[tuple[State, int], Callable[[Handler, Message], None]] = {
    (State.CREATED, Kind.REGISTERED): Handler._establish,
    (State.ESTABLISHED, Kind.READY): Handler._become_ready,
    (State.READY, Kind.INIT): Handler._begin,
    (State.READY, Kind.TRANSACTION): Handler._begin,
    (State.READY, Kind.RESPONSE): Handler._answer,
    (State.READY, Kind.ERROR): Handler._answer,
}
"""What a message does in a state; what is not here ends the stream."""


async def _cancel(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait a moment for them; a chaincode which will not end is left behind."""
    if tasks:
        for task in tasks:
            task.cancel()
        await asyncio.wait(list(tasks), timeout=_CANCEL_SECONDS)
