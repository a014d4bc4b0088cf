"""Requests and transient values, checked before any rule sees them; errors name fields, never their content."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from tradelane.chaincode.shim.interface import Stub
from tradelane.model.base import Record
from tradelane.model.canonical import JsonError, parse_json
from tradelane.model.title_requests import Reason
from tradelane.rules.refusal import Code, Refused

R = TypeVar("R", bound=Record)
REASON: TypeAdapter[str] = TypeAdapter(Reason)
MAX_REQUEST_BYTES = 64 * 1024
_FIELDS, _NAME_LENGTH = 20, 100
"""So many wrong fields are named, and so much of a name: a refusal must not outgrow the request it refuses."""


def parse_request(model: type[R], args: Sequence[bytes]) -> R:
    """Read a function's one argument.

    Raises:
        Refused: INVALID_REQUEST, with the fields that are wrong.
    """
    if len(args) != 1:
        raise invalid(f"expected one argument, the JSON of {model.__name__}, and got {len(args)}", {})
    try:
        parse_json(args[0], MAX_REQUEST_BYTES)  # what pydantic's reader lets pass: a name twice, deep nesting
        return model.from_json(args[0])
    except JsonError as error:
        raise invalid(str(error), {"request": str(error)}) from None
    except ValidationError as error:
        fields = {
            ".".join(map(str, item["loc"]))[:_NAME_LENGTH] or "request": item["msg"]
            for item in islice(error.errors(include_url=False, include_input=False, include_context=False), _FIELDS)
        }
        name, message = next(iter(fields.items()))
        raise invalid(f"the {model.__name__} is not acceptable: {name}: {message}", fields) from None


def transient_bytes(stub: Stub, name: str, length: int | None = None) -> bytes:
    """Return a transient value, of exactly `length` bytes where given.

    Raises:
        Refused: INVALID_REQUEST.
    """
    value = stub.transient.get(name)
    expected = "some bytes" if length is None else f"{length} bytes"
    if not value or (length is not None and len(value) != length):
        raise invalid(
            f"the transient value {name!r} must be {expected} and has {len(value or b'')}",
            {f"transient.{name}": f"{expected} expected"},
        )
    return value


def transient_text(stub: Stub, name: str, kind: TypeAdapter[str]) -> str:
    """Return a transient value that is UTF-8 text of a kind.

    Raises:
        Refused: INVALID_REQUEST.
    """
    try:
        return kind.validate_python(transient_bytes(stub, name).decode(), strict=True)
    except UnicodeDecodeError:
        raise invalid(f"the transient value {name!r} is not UTF-8", {f"transient.{name}": "not UTF-8"}) from None
    except ValidationError as error:
        message = error.errors(include_url=False, include_input=False, include_context=False)[0]["msg"]
        raise invalid(
            f"the transient value {name!r} is not acceptable: {message}", {f"transient.{name}": message}
        ) from None


def invalid(message: str, details: Mapping[str, str]) -> Refused:
    """Return the refusal of a request that cannot be understood."""
    return Refused(400, Code.INVALID_REQUEST, message, details)
