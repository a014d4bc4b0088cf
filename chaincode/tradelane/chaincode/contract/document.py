"""Contract `document`: private documents, which move between organisations only as the rules allow."""

from tradelane.chaincode.contract.common import read_as_reader, read_as_signer
from tradelane.chaincode.contract.registry import Context, Contract
from tradelane.chaincode.contract.requests import transient_bytes
from tradelane.chaincode.contract.sharing import document_shared
from tradelane.chaincode.state import documents, keys, titles
from tradelane.model.document import (
    SALT_LENGTH_BYTES,
    DocumentContent,
    DocumentQuery,
    LodgedDocument,
    Lodgement,
    LodgeRequest,
    ShareRequest,
)
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.rules import document as rules
from tradelane.rules import identity
from tradelane.rules.party import known
from tradelane.rules.title import known_title

document = Contract("document", "Private documents")


@document.submit("lodge", LodgeRequest, LodgedDocument, transient=("document", "salt"))
async def lodge(context: Context, request: LodgeRequest) -> LodgedDocument:
    """Keep a transport document in the caller's own organisation. Caller: a party's signer, who becomes its owner."""
    stub, msp_id, document_id = context.stub, context.caller.msp_id, request.document_id
    identity.party_of(context.caller)
    data, salt = transient_bytes(stub, "document"), transient_bytes(stub, "salt", SALT_LENGTH_BYTES)
    # determinism: allow DET704 a refusal goes to the lodging client alone, which sent the document
    examined = rules.examine(data)
    # determinism: allow DET704 as above
    slots = {lei: keys.party_of_lei(lei) for lei in rules.named_leis(examined.document)}
    # determinism: allow DET704, DET705 whose LEIs are looked up is public from the lodgement on, not first in the title
    found, owner = await read_as_signer(context, slots.values())
    ids = {lei: found.get(slot) for lei, slot in slots.items()}
    # determinism: allow DET704 as above
    lodgement = rules.lodge(document_id, owner, examined, salt, ids)
    key = rules.require_prepared(msp_id, await documents.load_reference_key(stub, msp_id))
    fingerprint = rules.reference_fingerprint(key, owner.party_id, examined.document.transport_document_reference)
    rules.require_new(
        document_id,
        id_taken=await documents.load_document(stub, msp_id, document_id, msp_id) is not None,
        reference_taken=await documents.reference_used(stub, msp_id, fingerprint),
    )
    await documents.save_lodged(stub, msp_id, lodgement, salt + examined.canonical, fingerprint)
    return LodgedDocument(document_id=document_id)


@document.submit("share", ShareRequest, transient=("document", "salt"))
async def share(context: Context, request: ShareRequest) -> None:
    """Put a title's document into the recipient's organisation, for it to read. Caller: a party of the title."""
    stub = context.stub
    title_slot, recipient_slot = keys.title(request.title_id), keys.party(request.recipient)
    found, actor = await read_as_signer(context, [title_slot, recipient_slot])
    title = known_title(found.get(title_slot), request.title_id)
    recipient = known(found.get(recipient_slot), request.recipient)
    stored = transient_bytes(stub, "salt", SALT_LENGTH_BYTES) + transient_bytes(stub, "document")
    rules.share(title, actor, recipient, stored)
    await documents.save_shared(stub, recipient.msp_id, title, recipient.party_id, stored)


@document.evaluate("lodgement", DocumentQuery, Lodgement)
async def lodgement(context: Context, request: DocumentQuery) -> Lodgement:
    """Return the facts of a lodged document that its title will carry. Caller: its owner, or a party of its title."""
    msp_id = context.caller.msp_id
    reader, found_titles = await _read_with_titles(context, request)
    facts = await documents.load_lodgement(context.stub, msp_id, request.document_id)
    facts = rules.known_document(facts, msp_id, request.document_id)
    # determinism: allow DET704 the refusal names the reader and the ids that it asked with
    rules.require_lodgement_readable(reader, facts, found_titles)
    # determinism: allow DET701 evaluated at the reader's own peer, for its owner or a party of its title
    return facts


@document.evaluate("read", DocumentQuery, DocumentContent)
async def read(context: Context, request: DocumentQuery) -> DocumentContent:
    """Return a document. Caller: its owner, a party of its title, or one it was shared with; at its own peer."""
    stub, msp_id, document_id = context.stub, context.caller.msp_id, request.document_id
    reader, found_titles = await _read_with_titles(context, request)
    facts = await documents.load_lodgement(stub, msp_id, document_id)
    granted = [title.title_id for title in found_titles if await document_shared(context, title.title_id, reader)]
    lodged_in = rules.readable(document_id, reader, facts, found_titles, granted)
    stored = await documents.load_document(stub, msp_id, document_id, lodged_in)
    # determinism: allow DET701 evaluated at the reader's own peer, for whom the rules entitle to the document
    return documents.content_of(document_id, rules.known_document(stored, msp_id, document_id))


async def _read_with_titles(context: Context, request: DocumentQuery) -> tuple[PartyRecord, tuple[TitleRecord, ...]]:
    """Return for whom the caller reads, and the title it names or those over documents of this id."""
    if request.title_id is None:
        _, reader = await read_as_reader(context, [])
        return reader, await titles.titles_of_document(context.stub, request.document_id)
    slot = keys.title(request.title_id)
    found, reader = await read_as_reader(context, [slot])
    title = known_title(found.get(slot), request.title_id)
    return reader, (title,) if title.document_id == request.document_id else ()
