"""The suite's ledger under test: every test runs once for each driver."""

import secrets
from collections.abc import Callable

import pytest

from tests.support.memory_peer import ThroughShim
from tests.support.semantics import Driver, MemoryDriver
from tests.support.semantics_chaincode import SemanticsChaincode

DRIVERS: dict[str, Callable[[], Driver]] = {
    "memory": lambda: MemoryDriver(SemanticsChaincode()),
    "shim": lambda: MemoryDriver(ThroughShim(SemanticsChaincode())),
    "shim, older peer": lambda: MemoryDriver(ThroughShim(SemanticsChaincode(), multi_get=0, write_batch=0)),
}


@pytest.fixture(params=DRIVERS)
def ledger(request: pytest.FixtureRequest) -> Driver:
    return DRIVERS[request.param]()


@pytest.fixture
def name() -> str:
    """A key or object type no other test has used, for a real ledger forgets nothing."""
    return "test-" + secrets.token_hex(8)
