"""Hypothesis as a peer: any message at any time, on several streams at once, for a chaincode that does anything.

What holds whatever is sent: no stream but the offending one suffers, every invocation waits for somebody or has its one
answer, a well-behaved transaction always gets its right result, and after the streams nothing is left.
"""

import asyncio
import gc
import json
import logging
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.chaincode.shim.hostile.peer import ENDING_SECONDS, Key, Peer, marks_in
from tests.chaincode.shim.hostile.policies import broken_policies, policy_metadata
from tests.chaincode.shim.hostile.programs import HONEST, PROGRAMS, Chaincode
from tests.chaincode.shim.hostile.proposals import PROPOSALS, broken_proposals
from tests.support.virtual_loop import VirtualLoop
from tradelane.chaincode.shim.admission import Admission
from tradelane.chaincode.shim.limits import Limits
from tradelane.chaincode.shim.wire import Kind

_STREAMS = 3
_STUBBORN = 20
_SMALL = Limits(running=6, waiting=4, input_bytes=10_000, message_bytes=5000)
_KEYS = st.tuples(st.sampled_from(["trade", "other", ""]), st.sampled_from(["t1", "t2", "t3", ""]))
_WHICH = st.integers(0, 7)
_BYTES = st.binary(max_size=40)
_MORE = st.lists(st.one_of(st.sampled_from([b"a", b"\xff", "\U0001f6a2".encode()]), _BYTES), max_size=3).map(tuple)
_KINDS = st.one_of(st.sampled_from(sorted(Kind)), st.sampled_from([0, 12, 99, -1, 2**31 - 1]))
_NOT_ALLOWED = sorted(set(Kind) - {Kind.KEEPALIVE, Kind.INIT, Kind.TRANSACTION, Kind.RESPONSE, Kind.ERROR})


