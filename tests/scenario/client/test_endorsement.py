"""Who endorses: whom the caller names, and nobody else."""

import pytest

from tests.scenario.client.conftest import (
    BOTH,
    HONGKONG,
    IMPATIENT,
    ORGANISATIONS,
    SHANGHAI,
    Connect,
    Gateway,
    endorsers,
)
from tradelane.gateway.errors import CallError, EndorseError, Refused

pytestmark = pytest.mark.network

each_organisation = pytest.mark.parametrize("organisation", BOTH)


@each_organisation
def test_a_transaction_is_endorsed_by_the_one_that_is_named(gateway: Gateway, key: str, organisation: str) -> None:
    proposal = gateway.new_proposal(
        "put_private",
        key,
        ORGANISATIONS[organisation],
        transient={"value": b"value"},
        endorsing_organizations=[organisation],
    )
    transaction = gateway.endorse(proposal)
    assert endorsers(transaction) == {organisation}
    assert gateway.status(gateway.submit_endorsed(transaction)).successful


@each_organisation
def test_the_named_organisations_peer_answers(gateway: Gateway, organisation: str) -> None:
    proposal = gateway.new_proposal("where", endorsing_organizations=[organisation])
    assert gateway.endorse(proposal).result.decode() == organisation
    assert gateway.evaluate("where", target_organizations=[organisation]).decode() == organisation


@each_organisation
def test_an_evaluation_stays_at_home_unless_told_otherwise(connect: Connect, organisation: str) -> None:
    assert connect(organisation).evaluate("where").decode() == organisation


def test_several_are_named_and_all_endorse_with_the_same_private_inputs(gateway: Gateway) -> None:
    private = {HONGKONG: b"1", SHANGHAI: b"2"}
    proposal = gateway.new_proposal("own_transient", transient=private, endorsing_organizations=BOTH)
    transaction = gateway.endorse(proposal)
    assert (transaction.result, endorsers(transaction)) == (b"done", set(BOTH))
    assert gateway.status(gateway.submit_endorsed(transaction)).successful
    with pytest.raises(Refused, match="nothing for ShanghaiMSP"):
        gateway.submit("own_transient", transient={HONGKONG: b"1"}, endorsing_organizations=BOTH)


def test_several_that_are_named_must_agree(gateway: Gateway) -> None:
    with pytest.raises(EndorseError) as differing:
        gateway.endorse(gateway.new_proposal("where", endorsing_organizations=BOTH))
    assert differing.value.code == "ENDORSEMENTS_DIFFER"


def test_an_organisation_without_peers_cannot_endorse(gateway: Gateway, key: str) -> None:
    with pytest.raises(CallError, match="NobodyMSP"):
        gateway.submit("put", key, "value", endorsing_organizations=[HONGKONG, "NobodyMSP"], deadlines=IMPATIENT)
