"""A peer which may do anything, and which holds the shim to what Fabric's real peer relies on.

It looks at every message of the shim: one open request per transaction, one answer per invocation, nothing of one
transaction in another's messages, no text of an exception. What the shim may not do fails the test.
"""

import asyncio
import json
import re
from collections import deque
from dataclasses import dataclass
from typing import Any

from fabric_protos.ledger.queryresult import kv_query_result_pb2
from fabric_protos.peer import chaincode_pb2, proposal_response_pb2
from fabric_protos.peer import chaincode_shim_pb2 as pb

from tests.chaincode.shim.hostile.programs import Chaincode
from tests.support.scripted_peer import PACKAGE_ID, ready_payload
from tests.support.virtual_loop import VirtualLoop
from tradelane.chaincode.shim import wire
from tradelane.chaincode.shim.admission import Admission
from tradelane.chaincode.shim.handler import Handler
from tradelane.chaincode.shim.policy import n_of, signed_by
from tradelane.chaincode.shim.wire import Kind
from tradelane.chaincode.shim.wire_policy import encode_policy

_MARK = re.compile(r"<s\d+\|[^<>|]*\|[^<>|]*>")
_INVOCATIONS = (Kind.INIT, Kind.TRANSACTION)
_ANSWERS = (Kind.RESPONSE, Kind.ERROR)
_TIMED_OUT = 504
_NOT_REQUESTS = {Kind.REGISTER, Kind.REGISTERED, Kind.READY, Kind.COMPLETED, Kind.KEEPALIVE, *_INVOCATIONS, *_ANSWERS}
REQUESTS = frozenset(Kind) - _NOT_REQUESTS
_POLICY = encode_policy(n_of(1, signed_by("HongKongMSP"), n_of(2, signed_by("A"), signed_by("B"))))
ENDING_SECONDS = 30.0
"""Within this virtual time everything ends once its stream has ended, were the chaincode as stubborn as it can be."""

Key = tuple[str, str]


