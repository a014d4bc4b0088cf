"""Contract `document`: what is attached to a title beside its transport document."""

import base64

from pydantic import ValidationError

from tradelane.chaincode.contract.common import read_as_reader, read_as_signer
from tradelane.chaincode.contract.document import document
from tradelane.chaincode.contract.registry import Context
from tradelane.chaincode.contract.requests import invalid, transient_bytes
from tradelane.chaincode.contract.sharing import attachment_given, document_shared
from tradelane.chaincode.state import attachments, keys
from tradelane.chaincode.state.reading import read
from tradelane.model.attachment import (
    AttachmentContent,
    AttachmentQuery,
    AttachmentsQuery,
    AttachmentView,
    AttachRequest,
    Description,
    DocumentSet,
    LodgeAttachmentRequest,
    LodgedAttachmentQuery,
    ShareAttachmentRequest,
)
from tradelane.model.canonical import JsonError, parse_json
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.rules import attachment as rules
from tradelane.rules.document import known_document
from tradelane.rules.party import known
from tradelane.rules.title import is_entitled, known_title, require_visible

__all__ = ["document"]  # the contract, with these functions declared on it

_DESCRIPTION_BYTES = 8 * 1024
_TRANSIENT = ("description", "content")


@document.submit("lodgeAttachment", LodgeAttachmentRequest, transient=_TRANSIENT)
async def lodge_attachment(context: Context, request: LodgeAttachmentRequest) -> None:
    """Keep a file for a title in the caller's own organisation. Caller: its carrier, who is in control, or a member."""
    stub, msp_id, title_id = context.stub, context.caller.msp_id, request.title_id
    title_slot, set_slot = keys.title(title_id), keys.attachments(title_id)
    found, actor = await read_as_signer(context, [title_slot, set_slot])
    title, present = known_title(found.get(title_slot), title_id), found.get(set_slot) or DocumentSet(title_id=title_id)
    holder = await _holder(context, title, actor)
    description = _description(context, request)
    # determinism: allow DET704 a refusal goes to the lodging client alone, which sent the file
    rules.require_attachable(title, actor, description.kind, request.attachment_id, present, holder=holder)
    content = stub.transient.get("content")
    # determinism: allow DET704 as above
    rules.require_acceptable(description, content)
    taken = await attachments.load_description(stub, msp_id, title_id, request.attachment_id, description.kind)
    rules.require_unlodged(request.attachment_id, taken=taken is not None)
    await attachments.save_attachment(stub, msp_id, rules.reader_of(actor, holder), description, content)


@document.submit("attach", AttachRequest, DocumentSet)
async def attach(context: Context, request: AttachRequest) -> DocumentSet:
    """Add a lodged file to a title's documents. Caller: who lodged it."""
    stub, title_id = context.stub, request.title_id
    title_slot, set_slot = keys.title(title_id), keys.attachments(title_id)
    found, actor = await read_as_signer(context, [title_slot, set_slot])
    title = known_title(found.get(title_slot), title_id)
    present = found.get(set_slot) or DocumentSet(title_id=title_id)
    digest = await attachments.lodged_digest(stub, actor.msp_id, title_id, request.attachment_id, request.kind)
    holder = await _holder(context, title, actor)
    after = rules.attach(title, actor, request, present, digest, context.now, holder=holder)
    await attachments.save_document_set(stub, after)
    return after


@document.submit("shareAttachment", ShareAttachmentRequest, transient=_TRANSIENT)
async def share_attachment(context: Context, request: ShareAttachmentRequest) -> None:
    """Put an attachment into the recipient's organisation and let the recipient read it. Caller: a party of the title.

    It has to be at hand to be handed on: whoever was not given it does not know its salt.
    """
    stub, title_id = context.stub, request.title_id
    title_slot, set_slot, recipient_slot = (
        keys.title(title_id),
        keys.attachments(title_id),
        keys.party(request.recipient),
    )
    found, actor = await read_as_signer(context, [title_slot, set_slot, recipient_slot])
    title = known_title(found.get(title_slot), title_id)
    recipient = known(found.get(recipient_slot), request.recipient)
    present = found.get(set_slot) or DocumentSet(title_id=title_id)
    attached = rules.known_attachment(present.find(request.attachment_id), request.attachment_id)
    description, content = _description(context, request), stub.transient.get("content")
    # determinism: allow DET704 a refusal goes to the sharing client alone, which sent the file
    rules.share(title, actor, recipient, attached, description, content)
    await attachments.save_attachment(stub, recipient.msp_id, recipient.party_id, description, content)


