"""Issuance between carrier and platform, DCSA EBL_ISS 3.0.4: the carrier's signed request, the platform's answer."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final

from pydantic import Field, StringConstraints

from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.messages import Comments, Malformed, Message, read
from tradelane.gateway.dcsa.signing import Signer, TrustedKeys
from tradelane.model.canonical import JsonError, canonicalize, parse_json
from tradelane.model.dcsa import IssuanceRequest, read_issuance_request
from tradelane.model.dcsa.types import NO_SPACE, TRIMMED, Max100, Maybe
from tradelane.model.identifiers import Sha256

MAX_REQUEST_BYTES: Final = 32 * 1024 * 1024
"""Of a request with a visualisation in it."""

Reference = Annotated[str, StringConstraints(pattern=TRIMMED, max_length=20)]
SubReference = Annotated[str, StringConstraints(pattern=TRIMMED, max_length=100)]


class IssuanceManifest(Message):
    """What the carrier signs: the checksums of all that it provides."""

    document_checksum: Sha256
    issue_to_checksum: Sha256
    # DCSA's spelling, which no rule makes of a Python name.
    e_bl_visualisation_by_carrier_checksum: Maybe[Sha256] = Field(
        default=None, alias="eBLVisualisationByCarrierChecksum"
    )


@dataclass(frozen=True)
class Visualisation:
    """The carrier's rendering of the document, as people see it."""

    name: str
    content: bytes
    media_type: str = "application/pdf"


@dataclass(frozen=True)
class VerifiedIssuance:
    """An issuance request whose manifest is the carrier's and fits all that came with it.

    Attributes:
        request: Document and first possessor.
        canonical: The document's RFC 8785 bytes.
        visualisation: The carrier's rendering, None where it sent none.
        manifest: The signed manifest, which opens the envelope transfer chain should the title leave this platform.
        signed_by: The carrier whose key it is.
    """

    request: IssuanceRequest
    canonical: bytes
    visualisation: Visualisation | None
    manifest: str
    signed_by: str


class IssuanceCode(StrEnum):
    """The platform's answer."""

    ISSUED = "ISSU"
    BAD_REQUEST = "BREQ"
    REFUSED = "REFU"


class IssuanceError(Message):
    """Why an issuance failed, in detail."""

    reason: Maybe[Comments] = None
    error_code: Maybe[Annotated[str, StringConstraints(pattern=NO_SPACE, max_length=50)]] = None


class IssuanceResponse(Message):
    """The platform's answer to an issuance request."""

    transport_document_reference: Reference
    transport_document_sub_reference: Maybe[SubReference] = None
    issuance_response_code: IssuanceCode
    reason: Maybe[Comments] = None
    errors: Maybe[Annotated[list[IssuanceError], Field(max_length=255)]] = None


class _Content(Message):
    name: Max100
    content: str
    content_type: Max100 = "application/pdf"


def manifest_of(
    document: Mapping[str, Any], issue_to: Mapping[str, Any], visualisation: bytes | None = None
) -> IssuanceManifest:
    """Return the manifest of what a carrier provides; the visualisation's checksum is of its decoded bytes."""
    value = {"documentChecksum": checksums.of_json(document), "issueToChecksum": checksums.of_json(issue_to)}
    if visualisation is not None:
        value["eBLVisualisationByCarrierChecksum"] = checksums.of_bytes(visualisation)
    return read(IssuanceManifest, value)


def request_of(
    document: Mapping[str, Any],
    issue_to: Mapping[str, Any],
    signer: Signer,
    *,
    visualisation: Visualisation | None = None,
    old_references: Sequence[str] = (),
    new_references: Sequence[str] = (),
) -> dict[str, Any]:
    """Return an issuance request, signed by the carrier.

    Args:
        document: The transport document.
        issue_to: The first possessor, DCSA's IssueToParty.
        signer: The carrier's key.
        visualisation: The carrier's rendering.
        old_references: The documents this one replaces after a surrender for amendment; several when combined.
        new_references: All documents of a split, this one among them.

    Raises:
        DocumentError: Document or party does not fit DCSA's schema or conditions.
    """
    request = request_with({"document": document, "issueTo": issue_to}, signer, visualisation)
    replaced = {
        "oldTransportDocumentReferences": [{"transportDocumentReference": each} for each in old_references],
        "newTransportDocumentReferences": [{"transportDocumentReference": each} for each in new_references],
    }
    if old_references or new_references:
        request["transportDocumentReplacements"] = {name: each for name, each in replaced.items() if each}
    read_issuance_request(canonicalize({name: request[name] for name in ("document", "issueTo")}))
    return request