class Line:
    """The shim's end of a stream; a clogged one takes no message from the shim."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.sent: deque[bytes] = deque()
        self._broken = False
        self._kept: list[bytes] = []
        self._flowing = asyncio.Event()
        self._flowing.set()

    def send(self, message: bytes) -> None:
        if not self._broken:
            (self.sent if self._flowing.is_set() else self._kept).append(message)

    async def flushed(self) -> None:
        await self._flowing.wait()

    async def serve(self, handler: Handler) -> None:
        """Run the handler until the stream ends."""
        handler.begin()
        carrying = asyncio.create_task(self._carry(handler))
        try:
            await handler.run()
        finally:
            carrying.cancel()

    def clog(self) -> None:
        self._flowing.clear()

    def unclog(self) -> None:
        self.sent.extend(self._kept)
        self._kept.clear()
        self._flowing.set()

    def cut(self) -> None:
        self._broken = True
        self._kept.clear()
        self.incoming.put_nowait(None)
        self._flowing.set()

    async def _carry(self, handler: Handler) -> None:
        while (message := await self.incoming.get()) is not None and not self._broken:
            handler.received(message)
        if self._broken:
            handler.lost("cut")
        else:
            handler.ended()


@dataclass
class Open:
    """An invocation which the peer has sent and which has no answer yet."""

    number: int
    began: float
    request: Any = None
    batch_refused: bool = False


class Peer:
    """One stream, seen from the peer."""

    def __init__(self, name: str, loop: VirtualLoop, chaincode: Chaincode, admission: Admission) -> None:
        self.name = name
        self.loop = loop
        self.chaincode = chaincode
        self.admission = admission
        self.line = Line()
        self.handler = Handler(PACKAGE_ID, chaincode, self.line, admission=admission)
        self.task = loop.create_task(self.line.serve(self.handler))
        self.stage = "created"
        self.open: dict[Key, Open] = {}
        self.late: set[Key] = set()
        """Transactions that ended with a request open; its answer comes first, before those of another run."""
        self.results: dict[int, Any] = {}
        self._registered = False
        self._offence = False
        self._echoes: deque[bytes] = deque()

    @property
    def over(self) -> bool:
        """Whether the peer has ended the stream, or must see it ended."""
        return self.stage == "over"

    def mark(self, key: Key) -> str:
        """Return what is part of everything that belongs to a transaction."""
        return f"<{self.name}|{key[0]}|{key[1]}>"

    def tell(self, kind: int, payload: bytes = b"", key: Key = ("", ""), proposal: bytes | None = None) -> None:
        """Send a message, and know what must come of it."""
        message = pb.ChaincodeMessage(type=kind, payload=payload, txid=key[1], channel_id=key[0])
        if proposal is not None:
            message.proposal.proposal_bytes = proposal
        self.line.incoming.put_nowait(message.SerializeToString())
        if self.over:
            return
        if kind == Kind.KEEPALIVE:
            self._echoes.append(message.payload)
        elif (self.stage, kind) == ("created", Kind.REGISTERED):
            self.stage = "established"
        elif (self.stage, kind) == ("established", Kind.READY):
            self.stage = "ready"
        elif self.stage == "ready" and kind in _ANSWERS:
            self._tell_answer(kind, key)
        elif self.stage != "ready" or kind not in _INVOCATIONS:
            self.stage, self._offence = "over", True

    def _tell_answer(self, kind: int, key: Key) -> None:
        if key in self.late:
            self.late.remove(key)
        elif key in self.open:
            each = self.open[key]
            if each.request is not None and each.request.type == Kind.WRITE_BATCH_STATE and kind == Kind.ERROR:
                each.batch_refused = True
            each.request = None

    def tell_bytes(self, data: bytes) -> None:
        """Send what is no message."""
        self.line.incoming.put_nowait(data)
        self.stage = "over"

    def invoke(
        self,
        number: int,
        key: Key,
        program: list[list[Any]] | bytes,
        proposal: bytes | None = None,
        kind: Kind = Kind.TRANSACTION,
        more: tuple[bytes, ...] = (),
    ) -> None:
        """Invoke a program, or something which is none; while the transaction is open this must have no effect.

        `more` are further arguments, and also the names of decorations as far as they are text.
        """
        script = b"" if isinstance(program, bytes) else self._script(number, key, program)
        payload = _input(script, more) if not isinstance(program, bytes) else program
        if self.stage == "ready":
            self.open.setdefault(key, Open(number, self.loop.time()))
        self.tell(kind, payload, key, proposal)

    def _script(self, number: int, key: Key, program: list[list[Any]]) -> bytes:
        return json.dumps([self.mark(key), number, program]).encode()

    def register(self, multi_get: int = 1000, write_batch: int = 1000) -> None:
        """Do what is left of the registration."""
        if self.stage == "created":
            self.tell(Kind.REGISTERED)
        if self.stage == "established":
            self.tell(Kind.READY, ready_payload(multi_get, write_batch))

    def end(self, *, cut: bool) -> None:
        """End the stream, properly or not."""
        if cut:
            self.line.cut()
        else:
            self.line.incoming.put_nowait(None)
        self.stage = "over"

    def look(self) -> None:
        """Look at everything the shim has sent."""
        while self.line.sent:
            self._look_at(pb.ChaincodeMessage.FromString(self.line.sent.popleft()))
        if self.over:
            return
        assert not self.task.done(), f"the shim ended the stream: {self.task}"
        assert not self._echoes, "KEEPALIVE was not sent back"
        for key, each in self.open.items():
            waits = each.request is not None or self.chaincode.waiting[each.number] or key in self.late
            assert waits or self.admission.waiting, f"transaction {key} waits for nothing and has no answer"
            took = self.loop.time() - each.began
            assert took < self.admission.limits.execute_seconds, f"transaction {key} has taken {took} s"

    def _look_at(self, message: Any) -> None:
        key = (message.channel_id, message.txid)
        kind = message.type
        content = message.SerializeToString()
        limit = self.admission.limits.message_bytes
        assert len(content) <= limit, f"a message of {len(content)} bytes, and the peer takes {limit}"
        assert b"secret" not in content, f"the text of an exception was sent: {content!r}"
        if not self._registered:
            assert kind == Kind.REGISTER
            self._registered = True
        elif kind == Kind.KEEPALIVE:
            assert self._echoes.popleft() == message.payload
        elif kind == Kind.ERROR and b"is not allowed in state" in message.payload:
            assert self._offence, "an allowed message was refused"
            self._offence = False
        else:
            assert key in self.open, f"a message of type {kind} about {key}, which is not being run"
            self._check_marks(key, content)
            if kind in (Kind.COMPLETED, Kind.ERROR):
                each = self.open.pop(key)
                if each.request is not None:
                    self.late.add(key)
                self._check_answer(each, message)
            else:
                self._check_request(self.open[key], message)

    def _check_marks(self, key: Key, content: bytes) -> None:
        found = marks_in(content)
        assert found <= {self.mark(key)}, f"transaction {self.mark(key)} sent what belongs to {found}"

    def _check_answer(self, invocation: Open, message: Any) -> None:
        if message.type == Kind.COMPLETED:
            response = proposal_response_pb2.Response.FromString(message.payload)
            assert response.status in (200, 400, 403, 500, 504)
            assert not invocation.batch_refused or response.status == _TIMED_OUT, "half a batch would be endorsed"
            self.results[invocation.number] = response

    def _check_request(self, invocation: Open, message: Any) -> None:
        assert message.type in REQUESTS, f"a message of type {message.type} is no request"
        key = (message.channel_id, message.txid)
        assert invocation.request is None, "a second request while the first is open"
        assert key not in self.late, "a request while an answer to the run before is due"
        invocation.request = message

    def answer(self, key: Key, more: bool = False) -> None:
        """Answer a transaction's request with what it asks for, marked as its own."""
        self.tell(Kind.RESPONSE, good_answer(self.open[key].request, self.mark(key), more=more), key)


