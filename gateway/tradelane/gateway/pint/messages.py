"""PINT's messages beside those it shares with DCSA's other modules."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from tradelane.gateway.dcsa.messages import Comments, DocumentMetadata, Message, SignedContent, Transaction
from tradelane.model.dcsa.types import Max100, Maybe, Platform
from tradelane.model.identifiers import Sha256

MAX_SUPPORTING_DOCUMENTS: Final = 27
"""As many as go along with a shipment here."""


class ResponseCode(StrEnum):
    """How a signed answer ends, or does not end, a transfer."""

    RECE = "RECE"
    """Accepted."""
    DUPE = "DUPE"
    """This very transfer was accepted before; that acceptance stands."""
    BSIG = "BSIG"
    """A signature cannot be relied on; the same content may be sent again, signed properly."""
    BENV = "BENV"
    """The envelope cannot be accepted; the sender keeps the title."""
    INCD = "INCD"
    """One document is not what the manifest says; the transfer goes on."""
    MDOC = "MDOC"
    """Documents are missing; the transfer goes on."""
    DISE = "DISE"
    """It contradicts what is known of the title: a possible double spend, to be settled between people."""


HTTP_STATUS: Final = {
    ResponseCode.RECE: 200,
    ResponseCode.DUPE: 200,
    ResponseCode.BSIG: 422,
    ResponseCode.BENV: 422,
    ResponseCode.INCD: 409,
    ResponseCode.MDOC: 409,
    # The code's own text says 409, although POST /v3/envelopes lists only 200, 201 and 422.
    ResponseCode.DISE: 409,
}
ACCEPTED: Final = (ResponseCode.RECE, ResponseCode.DUPE)
REJECTED: Final = (ResponseCode.BSIG, ResponseCode.BENV)
"""The sender keeps the title and may try anew."""


class EnvelopeManifest(Message):
    """What the sender signs of an envelope: its document, the end of its chain, and what goes along."""

    transport_document_checksum: Sha256
    last_envelope_transfer_chain_entry_signed_content_checksum: Sha256
    e_bl_visualisation_by_carrier: Maybe[DocumentMetadata] = Field(default=None, alias="eBLVisualisationByCarrier")
    supporting_documents: Maybe[Annotated[list[DocumentMetadata], Field(max_length=MAX_SUPPORTING_DOCUMENTS)]] = None

    @property
    def documents(self) -> tuple[DocumentMetadata, ...]:
        """Everything that goes along, the carrier's visualisation first."""
        first = () if self.e_bl_visualisation_by_carrier is None else (self.e_bl_visualisation_by_carrier,)
        return (*first, *(self.supporting_documents or ()))


class ChainEntry(Message):
    """What one platform did with a title before it sent it on."""

    ebl_platform: Platform
    transport_document_checksum: Sha256
    previous_envelope_transfer_chain_entry_signed_content_checksum: Maybe[Sha256] = None
    issuance_manifest_signed_content: Maybe[SignedContent] = None
    control_tracking_registry: Maybe[Annotated[str, StringConstraints(max_length=1024)]] = None
    # Named by the text of EnvelopeManifest, though not by the schema of the entry.
    e_bl_visualisation_by_carrier: Maybe[DocumentMetadata] = Field(default=None, alias="eBLVisualisationByCarrier")
    transactions: Annotated[list[Transaction], Field(min_length=1, max_length=10_000)]


class Started(Message):
    """The unsigned answer to a start: what is still to be sent."""

    envelope_reference: Max100
    transport_document_checksum: Sha256
    last_envelope_transfer_chain_entry_signed_content_checksum: Sha256
    missing_additional_document_checksums: Annotated[list[Sha256], Field(min_length=1)]


class Finished(Message):
    """The signed answer."""

    last_envelope_transfer_chain_entry_signed_content_checksum: Sha256
    response_code: ResponseCode
    duplicate_of_accepted_envelope_transfer_chain_entry_signed_content: Maybe[SignedContent] = None
    reason: Maybe[Comments] = None
    missing_additional_document_checksums: Maybe[list[Sha256]] = None
    received_additional_document_checksums: Maybe[list[Sha256]] = None
