"""Conditions TD-1 to TD-10 and the other choices between fields, each broken on its own."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.trade import example_document
from tradelane.model.canonical import canonicalize
from tradelane.model.dcsa import DocumentError, read_document

Document = dict[str, Any]
Change = Callable[[Document], object]
CONSIGNEE = example_document("straight")["documentParties"]["consignee"]


def violations(change: Change, example: str = "") -> list[tuple[str, str]]:
    document = example_document(example)
    change(document)
    with pytest.raises(DocumentError) as error:
        read_document(json.dumps(document).encode())
    assert all(found.message for found in error.value.violations)
    return [(found.rule, found.path) for found in error.value.violations]


def waybill(document: Document) -> None:
    document["transportDocumentTypeCode"] = "SWB"


def without(*path: Any) -> Change:
    def remove(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        del document[path[-1]]

    return remove


def setting(value: Any, *path: Any) -> Change:
    def put(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return put


def both(*changes: Change) -> Change:
    def apply(document: Document) -> None:
        for change in changes:
            change(document)

    return apply


GOODS = ("consignmentItems", 0, "cargoItems", 0, "outerPackaging", "dangerousGoods", 0)
GOODS_PATH = "$.consignmentItems[0].cargoItems[0].outerPackaging.dangerousGoods[0]"
CASES: list[tuple[str, str, Change, str, str]] = [
    ("TD-1", "", waybill, "TD-1", "$.isToOrder"),
    ("TD-2", "straight", without("documentParties", "consignee"), "TD-2", "$.documentParties.consignee"),
    ("TD-4", "", setting(CONSIGNEE, "documentParties", "consignee"), "TD-4", "$.documentParties.endorsee"),
    ("TD-5 both", "", setting("2026-03-02", "receivedForShipmentDate"), "TD-5", "$.shippedOnBoardDate"),
    ("TD-5 none", "", without("shippedOnBoardDate"), "TD-5", "$.shippedOnBoardDate"),
    ("TD-6", "", without("issueDate"), "TD-6", "$.issueDate"),
    ("TD-7 sum", "", setting(1, "numberOfOriginalsWithoutCharges"), "TD-7", "$.numberOfOriginalsWithCharges"),
    ("TD-7 two", "", setting(2, "numberOfOriginalsWithCharges"), "TD-7", "$.numberOfOriginalsWithCharges"),
    ("TD-8 value", "", without("declaredValueCurrency"), "TD-8", "$.declaredValueCurrency"),
    ("TD-8 currency", "", without("declaredValue"), "TD-8", "$.declaredValueCurrency"),
    ("TD-9 no number", "dangerous-goods", without(*GOODS, "UNNumber"), "TD-9", GOODS_PATH),
    ("TD-9 two numbers", "dangerous-goods", setting("9037", *GOODS, "NANumber"), "TD-9", GOODS_PATH),
    ("TD-9 name", "dangerous-goods", without(*GOODS, "properShippingName"), "TD-9", f"{GOODS_PATH}.properShippingName"),
    ("TD-9 class", "dangerous-goods", without(*GOODS, "imoClass"), "TD-9", f"{GOODS_PATH}.imoClass"),
    ("payable twice", "", setting("Shanghai", "invoicePayableAt", "freeText"), "DCSA", "$.invoicePayableAt"),
    ("payable nowhere", "", setting({}, "invoicePayableAt"), "DCSA", "$.invoicePayableAt"),
    ("issued twice", "", setting("CN", "placeOfIssue", "countryCode"), "DCSA", "$.placeOfIssue"),
    ("issued nowhere", "", without("placeOfIssue", "UNLocationCode"), "DCSA", "$.placeOfIssue"),
]


@pytest.mark.parametrize(("example", "change", "rule", "path"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_each_condition(example: str, change: Change, rule: str, path: str) -> None:
    assert violations(change, example) == [(rule, path)]


def test_endorsee_on_a_straight_document() -> None:
    endorsee = example_document()["documentParties"]["endorsee"]
    change = both(setting(endorsee, "documentParties", "endorsee"), without("documentParties", "consignee"))
    assert violations(change, "straight") == [
        ("TD-2", "$.documentParties.consignee"),
        ("TD-3", "$.documentParties.endorsee"),
    ]


NOBODY = [{"name": "Nobody to be reached"}]
HOLDERS = [
    ("partyContactDetails",),
    ("documentParties", "shipper", "partyContactDetails"),
    ("documentParties", "endorsee", "partyContactDetails"),
    ("documentParties", "issuingParty", "partyContactDetails"),
    ("documentParties", "carriersAgentAtDestination", "partyContactDetails"),
]


@pytest.mark.parametrize("holder", HOLDERS)
def test_a_contact_needs_phone_or_email(holder: tuple[str, ...]) -> None:
    assert violations(setting(NOBODY, *holder)) == [("DCSA", "$." + ".".join(holder) + "[0]")]


def test_contacts_of_lists_of_parties() -> None:
    other = {"party": {"partyName": "Somebody", "partyContactDetails": NOBODY}, "partyFunction": "SCO"}
    change = both(
        setting([other], "documentParties", "other"),
        setting(NOBODY, "documentParties", "notifyParties", 0, "partyContactDetails"),
        setting(NOBODY, "documentParties", "consignee", "partyContactDetails"),
    )
    assert violations(change, "straight") == [
        ("DCSA", "$.documentParties.consignee.partyContactDetails[0]"),
        ("DCSA", "$.documentParties.notifyParties[0].partyContactDetails[0]"),
        ("DCSA", "$.documentParties.other[0].party.partyContactDetails[0]"),
    ]


ALLOWED: list[tuple[str, str, Change]] = [
    (
        "received for shipment",
        "",
        both(without("shippedOnBoardDate"), setting("2026-03-01", "receivedForShipmentDate")),
    ),
    (
        "draft without dates",
        "",
        both(setting("DRAFT", "transportDocumentStatus"), without("shippedOnBoardDate"), without("issueDate")),
    ),
    ("no originals", "", both(without("numberOfOriginalsWithCharges"), without("numberOfOriginalsWithoutCharges"))),
    (
        "paper with three originals",
        "",
        both(setting(False, "isElectronic"), setting(3, "numberOfOriginalsWithCharges")),
    ),
    ("no declared value", "", both(without("declaredValue"), without("declaredValueCurrency"))),
    ("waybill without dates on board", "straight", both(waybill, without("shippedOnBoardDate"))),
    ("NA number", "dangerous-goods", both(without(*GOODS, "UNNumber"), setting("9037", *GOODS, "NANumber"))),
    ("payable at free text", "", setting({"freeText": "Head office"}, "invoicePayableAt")),
    ("no place of issue", "", without("placeOfIssue")),
]


@pytest.mark.parametrize(("example", "change"), [case[1:] for case in ALLOWED], ids=[case[0] for case in ALLOWED])
def test_allowed(example: str, change: Change) -> None:
    document = example_document(example)
    change(document)
    assert read_document(json.dumps(document).encode()).canonical


def test_several_violations_are_all_told() -> None:
    change = both(without("issueDate"), without("declaredValue"), waybill)
    assert {rule for rule, _ in violations(change)} == {"TD-1", "TD-6", "TD-8"}


def test_the_order_of_displayed_names_is_part_of_the_document() -> None:
    document = example_document()
    turned = copy.deepcopy(document)
    turned["displayedNameForPlaceOfDelivery"].reverse()
    canonical, other = (read_document(canonicalize(each)).canonical for each in (document, turned))
    assert canonical != other
    assert json.loads(other) == turned


OTHER = {"party": {"partyName": "Another Party"}, "partyFunction": "SCO"}


def with_others(number: int) -> Change:
    return setting([OTHER] * number, "documentParties", "other")


def test_thirty_parties_are_taken_and_not_one_more() -> None:
    document = example_document()
    named = [each for each in document["documentParties"].values() if isinstance(each, dict)]
    listed = len(document["documentParties"].get("notifyParties", ()))
    most = 30 - len(named) - listed
    with_others(most)(document)
    read_document(canonicalize(document))
    assert violations(with_others(most + 1)) == [("TL-1", "$.documentParties.other")]
