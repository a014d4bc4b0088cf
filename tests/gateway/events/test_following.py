"""Events come once each and none is left out, wherever streams are cut; both clients, over real gRPC."""

import asyncio
import threading
from collections.abc import Iterator
from itertools import chain as chained
from itertools import islice, repeat
from pathlib import Path
from typing import Any

import grpc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway.conftest import USER
from tests.support.loopback_calls import Refusal
from tests.support.loopback_events import Chain, Event
from tests.support.loopback_gateway import LoopbackGateway
from tradelane.gateway import aio, client, errors, transport
from tradelane.gateway.events import InMemoryCheckpointer, Interruption, Position, Recovery
from tradelane.gateway.profile import load_profile
from tradelane.gateway.retry import NO_RETRY

PATIENT = Recovery(first_seconds=0, longest_seconds=0)
STREAMS = ("chaincode_events", "block_events", "filtered_block_events", "block_and_private_data_events")
METHODS = dict(zip(STREAMS, ("ChaincodeEvents", "Deliver", "DeliverFiltered", "DeliverWithPrivateData"), strict=True))


def tx(number: int) -> str:
    return f"{number:064x}"


def blocks(count: int, each: int = 2) -> list[tuple[Event, ...]]:
    return [tuple(Event(tx(10 * block + place), f"name{place}") for place in range(each)) for block in range(count)]


@pytest.fixture
def chain(peer: LoopbackGateway) -> Chain:
    peer.chain.add(*blocks(4))
    return peer.chain


def ids(events: Any, count: int) -> list[str]:
    return [each.transaction_id for each in islice(events, count)]


def number(block: Any) -> int:
    return int(block.block.number if hasattr(block, "block") else block.number)


ALL = [tx(10 * block + place) for block in range(4) for place in range(2)]


class TestWhereItBegins:
    def test_with_what_is_committed_from_the_with_block_on(self, gateway: Any, chain: Chain) -> None:
        with gateway.chaincode_events() as events:
            chain.add((Event(tx(99)),))
            assert ids(events, 1) == [tx(99)]

    def test_at_a_block(self, gateway: Any, chain: Chain) -> None:
        with gateway.chaincode_events(start_block=2) as events:
            assert ids(events, 4) == ALL[4:]

    def test_at_a_block_that_is_not_there_yet(self, gateway: Any, chain: Chain) -> None:
        for stream in STREAMS:
            chain.blocks[4:] = []
            with getattr(gateway, stream)(start_block=5) as events:
                chain.add(*blocks(6)[4:])
                found = next(events)
            assert (found.block_number if stream == "chaincode_events" else number(found)) == 5

    def test_behind_a_transaction_in_the_middle_of_a_block(self, gateway: Any, chain: Chain) -> None:
        with gateway.chaincode_events(after=ALL[2]) as events:
            assert ids(events, 5) == ALL[3:]

    def test_behind_a_transaction_that_announced_nothing(self, gateway: Any, chain: Chain) -> None:
        chain.blocks[1] = (Event(tx(10)), Event(tx(11), chaincode="another"), Event(tx(12)))
        with gateway.chaincode_events(after=tx(11)) as events:
            assert ids(events, 2) == [tx(12), tx(20)]

    def test_behind_a_checkpoint_whatever_the_start_block(self, gateway: Any, chain: Chain) -> None:
        for place, rest in ((Position(1, ALL[2]), ALL[3:]), (Position(2), ALL[4:]), (Position(), ALL[2:])):
            with gateway.chaincode_events(start_block=1, checkpoint=place) as events:
                assert ids(events, len(rest)) == rest

    @pytest.mark.parametrize("stream", STREAMS[1:])
    def test_blocks_come_whole(self, gateway: Any, chain: Chain, stream: str) -> None:
        with getattr(gateway, stream)(checkpoint=Position(1, ALL[2])) as events:
            assert [number(each) for each in islice(events, 3)] == [1, 2, 3]
        with getattr(gateway, stream)(after=ALL[4]) as events:
            assert number(next(events)) == 2

    def test_behind_an_unknown_transaction_is_an_error(self, gateway: Any, chain: Chain) -> None:
        with pytest.raises(errors.NotFound) as raised:
            next(gateway.chaincode_events(after=tx(999)))
        assert raised.value.code == "TRANSACTION_NOT_FOUND"

    @pytest.mark.parametrize("after", ["", "x", "A" * 64, tx(1)[1:]])
    def test_behind_what_is_no_transaction_id_is_an_error(self, gateway: Any, chain: Chain, after: str) -> None:
        with pytest.raises(errors.InputError):
            next(gateway.chaincode_events(checkpoint=Position(1, after or "?")))
        assert chain.opened == []

    @pytest.mark.parametrize("where", [{"start_block": -1}, {"checkpoint": Position(-1)}])
    def test_at_a_negative_block_is_an_error(self, gateway: Any, chain: Chain, where: Any) -> None:
        for stream in STREAMS:
            with pytest.raises(errors.InputError) as raised:
                next(getattr(gateway, stream)(**where))
            assert raised.value.code == "INVALID_BLOCK_NUMBER"
        assert chain.opened == []

    def test_at_a_block_beyond_all_numbers_waits(self, gateway: Any, chain: Chain) -> None:
        with gateway.block_events(start_block=2**70) as events:
            events.close()
            assert list(events) == []

    def test_a_checkpoint_of_another_ledger_is_an_error(self, gateway: Any, chain: Chain) -> None:
        with pytest.raises(errors.CheckpointError) as raised:
            next(gateway.chaincode_events(checkpoint=Position(3, ALL[2])))
        assert raised.value.code == "CHECKPOINT_FOREIGN"


