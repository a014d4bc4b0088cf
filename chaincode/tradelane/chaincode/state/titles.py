"""Titles on the ledger: the record, its indexes and who must endorse its next change, always written together."""

from collections.abc import AsyncIterator

from tradelane.chaincode.shim.errors import RequestRefused
from tradelane.chaincode.shim.interface import KeyModification, Stub
from tradelane.chaincode.state import keys
from tradelane.chaincode.state.policies import policy_of
from tradelane.chaincode.state.reading import read
from tradelane.model.identifiers import DocumentId, PartyId, TitleId
from tradelane.model.party import PartyRef
from tradelane.model.title import TitleRecord
from tradelane.model.title_requests import ListRequest, Remark, TitlePage


async def save_title(stub: Stub, before: TitleRecord | None, after: TitleRecord) -> None:
    """Write a title's new version and whatever follows from the difference to the one before."""
    slot = keys.title(after.title_id)
    async with stub.write_batch():
        await stub.put_state(slot.key, after.to_json())
        await _index(stub, before, after)
        if before is None or before.endorsement != after.endorsement:
            await stub.set_state_validation_parameter(slot.key, policy_of(after.endorsement))


async def save_remark(stub: Stub, remark: Remark) -> None:
    """Write the words that went with an act, in private."""
    await stub.put_private_data(*keys.remark(remark.title_id, remark.sequence), remark.to_json())


async def load_remark(stub: Stub, version: TitleRecord) -> Remark | None:
    """Return the words that went with an act, None where there are none or this peer has not received them yet."""
    if version.last_action.evidence is None:
        return None
    try:
        value = await stub.get_private_data(*keys.remark(version.title_id, version.sequence))
    except RequestRefused:
        return None
    return None if value is None else Remark.from_json(value)


async def page_of_titles(stub: Stub, party_id: PartyId, request: ListRequest) -> TitlePage:
    """Return one page of a party's titles in the order of their ids; the bookmark is the next page's first id."""
    index, key = (keys.HELD, keys.held) if request.held_only else (keys.OF_PARTY, keys.of_party)
    page = await stub.get_state_by_partial_composite_key_with_pagination(
        index, [party_id], request.page_size, key(party_id, request.bookmark) if request.bookmark else ""
    )
    slots = [keys.title(keys.last_part(row.key)) for row in page.rows]
    found = await read(stub, slots)
    titles = tuple(title for title in map(found.get, slots) if title is not None)
    return TitlePage(titles=titles, bookmark=keys.last_part(page.bookmark) if page.bookmark else "")


async def titles_of_document(stub: Stub, document_id: DocumentId) -> tuple[TitleRecord, ...]:
    """Return the titles over documents of this id, at most one for each organisation."""
    ids = [row.value.decode() async for row in stub.get_state_by_partial_composite_key(keys.OF_DOCUMENT, [document_id])]
    slots = [keys.title(title_id) for title_id in ids]
    found = await read(stub, slots)
    return tuple(title for title in map(found.get, slots) if title is not None)


def versions(stub: Stub, title_id: TitleId) -> AsyncIterator[KeyModification]:
    """Iterate over a title's versions, newest first."""
    return stub.get_history_for_key(keys.title(title_id).key)


async def _index(stub: Stub, before: TitleRecord | None, after: TitleRecord) -> None:
    title_id = after.title_id
    old, new = (None if before is None else _id(before.possessor)), _id(after.possessor)
    if old != new:
        if old is not None:
            await stub.del_state(keys.held(old, title_id))
        if new is not None:
            await stub.put_state(keys.held(new, title_id), keys.PRESENT)
    known = () if before is None else before.parties
    for party_id in after.parties:
        if party_id not in known:
            await stub.put_state(keys.of_party(party_id, title_id), keys.PRESENT)
    if before is None:
        slot = keys.title_of_document(after.document_id, after.issuer.msp_id)
        await stub.put_state(slot.key, title_id.encode())
    if after.abroad is not None and (before is None or before.abroad is None):
        await stub.put_state(keys.title_of_exit(after.abroad.entry).key, title_id.encode())


def _id(party: PartyRef | None) -> PartyId | None:
    return None if party is None else party.party_id
