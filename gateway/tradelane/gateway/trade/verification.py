"""What a reader can check of a title's documents: against the ledger, and against the carrier's signature."""

from collections.abc import Mapping
from dataclasses import dataclass

from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.messages import Malformed
from tradelane.gateway.dcsa.signing import BadSignature, TrustedKeys
from tradelane.gateway.errors import Refused, ResultError
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade import attachments, documents
from tradelane.gateway.trade.attachments import File, ReadFile
from tradelane.gateway.trade.ebl.acting import title_of
from tradelane.gateway.trade.issuance import differing, manifest_of
from tradelane.model.attachment import AttachmentKind, AttachmentView
from tradelane.model.title import TitleRecord


@dataclass(frozen=True)
class Finding:
    """What became of one check.

    Attributes:
        subject: The document, by its name.
        checksum: DCSA's, where the document is at hand.
        holds: Whether it is what it should be; None where that could not be checked.
        said: Why.
    """

    subject: str
    checksum: str | None
    holds: bool | None
    said: str


@flow
def verify(session: Session, title_id: str, *, carriers: TrustedKeys | None = None) -> Steps[tuple[Finding, ...]]:
    """Check all documents of a title that the caller has.

    Args:
        session: Given by `run`.
        title_id: The title.
        carriers: Public keys by carrier's party id; without them nobody's signature is checked.

    Raises:
        Refused: UNKNOWN_TITLE, NOT_A_PARTY.
    """
    title = yield from title_of(session, title_id)
    document, findings = yield from _document(session, title)
    files: dict[AttachmentKind, ReadFile] = {}
    for view in (yield from session.run(attachments.attached(title_id))):
        file, finding = yield from _attachment(session, title_id, view)
        findings = (*findings, finding)
        if file is not None:
            files[view.attached.kind] = file
    manifest = files.get(AttachmentKind.ISSUANCE_MANIFEST)
    if manifest is None:
        missing = "its carrier's signed manifest is not attached, or was not shared with you"
        return (*findings, Finding("signature", None, None, missing))
    return (*findings, _signature(title, document, manifest, files, carriers))


def _document(session: Session, title: TitleRecord) -> Steps[tuple[bytes | None, tuple[Finding, ...]]]:
    subject = "transport document"
    try:
        content = (yield from documents.content_of(session, title)).content.encode()
    except ResultError as error:
        return None, (Finding(subject, None, False, str(error)),)
    except Refused as refused:
        return None, (Finding(subject, None, None, str(refused)),)
    said = f"it is the one title {title.title_id} was issued for"
    return content, (Finding(subject, checksums.of_bytes(content), True, said),)


def _attachment(session: Session, title_id: str, view: AttachmentView) -> Steps[tuple[ReadFile | None, Finding]]:
    attached, description = view.attached, view.description
    if description is None:
        said = f"{attached.attached_by.party_id} attached it; it was not shared with you"
        return None, Finding(attached.attachment_id, None, None, said)
    try:
        file = yield from session.run(attachments.read_attachment(title_id, attached.attachment_id))
    except (Refused, ResultError) as error:
        return None, Finding(description.name, None, False if isinstance(error, ResultError) else None, str(error))
    by = f"as {attached.attached_by.party_id} attached it at version {attached.title_sequence}"
    if file.content is None:
        said = f"name, size and checksum are {by}; the file itself is not in the channel"
        return file, Finding(description.name, description.checksum, None, said)
    return file, Finding(description.name, description.checksum, True, f"it is {by}")


def _signature(
    title: TitleRecord,
    document: bytes | None,
    manifest: ReadFile,
    files: Mapping[AttachmentKind, ReadFile],
    carriers: TrustedKeys | None,
) -> Finding:
    subject, file = "signature", File.of(manifest.description.name, manifest.content or b"", "application/json")
    if document is None:
        return Finding(subject, None, None, "what the carrier signed is not at hand")
    try:
        said, signer = manifest_of(file, carriers)
        rendered = files.get(AttachmentKind.VISUALISATION)
        # A visualisation that the reader was not given cannot contradict the manifest.
        shown = said.e_bl_visualisation_by_carrier_checksum if rendered is None else rendered.description.checksum
        wrong = differing(file, said, document, shown)
    except (Malformed, BadSignature) as error:
        return Finding(subject, None, False, str(error))
    if wrong:
        return Finding(subject, None, False, f"the carrier's manifest is of other content: {', '.join(wrong)}")
    if signer is None:
        return Finding(subject, None, None, "the manifest fits; no key was given to find out who signed it")
    if signer != title.issuer.party_id:
        return Finding(subject, None, False, f"{signer} signed it, but {title.issuer.party_id} issued the title")
    more = "" if rendered is None else " and its visualisation"
    return Finding(subject, None, True, f"{signer} signed the document with its first possessor{more}")
