"""From bytes to an examined document, and what is said when it is none."""

import json
from typing import Any

import pytest

from tests.support.trade import EXAMPLES, EXPORTER, PARTIES, changed, example_document
from tradelane.model.canonical import canonicalize
from tradelane.model.dcsa import DocumentError, lei_of, read_document, read_issuance_request


def error_of(document: Any) -> DocumentError:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    with pytest.raises(DocumentError) as error:
        read_document(data)
    return error.value


def details_of(document: Any) -> dict[str, str]:
    return dict(error_of(document).details)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("transport-documents/*.json")), ids=lambda path: path.stem)
def test_examples_are_acceptable(path: Any) -> None:
    assert read_document(path.read_bytes()).canonical == canonicalize(json.loads(path.read_bytes()))


def test_the_example_of_a_request_is_acceptable_and_fits_the_parties() -> None:
    request, examined = read_issuance_request((EXAMPLES / "issuance-request.json").read_bytes())
    assert examined.canonical == canonicalize(example_document())
    lei = PARTIES[EXPORTER]["lei"]
    assert lei_of(request.issue_to) == lei
    assert examined.document.document_parties.endorsee is not None
    assert lei_of(examined.document.document_parties.endorsee) == lei


def test_fields_that_are_not_modelled_are_kept() -> None:
    document = changed(example_document(), carriersOwnField={"deep": [1, 2.5, "三"]}, vessel_name="not a field of DCSA")
    examined = read_document(json.dumps(document).encode())
    assert json.loads(examined.canonical) == document


def test_names_in_another_style_do_not_stand_for_dcsas() -> None:
    document = example_document()
    voyage = document["transports"]["vesselVoyages"][0]
    voyage["vessel_name"] = voyage.pop("vesselName")
    assert details_of(document) == {"$.transports.vesselVoyages[0].vesselName": "DCSA: this field is required"}


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b'"text"', b"7", b"\xff", b'{"a":1,"a":2}', b"[" * 9999])
def test_what_is_no_document(data: bytes) -> None:
    assert list(details_of(data)) == ["$"] or "$.transportDocumentReference" in details_of(data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("transportDocumentReference", "X" * 21),
        ("transportDocumentReference", " padded"),
        ("transportDocumentReference", ""),
        ("transportDocumentTypeCode", "BILL"),
        ("isElectronic", "true"),
        ("isElectronic", 1),
        ("isToOrder", None),
        ("issueDate", None),
        ("issueDate", "2026-02-30"),
        ("issueDate", "02/03/2026"),
        ("issueDate", "2026-03-02T00:00:00Z"),
        ("issueDate", 20260302),
        ("numberOfRiderPages", -1),
        ("numberOfRiderPages", 1.5),
        ("numberOfRiderPages", "1"),
        ("declaredValue", -0.01),
        ("declaredValue", True),
        ("declaredValueCurrency", "usd"),
        ("carrierCode", "MA EU"),
        ("carrierCodeListProvider", "BIC"),
        ("termsAndConditions", "x" * 50001),
        ("carrierClauses", "one clause"),
        ("partyContactDetails", []),
        ("consignmentItems", []),
        ("consignmentItems", {}),
        ("utilizedTransportEquipments", []),
        ("displayedNameForPortOfLoad", ["line"] * 6),
        ("receiptTypeAtOrigin", "cy"),
        ("cargoMovementTypeAtOrigin", "FULL"),
    ],
)
def test_schema(field: str, value: object) -> None:
    found = details_of(changed(example_document(), **{field: value}))
    assert all(path == f"$.{field}" for path in found), found
    assert len(found) == 1
    assert next(iter(found.values())).startswith("DCSA: ")


def test_hs_codes_are_made_of_these_ten_digits() -> None:
    document = example_document()
    document["consignmentItems"][0]["HSCodes"] = ["٦٣٠٢٢١"]
    assert list(details_of(document)) == ["$.consignmentItems[0].HSCodes[0]"]


def test_dangerous_goods_have_real_times() -> None:
    goods = {"fumigationDateTime": "2026-03-01T25:00:00Z", "endOfHoldingTime": "2026-13-01"}
    document = example_document("dangerous-goods")
    document["consignmentItems"][0]["cargoItems"][0]["outerPackaging"]["dangerousGoods"][0].update(goods)
    found = details_of(document)
    assert {path.rsplit(".", 1)[1] for path in found} == set(goods)
    goods.update(fumigationDateTime="2026-03-01T05:00:00.25+08:00", endOfHoldingTime="2026-12-01")
    document["consignmentItems"][0]["cargoItems"][0]["outerPackaging"]["dangerousGoods"][0].update(goods)
    assert read_document(json.dumps(document).encode()).canonical


def test_a_whole_number_may_be_written_with_a_fraction_of_zero() -> None:
    written = json.dumps(changed(example_document(), numberOfRiderPages=7)).replace(
        '"numberOfRiderPages": 7', '"numberOfRiderPages": 7.0'
    )
    assert read_document(written.encode()).document.number_of_rider_pages == 7


def test_violations_never_repeat_the_content() -> None:
    document = changed(example_document(), carrierCode="canary", issueDate="canary", isElectronic="canary")
    assert "canary" not in json.dumps(details_of(document))


def test_details_are_bounded() -> None:
    document = example_document()
    document["consignmentItems"][0]["descriptionOfGoods"] = [""] * 150
    error = error_of(document)
    assert len(error.violations) == 150
    assert len(error.details) == 50
    deep = changed(example_document(), **{"x" * 5000: {"codeListProvider": "GLEIF", "partyCode": ""}})
    assert all(len(path) <= 250 for path in details_of(deep))


def test_two_violations_at_one_place_are_told_together() -> None:
    document = changed(example_document(), transportDocumentTypeCode="SWB", isToOrder=False)
    document["documentParties"]["consignee"] = example_document("straight")["documentParties"]["consignee"]
    assert details_of(document) == {
        "$.documentParties.endorsee": "TD-3: only a document to order (isToOrder true) may name an endorsee; "
        "TD-4: name a consignee or an endorsee, not both"
    }


def test_paths_of_a_request_count_from_the_request() -> None:
    request = json.loads((EXAMPLES / "issuance-request.json").read_bytes())
    request["document"]["transportDocumentTypeCode"] = "SWB"
    with pytest.raises(DocumentError) as error:
        read_issuance_request(json.dumps(request).encode())
    assert list(error.value.details) == ["$.document.isToOrder"]
    del request["issueTo"], request["document"]["isToOrder"]
    with pytest.raises(DocumentError) as error:
        read_issuance_request(json.dumps(request).encode())
    assert set(error.value.details) == {"$.document.isToOrder", "$.issueTo"}


def test_the_signed_manifest_is_kept_and_not_demanded() -> None:
    request = json.loads((EXAMPLES / "issuance-request.json").read_bytes())
    request["issuanceManifestSignedContent"] = "eyJhbGciOiJFUzI1NiJ9.e30.c2ln"
    parsed, _ = read_issuance_request(json.dumps(request).encode())
    assert parsed.issuance_manifest_signed_content == request["issuanceManifestSignedContent"]
