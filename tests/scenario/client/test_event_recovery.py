"""Streams of events over what happens to peers and consumers: nothing is lost, and nothing comes twice."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.scenario.client.conftest import HONGKONG, ORGANISATIONS, PROGRAM, SHANGHAI, Connect
from tests.support.event_consumer import CONSUMER, effects, warehouse
from tests.support.waiting import until
from tradelane.gateway import client, errors, transport
from tradelane.gateway.events import FileCheckpointer, Interruption, Recovery, SqlCheckpointer
from tradelane.gateway.identity import Identity
from tradelane.gateway.profile import load_profile
from tradelane.network import Network, process

pytestmark = pytest.mark.network

STREAMS = ("chaincode_events", "block_events", "filtered_block_events", "block_and_private_data_events")
ROOT = Path(__file__).parents[3]
KILLS = 50
WORKING = 5
"""Each fifth consumer is killed only once it has noted something that the ones before it have not."""


def announce(gateway: Any, name: str) -> str:
    return str(gateway.submit("announce", name, "payload").transaction_id)


def number(block: Any) -> int:
    return int(getattr(block, "block", block).number)


@contextmanager
def announcing(gateway: Any, name: str) -> Iterator[list[str]]:
    """Announce one event after the other within the block; yields the transactions that took effect."""
    done: list[str] = []
    enough = threading.Event()

    def work() -> None:
        while not enough.is_set():
            done.append(announce(gateway, name))

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield done
    finally:
        enough.set()
        worker.join()


class TestPeersRestarted:
    @pytest.fixture(autouse=True)
    def restored(self, network: Network) -> Iterator[None]:
        yield
        network.up()
        assert network.status().well

    def test_all_streams_go_on_behind_what_they_have_told(self, network: Network, connect: Connect, key: str) -> None:
        gateway = connect(HONGKONG)
        told: list[Interruption] = []
        first = announce(gateway, key)
        start = gateway.outcome(first).block_number
        patient: dict[str, Any] = {"recovery": Recovery(longest_seconds=1), "on_interruption": told.append}
        streams = {name: getattr(gateway, name)(start_block=start, **patient) for name in STREAMS}
        assert next(streams["chaincode_events"]).transaction_id == first
        for name in STREAMS[1:]:
            assert number(next(streams[name])) == start
        until(lambda: process.find(network.paths.process("peer0.hongkong"))).kill()
        network.up()
        after = [announce(gateway, key) for _ in range(3)]
        assert [each.transaction_id for each in islice(streams["chaincode_events"], 3)] == after
        last = gateway.outcome(after[-1]).block_number
        for name in STREAMS[1:]:
            assert [number(each) for each in islice(streams[name], last - start)] == list(range(start + 1, last + 1))
        for each in streams.values():
            each.close()
        assert len(told) >= len(STREAMS)
        assert {type(each.error) for each in told} <= {errors.Unreachable, errors.EventsError, errors.Overdue}

    def test_a_stream_told_nothing_yet_loses_nothing(self, network: Network, connect: Connect, key: str) -> None:
        gateway, other = connect(HONGKONG), connect(SHANGHAI)
        endorsed = other.endorse(other.new_proposal("announce", key, "payload"))
        with gateway.chaincode_events(recovery=Recovery(longest_seconds=1)) as events:
            until(lambda: process.find(network.paths.process("peer0.hongkong"))).kill()
            assert other.status(other.submit_endorsed(endorsed)).successful  # while the stream's peer is down
            network.up()
            assert next(events).transaction_id == endorsed.transaction_id


class TestConsumersKilled:
    def test_at_random_points_lose_nothing_and_double_nothing(
        self, network: Network, connect: Connect, key: str, tmp_path: Path
    ) -> None:
        gateway = connect(HONGKONG)
        database = tmp_path / "warehouse.db"
        first = announce(gateway, key)
        command = [
            *(sys.executable, "-m", "tests.support.event_consumer"),
            str(network.paths.profile(ORGANISATIONS[HONGKONG]).root),
            str(database),
            PROGRAM.name,
            str(gateway.outcome(first).block_number),
            last := f"last-{key}",
        ]
        engine = warehouse(str(database))
        moments = random.Random(key)  # noqa: S311 -- which moments, no secrets
        noted = [0]
        with announcing(of_another_thread(network), key) as done:
            for number in range(KILLS):
                with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as consumer:
                    if number % WORKING == 0:  # it is certain to be at work
                        until(lambda: len(effects(engine)) > noted[-1])
                    elif moments.random() < 0.9:  # the others die while they start
                        assert consumer.stdout is not None
                        consumer.stdout.readline()
                        threading.Event().wait(moments.uniform(0, 0.2))
                    consumer.kill()
                noted.append(len(effects(engine)))
        assert noted == sorted(noted)
        went_on = sum(after > before for before, after in pairwise(noted))
        print(f"\n{KILLS} kills; {went_on} times it had gone on since the one before, to {noted[-1]} events")
        assert went_on >= KILLS // WORKING
        end = announce(gateway, last)
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, timeout=60)
        assert effects(engine) == [first, *done, end]

    def test_two_of_one_name_take_turns_at_most(self, connect: Connect, key: str, tmp_path: Path) -> None:
        gateway, engine = connect(HONGKONG), warehouse(str(tmp_path / "warehouse.db"))
        announced = [announce(gateway, key) for _ in range(3)]
        start = gateway.outcome(announced[0]).block_number
        taken: list[str] = []
        one, other = SqlCheckpointer(CONSUMER), SqlCheckpointer(CONSUMER)
        with ExitStack() as stack:
            streams = []
            for each in (one, other):
                with engine.begin() as connection:
                    each.load(connection)
                streams.append(stack.enter_context(gateway.chaincode_events(start, checkpoint=each)))
            for event in islice(streams[0], 3):
                with engine.begin() as connection:
                    one.checkpoint_chaincode_event(connection, event)
                taken.append(event.transaction_id)
            with pytest.raises(errors.CheckpointError), engine.begin() as connection:
                other.checkpoint_chaincode_event(connection, next(streams[1]))
        assert taken == announced


def of_another_thread(network: Network) -> Any:
    """A client of its own for another thread, of the scenarios' chaincode."""
    profile = load_profile(network.paths.profile(ORGANISATIONS[SHANGHAI]).root, "admin")
    channel = grpc.secure_channel(
        profile.network.peers[0].endpoint, transport.credentials(profile.tls), options=transport.options(profile)
    )
    return client.connect_to(channel, profile.identity, channel=profile.network.channel, chaincode=PROGRAM.name)


