"""Private documents as bytes: a strict reading of JSON, its canonical form (RFC 8785) and the salted commitment.

A commitment only means something if everybody who holds the document computes the same bytes, so whatever two
programs might read differently is refused here: a name given twice, numbers beyond what a double holds, text that is
no Unicode.
"""

import codecs
import hashlib
import json
from typing import Any, NoReturn

import rfc8785

MAX_DOCUMENT_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1
_INTEGER_DIGITS = 16
_NAME_LENGTH = 100


class JsonError(ValueError):
    """The bytes are not JSON that everybody reads the same way; the message is a sentence without the content."""


def parse_json(data: bytes, max_bytes: int = MAX_DOCUMENT_BYTES) -> Any:  # noqa: ANN401 -- any JSON value
    """Read JSON as I-JSON (RFC 7493) understands it, with bounds on size and depth.

    Raises:
        JsonError: Not UTF-8, not JSON, a name twice in one object, a number out of range, too large or too deep.
    """
    if len(data) > max_bytes:
        raise JsonError(f"the JSON has {len(data)} bytes; at most {max_bytes} are accepted")
    if data.startswith(codecs.BOM_UTF8):
        raise JsonError("not JSON: it begins with a byte order mark; write it as UTF-8 without one")
    try:
        value = _STRICT.decode(data.decode())
    except UnicodeDecodeError:
        raise JsonError("the JSON is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise JsonError(f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from None
    except RecursionError:
        raise JsonError(_too_deep()) from None
    _check_depth(value)
    return value


def canonicalize(value: Any) -> bytes:  # noqa: ANN401
    """Return the RFC 8785 bytes of a parsed JSON value.

    Raises:
        JsonError: The value holds text that is no Unicode (half of a surrogate pair).
    """
    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):  # in a value, in a name
        raise JsonError("the JSON holds text that is no Unicode (half of a surrogate pair)") from None


def commitment(salt: bytes, canonical: bytes) -> str:
    """Return what the ledger shows of a document: SHA-256 of salt followed by the canonical bytes, lower-case hex."""
    return hashlib.sha256(salt + canonical).hexdigest()


def possession(canonical: bytes, asked: str) -> str:
    """Return what shows an organisation that is asked about a document that the asker has the document itself.

    Its plain checksum would not: it stands in every entry of the document's chain, and in what is said about it. And
    what one organisation was shown is of no use at another one.
    """
    return hashlib.sha256(f"tradelane possession of a document, shown to {asked}\0".encode() + canonical).hexdigest()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, item in pairs:
        if name in value:
            raise JsonError(f"the name {name[:_NAME_LENGTH]!r} stands twice in one object")
        value[name] = item
    return value


def _integer(digits: str) -> int:
    # The length first: Python would read millions of digits.
    if len(digits.lstrip("-")) > _INTEGER_DIGITS or abs(int(digits)) > MAX_INTEGER:
        raise JsonError(_too_large())
    return int(digits)


def _number(digits: str) -> float:
    # A larger one has no fraction any more, and its canonical form may be an integer that _integer refuses.
    # determinism: allow DET201 RFC 8785 reads every number as a double, so every peer computes the same one
    value = float(digits)
    if abs(value) > MAX_INTEGER:
        raise JsonError(_too_large())
    return value


def _no_constant(name: str) -> NoReturn:
    raise JsonError(f"{name} is not a JSON number")


_STRICT = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=_integer, parse_float=_number, parse_constant=_no_constant
)


def _check_depth(value: Any) -> None:  # noqa: ANN401
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for item in level for child in _children(item)]
        if not level:
            return
    raise JsonError(_too_deep())


def _children(item: Any) -> list[Any]:  # noqa: ANN401
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []


def _too_deep() -> str:
    return f"the JSON nests deeper than {MAX_DEPTH} levels"


def _too_large() -> str:
    return f"a number is beyond {MAX_INTEGER}, up to which every JSON reader keeps integers exactly"
