"""Submitting over a network that loses, delays and repeats: at most one effect, and never a wrong word about it.

The client's work is performed here step by step against a model of Fabric, on a clock of the test's own.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fabric_protos.gateway import gateway_pb2
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.model_fabric import CODES, MSP, ModelFabric, Refused
from tradelane.gateway import envelope, errors, once
from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import GatewayError, PeerDetail, Step
from tradelane.gateway.identity import Identity
from tradelane.gateway.peers import Peers
from tradelane.gateway.request_id import LONGEST_ID, nonce_of
from tradelane.gateway.retry import NO_RETRY, RetryPolicy
from tradelane.gateway.rpc import Failure, Pause, Rpc
from tradelane.gateway.session import Deadlines, Session

REQUEST = "9b0f8c0e-8f4e-4a53-bc64-5b7d1f1f1c55"
LOST = Failure("UNAVAILABLE", "failed to connect to all addresses; last error: Connection refused")
SILENT = Failure("DEADLINE_EXCEEDED", "Deadline Exceeded")
LIMIT = Failure("UNKNOWN", "too many requests for /gateway.Gateway, exceeding concurrency limit (5)")
TOO_LARGE = Failure("RESOURCE_EXHAUSTED", "CLIENT: Sent message larger than max (2 vs. 1)")
NOT_TAKEN = Failure("ABORTED", "received unsuccessful response from orderer: status=BAD_REQUEST")
ELSEWHERE_YET = Failure("UNAVAILABLE", "failed to get config: could not get last config for channel trade")
CUT = [
    Failure("INTERNAL", "Received RST_STREAM with error code 2"),
    Failure("UNKNOWN", "Stream removed"),
    Failure("CANCELLED", ""),
]
"""What is said when a connection ends under a call."""
OPEN = "may still take effect"


@dataclass
class Clock:
    now: float = 0.0
    drawn: int = 0

    def random(self, length: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(length, "big")


def session(clock: Clock, *peers: str, **settings: Any) -> Session:
    identity = Identity(MSP, b"certificate", lambda _: b"signature")
    return Session(
        identity=identity,
        channel="trade",
        chaincode="tradelane",
        peers=Peers(peers or ("p:1",)),
        clock=lambda: int(clock.now * 1e9),
        monotonic=lambda: clock.now,
        random=clock.random,
        **settings,
    )


def answer_once(_: str, arguments: list[bytes]) -> bytes:
    return b"result of " + arguments[0]


@dataclass
class Process:
    """One client under way: its work, and what it is to be sent next."""

    clock: Clock
    work: Generator[Rpc | Pause, Any, Committed[bytes]]
    step: Rpc | Pause | None = None
    done: Committed[bytes] | None = None
    error: GatewayError | None = None
    asked: list[Rpc] = field(default_factory=list)
    paused: float = 0.0
    dead: bool = False

    @property
    def over(self) -> bool:
        return self.dead or self.done is not None or self.error is not None

    def die(self) -> None:
        self.work.close()
        self.dead = True

    def begin(self) -> "Process":
        self.send(None)
        return self

    def send(self, answer: bytes | Failure | None) -> None:
        try:
            self.step = self.work.send(answer)
        except StopIteration as end:
            self.done = end.value
            return
        except GatewayError as error:
            self.error = error
            return
        if isinstance(self.step, Rpc):
            self.asked.append(self.step)

    def go(self, fabric: ModelFabric) -> None:
        """Take one step on a network that works; a commit status that is not known yet is not answered in time."""
        assert self.step is not None
        if isinstance(self.step, Pause):
            self.clock.now += self.step.seconds
            self.paused += self.step.seconds
            return self.send(None)
        answer = fabric.perform(self.step)
        if answer is None:
            self.clock.now += self.step.timeout_seconds
            answer = SILENT
        return self.send(answer)

    def finish(self, fabric: ModelFabric, fate: int = CODES.VALID) -> "Process":
        """Go on to the end, a block being cut whenever something is ordered."""
        while not self.over:
            if fabric.pending:
                fabric.cut([fate] * len(fabric.pending))
            self.go(fabric)
        return self

    def methods(self) -> list[str]:
        return [one.method.rpartition("/")[2] for one in self.asked]

    def handed_over(self) -> set[str]:
        """Return the ids of the transactions that this process has sent to the orderers, or has tried to."""
        return {
            gateway_pb2.SubmitRequest.FromString(one.request).transaction_id
            for one in self.asked
            if one.method == envelope.SUBMIT
        }

    def until_over(self, failure: Failure) -> "Process":
        """Let every further try fail."""
        while not self.over:
            if isinstance(self.step, Pause):
                self.clock.now += self.step.seconds
                self.send(None)
            else:
                self.clock.now += 0.5
                self.send(failure)
        return self


def process(clock: Clock, at: Session, **settings: Any) -> Process:
    return Process(clock, at.submit("a:b", "x", **settings)).begin()


def test_a_transaction_is_endorsed_submitted_and_its_outcome_told_with_every_attempt() -> None:
    clock, fabric = Clock(), ModelFabric(answer_once)
    done = process(clock, session(clock)).finish(fabric).done
    assert done is not None
    assert (done.result, done.block_number) == (b"result of a:b", 0)
    assert [(one.step, one.code, one.peer, one.waited_seconds) for one in done.attempts] == [
        (Step.ENDORSE, "OK", "p:1", 0.0),
        (Step.SUBMIT, "OK", "p:1", 0.0),
        (Step.COMMIT_STATUS, "VALID", "p:1", 0.0),
    ]
    assert {one.transaction_id for one in done.attempts} == {done.transaction_id}


@pytest.mark.parametrize("lost", range(3), ids=["endorse", "submit", "status"])
@pytest.mark.parametrize("failure", [LOST, LIMIT, *CUT], ids=lambda one: f"{one.status} {one.message[:20]}")
def test_each_step_is_repeated_with_the_same_bytes(lost: int, failure: Failure) -> None:
    clock, fabric = Clock(), ModelFabric(answer_once)
    one = process(clock, session(clock))
    for _ in range(lost):
        one.go(fabric)
    before = one.asked[-1].request
    for _ in range(3):
        one.send(failure)
        one.go(fabric)  # the pause
        assert one.asked[-1].request == before
    assert one.finish(fabric).done is not None
    assert len(fabric.valid()) == 1
    assert len(one.asked) == 6
    assert one.done is not None
    waited = [each.waited_seconds for each in one.done.attempts]
    assert sum(waited) == pytest.approx(one.paused)
    assert sum(wait > 0 for wait in waited) == 3


def test_another_peer_is_asked_at_once() -> None:
    clock, fabric = Clock(), ModelFabric(answer_once)
    one = process(clock, session(clock, "p:1", "p:2"))
    one.send(LOST)
    assert isinstance(one.step, Rpc)
    assert [each.peer for each in one.asked] == [0, 1]
    assert one.asked[0].request == one.asked[1].request
    one.finish(fabric)
    assert one.done is not None
    assert [each.peer for each in one.done.attempts] == ["p:1", "p:2", "p:2", "p:2"]


def test_a_peer_that_is_not_on_the_channel_yet_is_passed_over_and_rests() -> None:
    clock, fabric = Clock(), ModelFabric(answer_once)
    at = session(clock, "p:1", "p:2")
    one = process(clock, at)
    one.send(ELSEWHERE_YET)
    one.finish(fabric)
    assert one.done is not None
    assert [each.peer for each in one.done.attempts] == ["p:1", "p:2", "p:2", "p:2"]
    assert process(clock, at).finish(fabric).asked[0].peer == 1


def test_where_no_peer_is_on_the_channel_each_is_asked_once() -> None:
    clock = Clock()
    one = process(clock, session(clock, "p:1", "p:2"))
    one.send(ELSEWHERE_YET)
    one.send(ELSEWHERE_YET)
    assert isinstance(one.error, errors.UnknownChannel)


def behind() -> Failure:
    """What another organisation's peer says that lacks the last block."""
    said = 'chaincode response 409, {"code":"WRONG_STATE","message":"no"}'
    return Failure("ABORTED", "failed to endorse transaction", (PeerDetail("q:1", "HongKongMSP", said),))