class TestRefusedForGood:
    @pytest.mark.parametrize("stream", STREAMS)
    def test_an_identity_of_nobody(self, network: Network, connect: Connect, stream: str) -> None:
        home = network.paths.profile(ORGANISATIONS[SHANGHAI])
        other = load_profile(home.root, "admin").identity
        foreign = Identity(HONGKONG, other.certificate_pem, other.sign)
        with pytest.raises(errors.AccessDenied) as raised:
            next(getattr(connect(HONGKONG, foreign), stream)(0))
        assert "does not accept this identity" in raised.value.message

    @pytest.mark.parametrize("stream", STREAMS)
    def test_a_channel_that_is_not_there(self, connect: Connect, stream: str) -> None:
        gateway = connect(HONGKONG)
        gateway._session.channel = "nowhere"
        with pytest.raises(errors.UnknownChannel, match="is not on the channel nowhere") as raised:
            next(getattr(gateway, stream)(0))
        assert raised.value.code == "UNKNOWN_CHANNEL"


def test_the_command_follows_and_goes_on(network: Network, connect: Connect, key: str, tmp_path: Path) -> None:
    announced = [announce(connect(HONGKONG), key) for _ in range(4)]
    command = [
        str(Path(sys.executable).parent / "tradelane"), "--as", "admin@hongkong", "events", "follow", "--from", "0",
        "--chaincode", PROGRAM.name, "--name", key, "--checkpoint", "place.json", "--json",
    ]  # fmt: skip
    environment = {**os.environ, "TRADELANE_HOME": str(network.paths.root)}
    done = subprocess.run(
        [*command, "--count", "2"], cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=60
    )
    found = [json.loads(line)["transactionId"] for line in done.stdout.splitlines()]
    assert FileCheckpointer(tmp_path / "place.json").transaction_id == announced[1]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as following:
        assert following.stdout is not None
        found.extend(json.loads(following.stdout.readline())["transactionId"] for _ in range(2))
        following.send_signal(signal.SIGINT)
        _, err = following.communicate(timeout=60)
    assert (following.returncode, found) == (0, announced)
    assert err.startswith("\nStopped. The same command goes on where place.json says")
