"""Goods: consignment items, the cargo items in each container, and their packaging."""

from typing import Annotated

from pydantic import Field, StringConstraints

from tradelane.model.dcsa.dangerous import DangerousGoods
from tradelane.model.dcsa.measures import Volume, Weight
from tradelane.model.dcsa.references import (
    CustomsReference,
    ExtendedNationalCommodityCode,
    License,
    NationalCommodityCode,
    ReferenceConsignmentItem,
)
from tradelane.model.dcsa.types import Dcsa, Max30, Max100, Maybe, ShippingMarks, Trimmed11, Trimmed35

HsCode = Annotated[str, StringConstraints(min_length=6, max_length=10, pattern=r"^[0-9]{6,10}$")]
ExtendedHsCode = Annotated[str, StringConstraints(min_length=6, max_length=12, pattern=r"^[0-9]{6,12}$")]
PackageCode = Annotated[str, StringConstraints(min_length=2, max_length=2, pattern=r"^[A-Z0-9]{2}$")]
ImoPackagingCode = Annotated[str, StringConstraints(min_length=1, max_length=5, pattern=r"^[A-Z0-9]{1,5}$")]


class OuterPackaging(Dcsa):
    """The outermost packages of a cargo item."""

    package_code: Maybe[PackageCode] = None
    imo_packaging_code: Maybe[ImoPackagingCode] = None
    number_of_packages: Annotated[int, Field(ge=1, le=99999999)]
    description: Max100
    wood_declaration: Maybe[Max30] = None
    dangerous_goods: Maybe[list[DangerousGoods]] = None


class CargoItem(Dcsa):
    """Cargo of one kind in one container."""

    equipment_reference: Trimmed11
    cargo_gross_weight: Weight
    cargo_gross_volume: Maybe[Volume] = None
    cargo_net_weight: Maybe[Weight] = None
    cargo_net_volume: Maybe[Volume] = None
    export_license: Maybe[License] = None
    import_license: Maybe[License] = None
    outer_packaging: OuterPackaging
    national_commodity_codes: Maybe[list[NationalCommodityCode]] = None
    extended_national_commodity_codes: Maybe[list[ExtendedNationalCommodityCode]] = None
    customs_references: Maybe[list[CustomsReference]] = None


class ConsignmentItem(Dcsa):
    """Goods that share one description."""

    carrier_booking_reference: Trimmed35
    description_of_goods: Annotated[list[Trimmed35], Field(max_length=150)]
    hs_codes: Annotated[list[HsCode], Field(min_length=1)] = Field(alias="HSCodes")
    extended_hs_codes: Maybe[list[ExtendedHsCode]] = Field(None, alias="extendedHSCodes")
    national_commodity_codes: Maybe[list[NationalCommodityCode]] = None
    extended_national_commodity_codes: Maybe[list[ExtendedNationalCommodityCode]] = None
    shipping_marks: Maybe[ShippingMarks] = None
    cargo_items: Annotated[list[CargoItem], Field(min_length=1)]
    export_license: Maybe[License] = None
    import_license: Maybe[License] = None
    references: Maybe[list[ReferenceConsignmentItem]] = None
    customs_references: Maybe[list[CustomsReference]] = None
