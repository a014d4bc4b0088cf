"""The transactions of one stream: which run, which wait for a place, which have taken too long.

Each ends exactly once: it is answered, or it is past the peer's patience, or the stream is gone. What ends it frees its
place, closes its exchange and takes it out of the table, whatever the chaincode's code still does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.admission import Admission, Ticket
from tradelane.chaincode.shim.exchange import Exchange
from tradelane.chaincode.shim.interface import Response
from tradelane.chaincode.shim.observer import Observer, Refusal
from tradelane.chaincode.shim.response import refusal
from tradelane.chaincode.shim.wire import Kind, Message

SERVICE_BUSY = b"SERVICE_BUSY: the chaincode service runs as many transactions as it can; try again"
STOPPING = b"the chaincode is being stopped"
_MOST_OWED = 10_000
"""So many answers to ended transactions are waited for; a peer that leaves so many out is not the one we know."""

TIMED_OUT = refusal(504, "TRANSACTION_TIMEOUT", "The transaction took longer than the chaincode service allows.")

_log = logging.getLogger(__name__)


class Transaction:
    """An invocation which runs or waits."""

    __slots__ = ("exchange", "task", "ticket", "timer")

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.ticket: Ticket | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.task: asyncio.Task[None] | None = None


class Transactions:
    """The transactions of one stream, by channel and transaction id.

    Args:
        answer: Runs an invocation and returns its encoded answer.
        send: Queues bytes for the peer; must not block.
        admission: The places of the service.
        observer: Hears of the requests the transactions make.
        ended: Called when a transaction has ended.
    """

    def __init__(
        self,
        answer: Callable[[Message, Exchange], Awaitable[bytes]],
        send: Callable[[bytes], None],
        admission: Admission,
        observer: Observer,
        ended: Callable[[], None],
    ) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self._answer = answer
        self._send = send
        self._admission = admission
        self._observer = observer
        self._ended = ended
        self._open: dict[tuple[str, str], Transaction] = {}
        self._owed: dict[tuple[str, str], None] = {}
        self._busy = False

    def __bool__(self) -> bool:
        return bool(self._open)

    def begin(self, message: Message) -> None:
        """Run an invocation now or when there is a place for it, or refuse it."""
        key = (message.channel_id, message.tx_id)
        if key in self._open:
            _log.error("invoked twice at the same time, second dropped", extra=place(message))
            return
        limits = self._admission.limits
        exchange = Exchange(
            message.tx_id, message.channel_id, self._send, self._observer, limits.message_bytes, owed=key in self._owed
        )
        transaction = Transaction(exchange)
        ticket = self._admission.enter(_size(message), lambda: self._start(transaction, message))
        if isinstance(ticket, Refusal):
            self.refuse(message, ticket, SERVICE_BUSY)
            if not self._busy:  # once, for a flood should not flood the log too
                _log.warning("too many transactions, refusing until there is a place", extra=place(message))
            self._busy = True
            return
        transaction.ticket = ticket
        self._owed.pop(key, None)
        self._busy = False
        self._open[key] = transaction
        loop = asyncio.get_running_loop()
        transaction.timer = loop.call_later(limits.execute_seconds, self._expire, transaction)

    def refuse(self, message: Message, reason: Refusal, text: bytes) -> None:
        """Answer an invocation without running it.

        With ERROR, for another peer's service may have a place: Fabric's gateway takes a query answered with ERROR to
        another peer, and one answered with a response back to the client, whatever its status.
        """
        self._observer.refused(reason)
        self._send(wire.encode_message(Kind.ERROR, text, message.tx_id, message.channel_id))

    def answer(self, message: Message) -> None:
        """Hand an answer of the peer to the transaction it belongs to."""
        key = (message.channel_id, message.tx_id)
        transaction = self._open.get(key)
        if transaction is not None and transaction.exchange.answer(message):
            return
        # To end the stream, as Go does, would kill every other transaction on it.
        if key in self._owed:  # normal after a time-out, and for the end of a query that was left
            del self._owed[key]
            _log.debug("answer to a request of a transaction that has ended, dropped", extra=place(message))
        else:
            _log.warning("answer which nobody waits for, dropped", extra=place(message))

    def disconnect(self) -> None:
        """Cancel everything: the peer is gone."""
        for transaction in list(self._open.values()):
            transaction.exchange.disconnect()
            self._cancel(transaction)

    def _start(self, transaction: Transaction, message: Message) -> None:
        transaction.task = asyncio.create_task(self._run(transaction, message))
        self.tasks.add(transaction.task)
        transaction.task.add_done_callback(self.tasks.discard)

    async def _run(self, transaction: Transaction, message: Message) -> None:
        answer = None
        try:
            answer = await self._answer(message, transaction.exchange)
        finally:
            self._end(transaction, answer)

    def _expire(self, transaction: Transaction) -> None:
        exchange = transaction.exchange
        _log.error("transaction took too long, cancelled", extra=_where(exchange))
        if transaction.task is None:
            self._observer.refused(Refusal.OVERDUE)
        self._cancel(transaction, _completed(TIMED_OUT, exchange.tx_id, exchange.channel_id))

    def _cancel(self, transaction: Transaction, answer: bytes | None = None) -> None:
        self._end(transaction, answer)
        if transaction.task is not None:
            transaction.task.cancel()

    def _end(self, transaction: Transaction, answer: bytes | None) -> None:
        exchange = transaction.exchange
        key = (exchange.channel_id, exchange.tx_id)
        if self._open.get(key) is not transaction:
            return  # it has ended before, and was perhaps invoked again
        del self._open[key]
        exchange.end()
        if exchange.owed:
            self._owed[key] = None
            if len(self._owed) > _MOST_OWED:
                del self._owed[next(iter(self._owed))]
        if answer is not None:
            self._send(answer)
        if transaction.timer is not None:
            transaction.timer.cancel()
        if transaction.ticket is not None:
            self._admission.leave(transaction.ticket)
        self._ended()


def place(message: Message) -> dict[str, str]:
    """Return where a message belongs, for the log."""
    return {"channel": message.channel_id, "txid": message.tx_id}


def _where(exchange: Exchange) -> dict[str, str]:
    return {"channel": exchange.channel_id, "txid": exchange.tx_id}


def _size(message: Message) -> int:
    return len(message.payload) + (len(message.proposal.proposal) if message.proposal is not None else 0)


def _completed(response: Response, tx_id: str, channel_id: str) -> bytes:
    return wire.encode_completed(response, None, tx_id, channel_id)
