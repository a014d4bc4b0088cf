"""Strict reading, canonical bytes and commitments."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelane.model.base import canonical_json
from tradelane.model.canonical import (
    MAX_DEPTH,
    MAX_DOCUMENT_BYTES,
    MAX_INTEGER,
    JsonError,
    canonicalize,
    commitment,
    parse_json,
)

text = st.text(st.characters(exclude_categories=["Cs"]))
exact = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | text
numbers = exact | st.floats(-MAX_INTEGER, MAX_INTEGER)


def nested(leaves: st.SearchStrategy[Any], names: st.SearchStrategy[str] = text) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4), max_leaves=20
    )


@given(nested(numbers))
def test_canonical_bytes_are_a_fixed_point(value: Any) -> None:
    canonical = canonicalize(value)
    assert canonicalize(parse_json(canonical)) == canonical


@given(nested(numbers), st.randoms(use_true_random=False))
def test_layout_and_order_of_names_do_not_matter(value: Any, random: Any) -> None:
    def shuffled(item: Any) -> Any:
        if isinstance(item, dict):
            names = list(item)
            random.shuffle(names)
            return {name: shuffled(item[name]) for name in names}
        return [shuffled(child) for child in item] if isinstance(item, list) else item

    written = json.dumps(shuffled(value), indent=3, ensure_ascii=random.random() < 0.5).encode()
    assert canonicalize(parse_json(written)) == canonicalize(value)


@given(nested(exact, st.text(st.characters(max_codepoint=0x7F))))
def test_records_of_the_ledger_are_written_as_rfc_8785_writes_them(value: Any) -> None:
    assert canonical_json(value) == canonicalize(value)


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, "\ud800", {"\udfff": 1}, {1: 2}, b"", {"a": {1}}])
def test_what_has_no_canonical_form_is_no_value_of_the_ledger(value: Any) -> None:
    with pytest.raises(ValueError, match="no JSON of the ledger"):
        canonical_json(value)


def test_example_of_rfc_8785() -> None:
    value = json.loads(
        rb'{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],'
        rb'"string":"\u20ac$\u000F\u000aA'
        rb"'"
        rb'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}'
    )
    assert canonicalize(value) == (
        b'{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        b'"string":"\xe2\x82\xac$\\u000f\\nA' + b"'" + b'B\\"\\\\\\\\\\"/"}'
    )


def test_the_order_of_a_list_is_kept() -> None:
    """Condition TD-10: the lines of a displayed name are the wording of a letter of credit."""
    lines = {"displayedNameForPortOfLoad": ["SHANGHAI PORT,", "CHINA"]}
    assert parse_json(canonicalize(lines)) == lines


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'{"a":1,"a":2}', "'a' stands twice"),
        (b'{"a":{"b":1,"b":1}}', "'b' stands twice"),
        (b'{"a":NaN}', "NaN is not a JSON number"),
        (b"[Infinity]", "Infinity is not"),
        (b"[-Infinity]", "-Infinity is not"),
        (b"[1e400]", "beyond"),
        (b"[1e16]", "beyond"),
        (b"[-9007199254740992.0]", "beyond"),
        (b"[9007199254740992]", "beyond 9007199254740991"),
        (b"[-9007199254740992]", "beyond"),
        (b"9" * 5000, "beyond"),
        (b'{"a":}', "line 1, column 6"),
        (b"", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON: it begins with a byte order mark"),
        (b"\xff", "not UTF-8"),
        ('"\ud800"'.encode("utf-16", "surrogatepass"), "not UTF-8"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "deeper than 32"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "deeper than 32"),
        (b"[" * 200_000, "deeper than 32"),
        (b" " * (MAX_DOCUMENT_BYTES + 1), "at most 1048576"),
        # As many names as fit, of which the last stands twice: minutes, were each compared with each.
        (b"{" + b"".join(b'"%d":1,' % number for number in range(90_000)) + b'"89999":1}', "'89999' stands twice"),
        (b'{"' + b"x" * 9000 + b'":1,"' + b"x" * 9000 + b'":1}', "'x{100}' stands twice"),
    ],
)
def test_refused(data: bytes, says: str) -> None:
    with pytest.raises(JsonError, match=says):
        parse_json(data)


def test_bounds_are_inclusive() -> None:
    assert parse_json(b"[%d,-%d]" % (MAX_INTEGER, MAX_INTEGER)) == [MAX_INTEGER, -MAX_INTEGER]
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert parse_json(b'"' + b"x" * (MAX_DOCUMENT_BYTES - 2) + b'"')


@pytest.mark.parametrize("text", [rb'{"a":"\ud800"}', rb'{"\ud800":"a"}', rb'[{"b":{"\udfff":1}}]'])
def test_half_of_a_surrogate_pair_has_no_canonical_form(text: bytes) -> None:
    with pytest.raises(JsonError, match="no Unicode"):
        canonicalize(parse_json(text))


def test_a_commitment_is_the_digest_of_salt_and_bytes() -> None:
    salt = bytes(range(32))
    assert commitment(salt, b"{}") == hashlib.sha256(salt + b"{}").hexdigest()
    assert commitment(salt, b"{}") != commitment(bytes(32), b"{}")


@pytest.mark.parametrize("value", [1.5, [0.0], {"a": {"b": (2.0,)}}])
def test_a_record_of_the_ledger_holds_no_float(value: Any) -> None:
    with pytest.raises(ValueError, match="no floating point number"):
        canonical_json(value)
