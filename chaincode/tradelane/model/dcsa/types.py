"""Kinds of text and number in DCSA's schemas, and the base of its objects."""

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

T = TypeVar("T")

# DCSA's patterns, with [0-9] for \d: pydantic's \d takes the digits of every script, JSON Schema's only these ten.
TRIMMED = r"^\S(?:.*\S)?$"
NO_SPACE = r"^\S+$"


class Dcsa(BaseModel):
    """A frozen object of a DCSA document; fields that are not modelled are kept, as another version may know them."""

    # Filled from JSON by DCSA's names only: a field `vessel_name` is an unknown one, not vesselName.
    model_config = ConfigDict(  # type: ignore[pydantic-alias]
        frozen=True,
        strict=True,
        extra="allow",
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=False,
    )


def _not_null(value: Any) -> Any:  # noqa: ANN401 -- any JSON value
    if value is None:
        raise PydanticCustomError("null", "null is not a value here; leave the field out")
    return value


Maybe = Annotated[T | None, BeforeValidator(_not_null)]
"""A field that may be left out, but not null: to JSON Schema, and to the canonical form, these differ."""

Max3 = Annotated[str, StringConstraints(max_length=3)]
Max4 = Annotated[str, StringConstraints(max_length=4)]
Max7 = Annotated[str, StringConstraints(max_length=7)]
Max10 = Annotated[str, StringConstraints(max_length=10)]
Max11 = Annotated[str, StringConstraints(max_length=11)]
Max15 = Annotated[str, StringConstraints(max_length=15)]
Max20 = Annotated[str, StringConstraints(max_length=20)]
Max30 = Annotated[str, StringConstraints(max_length=30)]
Max35 = Annotated[str, StringConstraints(max_length=35)]
Max50 = Annotated[str, StringConstraints(max_length=50)]
Max65 = Annotated[str, StringConstraints(max_length=65)]
Max70 = Annotated[str, StringConstraints(max_length=70)]
Max100 = Annotated[str, StringConstraints(max_length=100)]
Max150 = Annotated[str, StringConstraints(max_length=150)]
Max250 = Annotated[str, StringConstraints(max_length=250)]
Max255 = Annotated[str, StringConstraints(max_length=255)]
Max50000 = Annotated[str, StringConstraints(max_length=50000)]

Trimmed4 = Annotated[str, StringConstraints(max_length=4, pattern=TRIMMED)]
Trimmed6 = Annotated[str, StringConstraints(max_length=6, pattern=TRIMMED)]
Trimmed10 = Annotated[str, StringConstraints(max_length=10, pattern=TRIMMED)]
Trimmed11 = Annotated[str, StringConstraints(max_length=11, pattern=TRIMMED)]
Trimmed16 = Annotated[str, StringConstraints(max_length=16, pattern=TRIMMED)]
Trimmed20 = Annotated[str, StringConstraints(max_length=20, pattern=TRIMMED)]
Trimmed30 = Annotated[str, StringConstraints(max_length=30, pattern=TRIMMED)]
Trimmed35 = Annotated[str, StringConstraints(max_length=35, pattern=TRIMMED)]
Trimmed50 = Annotated[str, StringConstraints(max_length=50, pattern=TRIMMED)]
Trimmed70 = Annotated[str, StringConstraints(max_length=70, pattern=TRIMMED)]
Trimmed100 = Annotated[str, StringConstraints(max_length=100, pattern=TRIMMED)]
Trimmed250 = Annotated[str, StringConstraints(max_length=250, pattern=TRIMMED)]
Trimmed20000 = Annotated[str, StringConstraints(max_length=20000, pattern=TRIMMED)]

Platform = Annotated[str, StringConstraints(max_length=4, pattern=NO_SPACE)]
"""Code of an electronic bill of lading platform, such as WAVE or IQAX."""

CountryCode = Annotated[str, StringConstraints(min_length=2, max_length=2, pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2; `ZZ` is unknown."""

CurrencyCode = Annotated[str, StringConstraints(min_length=3, max_length=3, pattern=r"^[A-Z]{3}$")]
"""ISO 4217."""

UnLocationCode = Annotated[str, StringConstraints(min_length=5, max_length=5, pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")]
"""UN/LOCODE."""

Amount = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Percent = Annotated[float, Field(ge=0, le=100)]
Count = Annotated[int, Field(ge=0)]

DisplayedName = Annotated[list[Max35], Field(max_length=5)]
"""The wording of a place as a letter of credit wants it; the order of its lines is part of it (TD-10)."""

ShippingMarks = Annotated[list[Max35], Field(max_length=50)]