def test_other_failures_do_not_use_up_the_time_to_catch_up() -> None:
    clock, fabric = Clock(), ModelFabric(answer_once)
    one = process(clock, session(clock))
    for failure in [LIMIT] * 4 + [behind()] * RetryPolicy().catch_up:
        one.send(failure)
        one.go(fabric)  # the pause
    assert one.finish(fabric).done is not None


def test_endorsers_that_stay_behind_are_asked_so_often_and_no_more() -> None:
    clock = Clock()
    one = process(clock, session(clock)).until_over(behind())
    assert isinstance(one.error, errors.Refused)
    assert len(one.asked) == 1 + RetryPolicy().catch_up


def test_a_peer_that_hangs_leaves_time_for_another_one() -> None:
    clock = Clock()
    one = process(clock, session(clock, "p:1", "p:2"))
    assert one.asked[0].timeout_seconds == Deadlines().endorse_seconds / 2
    clock.now += one.asked[0].timeout_seconds
    one.send(SILENT)
    assert (one.asked[1].peer, one.asked[1].timeout_seconds) == (1, Deadlines().endorse_seconds / 2)


def test_without_retry_each_step_is_tried_once() -> None:
    clock = Clock()
    one = process(clock, session(clock, retry=NO_RETRY))
    one.send(LOST)
    assert isinstance(one.error, errors.Unreachable)
    assert [each.code for each in one.error.attempts] == ["UNREACHABLE"]


