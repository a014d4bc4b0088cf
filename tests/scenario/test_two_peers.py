"""An organisation with two gateway peers: one is killed under load and stays down, and its clients work on.

On a network of its own, for the run's has one peer per organisation.
"""

from collections.abc import Iterator
from importlib import resources
from itertools import islice
from typing import Any

import pytest

from tests.support.network import start_somewhere
from tests.support.storm import check, storm, valid_since
from tests.support.waiting import until
from tradelane.gateway import Gateway, connect, ledger, organisations
from tradelane.gateway.events import Interruption, Recovery
from tradelane.gateway.profile import load_profile
from tradelane.network import Network, process

pytestmark = pytest.mark.network

ORG, OTHER = "hongkong", "shanghai"
FIRST = f"peer0.{ORG}"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A network where Hong Kong runs two peers; its organisations are registered."""
    directory = tmp_path_factory.mktemp("two-peers")
    file = directory / "topology.toml"
    usual = resources.files("tradelane.network").joinpath("topology.toml").read_text("utf-8")
    file.write_text(usual.replace('country = "HK"\n', 'country = "HK"\npeers = 2\n'))
    network = Network(directory / "home")
    try:
        start_somewhere(network, file)
        for org in (ORG, OTHER):
            with connect(network.paths.profile(org).root, "admin") as gateway:
                gateway.run(organisations.register())
                gateway.run(organisations.prepare())
        yield network
    finally:
        network.down(purge=True)


@pytest.fixture(autouse=True)
def restored(two: Network) -> Iterator[None]:
    yield
    two.up()
    assert two.status().well


@pytest.fixture
def gateway(two: Network) -> Iterator[Gateway]:
    with connect(two.paths.profile(ORG).root, "admin") as gateway:
        yield gateway


def endpoints(network: Network) -> tuple[str, ...]:
    profile = load_profile(network.paths.profile(ORG).root, "admin")
    return tuple(peer.endpoint for peer in profile.network.peers)


def kill_first(network: Network) -> None:
    """As a crash would; nobody starts it again."""
    until(lambda: process.find(network.paths.process(FIRST))).kill()


def test_the_profile_and_the_status_know_both(two: Network) -> None:
    assert len(set(endpoints(two))) == 2
    peers = [node for node in two.status().nodes if node.kind == "peer"]
    assert [node.name for node in peers] == [FIRST, f"peer1.{ORG}", f"peer0.{OTHER}"]
    assert all(node.height and not node.problems for node in peers)


def test_one_of_two_killed_under_load_and_left_down_loses_nothing_and_doubles_nothing(
    two: Network, gateway: Gateway
) -> None:
    first, second = endpoints(two)
    before = gateway.run(ledger.height())
    with storm(two.paths.profile(ORG).root, gateway, clients=16) as at_work:
        at_work.await_commits(50)
        kill_first(two)
        at_work.await_commits(200)
    assert process.find(two.paths.process(FIRST)) is None
    check(at_work, gateway, before)
    tries = [one for done in at_work.committed.values() for one in done.attempts]
    assert any(one.peer == first and one.code == "UNREACHABLE" for one in tries)
    last = max(at_work.committed.values(), key=lambda done: done.block_number)
    assert (last.attempts[-1].peer, last.attempts[-1].code) == (second, "VALID")


@pytest.mark.parametrize("stream", ["chaincode_events", "block_events", "block_and_private_data_events"])
def test_a_stream_moves_to_the_other_peer_without_loss_or_repetition(
    two: Network, gateway: Gateway, stream: str
) -> None:
    told: list[Interruption] = []
    found: list[Any] = []
    start = gateway.run(ledger.height())
    patient: dict[str, Any] = {"recovery": Recovery(longest_seconds=1), "on_interruption": told.append}
    with getattr(gateway, stream)(start, **patient) as events:
        with storm(two.paths.profile(OTHER).root, gateway, clients=2) as at_work:
            found.extend(islice(events, 5))
            kill_first(two)
            at_work.await_commits(50)
        end = gateway.run(ledger.height())
        expected: list[Any] = list(range(start, end))
        if stream == "chaincode_events":
            expected = [one.id for one in valid_since(gateway, start, "party:admit")]
        found.extend(islice(events, len(expected) - len(found)))
    assert [one.transaction_id if stream == "chaincode_events" else _number(one) for one in found] == expected
    assert told
    assert process.find(two.paths.process(FIRST)) is None


def _number(found: Any) -> int:
    return int(getattr(found, "block", found).number)


def test_a_peer_that_came_back_is_used_again(two: Network, gateway: Gateway) -> None:
    first, second = endpoints(two)

    def asked() -> str:
        proposal = gateway.new_proposal("organisation:list", "{}")
        return gateway.endorse(proposal).attempts[-1].peer

    # Each peer has a stream, the first one's counted until somebody reads on: that does not keep it from being tried.
    with gateway.block_events(0) as one, gateway.block_events(0) as other:
        next(one)
        next(other)
        kill_first(two)
        until(lambda: asked() == second)
        two.up()
        until(lambda: asked() == first)
