"""Key-level endorsement policies."""

from typing import Any

import pytest

from tests.conformance.pair import Pair, content

pytestmark = pytest.mark.network

HK, SH, OP = "HongKongMSP", "ShanghaiMSP", "OperatorMSP"
POLICIES: dict[str, Any] = {
    "one": HK,
    "all": [2, HK, SH],
    "any": [1, HK, SH],
    "two of three": [2, HK, SH, OP],
    "nested": [2, HK, [1, SH, OP]],
    "deep": [1, [2, HK, [1, SH, [1, OP]]], [1, SH]],
    "named twice": [2, HK, HK],
    "unknown organisation": "𝔘MSP",
}


@pytest.mark.parametrize("name", POLICIES)
async def test_a_policy_set_and_read_back(pair: Pair, key: str, name: str) -> None:
    policy = POLICIES[name]
    await pair.seed([["PutState", key, content("v")], ["SetStateValidationParameter", key, policy]])
    both = await pair.ask([["GetStateValidationParameter", key], ["SetStateValidationParameter", key, policy]])
    assert both.results[0] == policy
    assert both.public["metadataWrites"][0]["entries"][0]["name"] == "VALIDATION_PARAMETER"


async def test_the_state_based_helper(pair: Pair, key: str) -> None:
    await pair.ask([["RequireOrganisations", key, [SH, HK, SH]]])
    await pair.ask([["RequireOrganisations", key, [HK]]])


@pytest.mark.parametrize("role", ["PEER", "MEMBER"])
async def test_organisations_added_to_a_policy_and_taken_from_it(pair: Pair, key: str, role: str) -> None:
    change = "ChangeOrganisations"
    await pair.seed([["PutState", key, content("v")], [change, key, "PEER", [SH, HK, OP], [SH]]])
    both = await pair.ask([[change, key, role, [SH, HK, SH], [OP, "AbsentMSP"]]])
    assert both.results == [[HK, SH]]
    (written,) = both.public["metadataWrites"]
    assert written["key"] == key
    fresh = await pair.ask([[change, key + "-absent", role, [HK], []]])
    assert fresh.results == [[HK]]


async def test_no_policy(pair: Pair, key: str) -> None:
    await pair.seed([["PutState", key, content("v")]])
    both = await pair.ask([["GetStateValidationParameter", key], ["GetStateValidationParameter", key + "-absent"]])
    assert both.results == [None, None]


async def test_policy_of_a_key_that_is_deleted_with_it(pair: Pair, key: str) -> None:
    await pair.ask([["SetStateValidationParameter", key, HK], ["DelState", key]])
    await pair.ask([["Batch", [["DelState", key], ["SetStateValidationParameter", key, HK]]]])


async def test_a_policy_of_nobody_which_go_makes_is_kept_as_it_is(pair: Pair, key: str) -> None:
    """Ours makes none, for anybody could change the key; but one that stands is read, compared and written again."""
    await pair.ask([["RequireNobody", key]])
    await pair.seed([["PutState", key, content("v")], ["RequireNobody", key]])
    both = await pair.ask([["CopyValidationParameter", key, key + "-other"]])
    assert both.public["metadataWrites"][0]["key"] == key + "-other"