@given(st.lists(st.sampled_from([LOST, SILENT]), min_size=200, max_size=200), st.integers(1, 3))
@settings(max_examples=30)
def test_no_step_takes_longer_than_its_deadline(failures: list[Failure], count: int) -> None:
    clock = Clock()
    one = process(clock, session(clock, *[f"p:{number}" for number in range(count)]))
    for failure in failures:
        if one.over:
            break
        if isinstance(one.step, Pause):
            clock.now += one.step.seconds
            one.send(None)
            continue
        assert one.step is not None
        clock.now += one.step.timeout_seconds if failure is SILENT else 0.01
        one.send(failure)
    assert one.error is not None
    assert clock.now <= Deadlines().endorse_seconds + 0.1


def test_a_new_transaction_follows_a_conflict_and_its_fate_is_told() -> None:
    clock, fabric = Clock(), ModelFabric(answer_once)
    one = process(clock, session(clock))
    while not fabric.ledger:
        if fabric.pending:
            fabric.cut([CODES.MVCC_READ_CONFLICT])
        else:
            one.go(fabric)
    one.finish(fabric)
    assert one.done is not None
    codes = [(each.step, each.code) for each in one.done.attempts]
    assert codes[2] == (Step.COMMIT_STATUS, "MVCC_READ_CONFLICT")
    assert codes[5] == (Step.COMMIT_STATUS, "VALID")
    assert one.done.attempts[3].waited_seconds > 0
    assert len({each.transaction_id for each in one.done.attempts}) == 2
    assert [each.id for each in fabric.valid()] == [one.done.transaction_id]


@pytest.mark.parametrize("transactions", [1, 3, 5])
def test_conflicts_end_in_the_last_ones_error(transactions: int) -> None:
    clock, fabric = Clock(), ModelFabric(answer_once)
    one = process(clock, session(clock, retry=RetryPolicy(transactions=transactions)))
    one.finish(fabric, CODES.MVCC_READ_CONFLICT)
    assert isinstance(one.error, errors.CommitError)
    assert (one.error.code, one.error.transaction_id) == ("MVCC_READ_CONFLICT", fabric.ledger[-1].id)
    assert len(fabric.ledger) == transactions


def test_conflicts_stop_when_the_time_for_all_is_over() -> None:
    clock, fabric = Clock(), ModelFabric(answer_once)
    limits = Deadlines(total_seconds=1.0)
    one = process(clock, session(clock, deadlines=limits, retry=RetryPolicy(transactions=1000)))
    one.finish(fabric, CODES.PHANTOM_READ_CONFLICT)
    assert isinstance(one.error, errors.CommitError)
    assert clock.now <= 1.0


