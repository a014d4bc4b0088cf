"""These tests run on both loops: asyncio's own, and uvloop's, which a program may use."""

import asyncio
from collections.abc import Callable, Iterator, Mapping

import pytest
import uvloop

from tests.support.grpc_server import GrpcServer
from tests.support.pki import Authority, Pair
from tradelane.gateway.profile import TlsMaterial
from tradelane.gateway.wire.connection import Connection
from tradelane.gateway.wire.dialling import Place
from tradelane.gateway.wire.tls import context_of

NAME = "peer0.shanghai.tradelane.example"


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.SelectorEventLoop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(scope="session")
def server_pair(authority: Authority) -> Pair:
    return authority.issue(NAME)


@pytest.fixture(scope="session")
def material(authority: Authority) -> TlsMaterial:
    """What the client shows and trusts."""
    client = authority.issue("client")
    return TlsMaterial(authority.root.certificate_pem, client.certificate_pem, client.key_pem)


@pytest.fixture
def server(authority: Authority, server_pair: Pair) -> Iterator[GrpcServer]:
    server = GrpcServer(server_pair, authority.root.certificate_pem)
    yield server
    server.stop()


def secured(endpoint: str, material: TlsMaterial, name: str = NAME) -> Connection:
    return Connection(Place(endpoint, name, context_of(material)))


def address(listening: asyncio.Server) -> str:
    return f"127.0.0.1:{listening.sockets[0].getsockname()[1]}"
