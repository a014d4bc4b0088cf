"""One chaincode service on two channels of the same peers."""

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
from tests.support.second_channel import add_channel
from tradelane.gateway import aio, envelope, transport
from tradelane.gateway.profile import load_profile
from tradelane.network import Network

pytestmark = pytest.mark.network

NAME, SECOND = "twochannels", "annex"
PROCESS_PROPOSAL = "/protos.Endorser/ProcessProposal"
ROUNDS = 40
DISCARDED = "chaincode invoked on another channel, its writes are discarded"

Steps = list[list[Any]]


def content(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


class Client:
    """An administrator of one organisation, on both channels."""

    def __init__(self, network: Network, grpc_channel: Any, log: Path) -> None:
        organisation = network.topology.with_peer[0]
        self.channels = (network.topology.channel, SECOND)
        self.log = log
        self._identity = load_profile(network.paths.profile(organisation.name).root, "admin").identity
        self._grpc_channel = grpc_channel
        self._gateways = {
            channel: aio.connect_to(grpc_channel, self._identity, channel=channel, chaincode=NAME)
            for channel in self.channels
        }

    async def submit(self, channel: str, steps: Steps) -> list[Any]:
        answer = await self._gateways[channel].submit("run", json.dumps(steps))
        await self._gateways[channel].outcome(answer.transaction_id)
        return _results(answer.result)

    async def evaluate(self, channel: str, steps: Steps) -> list[Any]:
        return _results(await self._gateways[channel].evaluate("run", json.dumps(steps)))

    async def on_both_at_once(self, steps: Steps) -> list[list[Any]]:
        """Have the steps done on both channels under one transaction id; nothing is submitted."""
        nonce, now_ns = secrets.token_bytes(envelope.NONCE_LENGTH_BYTES), time.time_ns()
        creator = envelope.creator_bytes(self._identity.msp_id, self._identity.certificate_pem)
        process = self._grpc_channel.unary_unary(PROCESS_PROPOSAL)
        proposals = [
            envelope.new_proposal(
                envelope.Call(channel, NAME, "run", (json.dumps(steps).encode(),)),
                creator=creator,
                nonce=nonce,
                now_ns=now_ns,
                sign=self._identity.sign,
            )
            for channel in self.channels
        ]
        assert len({each.transaction_id for each in proposals}) == 1
        answers = await asyncio.gather(*(process(each.signed, timeout=60) for each in proposals))
        return [_results(proposal_response_pb2.ProposalResponse.FromString(each).response.payload) for each in answers]


def _results(answer: bytes) -> list[Any]:
    return [each["ok"][0] for each in json.loads(answer)]


@pytest.fixture(scope="module")
def log(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The log of a service that serves both channels."""
    directory = tmp_path_factory.mktemp("channels")
    add_channel(network, directory / SECOND, SECOND)
    program = Program(NAME, (sys.executable, "-m", "tests.conformance.chaincode"))
    with deployed(network, directory / NAME, program, SECOND):
        yield directory / NAME / network.topology.with_peer[0].name / "service.log"


@pytest.fixture
async def client(network: Network, log: Path) -> AsyncIterator[Client]:
    profile = load_profile(network.paths.profile(network.topology.with_peer[0].name).root, "admin")
    async with AsyncExitStack() as stack:
        options, credentials = transport.options(profile), transport.credentials(profile.tls)
        channel = grpc.aio.secure_channel(profile.network.peers[0].endpoint, credentials, options=options)
        yield Client(network, await stack.enter_async_context(channel), log)


async def test_the_same_transaction_id_on_two_channels_is_two_transactions(client: Client) -> None:
    for channel in client.channels:
        await client.submit(channel, [["Fill", "where", 30, content(channel)]])
    steps: Steps = [["GetChannelID"], ["GetTxID"], *(["GetState", f"where{number:06}"] for number in range(30))]
    for one, other in await asyncio.gather(*(client.on_both_at_once(steps) for _ in range(ROUNDS))):
        assert one == [client.channels[0], one[1], *[content(client.channels[0])] * 30]
        assert other == [client.channels[1], one[1], *[content(client.channels[1])] * 30]


async def test_another_channels_chaincode_is_read_and_what_it_writes_is_discarded(client: Client) -> None:
    """The chaincode calls itself there: one transaction id, one stream, two channels at the same time."""
    here, there = client.channels
    for channel in client.channels:
        await client.submit(channel, [["PutState", "shared", content(channel)]])
    inner: Steps = [["GetChannelID"], ["GetState", "shared"], ["PutState", "shared", content("overwritten")]]
    arguments = [content("run"), content(json.dumps(inner))]
    told = client.log.read_text().count(DISCARDED)
    call, read, tx_id = await client.submit(
        here, [["InvokeChaincode", NAME, arguments, there], ["GetState", "shared"], ["GetTxID"]]
    )
    assert call[0] == 200
    assert _results(base64.b64decode(call[2])) == [there, content(there), None]
    assert read == content(here)
    assert [await client.evaluate(each, [["GetState", "shared"]]) for each in client.channels] == [
        [content(here)],
        [content(there)],
    ]
    warnings = [json.loads(line) for line in client.log.read_text().splitlines() if DISCARDED in line][told:]
    assert [(each["level"], each["channel"], each["txid"]) for each in warnings] == [("warning", here, tx_id)]


async def test_one_stream_of_a_peer_serves_both_channels(client: Client) -> None:
    for channel in client.channels:
        assert await client.evaluate(channel, [["GetChannelID"]]) == [channel]
    registered = [line for line in client.log.read_text().splitlines() if '"registered with a peer"' in line]
    assert len(registered) == 1
