"""Places and addresses."""

from typing import Annotated, Literal

from pydantic import Field

from tradelane.model.dcsa.types import (
    CountryCode,
    Dcsa,
    Max10,
    Max11,
    Max20,
    Max35,
    Max50,
    Max65,
    Max70,
    Max100,
    Max250,
    Maybe,
    Trimmed6,
    Trimmed35,
    Trimmed50,
    Trimmed100,
    UnLocationCode,
)

AddressLines = Annotated[list[Max250], Field(max_length=5)]


class Address(Dcsa):
    """Address of a place."""

    street: Max70
    street_number: Maybe[Max50] = None
    floor: Maybe[Trimmed50] = None
    post_code: Maybe[Max10] = None
    po_box: Maybe[Max20] = Field(None, alias="POBox")
    city: Trimmed35
    state_region: Maybe[Max65] = None
    country_code: CountryCode


class PartyAddress(Address):
    """Address of a party."""

    un_location_code: Maybe[UnLocationCode] = Field(None, alias="UNLocationCode")


class City(Dcsa):
    """A city, where no code names the place."""

    city: Trimmed35
    state_region: Maybe[Max65] = None
    country_code: CountryCode


class Facility(Dcsa):
    """A terminal or depot by its code."""

    facility_code: Trimmed6
    facility_code_list_provider: Literal["BIC", "SMDG"]


class GeoCoordinate(Dcsa):
    """Latitude and longitude in decimal degrees."""

    latitude: Max10
    longitude: Max11


class Port(Dcsa):
    """portOfLoading and portOfDischarge."""

    location_name: Maybe[Trimmed100] = None
    city: Maybe[City] = None
    un_location_code: Maybe[UnLocationCode] = Field(None, alias="UNLocationCode")


class OnwardInlandRouting(Dcsa):
    """Where the cargo goes on to by land."""

    location_name: Maybe[Trimmed100] = None
    facility_name: Maybe[Max100] = None
    address: Maybe[Address] = None
    address_lines: Maybe[AddressLines] = None
    facility: Maybe[Facility] = None
    un_location_code: Maybe[UnLocationCode] = Field(None, alias="UNLocationCode")


class InlandPlace(OnwardInlandRouting):
    """placeOfReceipt and placeOfDelivery."""

    geo_coordinate: Maybe[GeoCoordinate] = None


class PlaceOfIssue(Dcsa):
    """Where the document was issued: exactly one of UNLocationCode and countryCode (conditions.py)."""

    location_name: Maybe[Trimmed100] = None
    un_location_code: Maybe[UnLocationCode] = Field(None, alias="UNLocationCode")
    country_code: Maybe[CountryCode] = None


class InvoicePayableAt(Dcsa):
    """Where the invoice is paid: exactly one of UNLocationCode and freeText (conditions.py)."""

    un_location_code: Maybe[UnLocationCode] = Field(None, alias="UNLocationCode")
    free_text: Maybe[Max35] = None
