"""Check digits, and cargo in containers the document lists."""

import json
from typing import Any

import pytest

from tests.support.trade import example_document
from tradelane.model.dcsa import DocumentError, read_document

CONTAINER, OTHER = "JHLU2045188", "JHLU3301725"


def check(document: dict[str, Any]) -> list[tuple[str, str]]:
    try:
        read_document(json.dumps(document).encode())
    except DocumentError as error:
        return [(found.rule, found.path) for found in error.violations]
    return []


def renamed(old: str, new: str) -> dict[str, Any]:
    """Return the example with another number for one of its containers."""
    found: dict[str, Any] = json.loads(json.dumps(example_document()).replace(old, new))
    return found


@pytest.mark.parametrize("number", ["JHLU2045189", "JHLU204518", "jhlu2045188", "JHLX2045188", "204518"])
def test_a_carriers_container_has_a_number_of_iso_6346(number: str) -> None:
    assert check(renamed(CONTAINER, number)) == [
        ("ISO 6346", "$.utilizedTransportEquipments[0].equipment.equipmentReference")
    ]


def test_a_shippers_container_may_have_another_number_but_not_a_wrong_one() -> None:
    own = renamed(CONTAINER, "WT-204518")
    own["utilizedTransportEquipments"][0]["isShipperOwned"] = True
    assert check(own) == []
    wrong = renamed(CONTAINER, "JHLU2045189")
    wrong["utilizedTransportEquipments"][0]["isShipperOwned"] = True
    assert [rule for rule, _ in check(wrong)] == ["ISO 6346"]


def test_cargo_is_in_a_container_the_document_lists() -> None:
    document = example_document()
    del document["utilizedTransportEquipments"][1]
    assert check(document) == [("DCSA", "$.consignmentItems[0].cargoItems[1].equipmentReference")]


@pytest.mark.parametrize("party", ["shipper", "endorsee", "issuingParty"])
def test_legal_entity_identifiers(party: str) -> None:
    document = example_document()
    code = document["documentParties"][party]["identifyingCodes"][0]
    code["partyCode"] = code["partyCode"][:-1] + ("0" if code["partyCode"][-1] != "0" else "1")
    assert check(document) == [("ISO 17442", f"$.documentParties.{party}.identifyingCodes[0].partyCode")]


def test_codes_of_other_providers_are_not_checked() -> None:
    document = example_document()
    document["documentParties"]["shipper"]["identifyingCodes"] = [{"codeListProvider": "WAVE", "partyCode": "any"}]
    assert check(document) == []


@pytest.mark.parametrize("number", ["9734124", "973412", "IMO9734123", 9734123, None, ["9734123"]])
def test_a_ships_number_is_checked_where_it_is_given(number: object) -> None:
    document = example_document()
    document["transports"]["vesselVoyages"][0]["vesselIMONumber"] = number
    assert check(document) == [("IMO", "$.transports.vesselVoyages[0].vesselIMONumber")]


def test_a_ships_number_may_be_left_out() -> None:
    document = example_document()
    del document["transports"]["vesselVoyages"][0]["vesselIMONumber"]
    assert check(document) == []


def test_identifiers_in_fields_that_are_not_modelled_are_checked_too() -> None:
    document = example_document()
    document["warehouse"] = [{"keeper": {"codeListProvider": "GLEIF", "partyCode": "NOT-AN-LEI"}}]
    assert check(document) == [("ISO 17442", "$.warehouse[0].keeper.partyCode")]