class TestWhatComes:
    def test_raw_events(self, gateway: Any, chain: Chain) -> None:
        chain.add((Event(tx(70), "named", b"\x00payload"),))
        with gateway.chaincode_events(start_block=4) as events:
            found = next(events)
        assert (found.block_number, found.transaction_id, found.chaincode) == (4, tx(70), "tradelane")
        assert (found.name, found.payload) == ("named", b"\x00payload")

    def test_only_names_and_transactions_asked_for(self, gateway: Any, chain: Chain) -> None:
        with gateway.chaincode_events(0, names=["name1"]) as events:
            assert ids(events, 4) == ALL[1::2]
        with gateway.chaincode_events(0, transaction_ids=[ALL[3], ALL[6]]) as events:
            assert ids(events, 2) == [ALL[3], ALL[6]]

    def test_another_chaincode(self, gateway: Any, chain: Chain) -> None:
        chain.add((Event(tx(70), chaincode="another"),))
        with gateway.chaincode_events(0, chaincode="another") as events:
            assert next(events).transaction_id == tx(70)

    def test_announcements_pass_over_other_events(self, gateway: Any, chain: Chain) -> None:
        chain.add((Event(tx(70), "tradelane.v1", b'[{"type":"organisation","mspId":"AMSP"}]'),))
        with gateway.announcements(0) as events:
            found = next(events)
        assert (found.block_number, found.transaction_id, found.facts[0].type) == (4, tx(70), "organisation")

    def test_an_announcement_of_a_newer_release_is_an_error(self, gateway: Any, chain: Chain) -> None:
        chain.add((Event(tx(70), "tradelane.v1", b'[{"type":"novelty"}]'),))
        with pytest.raises(errors.ResultError) as raised:
            next(gateway.announcements(0))
        assert (raised.value.code, raised.value.details["blockNumber"]) == ("UNKNOWN_FACT", "4")

    @pytest.mark.parametrize("stream", STREAMS[1:])
    def test_blocks(self, gateway: Any, chain: Chain, stream: str) -> None:
        with getattr(gateway, stream)(start_block=0) as events:
            found = list(islice(events, 4))
        assert [number(each) for each in found] == [0, 1, 2, 3]
        transactions = chained.from_iterable(getattr(each, "block", each).transactions for each in found)
        assert [each.id for each in transactions] == ALL
        (opened,) = chain.opened
        assert (opened.method, opened.start, len(opened.tls_certificate_hash)) == (METHODS[stream], 0, 32)


