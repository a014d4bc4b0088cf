"""The transport document: bill of lading or sea waybill, DCSA EBL 3.0.4."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from tradelane.model.dcsa.equipment import UtilizedTransportEquipment
from tradelane.model.dcsa.goods import ConsignmentItem
from tradelane.model.dcsa.measures import Date
from tradelane.model.dcsa.parties import DocumentParties, IssueToParty, PartyContactDetail
from tradelane.model.dcsa.places import InlandPlace, InvoicePayableAt, OnwardInlandRouting, PlaceOfIssue, Port
from tradelane.model.dcsa.references import CustomsReference, License, Reference
from tradelane.model.dcsa.types import (
    NO_SPACE,
    Amount,
    Count,
    CurrencyCode,
    Dcsa,
    DisplayedName,
    Max3,
    Max30,
    Max50,
    Max50000,
    Maybe,
    Trimmed20,
    Trimmed35,
    Trimmed50,
    Trimmed70,
    Trimmed100,
    Trimmed250,
    Trimmed20000,
)

CarrierCode = Annotated[str, StringConstraints(max_length=4, pattern=NO_SPACE)]
VoyageReference = Annotated[str, StringConstraints(min_length=5, max_length=5, pattern=r"^[0-9]{2}[0-9A-Z]{2}[NEWSR]$")]
CompactJws = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$")]
HandoverType = Annotated[Literal["CY", "SD", "CFS"], Field(max_length=3)]


class VesselVoyage(Dcsa):
    """A ship and its voyage."""

    vessel_name: Trimmed50
    carrier_export_voyage_number: Trimmed50
    universal_export_voyage_reference: Maybe[VoyageReference] = None
    role: Maybe[Max30] = None


class Transports(Dcsa):
    """From where to where, when and on which ships."""

    planned_arrival_date: Date
    planned_departure_date: Date
    pre_carriage_by: Maybe[Max50] = None
    on_carriage_by: Maybe[Max50] = None
    place_of_receipt: Maybe[InlandPlace] = None
    port_of_loading: Port
    port_of_discharge: Port
    place_of_delivery: Maybe[InlandPlace] = None
    onward_inland_routing: Maybe[OnwardInlandRouting] = None
    vessel_voyages: Annotated[list[VesselVoyage], Field(min_length=1)]


class Charge(Dcsa):
    """A charge shown on the document."""

    charge_name: Trimmed50
    extended_charge_name: Maybe[Trimmed100] = None
    currency_amount: Amount
    currency_code: CurrencyCode
    payment_term_code: Literal["PRE", "COL"]
    calculation_basis: Trimmed50
    unit_price: Amount
    quantity: Amount


class TransportDocument(Dcsa):
    """A bill of lading or sea waybill; conditions.py holds what one field demands of another."""

    transport_document_reference: Trimmed20
    transport_document_sub_reference: Maybe[Trimmed100] = None
    shipping_instructions_reference: Maybe[Trimmed100] = None
    transport_document_status: Max50
    transport_document_type_code: Literal["BOL", "SWB"]
    is_shipped_on_board_type: bool
    freight_payment_term_code: Maybe[Literal["PRE", "COL"]] = None
    is_electronic: bool
    is_to_order: bool
    number_of_copies_with_charges: Maybe[Count] = None
    number_of_copies_without_charges: Maybe[Count] = None
    number_of_originals_with_charges: Maybe[Count] = None
    number_of_originals_without_charges: Maybe[Count] = None
    displayed_name_for_place_of_receipt: Maybe[DisplayedName] = None
    displayed_name_for_port_of_load: Maybe[DisplayedName] = None
    displayed_name_for_port_of_discharge: Maybe[DisplayedName] = None
    displayed_name_for_place_of_delivery: Maybe[DisplayedName] = None
    shipped_on_board_date: Maybe[Date] = None
    displayed_shipped_on_board_received_for_shipment: Maybe[Trimmed250] = None
    terms_and_conditions: Max50000
    receipt_type_at_origin: HandoverType
    delivery_type_at_destination: HandoverType
    cargo_movement_type_at_origin: Max3
    cargo_movement_type_at_destination: Max3
    issue_date: Maybe[Date] = None
    received_for_shipment_date: Maybe[Date] = None
    service_contract_reference: Maybe[Max30] = None
    contract_quotation_reference: Maybe[Trimmed35] = None
    extended_contract_quotation_reference: Maybe[Trimmed70] = None
    declared_value: Maybe[Amount] = None
    declared_value_currency: Maybe[CurrencyCode] = None
    carrier_code: CarrierCode
    carrier_code_list_provider: Literal["SMDG", "NMFTA"]
    carrier_clauses: Maybe[list[Trimmed20000]] = None
    number_of_rider_pages: Maybe[Count] = None
    transports: Transports
    charges: Maybe[list[Charge]] = None
    place_of_issue: Maybe[PlaceOfIssue] = None
    invoice_payable_at: InvoicePayableAt
    party_contact_details: Annotated[list[PartyContactDetail], Field(min_length=1)]
    document_parties: DocumentParties
    consignment_items: Annotated[list[ConsignmentItem], Field(min_length=1)]
    utilized_transport_equipments: Annotated[list[UtilizedTransportEquipment], Field(min_length=1)]
    export_license: Maybe[License] = None
    import_license: Maybe[License] = None
    references: Maybe[list[Reference]] = None
    customs_references: Maybe[list[CustomsReference]] = None


class IssuanceRequest(Dcsa):
    """A carrier's request to issue a document electronically, DCSA EBL_ISS 3.0.4.

    DCSA also demands issuanceManifestSignedContent, the carrier's signature for other platforms; on this ledger the
    carrier's signature is that of the transaction, so the field is kept where present and not demanded.
    """

    document: TransportDocument
    issue_to: IssueToParty
    issuance_manifest_signed_content: Maybe[CompactJws] = None
