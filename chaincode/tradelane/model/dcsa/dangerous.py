"""Dangerous goods, after the IMDG Code."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tradelane.model.dcsa.measures import Date, DateTime, NetExplosiveContent, NetVolume, Weight
from tradelane.model.dcsa.types import Dcsa, Max4, Max7, Max100, Max250, Max255, Maybe, Trimmed30, Trimmed70

FourDigits = Annotated[str, StringConstraints(min_length=4, max_length=4, pattern=r"^[0-9]{4}$")]
SubsidiaryRisk = Annotated[str, StringConstraints(min_length=1, max_length=3, pattern=r"^[0-9](\.[0-9])?$")]
CodedVariant = Annotated[str, StringConstraints(min_length=4, max_length=4, pattern=r"^[0-3][0-9A-Z]{3}$")]
InhalationZone = Annotated[str, StringConstraints(min_length=1, max_length=1)]
SegregationGroup = Annotated[str, StringConstraints(max_length=2)]


class InnerPackaging(Dcsa):
    """A package inside the outer one."""

    quantity: int
    material: Max100
    description: Max100
    inner_packagings: "Maybe[list[InnerPackaging]]" = None


class EmergencyContactDetails(Dcsa):
    """Whom to call in an emergency."""

    contact: Max255
    provider: Maybe[Max255] = None
    phone: Trimmed30
    reference_number: Maybe[Max255] = None


class Limits(Dcsa):
    """Temperatures the goods must stay below."""

    temperature_unit: Literal["CEL", "FAH"]
    flash_point: Maybe[float] = None
    transport_control_temperature: Maybe[float] = None
    transport_emergency_temperature: Maybe[float] = None
    sadt: Maybe[float] = Field(None, alias="SADT")
    sapt: Maybe[float] = Field(None, alias="SAPT")


class DangerousGoods(Dcsa):
    """One dangerous substance: exactly one of UNNumber and NANumber, its name and its class (TD-9)."""

    un_number: Maybe[FourDigits] = Field(None, alias="UNNumber")
    na_number: Maybe[FourDigits] = Field(None, alias="NANumber")
    coded_variant_list: Maybe[CodedVariant] = None
    proper_shipping_name: Max250
    technical_name: Maybe[Max250] = None
    imo_class: Max4
    subsidiary_risk1: Maybe[SubsidiaryRisk] = None
    subsidiary_risk2: Maybe[SubsidiaryRisk] = None
    is_marine_pollutant: Maybe[bool] = None
    packing_group: Maybe[Annotated[int, Field(ge=1, le=3)]] = None
    is_limited_quantity: Maybe[bool] = None
    is_excepted_quantity: Maybe[bool] = None
    is_salvage_packings: Maybe[bool] = None
    is_empty_uncleaned_residue: Maybe[bool] = None
    is_waste: Maybe[bool] = None
    is_hot: Maybe[bool] = None
    is_competent_authority_approval_required: Maybe[bool] = None
    competent_authority_approval: Maybe[Trimmed70] = None
    segregation_groups: Maybe[list[SegregationGroup]] = None
    inner_packagings: Maybe[list[InnerPackaging]] = None
    emergency_contact_details: Maybe[EmergencyContactDetails] = None
    ems_number: Maybe[Max7] = Field(None, alias="EMSNumber")
    end_of_holding_time: Maybe[Date] = None
    fumigation_date_time: Maybe[DateTime] = None
    is_reportable_quantity: Maybe[bool] = None
    inhalation_zone: Maybe[InhalationZone] = None
    gross_weight: Maybe[Weight] = None
    net_weight: Maybe[Weight] = None
    net_explosive_content: Maybe[NetExplosiveContent] = None
    net_volume: Maybe[NetVolume] = None
    limits: Maybe[Limits] = None
