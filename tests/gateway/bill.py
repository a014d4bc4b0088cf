"""A small transport document and its issuance request, valid by DCSA's schema and conditions."""

import json
from typing import Any

LEI = "529900T8BM49AURSDO55"
ADDRESS = {"street": "Bund", "city": "Shanghai", "countryCode": "CN"}


def transport_document() -> dict[str, Any]:
    return {
        "transportDocumentReference": "HHL71800000",
        "transportDocumentStatus": "ISSUED",
        "transportDocumentTypeCode": "BOL",
        "isShippedOnBoardType": True,
        "isElectronic": True,
        "isToOrder": True,
        "numberOfOriginalsWithoutCharges": 1,
        "shippedOnBoardDate": "2026-03-01",
        "issueDate": "2026-03-02",
        "termsAndConditions": "As printed.",
        "receiptTypeAtOrigin": "CY",
        "deliveryTypeAtDestination": "CY",
        "cargoMovementTypeAtOrigin": "FCL",
        "cargoMovementTypeAtDestination": "FCL",
        "carrierCode": "HLCU",
        "carrierCodeListProvider": "SMDG",
        "invoicePayableAt": {"UNLocationCode": "CNSHA"},
        "placeOfIssue": {"UNLocationCode": "CNSHA"},
        "partyContactDetails": [{"name": "Desk", "email": "desk@carrier.example"}],
        "documentParties": {
            "shipper": {"partyName": "Exporter Ltd", "address": ADDRESS},
            "issuingParty": {"partyName": "Carrier Ltd", "address": ADDRESS},
        },
        "transports": {
            "plannedDepartureDate": "2026-03-01",
            "plannedArrivalDate": "2026-03-04",
            "portOfLoading": {"UNLocationCode": "CNSHA"},
            "portOfDischarge": {"UNLocationCode": "HKHKG"},
            "vesselVoyages": [{"role": "MOTHER", "vesselName": "SEA BRIDGE", "carrierExportVoyageNumber": "2103S"}],
        },
        "consignmentItems": [
            {
                "carrierBookingReference": "ABC709951",
                "descriptionOfGoods": ["Machine parts"],
                "HSCodes": ["848790"],
                "cargoItems": [
                    {
                        "equipmentReference": "CSQU3054383",
                        "cargoGrossWeight": {"value": 1200.5, "unit": "KGM"},
                        "outerPackaging": {"numberOfPackages": 10, "packageCode": "4G", "description": "Boxes"},
                    }
                ],
            }
        ],
        "utilizedTransportEquipments": [
            {
                "equipment": {"equipmentReference": "CSQU3054383", "ISOEquipmentCode": "22G1"},
                "isShipperOwned": False,
                "seals": [{"number": "S1", "source": "CAR"}],
            }
        ],
    }


def issuance_request(**issue_to: Any) -> dict[str, Any]:
    party = {
        "partyName": "Exporter Ltd",
        "sendToPlatform": "WAVE",
        "identifyingCodes": [{"codeListProvider": "GLEIF", "partyCode": LEI}],
    }
    return {"document": transport_document(), "issueTo": {**party, **issue_to}}


def as_bytes(value: Any) -> bytes:
    return json.dumps(value).encode()