def broken(code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE) -> Refusal:
    return Refusal(code, "cut")


PASSING = [broken(), broken(grpc.StatusCode.ABORTED), broken(grpc.StatusCode.INTERNAL), None]


class TestCuts:
    @pytest.mark.parametrize("stream", STREAMS)
    @pytest.mark.parametrize("end", PASSING, ids=lambda end: end.code.name if end else "OK")
    def test_at_every_message(self, gateway: Any, chain: Chain, stream: str, end: Refusal | None) -> None:
        chain.cuts = iter([(0, end), (0, end), *((1, end) for _ in range(3))])
        with getattr(gateway, stream)(start_block=0, recovery=PATIENT) as events:
            if stream == "chaincode_events":
                assert ids(events, 8) == ALL
            else:
                assert [number(each) for each in islice(events, 4)] == [0, 1, 2, 3]
        assert [each.start for each in chain.opened] == [0, 0, 0, 1, 2, 3]

    def test_before_the_first_event_lose_nothing(self, gateway: Any, chain: Chain) -> None:
        chain.cuts = iter([(0, broken())])

        def commit(_: Interruption) -> None:
            chain.add((Event(tx(99)),))

        with gateway.chaincode_events(recovery=PATIENT, on_interruption=commit) as events:
            assert ids(events, 1) == [tx(99)]

    def test_behind_a_transaction_repeat_nothing(self, gateway: Any, chain: Chain) -> None:
        chain.cuts = iter([(0, broken()), (1, broken())])
        with gateway.chaincode_events(after=ALL[2], recovery=PATIENT) as events:
            assert ids(events, 5) == ALL[3:]

    @settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_anywhere(self, gateway: Any, peer: LoopbackGateway, data: st.DataObject) -> None:
        sizes = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=8))
        chain = peer.chain
        chain.blocks[:] = [tuple(Event(tx(10 * block + place)) for place in range(n)) for block, n in enumerate(sizes)]
        cuts = data.draw(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(PASSING)), max_size=8))
        chain.cuts = iter(cuts)
        expected = [each.transaction_id for block in chain.blocks for each in block]
        with gateway.chaincode_events(0, recovery=PATIENT) as events:
            assert ids(events, len(expected)) == expected

    def test_are_told(self, gateway: Any, chain: Chain) -> None:
        chain.cuts = iter([(1, broken()), (0, broken())])
        told: list[Interruption] = []
        with gateway.block_events(0, recovery=PATIENT, on_interruption=told.append) as events:
            assert [number(each) for each in islice(events, 2)] == [0, 1]
        assert [(each.failures, each.next_block, each.pause_seconds) for each in told] == [(1, 1, 0), (2, 1, 0)]
        assert {type(each.error) for each in told} == {errors.Unreachable}

    def test_are_logged(self, gateway: Any, chain: Chain, caplog: pytest.LogCaptureFixture) -> None:
        chain.cuts = iter([(1, broken())])
        with gateway.block_events(0, recovery=PATIENT) as events:
            assert len(list(islice(events, 2))) == 2
        (line,) = [each.getMessage() for each in caplog.records if each.levelname == "WARNING"]
        assert line.startswith("events Deliver: events at 127.0.0.1:")
        assert "UNREACHABLE" in line

    def test_in_a_row_end_the_patience(self, gateway: Any, chain: Chain) -> None:
        chain.cuts = chained([(2, broken())], repeat((0, broken())))
        recovery = Recovery(first_seconds=0, longest_seconds=0, attempts=3)
        with gateway.block_events(0, recovery=recovery) as events:
            assert [number(each) for each in islice(events, 2)] == [0, 1]
            with pytest.raises(errors.Unreachable, match="cannot be reached") as raised:
                next(events)
            assert list(events) == []
        assert "Go on from block 2." in raised.value.diagnostics()
        assert raised.value.details["nextBlock"] == "2"
        assert len(chain.opened) == 4

    def test_without_patience_are_an_error_at_once(self, gateway: Any, chain: Chain) -> None:
        chain.cuts = iter([(1, broken(grpc.StatusCode.ABORTED))])
        with gateway.chaincode_events(0, recovery=Recovery(attempts=0)) as events:
            assert ids(events, 2) == ALL[:2]
            with pytest.raises(errors.EventsError, match="cut"):
                next(events)

    def test_pauses_double_up_to_the_longest(self) -> None:
        recovery = Recovery(first_seconds=0.5, longest_seconds=3)
        assert [recovery.pause(failures) for failures in (1, 2, 3, 4, 5, 10_000)] == [0.5, 1, 2, 3, 3, 3]
        assert [recovery.pause(failures, chance=1) for failures in (1, 2, 10_000)] == [0.25, 0.5, 1.5]


