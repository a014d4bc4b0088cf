"""References and licences that documents, items and containers carry."""

from typing import Annotated

from pydantic import Field

from tradelane.model.dcsa.measures import Date
from tradelane.model.dcsa.types import CountryCode, Dcsa, Max3, Maybe, Trimmed10, Trimmed16, Trimmed35, Trimmed50


class Reference(Dcsa):
    """A party's own reference."""

    type: Max3
    value: Trimmed35


class ReferenceConsignmentItem(Dcsa):
    """A party's own references for one consignment item."""

    type: Max3
    values: Annotated[list[Trimmed35], Field(min_length=1)]


class CustomsReference(Dcsa):
    """References a customs authority asks for."""

    type: Trimmed50
    country_code: CountryCode
    values: Annotated[list[Trimmed35], Field(min_length=1)]


class License(Dcsa):
    """exportLicense and importLicense."""

    is_required: Maybe[bool] = None
    reference: Maybe[Trimmed35] = None
    issue_date: Maybe[Date] = None
    expiry_date: Maybe[Date] = None


class NationalCommodityCode(Dcsa):
    """National commodity codes, up to 10 characters each (deprecated by DCSA)."""

    type: Trimmed10
    country_code: Maybe[CountryCode] = None
    values: Annotated[list[Trimmed10], Field(min_length=1)]


class ExtendedNationalCommodityCode(Dcsa):
    """National commodity codes, up to 16 characters each."""

    type: Trimmed10
    country_code: Maybe[CountryCode] = None
    values: Annotated[list[Trimmed16], Field(min_length=1)]
