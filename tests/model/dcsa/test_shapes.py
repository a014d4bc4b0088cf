"""JSON of DCSA's shapes: taken with the checksum that an independent RFC 8785 gives, or refused with place and rule.

Drawn are the examples with a field exchanged for one of that field's schema, ours or DCSA's (where TRADELANE_DCSA_DIR
says where that lies), or with any value anywhere, or with more fields; and JSON of no shape at all.
"""

import copy
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import jcs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.dcsa import needs_dcsa, specification
from tests.support.trade import EXAMPLES, example_document
from tradelane.model.canonical import JsonError, canonicalize, parse_json
from tradelane.model.dcsa import DocumentError, TransportDocument, read_document

PLACE = re.compile(r"\$(\.[A-Za-z]\w*|\[\d+\])*")
NAMES = ["", *sorted(path.stem for path in EXAMPLES.glob("transport-documents/*.json"))]
SLOW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["\ud800", "\u20ac\u0000", "\U0001f600", "Ü", "ü", "é", "1e3", ""]),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def independent(value: Any) -> str:
    return hashlib.sha256(jcs.canonicalize(value)).hexdigest()


def judged(text: str) -> bool:
    """Hold our reading of a document against the other library; tell whether it was accepted."""
    try:
        examined = read_document(text.encode())
    except DocumentError as error:
        violations = error.violations
    else:
        assert hashlib.sha256(examined.canonical).hexdigest() == independent(json.loads(text))
        return True
    assert violations
    for violation in violations:
        assert PLACE.match(violation.path), violation
        assert violation.rule
        assert violation.message
    return False


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    for name, child in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from places(child, (*path, name))


def put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(document)
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return changed


@SLOW
@given(values)
def test_any_json_has_the_independent_checksum_or_no_canonical_form(value: Any) -> None:
    try:
        canonical = canonicalize(parse_json(json.dumps(value).encode()))
    except JsonError:
        return
    assert hashlib.sha256(canonical).hexdigest() == independent(json.loads(json.dumps(value)))


@SLOW
@given(values)
def test_json_of_no_shape_is_refused_with_its_place(value: Any) -> None:
    assert not judged(json.dumps(value))


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_are_accepted_with_the_independent_checksum(name: str) -> None:
    assert judged(json.dumps(example_document(name)))


@SLOW
@given(st.data())
def test_an_example_with_a_value_exchanged(data: st.DataObject) -> None:
    document = example_document(data.draw(st.sampled_from(NAMES)))
    path = data.draw(st.sampled_from(sorted(places(document), key=str)))
    judged(json.dumps(put(document, path, data.draw(values))))


@SLOW
@given(st.data())
def test_an_example_with_fields_nobody_knows_is_kept_whole(data: st.DataObject) -> None:
    """Fields beyond the schema are part of what is committed to."""
    document = example_document(data.draw(st.sampled_from(NAMES)))
    text = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
    extra = data.draw(st.dictionaries(text.map(lambda name: f"x-{name}"), text | st.integers(-(2**53) + 1, 2**53 - 1)))
    assert judged(json.dumps({**document, **extra}))


FEW = 3
REFERRED: dict[tuple[int, str], st.SearchStrategy[Any]] = {}


def drawn(schema: dict[str, Any], schemas: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Draw a value of a schema: of what OpenAPI and pydantic write for these documents, which is little."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        known = REFERRED.get((id(schemas), name))
        if known is None:  # made once: making it takes longer than drawing from it
            known = REFERRED[id(schemas), name] = st.deferred(lambda: drawn(schemas[name], schemas))
        return known
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema and "properties" not in schema:
            return st.one_of(*(drawn(each, schemas) for each in schema[choice]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return KINDS[schema.get("type", "object")](schema, schemas)


def text(schema: dict[str, Any], _: dict[str, Any]) -> st.SearchStrategy[str]:
    if schema.get("format") == "date":
        return st.dates().map(str)
    if schema.get("format") == "date-time":
        return st.datetimes().map(lambda moment: f"{moment:%H:%M:%S}").map(lambda time: f"2026-03-02T{time}Z")
    least = schema.get("minLength", 0)
    most = max(least, min(schema.get("maxLength", 40), 40))
    if "pattern" not in schema:
        return st.text(st.characters(exclude_categories=["Cs"]), min_size=least, max_size=most)
    pattern = schema["pattern"]
    if pattern == r"^\S(?:.*\S)?$":
        words = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=max(least, 1), max_size=max(least, 12))
        return st.one_of(words, st.tuples(words, words).map(" ".join).filter(lambda found: len(found) <= most))
    if least > 1 and pattern.endswith("+$"):  # a checksum: else hardly any would be long enough
        pattern = f"{pattern[:-2]}{{{least},{most}}}$"
    return st.from_regex(pattern, alphabet=st.characters(exclude_categories=["Cs"])).filter(
        lambda found: least <= len(found) <= most
    )


def number(schema: dict[str, Any], _: dict[str, Any]) -> st.SearchStrategy[float]:
    return st.floats(schema.get("minimum", 0), schema.get("maximum", 1e9), allow_nan=False) | integer(schema, _)


def integer(schema: dict[str, Any], _: dict[str, Any]) -> st.SearchStrategy[int]:
    return st.integers(schema.get("minimum", 0), schema.get("maximum", 2**53))


def array(schema: dict[str, Any], schemas: dict[str, Any]) -> st.SearchStrategy[list[Any]]:
    least = schema.get("minItems", 0)
    return st.lists(drawn(schema["items"], schemas), min_size=least, max_size=max(least, 2))


def objects(schema: dict[str, Any], schemas: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    fields = {name: drawn(each, schemas) for name, each in schema.get("properties", {}).items()}
    required = {name: fields[name] for name in schema.get("required", ()) if name in fields}
    optional = {name: each for name, each in fields.items() if name not in required}
    if len(optional) <= FEW:
        return st.fixed_dictionaries(required, optional=optional)
    # Half of all fields, each with half of its own, are more than Hypothesis draws: of ten documents one came through.
    some = st.lists(st.sampled_from(sorted(optional)), unique=True, max_size=FEW)
    return some.flatmap(lambda names: st.fixed_dictionaries(required | {name: optional[name] for name in names}))


KINDS: dict[str, Callable[[dict[str, Any], dict[str, Any]], st.SearchStrategy[Any]]] = {
    "string": text,
    "number": number,
    "integer": integer,
    "array": array,
    "object": objects,
    "boolean": lambda *_: st.booleans(),
    "null": lambda *_: st.none(),
}
OURS = TransportDocument.model_json_schema(by_alias=True)


@SLOW
@given(st.data())
def test_an_example_with_a_part_of_our_schemas_shape(data: st.DataObject) -> None:
    name, schema = data.draw(st.sampled_from(sorted(OURS["properties"].items(), key=str)))
    judged(json.dumps({**example_document(), name: data.draw(drawn(schema, OURS["$defs"]))}))


@needs_dcsa
@SLOW
@given(st.data())
def test_an_example_with_a_part_of_dcsas_schemas_shape(data: st.DataObject) -> None:
    schemas = specification("ISS")["components"]["schemas"]
    fields = sorted(schemas["TransportDocument"]["properties"].items(), key=str)
    name, schema = data.draw(st.sampled_from(fields))
    judged(json.dumps({**example_document(), name: data.draw(drawn(schema, schemas))}))
