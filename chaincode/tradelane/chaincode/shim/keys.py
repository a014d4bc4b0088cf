r"""Composite keys: several strings in one key, so that a prefix of them can be searched for.

The form is Fabric's: U+0000, the object type, and after it and every attribute U+0000 again. U+0000 therefore may not
stand inside a part, nor U+10FFFF, which ends the range of a prefix search. Simple keys never begin with U+0000.
"""

from collections.abc import Sequence

from tradelane.chaincode.shim.errors import InvalidName

SEPARATOR = "\x00"
LAST = "\U0010ffff"
_FIRST_SIMPLE = "\x01"


def create_composite_key(object_type: str, attributes: Sequence[str]) -> str:
    """Join an object type and its attributes.

    Raises:
        InvalidName: A part holds U+0000, U+10FFFF or a lone surrogate, which has no UTF-8 form.
    """
    joined = SEPARATOR.join((object_type, *attributes))
    if not joined.isascii() or joined.count(SEPARATOR) != len(attributes):
        for part in (object_type, *attributes):
            _check_part(part)
    return SEPARATOR + joined + SEPARATOR


def split_composite_key(key: str) -> tuple[str, tuple[str, ...]]:
    """Return the object type and the attributes of a composite key.

    Raises:
        InvalidName: The key is not a composite one.
    """
    if len(key) < 2 or key[0] != SEPARATOR or key[-1] != SEPARATOR:
        raise InvalidName("not a composite key: it must begin and end with U+0000")
    object_type, *attributes = key[1:-1].split(SEPARATOR)
    return object_type, tuple(attributes)


def partial_range(object_type: str, attributes: Sequence[str]) -> tuple[str, str]:
    """Return first key (inclusive) and last key (exclusive) of all keys which continue these parts.

    A key with exactly these parts is the first one of its range.
    """
    prefix = create_composite_key(object_type, attributes)
    return prefix, prefix + LAST


def simple_range(start: str, end: str) -> tuple[str, str]:
    """Return the bounds to ask for, from start (inclusive) to end (exclusive), of simple keys alone.

    An empty start is the first simple key, which leaves the composite ones out; an empty end is no bound.

    Raises:
        InvalidName: A bound begins with U+0000, as composite keys do, or holds a lone surrogate.
    """
    for bound in (start, end):
        check_text("bound of a range", bound)
        if bound.startswith(SEPARATOR):
            raise InvalidName("a bound of a range of simple keys begins with U+0000, as composite keys do")
    return start or _FIRST_SIMPLE, end


def all_composite() -> tuple[str, str]:
    """Return first key (inclusive) and last key (exclusive) of all composite keys."""
    return SEPARATOR, SEPARATOR + LAST


def check_key(key: str) -> None:
    """Refuse what no peer stores as a key: the empty string and lone surrogates."""
    check_name("key", key)


def check_collection(collection: str) -> None:
    """Refuse an empty collection name, which on the wire would mean the public state."""
    check_name("collection name", collection)


def check_name(what: str, name: str) -> None:
    """Refuse a name which is empty or has no UTF-8 form."""
    if not name:
        raise InvalidName(f"the {what} is empty")
    if not name.isascii():
        check_text(what, name)


def check_text(what: str, text: str) -> None:
    """Refuse text which has no UTF-8 form."""
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidName(f"the {what} holds a lone surrogate, which has no UTF-8 form") from error


def _check_part(part: str) -> None:
    check_text("part of a composite key", part)
    if SEPARATOR in part or LAST in part:
        raise InvalidName("a part of a composite key holds U+0000 or U+10FFFF")
