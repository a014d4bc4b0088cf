"""Contract `ebl`: the end of a title, or its way to the carrier and back."""

from tradelane.chaincode.contract.acting import WORDS, act
from tradelane.chaincode.contract.common import read_as_signer
from tradelane.chaincode.contract.ebl import ebl
from tradelane.chaincode.contract.registry import Context
from tradelane.chaincode.state import documents, keys, titles
from tradelane.chaincode.state.reading import read
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import (
    AmendmentRequest,
    ReasonedRequest,
    ReplacedTitles,
    ReplaceRequest,
    TitleAct,
)
from tradelane.rules.ebl import IssueFacts
from tradelane.rules.ebl.replacement import replace as decide_replacement
from tradelane.rules.party import known
from tradelane.rules.title import known_title, require_untitled

__all__ = ["ebl"]  # the contract, with these functions declared on it


@ebl.submit("surrender", TitleAct, TitleRecord)
async def surrender(context: Context, request: TitleAct) -> TitleRecord:
    """Surrender a title to its carrier for delivery of the goods. Caller: the party in control that may claim them."""
    return await act(context, request, Action.SURRENDER_FOR_DELIVERY)


@ebl.submit("surrenderForAmendment", AmendmentRequest, TitleRecord, transient=WORDS)
async def surrender_for_amendment(context: Context, request: AmendmentRequest) -> TitleRecord:
    """Surrender a title to have it amended, split, combined or put on paper. Caller: who may surrender for delivery."""
    return await act(context, request, Action.SURRENDER_FOR_AMENDMENT, reason=request.reason_code)


@ebl.submit("accept", TitleAct, TitleRecord, transient=WORDS)
async def accept(context: Context, request: TitleAct) -> TitleRecord:
    """Accept a surrender, which ends control; a switch to paper names the paper as `reason`. Caller: the issuer."""
    return await act(context, request, Action.SACC)


@ebl.submit("reject", ReasonedRequest, TitleRecord, transient=WORDS)
async def reject(context: Context, request: ReasonedRequest) -> TitleRecord:
    """Reject a surrender, which gives the title back. Caller: the issuer."""
    return await act(context, request, Action.SREJ)


@ebl.submit("accomplish", ReasonedRequest, TitleRecord, transient=WORDS)
async def accomplish(context: Context, request: ReasonedRequest) -> TitleRecord:
    """Record the delivery of the goods with the delivery order's reference. Caller: the issuer."""
    return await act(context, request, Action.ACCOMPLISH)


@ebl.submit("void", TitleAct, TitleRecord, transient=WORDS)
async def void(context: Context, request: TitleAct) -> TitleRecord:
    """End a title surrendered for amendment that is not replaced. Caller: the issuer."""
    return await act(context, request, Action.VOID)


@ebl.submit("replace", ReplaceRequest, ReplacedTitles)
async def replace(context: Context, request: ReplaceRequest) -> ReplacedTitles:
    """Replace titles surrendered for amendment by an amended one, several, or one of several. Caller: their issuer."""
    msp_id = context.caller.msp_id
    new_slots = {each.title_id: keys.title(each.title_id) for each in request.titles}
    document_slots = {
        each.title_id: keys.title_of_document(each.lodgement.document_id, msp_id) for each in request.titles
    }
    old_slots = [keys.title(title_id) for title_id in request.replaces]
    found, carrier = await read_as_signer(
        context, [keys.network(), *old_slots, *new_slots.values(), *document_slots.values()]
    )
    old = [known_title(found.get(slot), title_id) for slot, title_id in zip(old_slots, request.replaces, strict=True)]
    for each in request.titles:
        taken, titled = found.get(new_slots[each.title_id]), found.get(document_slots[each.title_id])
        require_untitled(each.title_id, each.lodgement.document_id, taken, titled)
    holder = old[0].surrendered_by or old[0].first_possessor
    parties = await _parties(context, request, holder.party_id)
    brought = [
        IssueFacts(
            title_id=each.title_id,
            lodgement=each.lodgement,
            lodged_digest=await documents.lodged_digest(context.stub, msp_id, each.lodgement.document_id),
            endorsee=parties.get(each.lodgement.endorsee or ""),
            consignee=parties.get(each.lodgement.consignee or ""),
            governing_law=old[0].governing_law,
        )
        for each in request.titles
    ]
    decisions = decide_replacement(
        old,
        brought,
        carrier,
        parties[holder.party_id],
        request.conservation,
        context.now,
        found.network,
        request.expected_sequences,
    )
    before = {title.title_id: title for title in old}
    async with context.stub.write_batch():
        for decision in decisions:
            await titles.save_title(context.stub, before.get(decision.title.title_id), decision.title)
    context.announce(*(decision.fact for decision in decisions))
    return ReplacedTitles(titles=tuple(decision.title for decision in decisions))


async def _parties(context: Context, request: ReplaceRequest, holder: str) -> dict[str, PartyRecord]:
    named = [party for each in request.titles for party in (each.lodgement.endorsee, each.lodgement.consignee) if party]
    slots = {party_id: keys.party(party_id) for party_id in (holder, *named)}
    found = await read(context.stub, slots.values())
    return {party_id: known(found.get(slot), party_id) for party_id, slot in slots.items()}
