"""The queries of contract `ebl`."""

from tradelane.chaincode.contract.common import read_as_reader
from tradelane.chaincode.contract.ebl import ebl
from tradelane.chaincode.contract.registry import Context
from tradelane.chaincode.contract.sharing import document_shared
from tradelane.chaincode.state import agreements, keys, titles
from tradelane.chaincode.state.reading import read
from tradelane.model.identifiers import TitleId
from tradelane.model.joint import AgreementView
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import HistoryEntry, ListRequest, TitleHistory, TitlePage, TitleRequest
from tradelane.rules.joint import is_member, require_member, view
from tradelane.rules.party import known
from tradelane.rules.title import is_entitled, known_title, require_visible

__all__ = ["ebl"]  # the contract of the acts, with these queries declared on it


@ebl.evaluate("show", TitleRequest, TitleRecord)
async def show(context: Context, request: TitleRequest) -> TitleRecord:
    """Return a title. Caller: one of its parties, one its document was shared with, or an authority."""
    return (await _visible(context, request.title_id))[0]


@ebl.evaluate("history", TitleRequest, TitleHistory)
async def history(context: Context, request: TitleRequest) -> TitleHistory:
    """Return all versions of a title, oldest first. Caller: one of its parties, or who may see it."""
    await _visible(context, request.title_id)
    # One request at a time: the remarks are asked for only when all versions are here.
    rows = [row async for row in titles.versions(context.stub, request.title_id) if not row.is_delete]
    entries = []
    for row in reversed(rows):
        version = TitleRecord.from_json(row.value)
        remark = await titles.load_remark(context.stub, version)
        entry = HistoryEntry(transaction_id=row.tx_id, title=version)
        words = {} if remark is None else {"remark": remark.text, "feedback": remark.feedback, "salt": remark.salt}
        entries.append(entry.model_copy(update=words))
    # determinism: allow DET701 evaluated; remarks are for every organisation of the channel, but not for the blocks
    return TitleHistory(entries=tuple(entries))


@ebl.evaluate("agreements", TitleRequest, AgreementView, is_list=True)
async def asked_for(context: Context, request: TitleRequest) -> list[AgreementView]:
    """Return what members of joint parties ask for on a title. Caller: who may see it; the words are for members.

    What is void is among it until a member next asks for an act, which deletes it.
    """
    title, reader = await _visible(context, request.title_id)
    noted = await agreements.all_agreements(context.stub, title.title_id)
    slots = {each.joint_party: keys.party(each.joint_party) for each in noted}
    found = await read(context.stub, slots.values())
    views = []
    for each in noted:
        joint = known(found.get(slots[each.joint_party]), each.joint_party)
        words = await agreements.find_words(context.stub, each) if is_member(joint, reader) else None
        views.append(view(each, title, joint, reader, words))
    # determinism: allow DET701 evaluated; the words are for the members, but not for the blocks
    return views


@ebl.evaluate("list", ListRequest, TitlePage)
async def list_own(context: Context, request: ListRequest) -> TitlePage:
    """Return a page of the titles the caller's party, or a joint party of it, possesses, or is or was a party of."""
    if request.joint_party is None:
        _, reader = await read_as_reader(context, [])
        return await titles.page_of_titles(context.stub, reader.party_id, request)
    slot = keys.party(request.joint_party)
    found, reader = await read_as_reader(context, [slot])
    require_member(known(found.get(slot), request.joint_party), reader)
    return await titles.page_of_titles(context.stub, request.joint_party, request)


async def _visible(context: Context, title_id: TitleId) -> tuple[TitleRecord, PartyRecord]:
    slot = keys.title(title_id)
    found, reader = await read_as_reader(context, [slot])
    title = known_title(found.get(slot), title_id)
    shared = not is_entitled(title, reader) and await document_shared(context, title.title_id, reader)
    require_visible(title, reader, shared=shared)
    return title, reader
