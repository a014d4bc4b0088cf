"""One transaction's questions to the peer.

Requests carry no number of their own: the peer matches answers by channel and transaction only, and drops a second
request of a transaction while the first is open. So they queue here, in the order they were asked, whether the
chaincode awaits them one by one or gathers them. A request whose caller was cancelled still waits for its answer, for
otherwise that answer would be taken for the next request's. So does the first request of a transaction which is invoked
anew while the peer still owes an answer to its earlier run.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.errors import Disconnected, LocalError, RequestRefused, TooLarge, TransactionEnded
from tradelane.chaincode.shim.limits import ENVELOPE_BYTES, MAX_MESSAGE_BYTES
from tradelane.chaincode.shim.observer import SILENT, Observer
from tradelane.chaincode.shim.wire import Kind, Message, Request


class Exchange:
    """The requests of one transaction, of which at most one is on its way.

    Args:
        tx_id: The transaction.
        channel_id: Its channel.
        send: Queues bytes for the peer; must not block.
        observer: Hears of the answers.
        message_bytes: How large a message to the peer may be.
        owed: The peer has yet to answer a request of an earlier run of this transaction.
    """

    def __init__(
        self,
        tx_id: str,
        channel_id: str,
        send: Callable[[bytes], None],
        observer: Observer = SILENT,
        message_bytes: int = MAX_MESSAGE_BYTES,
        *,
        owed: bool = False,
    ) -> None:
        self.tx_id = tx_id
        self.channel_id = channel_id
        self._send = send
        self.observer = observer
        self.message_bytes = message_bytes
        self._sent_at = 0.0
        self._owed = owed
        self._queue: deque[tuple[Request, asyncio.Future[bytes]]] = deque()
        self._closed: LocalError | Disconnected | None = None

    async def ask(self, request: Request) -> bytes:
        """Send a request as soon as those before it are answered, and return the payload of its answer.

        Raises:
            TooLarge: The request does not fit into a message.
            RequestRefused: The peer answered ERROR.
            TransactionEnded: The invocation has been answered.
            Disconnected: The stream has ended.
        """
        return await self.begin(request)

    def begin(self, request: Request) -> asyncio.Future[bytes]:
        """Do as `ask` does, but leave it to the caller to wait for the answer."""
        if self._closed is not None:
            raise self._closed
        if len(request.payload) > self.request_bytes:
            raise TooLarge(f"a request of {len(request.payload)} bytes is more than the {self.request_bytes} that fit")
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._queue.append((request, answer))
        if len(self._queue) == 1 and not self._owed:
            self._send_first()
        return answer

    def answer(self, message: Message) -> bool:
        """Hand an answer to the request it belongs to; False when none is open."""
        if self._owed:
            self._owed = False
            self._send_next()
            return True
        if not self._queue:
            return False
        request, answer = self._queue.popleft()
        self.observer.round_trip(request.kind, time.perf_counter() - self._sent_at)
        if not answer.done():
            if message.kind == Kind.ERROR:
                answer.set_exception(RequestRefused(message.payload.decode(errors="replace")))
            else:
                answer.set_result(message.payload)
        self._send_next()
        return True

    def end(self) -> None:
        """Refuse further requests: the invocation has been answered."""
        self._close(TransactionEnded("the invocation has been answered; its stub cannot be used any more"))

    def disconnect(self) -> None:
        """Refuse further requests: the peer is gone."""
        self._close(Disconnected("the stream to the peer has ended"))

    @property
    def request_bytes(self) -> int:
        """How large a request may be."""
        return self.message_bytes - ENVELOPE_BYTES

    @property
    def ended(self) -> bool:
        """Whether requests are refused."""
        return self._closed is not None

    @property
    def owed(self) -> bool:
        """Whether the peer has a request of this transaction to answer, also after the exchange was closed."""
        return self._owed or bool(self._queue)

    def _close(self, reason: LocalError | Disconnected) -> None:
        if self._closed is None:
            self._closed = reason
            self._owed = self.owed
            for _, answer in self._queue:
                answer.cancel()
            self._queue.clear()

    def _send_next(self) -> None:
        while self._queue and self._queue[0][1].done():  # its caller was cancelled before it was sent
            self._queue.popleft()
        if self._queue:
            self._send_first()

    def _send_first(self) -> None:
        request = self._queue[0][0]
        self._sent_at = time.perf_counter()
        self._send(wire.encode_message(request.kind, request.payload, self.tx_id, self.channel_id))
