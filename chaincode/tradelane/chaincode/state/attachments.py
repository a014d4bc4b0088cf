"""Attachments: the public account of a title's documents, and what organisations hold of them in private.

Reading a value raises NOT_AT_THIS_PEER (`Refused`) on a peer that knows of it but does not hold it.
"""

from tradelane.chaincode.shim.interface import Stub
from tradelane.chaincode.state import keys
from tradelane.chaincode.state.documents import load_private
from tradelane.model.attachment import Attached, AttachmentId, AttachmentKind, Description, DocumentSet
from tradelane.model.document import SALT_LENGTH_BYTES
from tradelane.model.identifiers import MspId, PartyId, TitleId


async def save_document_set(stub: Stub, documents: DocumentSet) -> None:
    """Write what is attached to a title."""
    await stub.put_state(keys.attachments(documents.title_id).key, documents.to_json())


async def save_attachment(
    stub: Stub, msp_id: MspId, party_id: PartyId, description: Description, content: bytes | None
) -> None:
    """Write an attachment into an organisation, with a party's right to read it there.

    The content is written behind the salt, because every peer has the hash of the value.
    """
    title_id, attachment_id = description.title_id, description.attachment_id
    async with stub.write_batch():
        await stub.put_private_data(
            *keys.attachment(msp_id, title_id, attachment_id, description.kind), description.to_json()
        )
        if content is not None:
            salted = bytes.fromhex(description.salt) + content
            await stub.put_private_data(*keys.attachment_content(msp_id, title_id, attachment_id), salted)
        await stub.put_private_data(*keys.attachment_grant(msp_id, title_id, attachment_id, party_id), keys.PRESENT)


async def lodged_digest(
    stub: Stub, msp_id: MspId, title_id: TitleId, attachment_id: AttachmentId, kind: AttachmentKind
) -> bytes | None:
    """Return SHA-256 of what is said of an attachment in any organisation; every peer has it."""
    return await stub.get_private_data_hash(*keys.attachment(msp_id, title_id, attachment_id, kind))


async def is_given(
    stub: Stub, msp_id: MspId, title_id: TitleId, attachment_id: AttachmentId, party_id: PartyId
) -> bool:
    """Tell whether an attachment was given to a party of the organisation; every peer can."""
    return (
        await stub.get_private_data_hash(*keys.attachment_grant(msp_id, title_id, attachment_id, party_id)) is not None
    )


async def load_description(
    stub: Stub, msp_id: MspId, title_id: TitleId, attachment_id: AttachmentId, kind: AttachmentKind
) -> Description | None:
    """Return what is said of an attachment that the organisation holds."""
    value = await load_private(stub, msp_id, keys.attachment(msp_id, title_id, attachment_id, kind))
    return None if value is None else Description.from_json(value)


async def load_attached(stub: Stub, msp_id: MspId, title_id: TitleId, attached: Attached) -> Description | None:
    """Return what is said of something attached."""
    return await load_description(stub, msp_id, title_id, attached.attachment_id, attached.kind)


async def load_content(stub: Stub, msp_id: MspId, title_id: TitleId, attachment_id: AttachmentId) -> bytes | None:
    """Return an attachment's content; None for a large one."""
    value = await load_private(stub, msp_id, keys.attachment_content(msp_id, title_id, attachment_id))
    return None if value is None else value[SALT_LENGTH_BYTES:]
