"""Private documents in the organisations' own collections.

Reading a value raises NOT_AT_THIS_PEER (`Refused`) on a peer that knows of it but does not hold it: another
organisation's, or one that has not received it yet.
"""

from tradelane.chaincode.shim.errors import RequestRefused
from tradelane.chaincode.shim.interface import Stub
from tradelane.chaincode.state import keys
from tradelane.chaincode.state.keys import PrivateKey
from tradelane.model.document import SALT_LENGTH_BYTES, DocumentContent, Lodgement
from tradelane.model.identifiers import DocumentId, MspId, PartyId, TitleId
from tradelane.model.title import TitleRecord
from tradelane.rules.document import not_at_this_peer


async def load_reference_key(stub: Stub, msp_id: MspId) -> bytes | None:
    """Return the key of the organisation's reference fingerprints, None before it was prepared."""
    return await load_private(stub, msp_id, keys.reference_key(msp_id))


async def save_reference_key(stub: Stub, msp_id: MspId, key: bytes) -> None:
    """Write the key of the organisation's reference fingerprints."""
    await stub.put_private_data(*keys.reference_key(msp_id), key)


async def load_document(stub: Stub, msp_id: MspId, document_id: DocumentId, lodged_in: MspId) -> bytes | None:
    """Return salt and canonical bytes of a document that the organisation holds."""
    return await load_private(stub, msp_id, keys.document(msp_id, document_id, lodged_in))


async def load_lodgement(stub: Stub, msp_id: MspId, document_id: DocumentId) -> Lodgement | None:
    """Return the facts of a document that was lodged in the organisation."""
    value = await load_private(stub, msp_id, keys.lodged(msp_id, document_id))
    return None if value is None else Lodgement.from_json(value)


async def lodged_digest(stub: Stub, msp_id: MspId, document_id: DocumentId) -> bytes | None:
    """Return SHA-256 of the facts of a document lodged in any organisation; every peer has it."""
    return await stub.get_private_data_hash(*keys.lodged(msp_id, document_id))


async def reference_used(stub: Stub, msp_id: MspId, fingerprint: str) -> bool:
    """Tell whether a transport document reference was lodged before."""
    return await load_private(stub, msp_id, keys.reference(msp_id, fingerprint)) is not None


async def document_of_reference(stub: Stub, msp_id: MspId, fingerprint: str) -> DocumentId | None:
    """Return the document that was lodged under a transport document reference."""
    value = await load_private(stub, msp_id, keys.reference(msp_id, fingerprint))
    return None if value is None else value.decode()


async def is_granted(stub: Stub, msp_id: MspId, title_id: TitleId, party_id: PartyId) -> bool:
    """Tell whether a title's document was shared with a party of the organisation; every peer can."""
    return await stub.get_private_data_hash(*keys.grant(msp_id, title_id, party_id)) is not None


async def save_lodged(stub: Stub, msp_id: MspId, lodgement: Lodgement, stored: bytes, fingerprint: str) -> None:
    """Write a document, its facts and the mark that its reference is used.

    The document's value is salt and canonical bytes and nothing else, so that Fabric's hash of it is the commitment.
    """
    document_id = lodgement.document_id
    async with stub.write_batch():
        await stub.put_private_data(*keys.document(msp_id, document_id, msp_id), stored)
        await stub.put_private_data(*keys.lodged(msp_id, document_id), lodgement.to_json())
        await stub.put_private_data(*keys.reference(msp_id, fingerprint), document_id.encode())


async def save_shared(stub: Stub, msp_id: MspId, title: TitleRecord, party_id: PartyId, stored: bytes) -> None:
    """Write a title's document into a recipient's organisation with the recipient's right to read it."""
    async with stub.write_batch():
        await stub.put_private_data(*keys.document(msp_id, title.document_id, title.issuer.msp_id), stored)
        await stub.put_private_data(*keys.grant(msp_id, title.title_id, party_id), keys.PRESENT)


def content_of(document_id: DocumentId, stored: bytes) -> DocumentContent:
    """Take a stored document apart into salt and text."""
    salt, canonical = stored[:SALT_LENGTH_BYTES], stored[SALT_LENGTH_BYTES:]
    return DocumentContent(document_id=document_id, salt=salt.hex(), content=canonical.decode())


async def load_private(stub: Stub, msp_id: MspId, key: PrivateKey) -> bytes | None:
    """Return a private value of the organisation, None where there is none."""
    try:
        return await stub.get_private_data(*key)
    except RequestRefused as error:
        raise not_at_this_peer(msp_id) from error
