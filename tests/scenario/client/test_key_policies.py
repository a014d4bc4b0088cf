"""Keys with an endorsement policy of their own: it holds whoever is named, and it is found when nobody is."""

from typing import Any

import pytest

from tests.scenario.client.conftest import BOTH, HONGKONG, SHANGHAI, Gateway, endorsers
from tradelane.gateway.errors import CommitError

pytestmark = pytest.mark.network


def governed(gateway: Any, key: str, *organisations: str) -> str:
    """Write a key and have its changes endorsed by these organisations from now on."""
    gateway.submit("put", key, "before")
    gateway.submit("set_policy", key, *organisations)
    return key


def change(gateway: Any, key: str, *endorsing: str) -> tuple[str, set[str]]:
    """Change a key; return the outcome's code and who endorsed."""
    transaction = gateway.endorse(gateway.new_proposal("put", key, "after", endorsing_organizations=endorsing))
    return gateway.status(gateway.submit_endorsed(transaction)).code, endorsers(transaction)


def test_the_keys_own_organisation_is_enough(gateway: Gateway, key: str) -> None:
    assert change(gateway, governed(gateway, key, HONGKONG), HONGKONG) == ("VALID", {HONGKONG})
    assert gateway.evaluate("get", key) == b"after"


def test_another_organisation_is_not(gateway: Gateway, key: str) -> None:
    governed(gateway, key, HONGKONG)
    assert change(gateway, key, SHANGHAI) == ("ENDORSEMENT_POLICY_FAILURE", {SHANGHAI})
    with pytest.raises(CommitError) as failed:
        gateway.submit("put", key, "after", endorsing_organizations=[SHANGHAI])
    assert failed.value.code == "ENDORSEMENT_POLICY_FAILURE"
    assert gateway.evaluate("get", key) == b"before"


def test_the_keys_organisations_are_found_when_nobody_is_named(gateway: Gateway, key: str) -> None:
    assert change(gateway, governed(gateway, key, *BOTH)) == ("VALID", set(BOTH))
    assert gateway.evaluate("get", key) == b"after"


def test_they_are_found_when_the_callers_own_is_not_among_them(gateway: Gateway, key: str) -> None:
    code, asked = change(gateway, governed(gateway, key, SHANGHAI))
    assert code == "VALID"
    assert SHANGHAI in asked


def test_naming_too_few_takes_no_effect(gateway: Gateway, key: str) -> None:
    governed(gateway, key, *BOTH)
    for organisation in BOTH:
        assert change(gateway, key, organisation) == ("ENDORSEMENT_POLICY_FAILURE", {organisation})
    assert gateway.evaluate("get", key) == b"before"
