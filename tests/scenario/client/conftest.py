"""The client's scenarios: a chaincode of their own on the run's network, and both clients of two organisations."""

import asyncio
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import grpc
import pytest

from tests.gateway.conftest import Waiting
from tests.support import client_chaincode
from tests.support.deployment import Program, deployed
from tradelane.gateway import aio, client, transport
from tradelane.gateway.identity import Identity
from tradelane.gateway.ledger.decode import decode_transaction
from tradelane.gateway.profile import load_profile
from tradelane.gateway.session import Deadlines
from tradelane.network import Network

HONGKONG, SHANGHAI = "HongKongMSP", "ShanghaiMSP"
BOTH = (HONGKONG, SHANGHAI)
ORGANISATIONS = {HONGKONG: "hongkong", SHANGHAI: "shanghai"}
PROGRAM = Program(
    client_chaincode.NAME,
    (sys.executable, "-m", "tests.support.client_chaincode"),
    collections=client_chaincode.COLLECTIONS,
)

Gateway = Any
"""Both clients in turn, the asyncio one waited for."""
Connect = Callable[..., Gateway]
Services = dict[str, subprocess.Popen[bytes]]


@pytest.fixture(scope="session")
def services(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The chaincode, deployed: its service of each organisation."""
    with deployed(network, tmp_path_factory.mktemp("clientcc"), PROGRAM) as services:
        yield services


@pytest.fixture(params=["sync", "asyncio"])
def connect(request: pytest.FixtureRequest, network: Network, services: Services) -> Iterator[Connect]:
    """Connects an administrator of an organisation, or another identity, to an organisation's peer."""
    kind = client if request.param == "sync" else aio
    with asyncio.Runner() as runner, ExitStack() as stack:

        async def connecting(msp_id: str, identity: Identity | None, chaincode: str) -> Any:
            profile = load_profile(network.paths.profile(ORGANISATIONS[msp_id]).root, "admin")
            endpoint = profile.network.peers[0].endpoint
            channel = (
                grpc.secure_channel(endpoint, transport.credentials(profile.tls), options=transport.options(profile))
                if kind is client
                else aio.dial(profile)
            )
            gateway = kind.connect_to(
                channel,
                identity or profile.identity,
                channel=profile.network.channel,
                chaincode=chaincode,
                tls_certificate_hash=transport.tls_certificate_hash(profile),
            )
            return channel, gateway

        def connect(msp_id: str = HONGKONG, identity: Identity | None = None, chaincode: str = PROGRAM.name) -> Any:
            channel, gateway = runner.run(connecting(msp_id, identity, chaincode))
            if kind is client:
                stack.callback(channel.close)
                return gateway
            stack.callback(lambda: runner.run(channel.close()))
            return Waiting(runner, gateway)

        yield connect


@pytest.fixture
def gateway(connect: Connect) -> Any:
    """A client of Hong Kong."""
    return connect()


@pytest.fixture
def key() -> str:
    """A key no other test has used, for a real ledger forgets nothing."""
    return "key-" + secrets.token_hex(8)


IMPATIENT = Deadlines(endorse_seconds=4)
"""For what stays as it is however often it is tried again."""


def endorsers(transaction: Any) -> set[str]:
    """Return the organisations whose peers endorsed a transaction, as its envelope tells."""
    (action,) = decode_transaction(transaction.envelope).actions
    return {each.endorser.msp_id for each in action.endorsements}