def test_a_race_that_was_lost_ends_in_the_rules_own_refusal() -> None:
    clock = Clock()

    def refuse_the_second(_: str, __: list[bytes]) -> bytes:
        if fabric.ledger:
            raise Refused("NOT_IN_CONTROL")
        return b""

    fabric = ModelFabric(refuse_the_second)
    one = process(clock, session(clock)).finish(fabric, CODES.MVCC_READ_CONFLICT)
    assert isinstance(one.error, errors.Refused)
    assert one.error.code == "NOT_IN_CONTROL"
    assert [each.code for each in one.error.attempts] == ["OK", "OK", "MVCC_READ_CONFLICT", "NOT_IN_CONTROL"]


def test_a_refusal_is_never_tried_again() -> None:
    def refuse(_: str, __: list[bytes]) -> bytes:
        raise Refused("WRONG_STATE")

    clock = Clock()
    one = process(clock, session(clock)).finish(ModelFabric(refuse))
    assert isinstance(one.error, errors.Refused)
    assert one.methods() == ["Endorse"]


def test_what_an_orderer_lost_is_handed_over_again() -> None:
    clock, fabric = Clock(), ModelFabric(answer_once)
    one = process(clock, session(clock))
    one.go(fabric)
    one.go(fabric)
    fabric.pending.clear()  # the leader died with it
    one.go(fabric)
    assert one.methods() == ["Endorse", "Submit", "CommitStatus", "Submit"]
    assert one.asked[1].request == one.asked[3].request
    assert one.finish(fabric).done is not None
    assert len(fabric.valid()) == 1


def test_a_transaction_that_never_gets_into_a_block_is_overdue_in_time() -> None:
    clock, fabric = Clock(), ModelFabric(answer_once)
    one = process(clock, session(clock))
    while not one.over:
        one.go(fabric)
    assert isinstance(one.error, errors.Overdue)
    assert "may still take effect" in one.error.diagnostics()
    assert clock.now <= Deadlines().commit_status_seconds


REFUSING = [LIMIT, TOO_LARGE, NOT_TAKEN, ELSEWHERE_YET]
"""What a peer or an orderer says that has taken nothing."""


@pytest.mark.parametrize("failure", [LOST, *CUT, *REFUSING], ids=lambda one: f"{one.status} {one.message[:20]}")
class TestOpenOutcomes:
    def test_after_a_lost_answer_whatever_comes_the_outcome_is_open(self, failure: Failure) -> None:
        clock, fabric = Clock(), ModelFabric(answer_once)
        one = process(clock, session(clock))
        one.go(fabric)
        assert one.step is not None
        fabric.perform(one.step)  # type: ignore[arg-type]
        one.send(LOST)
        one.go(fabric)  # the pause
        error = one.until_over(failure).error
        assert isinstance(error, errors.CallError)
        assert (error.step, OPEN in error.diagnostics(), OPEN in str(error)) == (Step.SUBMIT, True, True)
        assert "nothing was done" not in error.diagnostics()

    def test_once_it_was_taken_whatever_comes_the_outcome_is_open(self, failure: Failure) -> None:
        clock, fabric = Clock(), ModelFabric(answer_once)
        one = process(clock, session(clock))
        one.go(fabric)
        one.go(fabric)
        error = one.until_over(failure).error
        assert isinstance(error, errors.CallError)
        assert (error.step, OPEN in error.diagnostics()) == (Step.COMMIT_STATUS, True)
        assert "nothing was done" not in error.diagnostics()

    def test_only_what_was_refused_each_time_is_not(self, failure: Failure) -> None:
        clock, fabric = Clock(), ModelFabric(answer_once)
        one = process(clock, session(clock))
        one.go(fabric)
        error = one.until_over(failure).error
        assert isinstance(error, errors.CallError)
        assert (OPEN in error.diagnostics()) is (failure not in REFUSING)


