"""What was shared with a party, or with a joint party it is a member of: what all may read together, each may read."""

from collections.abc import Awaitable, Callable

from tradelane.chaincode.contract.registry import Context
from tradelane.chaincode.state import attachments, documents, parties
from tradelane.model.attachment import AttachmentId
from tradelane.model.identifiers import PartyId, TitleId
from tradelane.model.party import PartyRecord


async def document_shared(context: Context, title_id: TitleId, reader: PartyRecord) -> bool:
    """Tell whether a title's document was shared with a reader; only its own organisation is looked at."""

    def with_party(party_id: PartyId) -> Awaitable[bool]:
        return documents.is_granted(context.stub, reader.msp_id, title_id, party_id)

    return await _with_any(context, reader, with_party)


async def attachment_given(
    context: Context, title_id: TitleId, attachment_id: AttachmentId, reader: PartyRecord
) -> bool:
    """Tell whether an attachment was given to a reader; only its own organisation is looked at."""

    def to_party(party_id: PartyId) -> Awaitable[bool]:
        return attachments.is_given(context.stub, reader.msp_id, title_id, attachment_id, party_id)

    return await _with_any(context, reader, to_party)


async def _with_any(context: Context, reader: PartyRecord, shared: Callable[[PartyId], Awaitable[bool]]) -> bool:
    # The members of a joint party and itself are of one organisation, so one place holds all they were given.
    if await shared(reader.party_id):
        return True
    for joint_party in await parties.joint_parties_of(context.stub, reader.party_id):
        if await shared(joint_party):
            return True
    return False
