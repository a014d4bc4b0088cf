"""A stream changes to another peer when its own is gone, and goes on there without loss or repetition."""

import threading
from collections.abc import Iterator
from itertools import chain, islice, repeat
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.gateway.conftest import USER
from tests.support.loopback_calls import Refusal
from tests.support.loopback_events import Event
from tests.support.loopback_gateway import LoopbackGateway
from tests.support.pki import Authority, Pair
from tests.support.waiting import until
from tradelane.gateway import client, transport
from tradelane.gateway.errors import Step
from tradelane.gateway.events import Recovery
from tradelane.gateway.observer import Attempt
from tradelane.gateway.profile import load_profile
from tradelane.gateway.retry import RetryPolicy

PATIENT = Recovery(first_seconds=0, longest_seconds=0, attempts=None)
BLOCKS = [(Event(f"{number:064x}"),) for number in range(6)]


class Watching:
    """Remembers the streams' tries."""

    metadata = (("traceparent", "00-11-22-01"),)

    def __init__(self) -> None:
        self.tries: list[Attempt] = []
        self.calls: list[BaseException | None] = []

    def called(self, call: str, function: str) -> Any:
        watch = self

        class Call:
            def tried(self, step: Step, transaction_id: str, peer: str) -> Any:
                return watch

            def ended(self, error: BaseException | None) -> None:
                if call == Step.EVENTS:
                    watch.calls.append(error)

        return Call()

    def ended(self, attempt: Attempt) -> None:
        if attempt.step is Step.EVENTS:
            self.tries.append(attempt)


@pytest.fixture
def other(authority: Authority, tls_pairs: tuple[Pair, Pair]) -> Iterator[LoopbackGateway]:
    gateway = LoopbackGateway(tls_pairs[0], authority.root.certificate_pem)
    yield gateway
    gateway.stop()


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.fixture
def gateway(
    profile: Path, peer: LoopbackGateway, other: LoopbackGateway, watching: Watching
) -> Iterator[client.Gateway]:
    found = load_profile(profile, USER)
    channels = [
        grpc.secure_channel(each.endpoint, transport.credentials(found.tls), options=transport.options(found))
        for each in (peer, other)
    ]
    with client.connect_to(
        channels,
        found.identity,
        channel="trade",
        chaincode="tradelane",
        endpoint=["one", "other"],
        retry=RetryPolicy(first_pause_seconds=0),
        observer=watching,
        tls_certificate_hash=transport.tls_certificate_hash(found),
    ) as gateway:
        yield gateway
    for each in channels:
        each.close()


@pytest.mark.parametrize("stream", ["chaincode_events", "block_events"])
def test_a_stream_goes_on_at_another_peer(
    gateway: Any, peer: LoopbackGateway, other: LoopbackGateway, watching: Watching, stream: str
) -> None:
    peer.chain.add(*BLOCKS[:3])
    other.chain.add(*BLOCKS)
    with getattr(gateway, stream)(0, recovery=PATIENT) as events:
        found = list(islice(events, 3))
        peer.stop()
        found.extend(islice(events, 3))
    numbers = [getattr(each, "number", getattr(each, "block_number", None)) for each in found]
    assert numbers == [0, 1, 2, 3, 4, 5]
    assert (watching.tries[0].peer, watching.tries[-1].peer) == ("one", "other")
    assert (watching.tries[0].code, watching.tries[-1].code) == ("UNREACHABLE", "LEFT")
    assert watching.calls == [None]


@pytest.mark.parametrize("stream", ["chaincode_events", "block_events"])
def test_a_peer_that_is_behind_is_waited_for(
    gateway: Any, peer: LoopbackGateway, other: LoopbackGateway, stream: str
) -> None:
    peer.chain.add(*BLOCKS[:4])
    other.chain.add(*BLOCKS[:2])
    cut = Refusal(grpc.StatusCode.UNAVAILABLE, "cut")
    peer.chain.cuts = chain([(4, cut)], repeat((0, cut)))  # the chain's height it still tells

    def catch_up() -> None:
        until(lambda: other.chain.opened)
        other.chain.add(*BLOCKS[2:])

    catching_up = threading.Thread(target=catch_up)
    catching_up.start()
    with getattr(gateway, stream)(0, recovery=PATIENT) as events:
        found = list(islice(events, 6))
    catching_up.join()
    numbers = [getattr(each, "number", getattr(each, "block_number", None)) for each in found]
    assert numbers == [0, 1, 2, 3, 4, 5]
