"""Dates, weights and volumes."""

import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from tradelane.model.dcsa.types import Dcsa, Positive

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATE_TIME = re.compile(_DATE.pattern + r"T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})")
_SECONDS_LENGTH = len("2026-01-01T00:00:00")


def _date(value: str) -> str:
    try:
        if _DATE.fullmatch(value):
            date.fromisoformat(value)
            return value
    except ValueError:
        pass
    raise PydanticCustomError("date", "not a date: YYYY-MM-DD is expected")


def _date_time(value: str) -> str:
    try:
        if _DATE_TIME.fullmatch(value):
            datetime.fromisoformat(value[:_SECONDS_LENGTH])
            return value
    except ValueError:
        pass
    raise PydanticCustomError("date_time", "not a time: RFC 3339 is expected, such as 2026-01-31T08:00:00Z")


# Kept as text: the document's own wording is what the commitment covers.
Date = Annotated[str, AfterValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
"""ISO 8601, YYYY-MM-DD."""

DateTime = Annotated[str, AfterValidator(_date_time), WithJsonSchema({"type": "string", "format": "date-time"})]
"""RFC 3339 with an offset."""


class Weight(Dcsa):
    """cargoGrossWeight, cargoNetWeight, tareWeight, grossWeight, netWeight."""

    value: Positive
    unit: Literal["KGM", "LBR"]


class Volume(Dcsa):
    """cargoGrossVolume, cargoNetVolume."""

    value: Positive
    unit: Literal["MTQ", "FTQ"]


class NetExplosiveContent(Dcsa):
    """Weight of the explosive substance alone."""

    value: Positive
    unit: Literal["KGM", "LBR", "GRM", "ONZ"]


class NetVolume(Dcsa):
    """Volume of a dangerous substance."""

    value: Positive
    unit: Literal["MTQ", "FTQ", "LTR"]