def request_with(
    request: Mapping[str, Any], signer: Signer | None, visualisation: Visualisation | None
) -> dict[str, Any]:
    """Return an issuance request with the carrier's rendering and its signature over everything; None adds nothing.

    Raises:
        Malformed: The rendering that the request has is not one.
    """
    completed = dict(request)
    if visualisation is not None:
        completed["eBLVisualisationByCarrier"] = {
            "name": visualisation.name,
            "content": base64.b64encode(visualisation.content).decode(),
            "contentType": visualisation.media_type,
        }
    if signer is not None:
        rendered = visualisation or visualisation_in(request)
        manifest = manifest_of(request["document"], request["issueTo"], None if rendered is None else rendered.content)
        completed["issuanceManifestSignedContent"] = signer.sign(manifest.value())
    return completed


def read_request(content: bytes, carriers: TrustedKeys) -> VerifiedIssuance:
    """Read an issuance request and hold it against the carrier's signed manifest.

    Raises:
        DocumentError: It does not fit DCSA's schema or conditions.
        Malformed: It is no JSON everybody reads alike, has no manifest, or the manifest is of other content.
        BadSignature: The manifest is signed by no carrier known here, or was changed.
    """
    try:
        parsed = parse_json(content, MAX_REQUEST_BYTES)
    except JsonError as error:
        raise Malformed(str(error)) from None
    if not isinstance(parsed, dict):
        raise Malformed("an issuance request is a JSON object")
    visualisation = visualisation_in(parsed)
    examined, document = read_issuance_request(
        canonicalize({name: value for name, value in parsed.items() if name != "eBLVisualisationByCarrier"})
    )
    signed_content = examined.issuance_manifest_signed_content
    if signed_content is None:
        raise Malformed("issuanceManifestSignedContent: the carrier's signed manifest is missing")
    signed = carriers.verify(signed_content)
    found = read(IssuanceManifest, signed.payload)
    expected = manifest_of(
        parsed["document"], parsed["issueTo"], None if visualisation is None else visualisation.content
    )
    if found != expected:
        differing = sorted(
            name
            for name in {**expected.value(), **found.value()}
            if expected.value().get(name) != found.value().get(name)
        )
        raise Malformed(f"the carrier's manifest is of other content: {', '.join(differing)}")
    return VerifiedIssuance(examined, document.canonical, visualisation, signed_content, signed.owner)


def visualisation_in(request: Mapping[str, Any]) -> Visualisation | None:
    """Return the carrier's rendering out of a parsed issuance request, None where it has none.

    Raises:
        Malformed: It does not have DCSA's shape.
    """
    value = request.get("eBLVisualisationByCarrier")
    if value is None:
        return None
    found = read(_Content, value)
    try:
        return Visualisation(found.name, base64.b64decode(found.content, validate=True), found.content_type)
    except (binascii.Error, ValueError):
        raise Malformed("eBLVisualisationByCarrier.content: it is not Base64") from None


def response_of(
    reference: str, code: IssuanceCode, *, reason: str | None = None, errors: Sequence[IssuanceError] = ()
) -> dict[str, Any]:
    """Return the platform's answer; an issued document needs no reason, the other two answers do.

    Raises:
        Malformed: A value does not fit, or a refusal has no reason.
    """
    if code is not IssuanceCode.ISSUED and not reason:
        raise Malformed(f"reason: {code} says why")
    value: dict[str, Any] = {"transportDocumentReference": reference, "issuanceResponseCode": code.value}
    if reason is not None:
        value["reason"] = reason
    if errors:
        value["errors"] = [error.value() for error in errors]
    return read(IssuanceResponse, value).value()


def read_response(content: bytes) -> IssuanceResponse:
    """Read the platform's answer.

    Raises:
        Malformed: It does not have DCSA's shape.
    """
    try:
        return read(IssuanceResponse, parse_json(content))
    except JsonError as error:
        raise Malformed(str(error)) from None