class TestRequestIds:
    def test_an_endorser_that_has_the_transaction_before_our_own_peer_is_believed(self) -> None:
        clock, fabric = Clock(), ModelFabric(answer_once)
        first = process(clock, session(clock), request_id=REQUEST).finish(fabric).done
        fabric.behind = 1
        second = process(clock, session(clock), request_id=REQUEST).finish(fabric)
        assert (second.done, len(fabric.ledger)) == (first, 1)

    def test_when_the_block_of_a_failed_copy_cannot_be_read_nothing_new_is_submitted(self) -> None:
        clock, fabric = Clock(), ModelFabric(answer_once)
        one = process(clock, session(clock), request_id=REQUEST)
        one.go(fabric)
        one.go(fabric)
        fabric.cut([CODES.ENDORSEMENT_POLICY_FAILURE])
        one.go(fabric)
        fabric.behind = 1  # the next question goes to another peer of the organisation
        one.finish(fabric)
        assert isinstance(one.error, errors.ResultError)
        assert one.methods().count("Submit") == 1

    def test_when_only_the_result_cannot_be_read_the_error_says_that_it_took_effect(self) -> None:
        clock, fabric = Clock(), ModelFabric(answer_once)
        one = process(clock, session(clock), request_id=REQUEST)
        one.go(fabric)
        one.go(fabric)
        fabric.cut([CODES.VALID])
        one.go(fabric)
        one.until_over(SILENT)
        assert isinstance(one.error, errors.ResultError)
        assert "took effect" in one.error.diagnostics()

    @pytest.mark.parametrize("unusable", ["", "a\nb", "x" * (LONGEST_ID + 1)])
    def test_an_unusable_one_is_refused_and_nothing_sent(self, unusable: str) -> None:
        clock = Clock()
        one = process(clock, session(clock), request_id=unusable)
        assert isinstance(one.error, errors.InputError)
        assert (one.error.code, one.asked) == ("INVALID_REQUEST_ID", [])

    @given(st.text(min_size=1), st.text(min_size=1), st.integers(0, 9), st.integers(0, 9))
    def test_each_transaction_of_each_request_has_a_nonce_of_its_own(
        self, first: str, second: str, one: int, other: int
    ) -> None:
        nonces = [
            nonce_of(text, number, channel="trade", chaincode="c") for text, number in ((first, one), (second, other))
        ]
        assert (nonces[0] == nonces[1]) is ((first, one) == (second, other))
        assert {len(nonce) for nonce in nonces} == {envelope.NONCE_LENGTH_BYTES}

    def test_a_repeated_request_returns_the_first_result(self) -> None:
        clock = Clock()
        fabric = ModelFabric(lambda _, __: f"made at {clock.now}".encode())
        first = process(clock, session(clock), request_id=REQUEST).finish(fabric).done
        clock.now += 3600
        second = process(clock, session(clock), request_id=REQUEST).finish(fabric).done
        assert first == second
        assert len(fabric.ledger) == 1

    def test_it_is_found_though_the_chaincode_would_refuse_it_now(self) -> None:
        clock = Clock()

        def once(tx_id: str, _: list[bytes]) -> bytes:
            if fabric.valid():
                raise Refused("NOT_IN_CONTROL")
            return b"mine"

        fabric = ModelFabric(once)
        first = process(clock, session(clock), request_id=REQUEST).finish(fabric).done
        assert process(clock, session(clock), request_id=REQUEST).finish(fabric).done == first
        other = process(clock, session(clock), request_id="another").finish(fabric)
        assert isinstance(other.error, errors.Refused)

    def test_its_twin_of_another_process_is_waited_for(self) -> None:
        clock, fabric = Clock(), ModelFabric(answer_once)
        one = process(clock, session(clock), request_id=REQUEST)
        for _ in range(3):
            one.send(busy_with_a_twin())
            one.go(fabric)  # the pause
        twin = process(clock, session(clock), request_id=REQUEST).finish(fabric)
        assert one.finish(fabric).done == twin.done
        assert len({rpc.request for rpc in one.asked[:4]}) == 1

    def test_an_id_used_for_another_request_is_refused(self) -> None:
        clock, fabric = Clock(), ModelFabric(answer_once)
        process(clock, session(clock), request_id=REQUEST).finish(fabric)
        work = session(clock).submit("a:b", "y", request_id=REQUEST)
        other = Process(clock, work).begin().finish(fabric)
        assert isinstance(other.error, errors.InputError)
        assert other.error.code == "REQUEST_ID_REUSED"
        assert len(fabric.ledger) == 1

    def test_transactions_that_failed_long_ago_are_passed_over(self) -> None:
        clock, fabric = Clock(), ModelFabric(answer_once)
        for _ in range(3):
            one = process(clock, session(clock, retry=NO_RETRY), request_id=REQUEST)
            assert isinstance(one.finish(fabric, CODES.MVCC_READ_CONFLICT).error, errors.CommitError)
        last = process(clock, session(clock, retry=NO_RETRY), request_id=REQUEST).finish(fabric)
        assert last.done is not None
        assert [one.code for one in fabric.ledger] == [CODES.MVCC_READ_CONFLICT] * 3 + [CODES.VALID]

    def test_a_copy_that_succeeded_beside_one_without_endorsements_is_found(self) -> None:
        clock, fabric = Clock(), ModelFabric(answer_once)
        processes = [process(clock, session(clock), request_id=REQUEST) for _ in range(2)]
        for one in processes:
            one.go(fabric)
            one.go(fabric)
        fabric.cut([CODES.ENDORSEMENT_POLICY_FAILURE, CODES.VALID])
        for one in processes:
            assert one.finish(fabric).done is not None
        assert len(fabric.valid()) == len(fabric.ledger) - 1 == 1


