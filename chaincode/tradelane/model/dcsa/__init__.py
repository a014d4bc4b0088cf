"""The DCSA transport document, version 3.0.4: what it must hold, and the canonical bytes its commitment is made of.

Names are DCSA's. Numbers may be fractions here, and only here: a document is private data, never a ledger record.
"""

from tradelane.model.dcsa.document import IssuanceRequest, TransportDocument
from tradelane.model.dcsa.parties import Consignee, Endorsee
from tradelane.model.dcsa.reading import ExaminedDocument, lei_of, read_document, read_issuance_request
from tradelane.model.dcsa.totals import quantities_of
from tradelane.model.dcsa.violations import DocumentError, Violation

__all__ = [
    "Consignee",
    "DocumentError",
    "Endorsee",
    "ExaminedDocument",
    "IssuanceRequest",
    "TransportDocument",
    "Violation",
    "lei_of",
    "quantities_of",
    "read_document",
    "read_issuance_request",
]
