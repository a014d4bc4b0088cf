"""Our model against the official schema, where the environment says where that lies (TRADELANE_DCSA_DIR)."""

import copy
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker
from pydantic import TypeAdapter, ValidationError

from tests.support.trade import EXAMPLES, example_document
from tradelane.model.canonical import canonicalize
from tradelane.model.dcsa import IssuanceRequest, TransportDocument, read_issuance_request
from tradelane.model.dcsa.conditions import check_conditions

FOLDER = os.environ.get("TRADELANE_DCSA_DIR")
pytestmark = pytest.mark.skipif(
    FOLDER is None, reason="set TRADELANE_DCSA_DIR to the folder with EBL_ISS_v3.0.4.yaml to compare with DCSA's schema"
)

FILE = "EBL_ISS_v3.0.4.yaml"
COMPARED = ("type", "minLength", "maxLength", "pattern", "enum", "minItems", "maxItems", "minimum", "maximum", "format")
# Read by pydantic as the field's type, or not a limit of the value.
FORMATS_OF_NUMBERS = {"float", "int32"}


@pytest.fixture(scope="module")
def specification() -> dict[str, Any]:
    # libyaml's loader where PyYAML has it: the pure one takes seconds for this file.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load((Path(FOLDER or "") / FILE).read_text(encoding="utf-8"), Loader=loader))  # noqa: S506


@pytest.fixture(scope="module")
def components(specification: dict[str, Any]) -> dict[str, Any]:
    return dict(specification["components"]["schemas"])


@pytest.fixture(scope="module")
def published(specification: dict[str, Any]) -> dict[str, Any]:
    request = specification["paths"]["/v3/ebl-issuance-requests"]["put"]["requestBody"]
    return dict(request["content"]["application/json"]["examples"])


def official(components: dict[str, Any], name: str) -> Draft4Validator:
    # OpenAPI 3.0's exclusiveMinimum is a boolean, as in draft 4.
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": components}}
    return Draft4Validator(schema, format_checker=FormatChecker(["date"]))


def fits(document: dict[str, Any]) -> bool:
    try:
        read = TransportDocument.model_validate_json(canonicalize(document))
    except ValidationError:
        return False
    # What the schema writes as oneOf and anyOf is a condition to us; the other conditions stand in its prose only.
    return all(found.rule not in ("DCSA", "TD-9") for found in check_conditions(read))


# The issuance request's own document, and the variants.
NAMES = ["", *sorted(path.stem for path in EXAMPLES.glob("transport-documents/*.json"))]


@pytest.mark.parametrize("name", NAMES)
def test_our_examples_are_valid_to_both(components: dict[str, Any], name: str) -> None:
    document = example_document(name)
    assert list(official(components, "TransportDocument").iter_errors(document)) == []
    assert fits(document)


def test_published_examples_are_valid_to_both(components: dict[str, Any], published: dict[str, Any]) -> None:
    for example in published.values():
        assert list(official(components, "IssuanceRequest").iter_errors(example["value"])) == []
        read_issuance_request(canonicalize(example["value"]))


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in items:
        if isinstance(name, str):
            yield (*path, name)
        yield from paths(child, (*path, name))


def changed(document: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """Return a copy with another value at a path; without the field where the value is Ellipsis."""
    copied = copy.deepcopy(document)
    parent: Any = copied
    for step in path[:-1]:
        parent = parent[step]
    if value is ...:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return copied


# The schema overlooks a broken phone beside a good email; we do not.
STRICTER = {"phone", "email"}


@pytest.mark.parametrize("value", [..., None, "", 7, -1, 1.5, True, "x" * 60_000, [], {}, [None], "\tx", "Ä"])
@pytest.mark.parametrize("name", ["", "dangerous-goods"])
def test_each_field_removed_or_changed_is_judged_alike(components: dict[str, Any], name: str, value: object) -> None:
    document, validator = example_document(name), official(components, "TransportDocument")
    # Entries of one list have the same fields.
    for path in {tuple(step for step in path if isinstance(step, str)): path for path in paths(document)}.values():
        if path[-1] not in STRICTER:
            tried = changed(document, path, value)
            assert fits(tried) == validator.is_valid(tried), (path, value)


def definitions() -> dict[str, Any]:
    schema = TypeAdapter(IssuanceRequest).json_schema(by_alias=True)
    return {**schema.pop("$defs"), "IssuanceRequest": schema}


# Ours -> DCSA's, where one class serves several of DCSA's schemas.
SHARED = {
    "Port": ("PortOfLoading", "PortOfDischarge"),
    "InlandPlace": ("PlaceOfReceipt", "PlaceOfDelivery"),
    "License": ("ExportLicense", "ImportLicense"),
    "Weight": ("CargoGrossWeight", "CargoNetWeight", "TareWeight", "GrossWeight", "NetWeight"),
    "Volume": ("CargoGrossVolume", "CargoNetVolume"),
}
PAIRS = [(ours, theirs) for ours in sorted(definitions()) for theirs in SHARED.get(ours, (ours,))]


def test_every_schema_of_the_document_is_modelled(components: dict[str, Any]) -> None:
    wanted, reached = ["TransportDocument", "IssueToParty"], set()
    while wanted:
        name = wanted.pop()
        reached.add(name)
        wanted += [found for found in references(components[name]) if found not in reached]
    assert {theirs for _, theirs in PAIRS} - {"IssuanceRequest"} == reached


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rsplit("/", 1)[1]
        for child in value.values():
            yield from references(child)
    elif isinstance(value, list):
        for child in value:
            yield from references(child)


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_schema_by_schema(components: dict[str, Any], ours: str, theirs: str) -> None:
    mine, official_ = definitions()[ours], components[theirs]
    if ours == "IssuanceRequest":
        # The carrier's JWS is not demanded here; replacements and visualisation belong to later acts.
        official_ = {**official_, "required": ["document", "issueTo"]}
    properties = dict(official_["properties"]) if "properties" in official_ else {}
    for choice in (*official_.get("oneOf", ()), *official_.get("anyOf", ())):
        properties.update(choice["properties"])
    assert set(mine.get("required", ())) == set(official_.get("required", ()))
    if ours != "IssuanceRequest":
        assert set(mine["properties"]) == set(properties)
    for name, property_ in mine["properties"].items():
        assert limits(property_) == limits(properties[name]), name


def limits(schema: dict[str, Any]) -> dict[str, Any]:
    """Return what limits a value, in one way of writing for both."""
    if "anyOf" in schema:  # ours, of a field that may be left out
        schema = next(each for each in schema["anyOf"] if each.get("type") != "null")
    found = {name: schema[name] for name in COMPARED if name in schema}
    if found.get("format") in FORMATS_OF_NUMBERS:
        del found["format"]
    if "pattern" in found:
        found["pattern"] = found["pattern"].replace(r"\d", "[0-9]")
    if "exclusiveMinimum" in schema:
        found["above"] = found.pop("minimum", schema["exclusiveMinimum"])
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        found["schema"] = next((ours for ours, theirs in SHARED.items() if name in theirs), name)
    if "items" in schema:
        found["items"] = limits(schema["items"])
    if "enum" in found:
        found.pop("maxLength", None)  # says nothing beside an enum
    return found
