"""Parties of a transport document and how they are identified."""

from typing import Annotated

from pydantic import Field, StringConstraints

from tradelane.model.dcsa.places import Address, AddressLines, PartyAddress
from tradelane.model.dcsa.types import (
    CountryCode,
    Dcsa,
    Max3,
    Max35,
    Max100,
    Max150,
    Maybe,
    Platform,
    Trimmed30,
    Trimmed35,
    Trimmed50,
    Trimmed70,
)

DisplayedAddress = Annotated[list[Max35], Field(max_length=6)]
Email = Annotated[str, StringConstraints(max_length=100, pattern=r"^.+@\S+$")]


class IdentifyingCode(Dcsa):
    """A party's code in somebody's list, such as its LEI in GLEIF's."""

    code_list_provider: Max100
    party_code: Max150
    code_list_name: Maybe[Max100] = None


IdentifyingCodes = Annotated[list[IdentifyingCode], Field(min_length=1)]


class TaxLegalReference(Dcsa):
    """A registration or tax number."""

    type: Trimmed50
    country_code: CountryCode
    value: Trimmed35


class PartyContactDetail(Dcsa):
    """Whom to reach: at least one of phone and email (conditions.py)."""

    name: Trimmed35
    phone: Maybe[Trimmed30] = None
    email: Maybe[Email] = None


class NamedParty(Dcsa):
    """What every party has."""

    party_name: Trimmed70
    address: Maybe[PartyAddress] = None
    address_lines: Maybe[AddressLines] = None


class OnBehalfOfShipper(NamedParty):
    """For whom the shipper acts."""

    identifying_codes: Maybe[list[IdentifyingCode]] = None


class OnBehalfOfConsignee(NamedParty):
    """For whom the consignee acts."""

    identifying_codes: Maybe[IdentifyingCodes] = None


class ContactedParty(NamedParty):
    """A party with codes, registrations and people to reach."""

    identifying_codes: Maybe[list[IdentifyingCode]] = None
    tax_legal_references: Maybe[list[TaxLegalReference]] = None
    party_contact_details: Maybe[list[PartyContactDetail]] = None


class IssuingParty(ContactedParty):
    """The carrier or its agent who issues the document; its address is mandatory."""

    address: PartyAddress


class Party(ContactedParty):
    """A party in another function."""

    reference: Maybe[Trimmed35] = None


class NotifyParty(Party):
    """Whom the carrier tells of the arrival."""

    type_of_person: Maybe[Trimmed50] = None
    displayed_address: Maybe[DisplayedAddress] = None


class Shipper(NotifyParty):
    """Who hands the goods to the carrier."""

    ebl_platform: Maybe[Platform] = None
    purchase_order_references: Maybe[list[Trimmed35]] = None


class Consignee(Shipper):
    """To whom the goods of a straight document are consigned; identified by at least one code."""

    identifying_codes: IdentifyingCodes
    is_notify_party: Maybe[bool] = None


class Endorsee(ContactedParty):
    """To whom a document to order is made out; identified by at least one code."""

    identifying_codes: IdentifyingCodes
    ebl_platform: Maybe[Platform] = None
    displayed_address: Maybe[DisplayedAddress] = None
    is_notify_party: Maybe[bool] = None


class CarriersAgentAtDestination(Dcsa):
    """The carrier's agent at the port of discharge."""

    party_name: Trimmed70
    address: Address
    address_lines: Maybe[AddressLines] = None
    party_contact_details: list[PartyContactDetail]


class OtherDocumentParty(Dcsa):
    """A party with the function that the code says (SCO, DDR, DDS, COW, COX)."""

    party: Party
    party_function: Max3


class DocumentParties(Dcsa):
    """Everyone the document names."""

    shipper: Shipper
    on_behalf_of_shipper: Maybe[OnBehalfOfShipper] = None
    consignee: Maybe[Consignee] = None
    on_behalf_of_consignee: Maybe[OnBehalfOfConsignee] = None
    endorsee: Maybe[Endorsee] = None
    issuing_party: IssuingParty
    carriers_agent_at_destination: Maybe[CarriersAgentAtDestination] = None
    notify_parties: Maybe[Annotated[list[NotifyParty], Field(max_length=3)]] = None
    other: Maybe[list[OtherDocumentParty]] = None


class IssueToParty(Dcsa):
    """To whom, and on which platform, an electronic document is first issued."""

    party_name: Trimmed70
    send_to_platform: Platform
    identifying_codes: IdentifyingCodes
    tax_legal_references: Maybe[list[TaxLegalReference]] = None
