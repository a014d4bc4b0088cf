"""What one field of a transport document demands of another.

These are the conditions TD-1 to TD-9 of DCSA EBL 3.0.4, and the choices that its schema writes as oneOf and anyOf;
TL-1, a bound on the parties of a document, is our own.
TD-10, that the lines of displayed names keep their order, is held by the canonical form: it never reorders a list.
"""

from collections.abc import Iterator

from tradelane.model.dcsa.document import TransportDocument
from tradelane.model.dcsa.parties import PartyContactDetail
from tradelane.model.dcsa.violations import SCHEMA, Violation

_NOT_YET_ISSUED = ("DRAFT", "APPROVED")
_PARTIES = "$.documentParties"
MAX_PARTIES = 30


def check_conditions(document: TransportDocument) -> Iterator[Violation]:
    """Yield every violation of a condition between fields of a document that fits the schema."""
    yield from _negotiability(document)
    yield from _issued(document)
    yield from _originals(document)
    yield from _declared_value(document)
    yield from _dangerous_goods(document)
    yield from _payable_and_issued_at(document)
    yield from _contacts(document)
    yield from _number_of_parties(document)


def _negotiability(document: TransportDocument) -> Iterator[Violation]:
    consignee, endorsee = document.document_parties.consignee, document.document_parties.endorsee
    if document.transport_document_type_code == "SWB" and document.is_to_order:
        yield Violation("TD-1", "$.isToOrder", "a sea waybill (SWB) is never to order; isToOrder must be false")
    if not document.is_to_order and consignee is None:
        yield Violation("TD-2", f"{_PARTIES}.consignee", "a document that is not to order must name its consignee")
    if not document.is_to_order and endorsee is not None:
        yield Violation(
            "TD-3", f"{_PARTIES}.endorsee", "only a document to order (isToOrder true) may name an endorsee"
        )
    if consignee is not None and endorsee is not None:
        yield Violation("TD-4", f"{_PARTIES}.endorsee", "name a consignee or an endorsee, not both")


def _issued(document: TransportDocument) -> Iterator[Violation]:
    if document.transport_document_status in _NOT_YET_ISSUED:
        return
    dates = (document.shipped_on_board_date, document.received_for_shipment_date)
    if document.transport_document_type_code == "BOL" and dates.count(None) != 1:
        yield Violation(
            "TD-5",
            "$.shippedOnBoardDate",
            "an issued bill of lading has exactly one of shippedOnBoardDate and receivedForShipmentDate",
        )
    if document.issue_date is None:
        yield Violation("TD-6", "$.issueDate", "an issued document must have its issueDate")


def _originals(document: TransportDocument) -> Iterator[Violation]:
    if document.transport_document_type_code != "BOL" or not document.is_electronic:
        return
    with_charges = document.number_of_originals_with_charges or 0
    without_charges = document.number_of_originals_without_charges or 0
    if with_charges + without_charges > 1:
        yield Violation(
            "TD-7",
            "$.numberOfOriginalsWithCharges",
            "an electronic bill of lading has at most one original, with charges or without",
        )


def _declared_value(document: TransportDocument) -> Iterator[Violation]:
    if (document.declared_value is None) != (document.declared_value_currency is None):
        yield Violation(
            "TD-8", "$.declaredValueCurrency", "declaredValue and declaredValueCurrency are given both or neither"
        )


def _dangerous_goods(document: TransportDocument) -> Iterator[Violation]:
    for i, item in enumerate(document.consignment_items):
        for j, cargo in enumerate(item.cargo_items):
            for k, goods in enumerate(cargo.outer_packaging.dangerous_goods or ()):
                if (goods.un_number is None) == (goods.na_number is None):
                    yield Violation(
                        "TD-9",
                        f"$.consignmentItems[{i}].cargoItems[{j}].outerPackaging.dangerousGoods[{k}]",
                        "dangerous goods have exactly one of UNNumber and NANumber",
                    )


def _payable_and_issued_at(document: TransportDocument) -> Iterator[Violation]:
    payable, issued = document.invoice_payable_at, document.place_of_issue
    if (payable.un_location_code is None) == (payable.free_text is None):
        yield Violation(SCHEMA, "$.invoicePayableAt", "give exactly one of UNLocationCode and freeText")
    if issued is not None and (issued.un_location_code is None) == (issued.country_code is None):
        yield Violation(SCHEMA, "$.placeOfIssue", "give exactly one of UNLocationCode and countryCode")


def _contacts(document: TransportDocument) -> Iterator[Violation]:
    for path, contact in _all_contacts(document):
        if contact.phone is None and contact.email is None:
            yield Violation(SCHEMA, path, "a contact needs a phone or an email")


def _all_contacts(document: TransportDocument) -> Iterator[tuple[str, PartyContactDetail]]:
    parties = document.document_parties
    agent = parties.carriers_agent_at_destination
    holders = [
        ("$", document.party_contact_details),
        (f"{_PARTIES}.shipper", parties.shipper.party_contact_details),
        (f"{_PARTIES}.issuingParty", parties.issuing_party.party_contact_details),
        (f"{_PARTIES}.consignee", parties.consignee and parties.consignee.party_contact_details),
        (f"{_PARTIES}.endorsee", parties.endorsee and parties.endorsee.party_contact_details),
        (f"{_PARTIES}.carriersAgentAtDestination", agent and agent.party_contact_details),
    ]
    for i, notified in enumerate(parties.notify_parties or ()):
        holders.append((f"{_PARTIES}.notifyParties[{i}]", notified.party_contact_details))
    for i, other in enumerate(parties.other or ()):
        holders.append((f"{_PARTIES}.other[{i}].party", other.party.party_contact_details))
    for path, contacts in holders:
        for i, contact in enumerate(contacts or ()):
            yield f"{path}.partyContactDetails[{i}]", contact


def _number_of_parties(document: TransportDocument) -> Iterator[Violation]:
    parties = document.document_parties
    single = (
        parties.shipper,
        parties.on_behalf_of_shipper,
        parties.consignee,
        parties.on_behalf_of_consignee,
        parties.endorsee,
        parties.issuing_party,
        parties.carriers_agent_at_destination,
    )
    count = len(single) - single.count(None) + len(parties.notify_parties or ()) + len(parties.other or ())
    if count > MAX_PARTIES:
        yield Violation("TL-1", f"{_PARTIES}.other", f"a document names at most {MAX_PARTIES} parties, not {count}")