class TestFlows:
    """Several steps under one request id, as typed calls take them."""

    def hand_over(self, at: Session) -> Any:
        yield from once.try_out(at, "title:hand")
        yield from at.submit("note:put", once.new_id(at, "note"), part="first")
        yield from at.submit("note:put", once.new_id(at, "other note"), part="second")
        return (yield from at.submit("title:hand"))

    def run(self, fabric: ModelFabric, request_id: str | None, fate: int = CODES.VALID) -> Process:
        clock = Clock()
        at = session(clock, retry=NO_RETRY).under(request_id)
        return Process(clock, self.hand_over(at)).begin().finish(fabric, fate)

    def fabric(self) -> ModelFabric:
        def once_only(_: str, arguments: list[bytes]) -> bytes:
            if arguments == [b"title:hand"] and any(b"title:hand" in one.envelope for one in fabric.valid()):
                raise Refused("NOT_IN_CONTROL")
            return b"mine"

        fabric = ModelFabric(once_only)
        return fabric

    def test_a_repeated_flow_does_nothing_twice_and_returns_the_first_result(self) -> None:
        fabric = self.fabric()
        first = self.run(fabric, REQUEST)
        assert first.done is not None
        assert self.run(fabric, REQUEST).done == first.done
        assert len(fabric.ledger) == 3

    @pytest.mark.parametrize("request_id", [None, "another"])
    def test_another_flow_meets_the_refusal_before_it_writes_anything(self, request_id: str | None) -> None:
        fabric = self.fabric()
        self.run(fabric, REQUEST)
        other = self.run(fabric, request_id)
        assert isinstance(other.error, errors.Refused)
        assert len(fabric.ledger) == 3

    def test_a_flow_that_failed_half_way_is_refused_for_what_it_has_not_done(self) -> None:
        fabric = self.fabric()
        assert isinstance(self.run(fabric, REQUEST, CODES.MVCC_READ_CONFLICT).error, errors.CommitError)
        self.run(fabric, "another")
        again = self.run(fabric, REQUEST)
        assert isinstance(again.error, errors.Refused)

    def test_ids_are_the_same_for_a_purpose_under_a_request_id_only(self) -> None:
        at = session(Clock())
        named = at.under(REQUEST)
        assert once.new_id(named, "note") == once.new_id(at.under(REQUEST), "note")
        assert len({once.new_id(one, purpose) for one in (at, named) for purpose in ("note", "title")}) == 4
        assert {len(once.new_id(one, "note")) for one in (at, named)} == {32}

    def test_an_unusable_request_id_is_refused_at_once(self) -> None:
        with pytest.raises(errors.InputError, match="printable"):
            session(Clock()).under("")


FATES = [CODES.VALID, CODES.MVCC_READ_CONFLICT, CODES.PHANTOM_READ_CONFLICT, CODES.ENDORSEMENT_POLICY_FAILURE]


def block(data: st.DataObject, fabric: ModelFabric, *, one_maker: bool) -> None:
    """Cut a block; copies that one process made are the same bytes, of which none fails beside one that does not."""
    count = len(fabric.pending)
    length = 1 if one_maker else count
    fates = data.draw(st.lists(st.sampled_from(FATES), min_size=length, max_size=length))
    fabric.cut(fates * count if one_maker else fates)


