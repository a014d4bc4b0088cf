"""Sums over the cargo of a document, as it states them."""

from tests.support.trade import changed, example_document
from tradelane.model.canonical import canonicalize
from tradelane.model.dcsa import quantities_of, read_document


def totals(document: dict[str, object]) -> dict[str, str]:
    found = quantities_of(read_document(canonicalize(document)).document)
    return {measure.unit: measure.amount for measure in found.measures}


def test_the_examples_sums() -> None:
    cargo = example_document()["consignmentItems"][0]["cargoItems"]
    packages = sum(each["outerPackaging"]["numberOfPackages"] for each in cargo)
    assert totals(example_document()) == {"KGM": "23776", "MTQ": "125.4", "PACKAGES": str(packages)}


def test_tenths_add_up_as_people_add_them() -> None:
    document = changed(example_document())
    cargo = document["consignmentItems"][0]["cargoItems"]
    for item, value in zip(cargo, (0.1, 0.2), strict=True):
        item["cargoGrossWeight"] = {"value": value, "unit": "LBR"}
        item.pop("cargoGrossVolume", None)
    assert totals(document) == {"LBR": "0.3", "PACKAGES": "1480"}
