"""Discovery: nobody is named, and those endorse whom the policies ask for; or it fails in words."""

from collections.abc import Iterator

import pytest

from tests.scenario.client.conftest import BOTH, HONGKONG, IMPATIENT, Gateway, endorsers
from tests.support.waiting import until
from tradelane.gateway.errors import CallError, Refused
from tradelane.network import Network, process

pytestmark = pytest.mark.network


@pytest.fixture
def without_shanghais_peer(network: Network) -> Iterator[None]:
    process.stop([network.paths.process("peer0.shanghai")])
    yield
    network.up()
    assert network.status().well


def test_the_policy_chooses_the_endorsers(gateway: Gateway, key: str) -> None:
    transaction = gateway.endorse(gateway.new_proposal("put", key, "value"))
    assert endorsers(transaction) == set(BOTH)
    assert gateway.status(gateway.submit_endorsed(transaction)).successful


def test_the_organisation_that_may_see_private_data_is_enough(gateway: Gateway, key: str) -> None:
    proposal = gateway.new_proposal("put_private", key, "hongkong", transient={"value": b"value"})
    transaction = gateway.endorse(proposal)
    assert endorsers(transaction) == {HONGKONG}
    assert gateway.status(gateway.submit_endorsed(transaction)).successful


def test_without_enough_endorsers_nothing_is_written(
    gateway: Gateway, key: str, without_shanghais_peer: None, network: Network
) -> None:
    with pytest.raises(CallError) as failed:
        gateway.submit("put", key, "value", deadlines=IMPATIENT)
    assert failed.value.code == "ENDORSERS_UNAVAILABLE"
    with pytest.raises(Refused, match="no such key"):
        gateway.evaluate("get", key)
    network.up()

    def submitted() -> bool:
        try:
            return bool(gateway.submit("put", key, "value").block_number)
        except CallError:
            return False

    until(submitted)
    assert gateway.evaluate("get", key) == b"value"