def busy_with_a_twin() -> Failure:
    """What a peer says that runs the same transaction for another process at this moment."""
    said = "error in simulation: failed to execute transaction ab: error sending: txid: ab(trade) exists"
    return Failure("ABORTED", "failed to endorse transaction", (PeerDetail("p:1", MSP, said),))


def happen(data: st.DataObject, fabric: ModelFabric, one: Process, *, alone: bool = False) -> None:
    """Let something happen to one process, or to the network."""
    happenings = ["step", "step", "step", "request lost", "answer lost", "refusal", "death", "block", "loss", "twin"]
    happenings.append("own peer behind")
    what = data.draw(st.sampled_from(happenings))
    if what == "step" or (what in {"request lost", "answer lost", "refusal"} and isinstance(one.step, Pause)):
        one.go(fabric)
    elif what == "request lost":
        one.send(data.draw(st.sampled_from([LOST, *CUT])))
    elif what == "refusal":
        one.send(data.draw(st.sampled_from(REFUSING)))
    elif what == "answer lost" and isinstance(one.step, Rpc):
        fabric.perform(one.step)
        one.send(data.draw(st.sampled_from([LOST, SILENT, *CUT])))
    elif what == "twin" and isinstance(one.step, Rpc) and one.step.method == envelope.ENDORSE:
        one.send(busy_with_a_twin())
    elif what == "death":
        one.die()
    elif what == "block" and fabric.pending:
        block(data, fabric, one_maker=alone)
    elif what == "loss":
        fabric.pending.clear()  # of the orderer that led
    elif what == "own peer behind":
        fabric.behind = data.draw(st.integers(0, fabric.height))


def open_at_the_end(fabric: ModelFabric, one: Process) -> bool:
    """Tell whether a process ended in an error while what it handed over took effect, or may yet."""
    return one.error is not None and bool(one.handed_over() & fabric.may_take_effect())


KNOWN = (errors.CommitError, errors.ResultError)
"""What tells a transaction's fate by the ledger."""


@pytest.mark.parametrize("request_id", [None, REQUEST])
@given(st.data())
@settings(max_examples=400)
def test_no_error_hides_that_a_transaction_may_take_effect(request_id: str | None, data: st.DataObject) -> None:
    clock, fabric = Clock(), ModelFabric(answer_once)
    one = process(clock, session(clock, *["p:1", "p:2"][: data.draw(st.integers(1, 2))]), request_id=request_id)
    last = data.draw(st.sampled_from([LOST, SILENT, *CUT, *REFUSING]))
    for _ in range(data.draw(st.integers(0, 12))):
        if not one.over:
            happen(data, fabric, one, alone=True)
    one.until_over(last)
    if open_at_the_end(fabric, one) and not isinstance(one.error, KNOWN):
        assert one.error is not None
        assert OPEN in one.error.diagnostics()
        assert "nothing was done" not in one.error.diagnostics()
        assert isinstance(one.error, errors.CallError)
        assert one.error.outcome_open


@given(st.data())
@settings(max_examples=400)
def test_however_processes_die_and_answers_are_lost_a_request_takes_effect_once(data: st.DataObject) -> None:
    """Several processes make the same request at once; any may die anywhere; requests and answers are lost."""
    clock = Clock()
    fabric = ModelFabric(lambda tx_id, _: f"{tx_id} at {clock.now}".encode())
    count = data.draw(st.integers(1, 3))
    everyone = [process(clock, session(clock, "p:1", "p:2"), request_id=REQUEST) for _ in range(count)]
    for _ in range(data.draw(st.integers(0, 40))):
        under_way = [one for one in everyone if not one.over]
        if not under_way:
            break
        happen(data, fabric, data.draw(st.sampled_from(under_way)))
    last = process(clock, session(clock), request_id=REQUEST).finish(fabric)
    for one in everyone:
        one.finish(fabric)
    fabric.cut([CODES.VALID] * len(fabric.pending))
    (valid,) = fabric.valid()
    assert last.done is not None
    assert {one.done for one in everyone if one.done is not None} <= {last.done}
    assert (last.done.transaction_id, last.done.block_number) == (valid.id, valid.block)
    assert last.done.result.decode().startswith(valid.id)
