"""Envelopes: a transport document, the chain of its title, and the signed manifest of what goes along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.messages import DocumentMetadata, Malformed, read
from tradelane.gateway.dcsa.signing import BadSignature, Signer, TrustedKeys
from tradelane.gateway.pint import chain
from tradelane.gateway.pint.chain import BrokenChain, Chain
from tradelane.gateway.pint.messages import EnvelopeManifest, ResponseCode
from tradelane.gateway.pint.replay import ENDORSEMENTS
from tradelane.model.canonical import JsonError, canonicalize, parse_json
from tradelane.model.dcsa import DocumentError, TransportDocument, read_document

MAX_ENVELOPE_BYTES: Final = 8 * 1024 * 1024
MAX_ADDITIONAL_DOCUMENT_BYTES: Final = 64 * 1024 * 1024
"""Of one additional document, decoded."""

_FIELDS: Final = {"transportDocument", "envelopeManifestSignedContent", "envelopeTransferChain"}


class Rejected(Exception):
    """An envelope that is answered with BSIG or BENV.

    Attributes:
        code: Which.
        reason: A sentence for the sender, without the envelope's content.
        last_checksum: Of the last entry of the chain, as received.
    """

    def __init__(self, code: ResponseCode, reason: str, last_checksum: str) -> None:
        super().__init__(reason)
        self.code, self.reason, self.last_checksum = code, reason, last_checksum


@dataclass(frozen=True)
class Envelope:
    """An envelope whose signatures and links hold.

    Attributes:
        document: The transport document.
        document_checksum: Names the title among platforms.
        manifest: What goes along.
        chain: The title's way so far.
        examined: The transport document, read.
    """

    document: Mapping[str, Any]
    document_checksum: str
    manifest: EnvelopeManifest
    chain: Chain
    examined: TransportDocument

    @property
    def sender(self) -> str:
        """The platform that sends."""
        return self.chain.last.value.ebl_platform

    @property
    def last_checksum(self) -> str:
        """Of the last entry of the chain."""
        return self.chain.last.checksum

    @property
    def expected(self) -> dict[str, DocumentMetadata]:
        """What goes along, by checksum."""
        return {each.document_checksum: each for each in self.manifest.documents}


def build(
    document: Mapping[str, Any],
    entries: Sequence[str],
    signer: Signer,
    *,
    visualisation: DocumentMetadata | None = None,
    supporting: Sequence[DocumentMetadata] = (),
) -> dict[str, Any]:
    """Return an envelope.

    Args:
        document: The transport document.
        entries: The chain, the sender's own entry last.
        signer: The sender's key.
        visualisation: The carrier's rendering; once sent, it goes with every transfer.
        supporting: What the sender chooses to send along.
    """
    manifest: dict[str, Any] = {
        "transportDocumentChecksum": checksums.of_json(document),
        "lastEnvelopeTransferChainEntrySignedContentChecksum": checksums.of_signed(entries[-1]),
    }
    if visualisation is not None:
        manifest["eBLVisualisationByCarrier"] = visualisation.value()
    if supporting:
        manifest["supportingDocuments"] = [each.value() for each in supporting]
    return {
        "transportDocument": document,
        "envelopeManifestSignedContent": signer.sign(read(EnvelopeManifest, manifest).value()),
        "envelopeTransferChain": list(entries),
    }


def describe(name: str, content: bytes, media_type: str) -> DocumentMetadata:
    """Return how a manifest names a document; the size is of its content.

    Raises:
        Malformed: An empty document, or a name or media type that PINT does not allow.
    """
    value = {"name": name, "size": len(content), "mediaType": media_type}
    return read(DocumentMetadata, {**value, "documentChecksum": checksums.of_bytes(content)})


def open_envelope(content: bytes, platforms: TrustedKeys, carriers: TrustedKeys) -> Envelope:
    """Read an envelope and hold its parts against each other.

    Raises:
        Malformed: It is no envelope at all, so there is no chain to answer about.
        Rejected: BSIG or BENV.
    """
    parsed = _parsed(content)
    entries: list[str] = parsed["envelopeTransferChain"]
    last = checksums.of_signed(entries[-1])
    try:
        manifest = platforms.verify(parsed["envelopeManifestSignedContent"])
        found = chain.verify(entries, platforms, carriers)
        if manifest.owner != found.last.value.ebl_platform:
            raise BadSignature("manifest and last entry are signed by two platforms")
        envelope = Envelope(
            parsed["transportDocument"],
            checksums.of_json(parsed["transportDocument"]),
            read(EnvelopeManifest, manifest.payload),
            found,
            read_document(canonicalize(parsed["transportDocument"])).document,
        )
        _check(envelope)
    except BadSignature as error:
        raise Rejected(ResponseCode.BSIG, _sentence(error), last) from None
    except (BrokenChain, Malformed, JsonError) as error:
        raise Rejected(ResponseCode.BENV, _sentence(error), last) from None
    except DocumentError:
        reason = "the transport document does not fit DCSA's schema or conditions"
        raise Rejected(ResponseCode.BENV, reason, last) from None
    return envelope


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        parsed = parse_json(content, MAX_ENVELOPE_BYTES)
    except JsonError as error:
        raise Malformed(str(error)) from None
    if not isinstance(parsed, dict) or set(parsed) != _FIELDS:
        raise Malformed(f"an envelope is a JSON object of {', '.join(sorted(_FIELDS))}")
    entries = parsed["envelopeTransferChain"]
    texts = [parsed["envelopeManifestSignedContent"], *(entries if isinstance(entries, list) else [None])]
    if not isinstance(parsed["transportDocument"], dict) or len(texts) == 1:
        raise Malformed("transportDocument is an object, envelopeTransferChain a list of one entry or more")
    if not all(isinstance(text, str) and text.isascii() for text in texts):
        raise Malformed("manifest and entries are signed content, which is ASCII text")
    return parsed


def _check(envelope: Envelope) -> None:
    manifest, found = envelope.manifest, envelope.chain
    if manifest.last_envelope_transfer_chain_entry_signed_content_checksum != envelope.last_checksum:
        raise BrokenChain("the manifest is of another chain: the checksum of its last entry differs")
    named = {manifest.transport_document_checksum, found.last.value.transport_document_checksum}
    if named != {envelope.document_checksum}:
        raise BrokenChain("manifest, chain and transport document do not have one checksum (SHA-256 over RFC 8785)")
    if len(envelope.expected) != len(manifest.documents):
        raise BrokenChain("the manifest names a document twice")
    rendered = manifest.e_bl_visualisation_by_carrier
    signed = found.issuance.e_bl_visualisation_by_carrier_checksum
    if rendered is not None and rendered.document_checksum != signed:
        raise BrokenChain("the visualisation is not the one that the carrier signed at issue")
    if any(each.size > MAX_ADDITIONAL_DOCUMENT_BYTES for each in manifest.documents):
        raise BrokenChain(f"a document is larger than {MAX_ADDITIONAL_DOCUMENT_BYTES} bytes")
    endorsed = any(each.action_code in ENDORSEMENTS for each in found.transactions)
    if endorsed and not envelope.examined.is_to_order:
        raise BrokenChain("a straight document (isToOrder false) was endorsed")


def _sentence(error: Exception) -> str:
    return str(error)[:255].strip()