@document.evaluate("lodgedAttachment", LodgedAttachmentQuery, Description)
async def lodged_attachment(context: Context, request: LodgedAttachmentQuery) -> Description:
    """Return what was said of a file when it was lodged. Caller: who lodged it, or was given it; at its own peer."""
    stub, title_id, attachment_id = context.stub, request.title_id, request.attachment_id
    _, reader = await read_as_reader(context, [])
    given = await attachment_given(context, title_id, attachment_id, reader)
    rules.require_given(reader, attachment_id, given=given)
    description = await attachments.load_description(stub, reader.msp_id, title_id, attachment_id, request.kind)
    # determinism: allow DET701 evaluated at the reader's own peer, for whom it is
    return known_document(description, reader.msp_id, attachment_id)


@document.evaluate("attachments", AttachmentsQuery, AttachmentView, is_list=True)
async def attached_to(context: Context, request: AttachmentsQuery) -> list[AttachmentView]:
    """Return what is attached to a title. Caller: who may see it; names and checksums of what it was given."""
    stub, title_id = context.stub, request.title_id
    title_slot, set_slot = keys.title(title_id), keys.attachments(title_id)
    recipient_slot = None if request.recipient is None else keys.party(request.recipient)
    slots = [title_slot, set_slot, *([] if recipient_slot is None else [recipient_slot])]
    found, reader = await read_as_reader(context, slots)
    title = known_title(found.get(title_slot), title_id)
    shared = not is_entitled(title, reader) and await document_shared(context, title_id, reader)
    require_visible(title, reader, shared=shared)
    recipient = None if recipient_slot is None else known(found.get(recipient_slot), request.recipient or "")
    views = []
    for attached in (found.get(set_slot) or DocumentSet(title_id=title_id)).attached:
        given = await attachment_given(context, title_id, attached.attachment_id, reader)
        description = await attachments.load_attached(stub, reader.msp_id, title_id, attached) if given else None
        has_it = recipient is not None and await attachments.is_given(
            stub, recipient.msp_id, title_id, attached.attachment_id, recipient.party_id
        )
        views.append(AttachmentView(attached=attached, description=description, recipient_has_it=has_it))
    # determinism: allow DET701 evaluated at the reader's own peer; descriptions of what the reader was given
    return views


@document.evaluate("attachment", AttachmentQuery, AttachmentContent)
async def read_attachment(context: Context, request: AttachmentQuery) -> AttachmentContent:
    """Return an attachment. Caller: who attached it, or one it was shared with, or a member; at its own peer."""
    stub, title_id, attachment_id = context.stub, request.title_id, request.attachment_id
    title_slot, set_slot = keys.title(title_id), keys.attachments(title_id)
    found, reader = await read_as_reader(context, [title_slot, set_slot])
    known_title(found.get(title_slot), title_id)
    present = found.get(set_slot) or DocumentSet(title_id=title_id)
    attached = rules.known_attachment(present.find(attachment_id), attachment_id)
    given = await attachment_given(context, title_id, attachment_id, reader)
    rules.require_given(reader, attachment_id, given=given)
    description = await attachments.load_attached(stub, reader.msp_id, title_id, attached)
    content = await attachments.load_content(stub, reader.msp_id, title_id, attachment_id)
    # determinism: allow DET701 evaluated at the reader's own peer, for whom it was shared with
    return AttachmentContent(
        attached=attached,
        description=known_document(description, reader.msp_id, attachment_id),
        content=None if content is None else base64.b64encode(content).decode(),
    )


async def _holder(context: Context, title: TitleRecord, actor: PartyRecord) -> PartyRecord | None:
    """Return the party in control, unless the actor may add to the title without it."""
    if title.possessor is None or actor.party_id in (title.issuer.party_id, title.possessor.party_id):
        return None
    slot = keys.party(title.possessor.party_id)
    return (await read(context.stub, [slot])).get(slot)


def _description(context: Context, request: LodgeAttachmentRequest | ShareAttachmentRequest) -> Description:
    data = transient_bytes(context.stub, "description")
    try:
        parse_json(data, _DESCRIPTION_BYTES)
        description = Description.from_json(data)
    except (JsonError, ValidationError) as error:
        message = "the JSON of a Description is expected"
        place = "" if isinstance(error, JsonError) else ".".join(map(str, error.errors()[0]["loc"]))
        raise invalid(
            f"the transient value 'description' is not acceptable{f' at {place}' if place else ''}: {message}",
            {f"transient.description{f'.{place}' if place else ''}": message},
        ) from None
    if (description.title_id, description.attachment_id) != (request.title_id, request.attachment_id):
        message = "it names another title or attachment than the request"
        raise invalid(f"the transient value 'description' is not acceptable: {message}", {"description": message})
    return description
