"""A carrier's issuance request, taken apart into what the ledger keeps: document, first possessor, what is attached."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.issuance import MAX_REQUEST_BYTES, IssuanceManifest, Visualisation, visualisation_in
from tradelane.gateway.dcsa.messages import Malformed, read
from tradelane.gateway.dcsa.signing import BadSignature, TrustedKeys, claimed
from tradelane.gateway.errors import InputError
from tradelane.gateway.trade.attachments import File
from tradelane.gateway.trade.documents import Json, invalid_document, json_bytes
from tradelane.model.attachment import AttachmentKind
from tradelane.model.canonical import JsonError, canonicalize, parse_json
from tradelane.model.dcsa import DocumentError, ExaminedDocument, IssuanceRequest, read_issuance_request

MANIFEST_NAME: Final = "issuance-manifest.json"
_VISUALISATION: Final = "eBLVisualisationByCarrier"
_SIGNED: Final = "issuanceManifestSignedContent"


@dataclass(frozen=True)
class Issuance:
    """An issuance request whose parts fit each other.

    Attributes:
        request: Document and first possessor.
        examined: The document, with its canonical bytes.
        files: What is attached to the title by its kind: the carrier's rendering and the signed manifest, if any.
    """

    request: IssuanceRequest
    examined: ExaminedDocument
    files: Mapping[AttachmentKind, File]


def read_issuance(issuance: Json) -> Issuance:
    """Read an issuance request; a manifest has to be one of the content that comes with it.

    Who signed the manifest is for its readers to find out, see `verification`.

    Raises:
        InputError: INVALID_DOCUMENT.
    """
    try:
        parsed = parse_json(json_bytes(issuance), MAX_REQUEST_BYTES)
        whole: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
        visualisation = visualisation_in(whole)
        rest = {name: value for name, value in whole.items() if name != _VISUALISATION} if whole else parsed
        request, examined = read_issuance_request(canonicalize(rest))
        files = {} if visualisation is None else {AttachmentKind.VISUALISATION: _rendered(visualisation)}
        if request.issuance_manifest_signed_content is not None:
            manifest = _manifest(whole["issueTo"], request.issuance_manifest_signed_content)
            _require_own(manifest, examined, files.get(AttachmentKind.VISUALISATION))
            files[AttachmentKind.ISSUANCE_MANIFEST] = manifest
    except DocumentError as error:
        raise invalid_document(error) from None
    except (JsonError, Malformed, BadSignature) as error:
        raise InputError(f"The document is not acceptable: {error}.", code="INVALID_DOCUMENT") from None
    return Issuance(request, examined, files)


def is_issuance(content: bytes) -> bool:
    """Tell whether a file is an issuance request rather than a transport document alone."""
    try:
        parsed = parse_json(content, MAX_REQUEST_BYTES)
    except JsonError:
        return False
    return isinstance(parsed, dict) and "issueTo" in parsed


def manifest_of(file: File, carriers: TrustedKeys | None = None) -> tuple[IssuanceManifest, str | None]:
    """Return a manifest out of its file, and who signed it; that is None where no keys are given to find out.

    Raises:
        Malformed: It does not have DCSA's shape.
        BadSignature: Given keys: nobody known has signed it, or it was changed.
    """
    signed = str(_content(file).get(_SIGNED))
    if carriers is None:
        return read(IssuanceManifest, claimed(signed)), None
    verified = carriers.verify(signed)
    return read(IssuanceManifest, verified.payload), verified.owner


def signed_in(content: bytes) -> str | None:
    """Return the carrier's signed content out of a manifest's file; None where it holds none."""
    signed = _content(File.of(MANIFEST_NAME, content, "application/json")).get(_SIGNED)
    return signed if isinstance(signed, str) else None


def differing(file: File, manifest: IssuanceManifest, document: bytes, visualisation: str | None) -> tuple[str, ...]:
    """Return the names of the manifest's checksums that do not fit.

    Args:
        file: The manifest's file, which holds issueTo.
        manifest: What it says.
        document: The transport document's canonical bytes.
        visualisation: The rendering's checksum, None where there is none.
    """
    expected = {
        "documentChecksum": checksums.of_bytes(document),
        "issueToChecksum": checksums.of_json(_content(file).get("issueTo")),
    }
    if visualisation is not None:
        expected["eBLVisualisationByCarrierChecksum"] = visualisation
    found = manifest.value()
    return tuple(sorted(name for name in {**expected, **found} if expected.get(name) != found.get(name)))


def _require_own(file: File, examined: ExaminedDocument, visualisation: File | None) -> None:
    manifest, _ = manifest_of(file)
    wrong = differing(file, manifest, examined.canonical, None if visualisation is None else visualisation.checksum)
    if wrong:
        raise Malformed(f"the carrier's manifest is of other content: {', '.join(wrong)}")


def _rendered(visualisation: Visualisation) -> File:
    return File.of(visualisation.name, visualisation.content, visualisation.media_type)


def _manifest(issue_to: Mapping[str, Any], signed: str) -> File:
    content = canonicalize({"issueTo": issue_to, _SIGNED: signed})
    return File.of(MANIFEST_NAME, content, "application/json")


def _content(file: File) -> Mapping[str, Any]:
    try:
        content = parse_json(file.content or b"")
    except JsonError as error:
        raise Malformed(str(error)) from None
    if not isinstance(content, dict):
        raise Malformed("a manifest's file is a JSON object")
    return content
