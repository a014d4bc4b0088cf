"""Both chaincodes on the run's network, and a client of them."""

import secrets
import sys
from collections.abc import AsyncIterator, Iterator

import pytest

pytest.register_assert_rewrite("tests.conformance.pair")

from tests.conformance.pair import GO, PYTHON, Pair  # noqa: E402 -- rewritten asserts show where two answers differ
from tests.support.deployment import Program, deployed  # noqa: E402
from tests.support.go_program import built_or_skipped  # noqa: E402
from tradelane.network import Network  # noqa: E402


@pytest.fixture(scope="session")
def both_deployed(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The run's network with the suite's chaincode on Go's shim and on ours."""
    go = Program(GO, (str(built_or_skipped("conformance")),), trusts_ca=True)
    python = Program(PYTHON, (sys.executable, "-m", "tests.conformance.chaincode"))
    directory = tmp_path_factory.mktemp("conformance")
    with deployed(network, directory / GO, go), deployed(network, directory / PYTHON, python):
        yield network


@pytest.fixture
async def pair(both_deployed: Network) -> AsyncIterator[Pair]:
    async with Pair(both_deployed) as pair:
        yield pair


@pytest.fixture
def key() -> str:
    """A key no other test has used, for a real ledger forgets nothing."""
    return "test-" + secrets.token_hex(8)
