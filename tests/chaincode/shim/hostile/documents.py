"""JSON made to hurt its reader: bombs, names given twice, numbers and text that are none, documents nearly right."""

import contextlib
import json
from typing import Any

from hypothesis import strategies as st

from tests.support.trade import example_document
from tradelane.model.canonical import JsonError, canonicalize, parse_json
from tradelane.model.dcsa import DocumentError, read_document, read_issuance_request

_DEEP = 20_000
_DOCUMENT = json.dumps(example_document()).encode()
_FIELDS = sorted(example_document())

_BOMBS = st.sampled_from(
    [
        b"[" * _DEEP,
        b"[" * _DEEP + b"]" * _DEEP,
        b'{"a":' * _DEEP,
        b'{"a":' * _DEEP + b"1" + b"}" * _DEEP,
        b"9" * 200_000,
        b"-" + b"9" * 5000,
        b"1e999999999",
        b"1E-999999999",
        b"0." + b"1" * 100_000,
        b'"' + b"\\u0041" * 50_000 + b'"',
        b'"\\ud800"',
        b'{"\\ud800":1}',
        b'"\\u0000"',
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"NaN",
        b"[-Infinity]",
        b'{"a":1,"a":2}',
        b"{" + b",".join(b'"%d":0' % n for n in range(20_000)) + b"}",
        b"{" + b",".join(b'"a":0' for _ in range(20_000)) + b"}",
        b"[" + b"0," * 100_000 + b"0]",
        b"[" + b"{}," * 100_000 + b"{}]",
        b" " * 1_000_000,
        b" " * 1_100_000,
        b"",
    ]
)
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters()),
    st.sampled_from(["\ud800", "\x00", "9" * 400, 10**400, -0.0, 2**53, "2024-02-30", "", " "]),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(max_size=5), some, max_size=3),
    max_leaves=8,
)


@st.composite
def _nearly_right(draw: st.DrawFn) -> bytes:
    """Draw a document with some values replaced, somewhere."""
    document = example_document()
    for _ in range(draw(st.integers(1, 3))):
        _replace(draw, document)
    return json.dumps(document).encode()


def _replace(draw: st.DrawFn, document: Any) -> None:
    place: Any = document
    while True:
        names: list[Any] = sorted(place) if isinstance(place, dict) else list(range(len(place)))
        if not names:
            return
        name = draw(st.sampled_from(names))
        if not isinstance(place[name], dict | list) or draw(st.booleans()):
            break
        place = place[name]
    place[name] = draw(_VALUES)


@st.composite
def _cut(draw: st.DrawFn) -> bytes:
    """Draw the document's bytes with a piece cut out or put in."""
    start = draw(st.integers(0, len(_DOCUMENT)))
    end = draw(st.integers(start, min(start + 20, len(_DOCUMENT))))
    return _DOCUMENT[:start] + draw(st.binary(max_size=10)) + _DOCUMENT[end:]


JSON = st.one_of(
    _BOMBS,
    _nearly_right(),
    _cut(),
    st.binary(max_size=200),
    _VALUES.map(lambda value: json.dumps(value).encode()),
    _nearly_right().map(lambda data: b'{"document":' + data + b"}"),
)
"""What may come as a document."""


def check(data: bytes) -> None:
    """Read it as everything it may be; it is either refused, or has one canonical form."""
    for read in (read_document, read_issuance_request):
        with contextlib.suppress(DocumentError):
            read(data)
    try:
        canonical = canonicalize(parse_json(data))
    except JsonError:
        return
    assert canonicalize(parse_json(canonical)) == canonical
