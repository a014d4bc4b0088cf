"""Contract `ebl`: a title's way to another platform, and back; where control is, for whom a chain is sent."""

from tradelane.chaincode.contract.acting import act
from tradelane.chaincode.contract.common import read_as_reader
from tradelane.chaincode.contract.ebl import ebl
from tradelane.chaincode.contract.registry import Context
from tradelane.chaincode.state import documents, keys
from tradelane.chaincode.state.reading import all_parties, read
from tradelane.model.canonical import possession
from tradelane.model.document import SALT_LENGTH_BYTES
from tradelane.model.identifiers import DocumentId, TitleId
from tradelane.model.party import PartyRole
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import ControlView, DocumentQuestion, EntryQuery, ExportRequest, ImportRequest
from tradelane.rules.document import reference_fingerprint
from tradelane.rules.ebl import Crossing
from tradelane.rules.party import require_platform
from tradelane.rules.title import known_title

__all__ = ["ebl"]  # the contract, with these functions declared on it


@ebl.submit("export", ExportRequest, TitleRecord)
async def export(context: Context, request: ExportRequest) -> TitleRecord:
    """Take a title out to another platform, after which nobody controls it here. Caller: the party in control."""
    crossing = Crossing(request.entry, platform=request.platform)
    return await act(
        context,
        request,
        Action.EXPORT,
        recipient=request.operator,
        crossing=crossing,
        leaving_by=keys.title_of_exit(request.entry),
    )


@ebl.submit("import", ImportRequest, TitleRecord)
async def import_(context: Context, request: ImportRequest) -> TitleRecord:
    """Bring a title back from another platform, its chain unbroken. Caller: the operator it left by."""
    crossing = Crossing(
        request.entry,
        left_by=request.left_by,
        endorsed=request.endorsed,
        may_endorse=request.may_endorse,
        surrender=request.surrender,
    )
    return await act(
        context,
        request,
        Action.IMPORT,
        recipient=request.recipient,
        endorsee=request.endorsee,
        endorser=request.endorser,
        reason=request.reason_code,
        crossing=crossing,
    )


@ebl.evaluate("findExit", EntryQuery, ControlView)
async def find_exit(context: Context, request: EntryQuery) -> ControlView:
    """Return where control is of the title that left with a chain entry. Caller: any party; it has the signed entry."""
    slot = keys.title_of_exit(request.entry)
    found, _ = await read_as_reader(context, [slot])
    return await _control(context, found.get(slot))


@ebl.evaluate("findDocument", DocumentQuestion, ControlView)
async def find_document(context: Context, request: DocumentQuestion) -> ControlView:
    """Return where control is of the title over a document. Caller: a platform; asked of its carrier's organisation."""
    _, asking = await read_as_reader(context, [])
    require_platform(asking)
    document_id = await _lodged(context, request)
    if document_id is None:
        return ControlView()
    slot = keys.title_of_document(document_id, request.msp_id)
    # determinism: allow DET705 evaluated, so no key is in a block; a document's id is public once it is a title's
    title_id = (await read(context.stub, [slot])).get(slot)
    # determinism: allow DET701, DET704, DET705 as above; who asks has the document
    return await _control(context, title_id)


async def _lodged(context: Context, request: DocumentQuestion) -> DocumentId | None:
    """Find the document among those that the organisation's carriers have lodged under its reference."""
    stub, msp_id = context.stub, request.msp_id
    key = await documents.load_reference_key(stub, msp_id)
    if key is None:
        return None
    # One request at a time: the documents are asked for only when all carriers are here.
    parties = [each async for each in all_parties(stub) if each.msp_id == msp_id and PartyRole.CARRIER in each.roles]
    for carrier in parties:
        fingerprint = reference_fingerprint(key, carrier.party_id, request.transport_document_reference)
        document_id = await documents.document_of_reference(stub, msp_id, fingerprint)
        stored = None if document_id is None else await documents.load_document(stub, msp_id, document_id, msp_id)
        if stored is not None and possession(stored[SALT_LENGTH_BYTES:], msp_id) == request.possession:
            return document_id
    return None


async def _control(context: Context, title_id: TitleId | None) -> ControlView:
    if title_id is None:
        return ControlView()
    slot = keys.title(title_id)
    title = known_title((await read(context.stub, [slot])).get(slot), title_id)
    return ControlView(
        title_id=title.title_id,
        issuer=title.issuer.msp_id,
        abroad=title.abroad,
        returned_by=title.returned_by,
        status=title.status,
        sequence=title.sequence,
    )
