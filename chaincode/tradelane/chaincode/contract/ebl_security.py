"""Contract `ebl`: titles as security, and under a court's order."""

from tradelane.chaincode.contract.acting import WORDS, act
from tradelane.chaincode.contract.ebl import ebl
from tradelane.chaincode.contract.registry import Context
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import (
    ReasonedRequest,
    RecoverRequest,
    TitleAct,
    TransferRequest,
    UnfreezeRequest,
)

__all__ = ["ebl"]  # the contract, with these functions declared on it


@ebl.submit("pledge", TransferRequest, TitleRecord)
async def pledge(context: Context, request: TransferRequest) -> TitleRecord:
    """Pledge a title to a bank, which is in control until it releases it. Caller: the titleholder in control."""
    return await act(
        context, request, Action.PLEDGE, recipient=request.recipient, refusable_until=request.refusable_until
    )


@ebl.submit("release", TitleAct, TitleRecord)
async def release(context: Context, request: TitleAct) -> TitleRecord:
    """Give a pledged title back to its pledgor. Caller: the pledgee."""
    return await act(context, request, Action.RELEASE)


@ebl.submit("enforce", ReasonedRequest, TitleRecord, transient=WORDS)
async def enforce(context: Context, request: ReasonedRequest) -> TitleRecord:
    """Take a pledged title for oneself, for the reason given. Caller: the pledgee."""
    return await act(context, request, Action.ENFORCE)


@ebl.submit("substitutePledgee", TransferRequest, TitleRecord)
async def substitute_pledgee(context: Context, request: TransferRequest) -> TitleRecord:
    """Hand a pledged title and the pledge to another bank. Caller: the pledgee."""
    return await act(
        context,
        request,
        Action.SUBSTITUTE_PLEDGEE,
        recipient=request.recipient,
        refusable_until=request.refusable_until,
    )


@ebl.submit("freeze", ReasonedRequest, TitleRecord, transient=WORDS)
async def freeze(context: Context, request: ReasonedRequest) -> TitleRecord:
    """Stop a title by a court's order. Caller: an authority of a jurisdiction it concerns."""
    return await act(context, request, Action.FREEZE)


@ebl.submit("unfreeze", UnfreezeRequest, TitleRecord, transient=WORDS)
async def unfreeze(context: Context, request: UnfreezeRequest) -> TitleRecord:
    """Lift a court's order that stops a title. Caller: the authority whose order it is, or one in its place."""
    return await act(context, request, Action.UNFREEZE, frozen_by=request.frozen_by)


@ebl.submit("recover", RecoverRequest, TitleRecord, transient=WORDS)
async def recover(context: Context, request: RecoverRequest) -> TitleRecord:
    """Give what a party had in a title to another one by a court's order. Caller: an authority of both's home."""
    return await act(context, request, Action.RECOVER, recipient=request.recipient, subject=request.subject)
