"""What every record and request has in common."""

from typing import Any, Self

import orjson
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 -- any JSON value
    """JSON of a value as it stands on the ledger: RFC 8785 for strings, integers, booleans, null, lists and objects.

    Keys are ASCII names of our own, so sorting by code point is RFC 8785's order. Floats are refused: no number
    of the ledger is one (money is in integer minor units, quantities are decimal strings).

    Raises:
        ValueError: The value holds a float, text that is no Unicode (half of a surrogate pair), or an integer of more
            than 64 bits.
    """
    _refuse_floats(value)
    return _dump(value)


def _dump(value: Any) -> bytes:  # noqa: ANN401
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:  # a TypeError, though it is the value that is wrong
        raise ValueError(f"no JSON of the ledger: {error}") from None


def _refuse_floats(value: Any) -> None:  # noqa: ANN401
    if isinstance(value, float):
        raise ValueError(  # noqa: TRY004 -- a bad value, as pydantic reports it
            "a record of the ledger holds no floating point number; use an integer or a decimal string"
        )
    if isinstance(value, dict):
        for item in value.values():
            _refuse_floats(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_floats(item)


class Record(BaseModel):
    """A frozen value with camelCase JSON; unknown fields are refused, absent optional fields are left out."""

    __slots__ = ("_canonical",)
    """The canonical JSON, once it is known: what is frozen is written once. Neither a field nor pydantic's, so that no
    copy with changes takes it along."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )

    def to_json(self) -> bytes:
        """Return the canonical JSON of this record, the same bytes on every peer."""
        try:
            known: bytes = object.__getattribute__(self, "_canonical")  # past pydantic, which looks for it everywhere
        except AttributeError:
            # No record has a field that takes a float, which a test holds: looking for one took longer than writing.
            known = _dump(self.model_dump(mode="json", exclude_none=True))
            object.__setattr__(self, "_canonical", known)
        return known

    @classmethod
    def from_json(cls, data: bytes | str) -> Self:
        """Read a record from its JSON.

        Raises:
            pydantic.ValidationError: The JSON is broken or does not fit the record.
        """
        return cls.model_validate_json(data)

    @classmethod
    def from_ledger(cls, data: bytes) -> Self:
        """Read a record from what `to_json` wrote, which it need not write again.

        Raises:
            pydantic.ValidationError: As from_json.
        """
        record = cls.model_validate_json(data)
        object.__setattr__(record, "_canonical", data)
        return record
