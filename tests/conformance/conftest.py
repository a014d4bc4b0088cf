"""Both chaincodes on the run's network, and a client of them."""

import secrets
from collections.abc import AsyncIterator, Iterator

import pytest

pytest.register_assert_rewrite("tests.conformance.pair")

from tests.conformance.pair import Pair  # noqa: E402 -- rewritten asserts show where two answers differ
from tests.conformance.services import both_on  # noqa: E402
from tradelane.network import Network  # noqa: E402


@pytest.fixture(scope="session")
def both_deployed(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """The run's network with the suite's chaincode on Go's shim and on ours."""
    with both_on(network, tmp_path_factory.mktemp("conformance")) as served:
        yield served


@pytest.fixture
async def pair(both_deployed: Network) -> AsyncIterator[Pair]:
    async with Pair(both_deployed) as pair:
        yield pair


@pytest.fixture
def key() -> str:
    """A key no other test has used, for a real ledger forgets nothing."""
    return "test-" + secrets.token_hex(8)
