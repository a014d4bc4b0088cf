"""One chaincode service for the peers of two organisations, which ask it for the same transactions at the same time."""

import asyncio
import base64
import json
import secrets
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import grpc
import pytest
from fabric_protos.peer import proposal_response_pb2

from tests.support.deployment import Program, deployed
from tradelane.gateway import aio, envelope, transport
from tradelane.gateway.profile import load_profile
from tradelane.network import Network

pytestmark = pytest.mark.network

NAME = "shared"
PROCESS_PROPOSAL = "/protos.Endorser/ProcessProposal"
ROUNDS, KEYS = 40, 30

Steps = list[list[Any]]


class Client:
    """The first organisation's administrator, who asks both peers directly."""

    def __init__(self, network: Network, channels: list[Any]) -> None:
        first = network.topology.with_peer[0]
        self._name = network.topology.channel
        self._identity = load_profile(network.paths.profile(first.name).root, "admin").identity
        self._channels = channels
        self._msp_ids = tuple(each.msp_id for each in network.topology.with_peer)

    async def submit(self, steps: Steps) -> list[Any]:
        """Have the steps endorsed by both peers, and wait until they have been written on both."""
        gateways = [aio.connect_to(each, self._identity, channel=self._name, chaincode=NAME) for each in self._channels]
        done = await gateways[0].submit("run", json.dumps(steps), endorsing_organizations=self._msp_ids)
        for each in gateways:
            await each.outcome(done.transaction_id)
        return _results(done.result)

    async def ask_both(self, steps: Steps) -> list[Any]:
        """Send one proposal to both peers at the same time; nothing is submitted."""
        creator = envelope.creator_bytes(self._identity.msp_id, self._identity.certificate_pem)
        proposal = envelope.new_proposal(
            envelope.Call(self._name, NAME, "run", (json.dumps(steps).encode(),)),
            creator=creator,
            nonce=secrets.token_bytes(envelope.NONCE_LENGTH_BYTES),
            now_ns=time.time_ns(),
            sign=self._identity.sign,
        )
        calls = [each.unary_unary(PROCESS_PROPOSAL)(proposal.signed, timeout=60) for each in self._channels]
        return [proposal_response_pb2.ProposalResponse.FromString(each) for each in await asyncio.gather(*calls)]


def _results(answer: bytes) -> list[Any]:
    return [each["ok"][0] for each in json.loads(answer)]


@pytest.fixture(scope="module")
def log(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The log of the one service."""
    directory = tmp_path_factory.mktemp("shared")
    program = Program(NAME, (sys.executable, "-m", "tests.conformance.chaincode"), shared=True)
    with deployed(network, directory / NAME, program):
        yield directory / NAME / network.topology.with_peer[0].name / "service.log"


@pytest.fixture
async def client(network: Network, log: Path) -> AsyncIterator[Client]:
    async with AsyncExitStack() as stack:
        channels = []
        for each in network.topology.with_peer:
            profile = load_profile(network.paths.profile(each.name).root, "admin")
            options, credentials = transport.options(profile), transport.credentials(profile.tls)
            channel = grpc.aio.secure_channel(profile.network.peers[0].endpoint, credentials, options=options)
            channels.append(await stack.enter_async_context(channel))
        yield Client(network, channels)


async def test_the_same_transaction_of_two_peers_is_two_transactions(client: Client, log: Path) -> None:
    await client.submit([["Fill", "shared", KEYS, base64.b64encode(b"v").decode()]])
    reads: Steps = [["GetState", f"shared{number:06}"] for number in range(KEYS)]
    writes: Steps = [["PutState", "other", base64.b64encode(b"w").decode()]]
    answers = await asyncio.gather(*(client.ask_both([["GetTxID"], *reads, *writes]) for _ in range(ROUNDS)))
    assert len(answers) == ROUNDS
    for one, other in answers:
        assert (one.response.status, one.payload) == (200, other.payload)
        assert one.endorsement.endorser != other.endorsement.endorser
    assert _registrations(log) == 2


def _registrations(log: Path) -> int:
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return sum(each["message"] == "registered with a peer" for each in lines)