class HostilePeers(RuleBasedStateMachine):
    """Several hostile streams to one chaincode."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)  # a fuzz run would log millions of lines that nobody reads
        self.loop = VirtualLoop()
        asyncio.set_event_loop(None)
        self.chaincode = Chaincode()
        self.peers: list[Peer] = []
        self.number = 0

    @initialize(
        multi_get=st.sampled_from([0, 100, 1000]), write_batch=st.sampled_from([0, 100, 1000]), small=st.booleans()
    )
    def begin(self, multi_get: int, write_batch: int, small: bool) -> None:
        self.features = multi_get, write_batch
        self.admission = Admission(_SMALL if small else Limits())
        self._open_stream().register(*self.features)

    def _open_stream(self) -> Peer:
        def connect() -> None:  # needs the running loop
            self.peers.append(Peer(f"s{len(self.peers)}", self.loop, self.chaincode, self.admission))

        self.loop.call_soon(connect)
        self.loop.advance(0)
        return self.peers[-1]

    def _peer(self, which: int) -> Peer:
        living = [peer for peer in self.peers if not peer.over]
        return living[which % len(living)] if living else self._open_stream()

    def _key(self, peer: Peer, which: int) -> Key | None:
        """Return one of the transactions whose request is open."""
        asking = [key for key, each in peer.open.items() if each.request is not None]
        return asking[which % len(asking)] if asking else None

    def _next(self) -> int:
        self.number += 1
        return self.number

    @precondition(lambda self: sum(not peer.over for peer in self.peers) < _STREAMS)
    @rule(stages=st.integers(0, 2))
    def open_a_stream(self, stages: int) -> None:
        peer = self._open_stream()
        if stages > 0:
            peer.tell(Kind.REGISTERED)
        if stages > 1:
            peer.register(*self.features)

    @rule(which=_WHICH, key=_KEYS, program=PROGRAMS, kind=st.sampled_from([Kind.TRANSACTION, Kind.INIT]), more=_MORE)
    def invoke(self, which: int, key: Key, program: list[list[Any]], kind: Kind, more: tuple[bytes, ...] = ()) -> None:
        peer = self._peer(which)
        peer.register(*self.features)
        peer.invoke(self._next(), key, program, kind=kind, more=more)

    @rule(which=_WHICH, key=_KEYS, program=PROGRAMS, proposal=st.integers(0, len(PROPOSALS) - 1))
    def invoke_with_a_proposal(self, which: int, key: Key, program: list[list[Any]], proposal: int) -> None:
        peer = self._peer(which)
        peer.register(*self.features)
        peer.invoke(self._next(), key, program, PROPOSALS[proposal])

    @rule(which=_WHICH, key=_KEYS, data=st.data())
    def invoke_with_a_broken_proposal(self, which: int, key: Key, data: st.DataObject) -> None:
        self._peer(which).invoke(self._next(), key, HONEST, data.draw(broken_proposals()))

    @rule(which=_WHICH, key=_KEYS, payload=_BYTES, kind=st.sampled_from([Kind.TRANSACTION, Kind.INIT]))
    def invoke_with_garbage(self, which: int, key: Key, payload: bytes, kind: Kind) -> None:
        self._peer(which).invoke(self._next(), key, payload, kind=kind)

    @rule(which=_WHICH, key=_KEYS, program=PROGRAMS, times=st.integers(2, 20))
    def flood(self, which: int, key: Key, program: list[list[Any]], times: int) -> None:
        peer = self._peer(which)
        for count in range(times):
            peer.invoke(self._next(), (key[0], f"f{count}"), program)

    @rule(which=_WHICH, whose=_WHICH, more=st.booleans())
    def answer(self, which: int, whose: int, more: bool) -> None:
        peer = self._peer(which)
        if key := self._key(peer, whose):
            peer.answer(key, more)

    @rule(which=_WHICH, more=st.booleans(), rounds=st.integers(1, 6))
    def answer_all(self, which: int, more: bool, rounds: int) -> None:
        peer = self._peer(which)
        for _ in range(rounds):
            for key, each in list(peer.open.items()):
                if each.request is not None:
                    peer.answer(key, more)
            self._settle()

    @rule(which=_WHICH, whose=_WHICH, kind=st.sampled_from([Kind.RESPONSE, Kind.ERROR]), payload=_BYTES)
    def answer_with_garbage(self, which: int, whose: int, kind: Kind, payload: bytes) -> None:
        peer = self._peer(which)
        if key := self._key(peer, whose):
            peer.tell(kind, payload, key)

    @rule(which=_WHICH, whose=_WHICH, policy=broken_policies())
    def answer_with_a_policy(self, which: int, whose: int, policy: bytes) -> None:
        """Metadata as an answer to anything; to the question for a key's policy it is what anybody may have written."""
        peer = self._peer(which)
        if key := self._key(peer, whose):
            peer.tell(Kind.RESPONSE, policy_metadata(policy), key)

    @rule(which=_WHICH, key=_KEYS, kind=st.sampled_from([Kind.RESPONSE, Kind.ERROR]), times=st.integers(1, 3))
    def answer_whoever(self, which: int, key: Key, kind: Kind, times: int) -> None:
        """Answers which perhaps nobody waits for, or which an earlier run of the transaction waited for."""
        peer = self._peer(which)
        if peer.stage == "ready":
            for _ in range(times):
                peer.tell(kind, peer.mark(key).encode(), key)
                self._settle()  # at once they would be taken for the answers of two requests, which have no numbers

    @rule(which=_WHICH, kind=_KINDS, payload=_BYTES, key=_KEYS)
    def say_anything(self, which: int, kind: int, payload: bytes, key: Key) -> None:
        peer = self._peer(which)
        if kind in (Kind.INIT, Kind.TRANSACTION):
            peer.invoke(self._next(), key, payload, kind=Kind(kind))
        else:
            peer.tell(kind, payload, key)

    @rule(which=_WHICH, kind=st.sampled_from(_NOT_ALLOWED), whose=_WHICH)
    def say_what_is_not_allowed(self, which: int, kind: Kind, whose: int) -> None:
        """READY or REGISTERED twice, a request, an answer to nothing, about a transaction which is being run."""
        peer = self._peer(which)
        peer.tell(kind, b"", self._key(peer, whose) or ("", ""))

    @rule(which=_WHICH, payload=_BYTES, key=_KEYS)
    def keepalive(self, which: int, payload: bytes, key: Key) -> None:
        self._peer(which).tell(Kind.KEEPALIVE, payload, key)

    @rule(which=_WHICH, data=st.sampled_from([b"\xff", b"\x08", b"\x1a\x05a", b"\x22\x02\xff\xff"]))
    def say_what_is_no_message(self, which: int, data: bytes) -> None:
        self._peer(which).tell_bytes(data)

    @rule(which=_WHICH, cut=st.booleans(), clogged=st.booleans())
    def end_the_stream(self, which: int, cut: bool, clogged: bool) -> None:
        peer = self._peer(which)
        if clogged:
            peer.line.clog()
        peer.end(cut=cut)

    @rule(which=_WHICH)
    def stop_reading(self, which: int) -> None:
        """A peer which takes nothing; it ends the stream soon, but what it has not taken is not looked at."""
        peer = self._peer(which)
        peer.line.clog()
        for count in range(3):
            peer.invoke(self._next(), ("trade", f"c{count}"), HONEST)
        self.loop.advance(0)
        peer.end(cut=False)

    @rule(seconds=st.sampled_from([0, 1, 5, 29, 31, 120]))
    def wait(self, seconds: int) -> None:
        self.loop.advance(seconds)

    @rule(which=_WHICH)
    def behave(self, which: int) -> None:
        """Among all that, a transaction of a peer which behaves; where places are few, once others had their time."""
        if self.admission.limits is _SMALL:
            self.loop.advance(_SMALL.execute_seconds + 1)
        peer = self._peer(which)
        peer.register(*self.features)
        number = self._next()
        key = ("honest", f"h{number}")
        peer.invoke(number, key, HONEST)
        for _ in range(10):
            self._settle()
            if number in peer.results:
                break
            peer.answer(key)
        response = peer.results[number]
        assert (response.status, json.loads(response.payload)) == (200, [peer.mark(key)] * (len(HONEST) + 1))

    @invariant()
    def settled(self) -> None:
        self._settle()

    def _settle(self) -> None:
        self.loop.advance(0)
        for peer in self.peers:
            peer.look()
        assert not self.loop.unseen, self.loop.unseen

    def teardown(self) -> None:
        try:
            self._end()
        finally:
            logging.disable(logging.NOTSET)
            self._clean_up()

    def _clean_up(self) -> None:
        """Leave no task, so that after a failure nothing else is reported than the failure."""
        for peer in self.peers:
            peer.line.unclog()
        self._cancel_all()
        self.loop.close()

    def _cancel_all(self) -> None:
        for _ in range(_STUBBORN):
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.advance(ENDING_SECONDS)

    def _end(self) -> None:
        for peer in self.peers:
            if not peer.over:
                peer.end(cut=False)
        self.loop.advance(ENDING_SECONDS)
        for peer in self.peers:
            peer.look()
            assert peer.task.done(), f"the handler of {peer.name} did not end with its stream"
            assert peer.task.exception() is None
            assert not peer.handler._transactions, f"{peer.name} has transactions left"
            del peer.task
        for mark, values in self.chaincode.seen.items():
            assert all(marks_in(value) <= {mark} for value in values), f"{mark} saw {values}"
        for task in self.chaincode.background:
            task.cancel()  # the chaincode's own business, as is what ignored being cancelled and may wait for ever now
        if self.chaincode.was_stubborn:
            self._cancel_all()
        assert (self.admission.running, self.admission.waiting, self.admission._bytes) == (0, 0, 0)
        self.chaincode.kept.clear()
        self.chaincode.background.clear()
        gc.collect(1)
        self.loop.advance(ENDING_SECONDS)
        assert not self.loop.unseen, self.loop.unseen
        left = asyncio.all_tasks(self.loop)
        assert not left, f"tasks left behind: {left}"
