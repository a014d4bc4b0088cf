"""Requests into the contracts and answers out of them, checked at both ends."""

import json
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from tradelane.gateway.errors import InputError, ResultError
from tradelane.model.base import Record
from tradelane.model.document import OpenRequest
from tradelane.model.identifiers import WORDS_OF_PATTERNS

R = TypeVar("R", bound=Record)

OPEN: Final = OpenRequest()


def request(kind: type[R], /, **fields: object) -> R:
    """Build a request from a caller's values.

    Raises:
        InputError: INVALID_REQUEST, naming the field; nothing was sent.
    """
    try:
        return kind.from_json(json.dumps({to_camel(name): value for name, value in fields.items()}))
    except ValidationError as error:
        raise invalid(error) from None


def text(kind: TypeAdapter[str], name: str, value: str) -> bytes:
    """Return private text as it travels, once it fits its type.

    Raises:
        InputError: INVALID_REQUEST, naming the field.
    """
    try:
        return kind.validate_python(value).encode()
    except ValidationError as error:
        raise invalid(error, name) from None


def answer(kind: type[R], content: bytes) -> R:
    """Read a contract's answer.

    Raises:
        ResultError: It is not the record this release knows.
    """
    try:
        return kind.from_json(content)
    except ValidationError as error:
        raise ResultError(
            f"The chaincode's answer is no {kind.__name__} as this release knows it; client and chaincode may be of "
            "different releases.",
            code="BAD_ANSWER",
        ) from error


def invalid(error: ValidationError, name: str = "") -> InputError:
    """Return the error for values that do not fit a request; the values themselves are not repeated."""
    details: dict[str, str] = {}
    for item in error.errors(include_url=False, include_input=False):
        details[".".join(str(part) for part in item["loc"]) or name] = _sentence(item)
    said = "; ".join(f"{place}: {what}" if place else what for place, what in details.items())
    return InputError(f"The request is not acceptable: {said}.", code="INVALID_REQUEST", details=details)


def _sentence(item: Any) -> str:  # noqa: ANN401 -- pydantic's ErrorDetails
    pattern = item.get("ctx", {}).get("pattern") if item["type"] == "string_pattern_mismatch" else None
    if pattern in WORDS_OF_PATTERNS:
        return f"it must be {WORDS_OF_PATTERNS[pattern]}"
    return str(item["msg"]).removeprefix("Value error, ").rstrip(".")
