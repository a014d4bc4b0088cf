"""The suite's ledger under test: every test runs once for each driver."""

import secrets
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.support.memory_peer import ThroughShim
from tests.support.network_driver import NetworkDriver, deployed
from tests.support.semantics import Driver, MemoryDriver
from tests.support.semantics_chaincode import SemanticsChaincode
from tradelane.network import Network

IN_MEMORY: dict[str, Callable[[], Driver]] = {
    "memory": lambda: MemoryDriver(SemanticsChaincode()),
    "shim": lambda: MemoryDriver(ThroughShim(SemanticsChaincode())),
    "shim, older peer": lambda: MemoryDriver(ThroughShim(SemanticsChaincode(), multi_get=0, write_batch=0)),
}


@pytest.fixture(scope="session")
def semantics_network(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The run's network with the semantics chaincode deployed."""
    with deployed(network, tmp_path_factory.mktemp("semantics")):
        yield network


@pytest.fixture(params=[*IN_MEMORY, pytest.param("network", marks=pytest.mark.network)])
async def ledger(request: pytest.FixtureRequest) -> AsyncIterator[Driver]:
    if request.param in IN_MEMORY:
        yield IN_MEMORY[request.param]()
        return
    async with NetworkDriver(request.getfixturevalue("semantics_network")) as driver:
        yield driver


@pytest.fixture
def name() -> str:
    """A key or object type no other test has used, for a real ledger forgets nothing."""
    return "test-" + secrets.token_hex(8)
