"""Both clients with two gateway peers, over real gRPC."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.gateway.conftest import SERVER_NAME, USER
from tests.support.loopback_calls import Refusal
from tests.support.loopback_gateway import Invocation, LoopbackGateway
from tests.support.pki import Authority, Pair
from tradelane.gateway import client, errors, transport
from tradelane.gateway.errors import Step
from tradelane.gateway.observer import Attempt
from tradelane.gateway.profile import load_profile
from tradelane.gateway.retry import NO_RETRY


@pytest.fixture
def second(
    authority: Authority, tls_pairs: tuple[Pair, Pair], peer: LoopbackGateway, profile: Path
) -> Iterator[LoopbackGateway]:
    """A second peer, which the profile names after the first."""
    found = LoopbackGateway(tls_pairs[0], authority.root.certificate_pem)
    content = json.loads((profile / "profile.json").read_text())
    content["peers"].append({"endpoint": found.endpoint, "serverName": SERVER_NAME})
    (profile / "profile.json").write_text(json.dumps(content))
    yield found
    found.stop()


def asked(*peers: LoopbackGateway) -> list[int]:
    return [len(peer.script.invocations) for peer in peers]


def test_the_first_is_asked_while_it_is_well(second: LoopbackGateway, peer: LoopbackGateway, gateway: Any) -> None:
    for _ in range(3):
        gateway.evaluate("a:b")
    assert asked(peer, second) == [3, 0]


def test_a_peer_that_is_down_is_passed_over_with_the_same_bytes(
    second: LoopbackGateway, peer: LoopbackGateway, gateway: Any
) -> None:
    proposal = gateway.new_proposal("a:b")
    peer.stop()
    assert gateway.endorse(proposal, retry=NO_RETRY).transaction_id == proposal.transaction_id
    assert [one.transaction_id for one in second.script.invocations] == [proposal.transaction_id]
    done = gateway.submit("a:b")
    assert {one.peer for one in done.attempts} == {second.endpoint}  # the first rests


def test_a_transaction_endorsed_by_one_may_be_submitted_and_followed_by_the_other(
    second: LoopbackGateway, peer: LoopbackGateway, gateway: Any
) -> None:
    def fail() -> None:
        raise Refusal(grpc.StatusCode.UNAVAILABLE, "the peer stops")

    peer.script.on_submit = peer.script.on_status = fail
    done = gateway.submit("a:b")
    assert [(one.step, one.code, one.peer) for one in done.attempts] == [
        (Step.ENDORSE, "OK", peer.endpoint),
        (Step.SUBMIT, "UNREACHABLE", peer.endpoint),
        (Step.SUBMIT, "OK", second.endpoint),
        (Step.COMMIT_STATUS, "VALID", second.endpoint),
    ]


def test_a_peer_at_its_limit_is_passed_over(second: LoopbackGateway, peer: LoopbackGateway, gateway: Any) -> None:
    def limit(_: Invocation) -> bytes:
        raise Refusal(
            grpc.StatusCode.UNKNOWN, "too many requests for /gateway.Gateway, exceeding concurrency limit (1)"
        )

    peer.script.chaincode = limit
    gateway.evaluate("a:b")
    assert asked(peer, second) == [1, 1]


def test_a_refusal_is_not_taken_to_another_peer(second: LoopbackGateway, peer: LoopbackGateway, gateway: Any) -> None:
    def refuse(_: Invocation) -> bytes:
        raise Refusal(grpc.StatusCode.UNKNOWN, 'chaincode response 409, {"code":"WRONG_STATE","message":"no"}')

    peer.script.chaincode = refuse
    with pytest.raises(errors.Refused):
        gateway.evaluate("a:b")
    assert asked(peer, second) == [1, 0]


def test_when_none_can_be_reached_the_error_shows_each_attempt(
    second: LoopbackGateway, peer: LoopbackGateway, gateway: Any
) -> None:
    peer.stop()
    second.stop()
    with pytest.raises(errors.Unreachable) as raised:
        gateway.evaluate("a:b", retry=NO_RETRY)
    assert [one.peer for one in raised.value.attempts] == [peer.endpoint, second.endpoint]


class Watcher:
    """Notes what it is told, and sends a trace context along."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.metadata: Sequence[tuple[str, str]] = (("traceparent", "00-ab-cd-01"),)

    def called(self, call: str, function: str) -> "Watcher":
        self.told.append((call, function))
        return self

    def tried(self, step: Step, transaction_id: str, peer: str) -> "Watcher":
        self.told.append(step)
        return self

    def ended(self, outcome: Attempt | BaseException | None) -> None:
        self.told.append(outcome.code if isinstance(outcome, Attempt | errors.GatewayError) else outcome)


def test_an_observer_is_told_of_calls_and_tries(profile: Path, peer: LoopbackGateway) -> None:
    watcher = Watcher()
    with client.connect(profile, USER, observer=watcher) as gateway:
        gateway.submit("a:b")
        peer.script.validation_code = 11
        with pytest.raises(errors.CommitError):
            gateway.submit("a:b", retry=NO_RETRY)
    endorse_and_submit = [Step.ENDORSE, "OK", Step.SUBMIT, "OK", Step.COMMIT_STATUS]
    assert watcher.told == [
        ("submit", "a:b"), *endorse_and_submit, "VALID", None,
        ("submit", "a:b"), *endorse_and_submit, "MVCC_READ_CONFLICT", "MVCC_READ_CONFLICT",
    ]  # fmt: skip


def test_channels_of_the_callers_own_are_named_and_counted(
    profile: Path, second: LoopbackGateway, peer: LoopbackGateway
) -> None:
    found = load_profile(profile, USER)
    credentials = transport.credentials(found.tls)
    with (
        grpc.secure_channel(peer.endpoint, credentials, options=transport.options(found)) as one,
        grpc.secure_channel(second.endpoint, credentials, options=transport.options(found, 1)) as other,
    ):
        gateway = client.connect_to([one, other], found.identity, channel="trade", chaincode="tradelane")
        peer.stop()
        done = gateway.submit("a:b")
        assert done.attempts[0].peer == "the gateway peer 1"
        assert {attempt.peer for attempt in done.attempts[1:]} == {"the gateway peer 2"}


@pytest.mark.parametrize(("channels", "names"), [([], "p"), ([1, 2], ["p"]), ([1], [])])
def test_channels_and_names_must_fit(profile: Path, channels: list[Any], names: Any) -> None:
    identity = load_profile(profile, USER).identity
    with pytest.raises(errors.InputError) as raised:
        client.connect_to(channels, identity, channel="trade", chaincode="c", endpoint=names)
    assert raised.value.code == "NO_PEER"