def _input(script: bytes, more: tuple[bytes, ...]) -> bytes:
    names = [each.decode(errors="ignore") for each in more]
    decorations = dict(zip(names, more, strict=True))
    content = chaincode_pb2.ChaincodeInput(args=[script, *more], decorations=decorations, is_init=bool(more))
    data: bytes = content.SerializeToString()
    return data


def marks_in(content: bytes) -> set[str]:
    """Return the marks of all transactions of which something is in these bytes."""
    return set(_MARK.findall(content.decode("latin-1")))


def good_answer(request: Any, mark: str, *, more: bool = False) -> bytes:
    """Return a well-formed answer; every value in it begins with the mark."""
    value = mark.encode()
    body: Any
    match request.type:
        case Kind.GET_STATE | Kind.GET_PRIVATE_DATA_HASH:
            return value
        case Kind.GET_STATE_MULTIPLE:
            count = len(pb.GetStateMultiple.FromString(request.payload).keys)
            body = pb.GetStateMultipleResult(values=[value] * count)
        case Kind.GET_STATE_METADATA:
            body = pb.StateMetadataResult(
                entries=[pb.StateMetadata(metakey=wire.VALIDATION_PARAMETER, value=_POLICY)] if more else []
            )
        case Kind.GET_STATE_BY_RANGE | Kind.GET_QUERY_RESULT | Kind.GET_HISTORY_FOR_KEY | Kind.QUERY_STATE_NEXT:
            body = _rows(request.type, mark, more=more)
        case Kind.INVOKE_CHAINCODE:
            response = proposal_response_pb2.Response(status=200, payload=value)
            body = pb.ChaincodeMessage(type=Kind.COMPLETED, payload=response.SerializeToString())
        case _:
            return b""
    data: bytes = body.SerializeToString()
    return data


def _rows(kind: int, mark: str, *, more: bool) -> Any:
    # Two message types whose value is the same field, so that NEXT needs not to know whose rows it continues.
    row: Any = kv_query_result_pb2.KV(key=f"{mark}row", value=mark.encode())
    if kind == Kind.GET_HISTORY_FOR_KEY:
        row = kv_query_result_pb2.KeyModification(tx_id="t", value=mark.encode())
    metadata = pb.QueryResponseMetadata(bookmark=mark).SerializeToString()
    results = [pb.QueryResultBytes(resultBytes=row.SerializeToString())] * 2
    return pb.QueryResponse(results=results, has_more=more, id=mark, metadata=metadata)
