"""Containers and their seals."""

from typing import Annotated, Literal

from pydantic import Field

from tradelane.model.dcsa.measures import Weight
from tradelane.model.dcsa.references import CustomsReference, Reference
from tradelane.model.dcsa.types import Amount, Dcsa, Max15, Maybe, Percent, ShippingMarks, Trimmed4, Trimmed11


class Equipment(Dcsa):
    """A container."""

    equipment_reference: Trimmed11
    iso_equipment_code: Maybe[Trimmed4] = Field(None, alias="ISOEquipmentCode")
    tare_weight: Maybe[Weight] = None


class Seal(Dcsa):
    """A seal; the source says who put it on: carrier, shipper, veterinary or customs."""

    number: Max15
    source: Maybe[Literal["CAR", "SHI", "VET", "CUS"]] = None


class ActiveReeferSettings(Dcsa):
    """What a refrigerated container holds its cargo at."""

    temperature_setpoint: Maybe[float] = None
    temperature_unit: Maybe[Literal["CEL", "FAH"]] = None
    o2_setpoint: Maybe[Percent] = Field(None, alias="o2Setpoint")
    co2_setpoint: Maybe[Percent] = Field(None, alias="co2Setpoint")
    humidity_setpoint: Maybe[Percent] = None
    air_exchange_setpoint: Maybe[Amount] = None
    air_exchange_unit: Maybe[Literal["MQH", "FQH"]] = None
    is_ventilation_open: Maybe[bool] = None
    is_drainholes_open: Maybe[bool] = None
    is_bulb_mode: Maybe[bool] = None
    is_cold_treatment_required: Maybe[bool] = None
    is_controlled_atmosphere_required: Maybe[bool] = None


class UtilizedTransportEquipment(Dcsa):
    """A container as this document uses it."""

    equipment: Equipment
    is_shipper_owned: bool
    is_non_operating_reefer: Maybe[bool] = None
    active_reefer_settings: Maybe[ActiveReeferSettings] = None
    shipping_marks: Maybe[ShippingMarks] = None
    seals: Annotated[list[Seal], Field(min_length=1)]
    references: Maybe[list[Reference]] = None
    customs_references: Maybe[list[CustomsReference]] = None
