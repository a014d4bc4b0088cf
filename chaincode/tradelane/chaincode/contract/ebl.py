"""Contract `ebl`: the acts on electronic bills of lading, thin ways from a request to the rules and the writes."""

from tradelane.chaincode.contract.common import read_as_signer
from tradelane.chaincode.contract.registry import Context, Contract
from tradelane.chaincode.contract.requests import REASON, transient_bytes, transient_text
from tradelane.chaincode.state import documents, keys, titles
from tradelane.model.document import SALT_LENGTH_BYTES
from tradelane.model.identifiers import PartyId, TitleId
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import (
    EndorseRequest,
    IssueRequest,
    RejectRequest,
    Remark,
    TitleRequest,
    TransferRequest,
)
from tradelane.rules.ebl import Act, Decision, IssueFacts, decide
from tradelane.rules.party import known
from tradelane.rules.title import known_title, require_reason, require_untitled

ebl = Contract("ebl", "Electronic bills of lading")


@ebl.submit("issue", IssueRequest, TitleRecord)
async def issue(context: Context, request: IssueRequest) -> TitleRecord:
    """Issue a title over a lodged document to its first possessor. Caller: the carrier that lodged it."""
    facts, msp_id = request.lodgement, context.caller.msp_id
    title_slot = keys.title(request.title_id)
    document_slot = keys.title_of_document(facts.document_id, msp_id)
    named = {
        party_id: keys.party(party_id) for party_id in (request.issue_to, facts.endorsee, facts.consignee) if party_id
    }
    found, actor = await read_as_signer(context, [keys.network(), title_slot, document_slot, *named.values()])
    parties = {party_id: known(found.get(slot), party_id) for party_id, slot in named.items()}
    require_untitled(request.title_id, facts.document_id, found.get(title_slot), found.get(document_slot))
    digest = await documents.lodged_digest(context.stub, msp_id, facts.document_id)
    brought = IssueFacts(
        title_id=request.title_id,
        lodgement=facts,
        lodged_digest=digest,
        endorsee=parties.get(facts.endorsee or ""),
        consignee=parties.get(facts.consignee or ""),
    )
    decision = decide(None, Act(Action.ISSUE, brought), actor, parties[request.issue_to], context.now, found.network)
    return await _write(context, None, decision)


@ebl.submit("endorse", EndorseRequest, TitleRecord)
async def endorse(context: Context, request: EndorseRequest) -> TitleRecord:
    """Endorse to a named party, to a party's order, or in blank. Caller: the endorsee in control."""
    return await _act(context, request.title_id, request.action_code, request.recipient)


@ebl.submit("transfer", TransferRequest, TitleRecord)
async def transfer(context: Context, request: TransferRequest) -> TitleRecord:
    """Hand possession to another party, which is in control from then on. Caller: the party in control."""
    return await _act(context, request.title_id, Action.TRANSFER, request.recipient)


@ebl.submit("surrender", TitleRequest, TitleRecord)
async def surrender(context: Context, request: TitleRequest) -> TitleRecord:
    """Surrender a title to its carrier for delivery of the goods. Caller: the party in control that may claim them."""
    return await _act(context, request.title_id, Action.SURRENDER_FOR_DELIVERY)


@ebl.submit("accept", TitleRequest, TitleRecord)
async def accept(context: Context, request: TitleRequest) -> TitleRecord:
    """Accept a surrender, which ends the title. Caller: the issuer."""
    return await _act(context, request.title_id, Action.SACC)


@ebl.submit("reject", RejectRequest, TitleRecord, transient=("reason", "salt"))
async def reject(context: Context, request: RejectRequest) -> TitleRecord:
    """Reject a surrender, which gives the title back. Caller: the issuer."""
    before, decision = await _decide(context, request.title_id, Action.SREJ)
    require_reason(context.stub.transient.get("reason"))
    remark = Remark(
        title_id=request.title_id,
        sequence=decision.title.sequence,
        author=decision.title.issuer.party_id,
        text=transient_text(context.stub, "reason", REASON),
        salt=transient_bytes(context.stub, "salt", SALT_LENGTH_BYTES).hex(),
    )
    async with context.stub.write_batch():
        await titles.save_remark(context.stub, remark)
        return await _write(context, before, decision)


async def _act(context: Context, title_id: TitleId, action: Action, recipient_id: PartyId | None = None) -> TitleRecord:
    before, decision = await _decide(context, title_id, action, recipient_id)
    return await _write(context, before, decision)


async def _decide(
    context: Context, title_id: TitleId, action: Action, recipient_id: PartyId | None = None
) -> tuple[TitleRecord, Decision]:
    slot = keys.title(title_id)
    recipient_slots = [] if recipient_id is None else [keys.party(recipient_id)]
    found, actor = await read_as_signer(context, [keys.network(), slot, *recipient_slots])
    before = known_title(found.get(slot), title_id)
    recipient = None if recipient_id is None else known(found.get(keys.party(recipient_id)), recipient_id)
    return before, decide(before, Act(action), actor, recipient, context.now, found.network)


async def _write(context: Context, before: TitleRecord | None, decision: Decision) -> TitleRecord:
    await titles.save_title(context.stub, before, decision.title)
    context.announce(decision.fact)
    return decision.title