class TestWhatIsNotTriedAgain:
    @pytest.mark.parametrize("stream", STREAMS)
    @pytest.mark.parametrize(
        ("status", "kind"),
        [
            (grpc.StatusCode.PERMISSION_DENIED, errors.AccessDenied),
            (grpc.StatusCode.UNAUTHENTICATED, errors.AccessDenied),
            (grpc.StatusCode.INVALID_ARGUMENT, errors.EventsError),
            (grpc.StatusCode.UNIMPLEMENTED, errors.EventsError),
            (grpc.StatusCode.RESOURCE_EXHAUSTED, errors.EventsError),
        ],
        ids=lambda value: value.name if isinstance(value, grpc.StatusCode) else "",
    )
    def test_a_refusal(
        self, gateway: Any, chain: Chain, stream: str, status: grpc.StatusCode, kind: type[errors.CallError]
    ) -> None:
        chain.cuts = repeat((0, broken(status)))
        with pytest.raises(kind):
            next(getattr(gateway, stream)(0, recovery=PATIENT))
        assert len(chain.opened) == 1

    def test_a_peer_that_is_not_there_to_begin_with(self, connect: Any, peer: LoopbackGateway) -> None:
        gateway = connect(retry=NO_RETRY)
        peer.stop()
        with pytest.raises(errors.Unreachable):
            next(gateway.chaincode_events(0))

    def test_a_request_without_the_hash_of_the_tls_certificate(self, gateway: Any, chain: Chain) -> None:
        gateway._session.tls_certificate_hash = b""
        with pytest.raises(errors.EventsError, match="TLS client certificate"):
            next(gateway.block_events(0, recovery=PATIENT))
        assert len(chain.opened) == 1

    def test_blocks_left_out(self, gateway: Any, chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
        usual = Chain.from_block

        def leaky(self: Chain, start: int, wanted: Any) -> Iterator[Any]:
            return (each for each in usual(self, start, wanted) if each[0] != 1)

        monkeypatch.setattr(Chain, "from_block", leaky)
        with gateway.block_events(0) as events:
            assert number(next(events)) == 0
            with pytest.raises(errors.ResultError) as raised:
                next(events)
        assert (raised.value.code, raised.value.details["nextBlock"]) == ("BLOCKS_MISSING", "1")

    def test_blocks_told_again_are_passed_over(
        self, gateway: Any, chain: Chain, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        usual = Chain.from_block

        def stammering(self: Chain, start: int, wanted: Any) -> Iterator[Any]:
            for each in usual(self, start, wanted):
                yield each
                yield each

        monkeypatch.setattr(Chain, "from_block", stammering)
        with gateway.chaincode_events(0) as events:
            assert ids(events, 8) == ALL


class TestClosing:
    @pytest.mark.parametrize("stream", STREAMS)
    def test_ends_the_iteration_and_not_another_stream(self, gateway: Any, chain: Chain, stream: str) -> None:
        one, other = getattr(gateway, stream)(0), getattr(gateway, stream)(0)
        assert next(one) == next(other)
        one.close()
        assert list(one) == []
        chain.add(*blocks(5)[4:])
        rest = 9 if stream == "chaincode_events" else 4
        assert len(list(islice(other, rest))) == rest

    def test_before_the_first_event_asks_nothing(self, gateway: Any, chain: Chain) -> None:
        events = gateway.chaincode_events(0)
        events.close()
        assert list(events) == []
        assert chain.opened == []

    def test_the_gateway_ends_its_streams(self, profile: Path, chain: Chain) -> None:
        with client.connect(profile, USER) as gateway:
            events = gateway.block_events(3)
            next(events)
        assert list(events) == []

    async def test_the_gateway_ends_its_streams_in_asyncio_too(self, profile: Path, chain: Chain) -> None:
        async with aio.connect(profile, USER) as gateway:
            events = gateway.block_events(3)
            await anext(events)
        assert [each async for each in events] == []

    def test_from_another_thread_ends_a_wait(self, profile: Path, chain: Chain) -> None:
        with client.connect(profile, USER) as gateway, gateway.block_events() as events:
            closing = threading.Timer(0.1, events.close)
            closing.start()
            assert list(events) == []
            closing.join()

    def test_from_another_thread_ends_a_pause(self, profile: Path, chain: Chain) -> None:
        chain.cuts = repeat((0, broken()))
        with client.connect(profile, USER) as gateway:
            patient = Recovery(first_seconds=600, longest_seconds=600)
            events = gateway.block_events(0, recovery=patient, on_interruption=lambda _: closing.start())
            closing = threading.Timer(0.1, events.close)
            assert list(events) == []

    async def test_from_another_task_ends_a_wait_and_a_pause(self, profile: Path, chain: Chain) -> None:
        chain.cuts = iter([(1, broken())])
        async with aio.connect(profile, USER) as gateway:
            for events in (
                gateway.block_events(0, recovery=Recovery(first_seconds=600, longest_seconds=600)),
                gateway.block_events(3),
            ):
                await anext(events)
                waiting = asyncio.create_task(_rest(events))
                await asyncio.sleep(0.05)
                await events.close()
                assert await waiting == []

    async def test_a_cancelled_wait_loses_nothing(self, profile: Path, chain: Chain) -> None:
        async with aio.connect(profile, USER) as gateway, gateway.chaincode_events() as events:
            for block in blocks(8)[4:]:
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(anext(events), 0.05)
                chain.add(block)
                assert [(await anext(events)).transaction_id for _ in block] == [each.transaction_id for each in block]
        assert len(chain.opened) == 1

    async def test_a_cancelled_pause_and_opening_lose_nothing(self, profile: Path, chain: Chain) -> None:
        chain.cuts = iter([(1, broken()), (0, broken())])
        found: list[str] = []
        async with aio.connect(profile, USER) as gateway:
            events = gateway.chaincode_events(0, recovery=Recovery(first_seconds=0.02))
            while len(found) < len(ALL):
                try:
                    found.append((await asyncio.wait_for(anext(events), 0.01)).transaction_id)
                except TimeoutError:
                    continue
        assert found == ALL

    async def test_cancelling_the_readers_task_is_not_taken_for_a_closed_gateway(
        self, profile: Path, chain: Chain
    ) -> None:
        async with aio.connect(profile, USER) as gateway:
            task = asyncio.create_task(_rest(gateway.block_events()))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    def test_the_callers_own_channel_ends_its_streams(self, profile: Path, chain: Chain) -> None:
        found = load_profile(profile, USER)
        channel = grpc.secure_channel(
            found.network.peers[0].endpoint, transport.credentials(found.tls), options=transport.options(found, 0)
        )
        gateway = client.connect_to(channel, found.identity, channel="trade", chaincode="tradelane")
        events = gateway.chaincode_events(3)
        next(events)
        channel.close()
        assert len(list(events)) == 1  # what had been read before


async def _rest(events: Any) -> list[Any]:
    return [each async for each in events]


@pytest.mark.parametrize("kind", [InMemoryCheckpointer])
def test_a_checkpointer_brings_a_consumer_back(gateway: Any, chain: Chain, kind: Any) -> None:
    checkpointer = kind()
    found: list[str] = []
    while len(found) < len(ALL):
        with gateway.chaincode_events(0, checkpoint=checkpointer) as events:
            for event in islice(events, 3):
                found.append(event.transaction_id)
                checkpointer.checkpoint_chaincode_event(event)
                if len(found) == len(ALL):
                    break
    assert found == ALL
