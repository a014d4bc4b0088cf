"""What goes along with a title: what is attached to it on the channel goes out, and what came with it is attached."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Final

from tradelane.gateway.client import Gateway
from tradelane.gateway.dcsa import checksums
from tradelane.gateway.dcsa.issuance import IssuanceManifest
from tradelane.gateway.dcsa.messages import DocumentMetadata, Malformed, read
from tradelane.gateway.dcsa.signing import BadSignature, claimed
from tradelane.gateway.errors import InputError
from tradelane.gateway.pint.envelope import MAX_ADDITIONAL_DOCUMENT_BYTES, describe
from tradelane.gateway.pint.store import Store
from tradelane.gateway.trade import attachments
from tradelane.gateway.trade.attachments import UNKNOWN_TYPE, File
from tradelane.gateway.trade.issuance import signed_in
from tradelane.model.attachment import AttachmentKind, AttachmentView, begins_like

_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f/\\\\:*?\"<>|]")
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*")
_NAME_LENGTH: Final = 120

Large = Callable[[str], bytes | None]
"""Returns a large file's content by its checksum, out of the holder's organisation's own store; None: not there."""


@dataclass(frozen=True)
class Attachment:
    """A document to go along."""

    name: str
    content: bytes
    media_type: str

    @property
    def described(self) -> DocumentMetadata:
        """Return how a manifest names it.

        Raises:
            Malformed: Empty, or of a name that PINT does not allow.
        """
        return describe(self.name, self.content, self.media_type)


@dataclass(frozen=True)
class Along:
    """What a title's holder has of its attachments.

    Attributes:
        manifest: The carrier's signed issuance manifest, which opens a chain.
        visualisation: The carrier's rendering, if the manifest names it; another one is a supporting document.
        supporting: What else goes along.
    """

    manifest: str | None = None
    visualisation: Attachment | None = None
    supporting: tuple[Attachment, ...] = ()


def collect(
    holder: Gateway,
    title_id: str,
    large: Large,
    chosen: Collection[str] | None = None,
    manifest: str | None = None,
) -> Along:
    """Return what is attached to a title, as far as its holder was given it.

    Args:
        holder: The connection of who is in control.
        title_id: The title.
        large: Finds the contents that are not in the channel.
        chosen: Names or ids of the supporting documents that go along; None for all, empty for none.
        manifest: The carrier's signed issuance manifest, where it is at hand; else the one that is attached.

    Raises:
        InputError: NOT_OF_THIS_TITLE, FILE_MISSING, DOCUMENT_TOO_LARGE.
        ResultError: COMMITMENT_MISMATCH.
    """
    views = [view for view in holder.run(attachments.attached(title_id)) if view.description is not None]
    _require_known(views, chosen)
    rendered, supporting = None, list[Attachment]()
    for view in views:
        kind = view.attached.kind
        if kind is AttachmentKind.SUPPORTING and not _is_chosen(view, chosen):
            continue
        file = _read(holder, title_id, view, large)
        if kind is AttachmentKind.ISSUANCE_MANIFEST:
            manifest = manifest or signed_in(file.content)
        elif kind is AttachmentKind.VISUALISATION:
            rendered = file
        else:
            supporting.append(file)
    if rendered is not None and not is_carriers(rendered, manifest):
        supporting.insert(0, rendered)
        rendered = None
    return Along(manifest, rendered, tuple(supporting))


def is_carriers(rendered: Attachment, manifest: str | None) -> bool:
    """Tell whether the carrier's issuance manifest names a rendering; nobody takes another one for the carrier's."""
    if manifest is None:
        return False
    try:
        said = read(IssuanceManifest, claimed(manifest))
    except (Malformed, BadSignature):
        return False
    return said.e_bl_visualisation_by_carrier_checksum == checksums.of_bytes(rendered.content)


def missing_on_channel(holder: Gateway, store: Store, title_id: str) -> Iterator[File]:
    """Yield what came with a title from another platform and is not attached to it on the channel.

    Whoever is in control attaches it; then it goes along here as everything attached does.

    Raises:
        InputError: NOT_IN_STORE: the title has not come in by this platform.
    """
    held = store.title_by_id(title_id)
    if held is None:
        raise InputError("This title has not come in by this platform.", code="NOT_IN_STORE")
    views = holder.run(attachments.attached(title_id))
    known = {view.description.checksum for view in views if view.description is not None}
    for each in store.received(held.document_checksum):
        content = store.document(held.document_checksum, each.document_checksum)
        if content is not None and each.document_checksum not in known:
            yield File.of(plain_name(each.name, each.document_checksum), content, _media_type(each, content))


def plain_name(name: str, checksum: str) -> str:
    """Return what to call a file that another platform has named: no folders, no control characters, not too long."""
    return _UNSAFE.sub("_", name).strip(" .")[-_NAME_LENGTH:].lstrip(" .") or checksum[:16]


def _media_type(described: DocumentMetadata, content: bytes) -> str:
    """Return a document's media type as the channel takes it; bytes of any kind where it is not what it says."""
    kind = described.media_type.partition(";")[0].strip().lower()
    return kind if _MEDIA_TYPE.fullmatch(kind) and begins_like(kind, content[:16]) else UNKNOWN_TYPE


def _require_known(views: Collection[AttachmentView], chosen: Collection[str] | None) -> None:
    names = {name for view in views for name in _names(view)}
    for each in chosen or ():
        if each not in names:
            raise InputError(
                f"No document {each!r} is attached to this title, or it was not shared with you.",
                code="NOT_OF_THIS_TITLE",
            )


def _is_chosen(view: AttachmentView, chosen: Collection[str] | None) -> bool:
    return chosen is None or not _names(view).isdisjoint(chosen)


def _names(view: AttachmentView) -> frozenset[str]:
    name = None if view.description is None else view.description.name
    return frozenset({view.attached.attachment_id} | ({name} if name is not None else set()))


def _read(holder: Gateway, title_id: str, view: AttachmentView, large: Large) -> Attachment:
    file = holder.run(attachments.read_attachment(title_id, view.attached.attachment_id))
    said = file.description
    if said.size > MAX_ADDITIONAL_DOCUMENT_BYTES:
        raise InputError(
            f"{said.name} is larger than the {MAX_ADDITIONAL_DOCUMENT_BYTES} bytes that go along; choose others.",
            code="DOCUMENT_TOO_LARGE",
        )
    content = large(said.checksum) if file.content is None else file.content
    if content is None:
        raise InputError(
            f"{said.name} is large and not in your store: import it, or choose the documents that go along.",
            code="FILE_MISSING",
            details={"checksum": said.checksum},
        )
    return Attachment(said.name, content, said.media_type)
