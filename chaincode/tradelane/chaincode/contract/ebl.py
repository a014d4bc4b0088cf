"""Contract `ebl`: issue, possession and endorsement of electronic bills of lading."""

from tradelane.chaincode.contract.acting import WORDS, act, evidence_of, remark_of, write
from tradelane.chaincode.contract.common import read_as_signer
from tradelane.chaincode.contract.registry import Context, Contract
from tradelane.chaincode.state import documents, keys
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import (
    EndorseRequest,
    IssueRequest,
    NominateRequest,
    ReasonedRequest,
    TitleAct,
    TransferRequest,
)
from tradelane.rules.ebl import Act, IssueFacts, decide
from tradelane.rules.party import known
from tradelane.rules.title import require_reason, require_untitled

ebl = Contract("ebl", "Electronic bills of lading")


@ebl.submit("issue", IssueRequest, TitleRecord, transient=WORDS)
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
    paper = remark_of(context, request.title_id, 1, actor) if request.from_paper else None
    if request.from_paper:
        require_reason(None if paper is None else paper.text)
    brought = IssueFacts(
        title_id=request.title_id,
        lodgement=facts,
        lodged_digest=await documents.lodged_digest(context.stub, msp_id, facts.document_id),
        endorsee=parties.get(facts.endorsee or ""),
        consignee=parties.get(facts.consignee or ""),
        governing_law=request.governing_law,
        paper=None if paper is None else evidence_of(paper),
    )
    decision = decide(None, Act(Action.ISSUE, brought), actor, parties[request.issue_to], context.now, found.network)
    async with context.stub.write_batch():
        return await write(context, None, decision, paper)


@ebl.submit("sign", TitleAct, TitleRecord, transient=WORDS)
async def sign(context: Context, request: TitleAct) -> TitleRecord:
    """Sign a title, which changes nothing but its history. Caller: the party in control."""
    return await act(context, request, Action.SIGN)


@ebl.submit("transfer", TransferRequest, TitleRecord)
async def transfer(context: Context, request: TransferRequest) -> TitleRecord:
    """Hand possession to another party, which is in control from then on. Caller: the party in control."""
    return await act(
        context, request, Action.TRANSFER, recipient=request.recipient, refusable_until=request.refusable_until
    )


@ebl.submit("nominate", NominateRequest, TitleRecord)
async def nominate(context: Context, request: NominateRequest) -> TitleRecord:
    """Let whoever is in control endorse to a party. Caller: the endorsee, in possession or not."""
    return await act(context, request, Action.NOMINATE, recipient=request.recipient)


@ebl.submit("endorse", EndorseRequest, TitleRecord)
async def endorse(context: Context, request: EndorseRequest) -> TitleRecord:
    """Endorse by name, to order, to order with possession, or in blank. Caller: the endorsee in control."""
    return await act(
        context, request, request.action_code, recipient=request.recipient, refusable_until=request.refusable_until
    )


@ebl.submit("refuse", ReasonedRequest, TitleRecord, transient=WORDS)
async def refuse(context: Context, request: ReasonedRequest) -> TitleRecord:
    """Give back what came in: possession, endorsement, pledge. Caller: who was given it and has not acted since."""
    return await act(context, request, Action.REFUSE)
