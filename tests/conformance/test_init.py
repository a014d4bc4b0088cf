"""The initialisation, which a definition may demand before anything else."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.conformance.pair import Pair, Steps, bound, content
from tests.conformance.services import both_on
from tradelane.network import Network

pytestmark = pytest.mark.network

NAMES = ("initgo", "initpy")
PRIVATE: list[Steps] = [
    [["GetPrivateData", "directory", "k"]],
    [["PutPrivateData", "directory", "k", content("v")]],
    [["GetPrivateDataHash", "directory", "k"]],
    [["GetPrivateDataByRange", "directory", "", ""]],
]


@pytest.fixture(scope="module")
def both_to_initialise(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with both_on(network, tmp_path_factory.mktemp("init"), NAMES, init_required=True) as served:
        yield served


@pytest.fixture
async def pair(both_to_initialise: Network) -> AsyncIterator[Pair]:
    async with Pair(both_to_initialise, NAMES) as pair:
        yield pair


async def test_without_the_initialisation_nothing_is_run(pair: Pair) -> None:
    both = await pair.invoke("run", bound([["GetChannelID"]]).encode())
    assert both.outcome.status == 500
    assert "has not been initialized" in both.outcome.message


async def test_an_initialisation_writes_as_a_transaction_does(pair: Pair, key: str) -> None:
    both = await pair.invoke(
        "run", bound([["PutState", key, content("v")], ["SetEvent", "e", ""]]).encode(), is_init=True
    )
    assert (both.outcome.endorsed, both.outcome.status) == (True, 200)
    assert key in [each["key"] for each in both.public["writes"]]
    assert both.outcome.event is not None


@pytest.mark.parametrize("status", [200, 399, 400, 499])
async def test_an_initialisation_that_answers_below_500_is_answered(pair: Pair, status: int) -> None:
    both = await pair.invoke("run", bound([["Respond", status, "why", content("p")]]).encode(), is_init=True)
    assert (both.outcome.status, both.outcome.message) == (status, "why")
    assert both.outcome.endorsed == (status < 400)


@pytest.mark.parametrize("status", [500, 599])
async def test_rule_14_an_initialisation_that_answers_500_or_more_is_an_error(pair: Pair, status: int) -> None:
    both = await pair.invoke("run", bound([["Respond", status, "why", content("p")]]).encode(), is_init=True)
    assert (both.outcome.endorsed, both.outcome.status, both.outcome.payload) == (False, 500, b"")
    assert "why" in both.outcome.message


@pytest.mark.parametrize("steps", PRIVATE, ids=lambda steps: steps[0][0])
async def test_rule_28_private_data_are_forbidden_in_an_initialisation(pair: Pair, steps: Steps) -> None:
    both = await pair.invoke("run", bound(steps).encode(), is_init=True)
    (refused,) = both.results
    assert refused["refused"] == "peer"
    assert "not allowed in chaincode Init()" in refused["text"]
