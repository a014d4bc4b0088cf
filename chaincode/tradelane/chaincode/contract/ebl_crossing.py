"""Contract `ebl`: a title's way to another platform, and back."""

from tradelane.chaincode.contract.acting import act
from tradelane.chaincode.contract.ebl import ebl
from tradelane.chaincode.contract.registry import Context
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import ExportRequest, ImportRequest
from tradelane.rules.ebl import Crossing

__all__ = ["ebl"]  # the contract, with these functions declared on it


@ebl.submit("export", ExportRequest, TitleRecord)
async def export(context: Context, request: ExportRequest) -> TitleRecord:
    """Take a title out to another platform, after which nobody controls it here. Caller: the party in control."""
    crossing = Crossing(request.entry, platform=request.platform)
    return await act(context, request, Action.EXPORT, recipient=request.operator, crossing=crossing)


@ebl.submit("import", ImportRequest, TitleRecord)
async def import_(context: Context, request: ImportRequest) -> TitleRecord:
    """Bring a title back from another platform, its chain unbroken. Caller: the operator it left by."""
    crossing = Crossing(
        request.entry, left_by=request.left_by, endorsed=request.endorsed, may_endorse=request.may_endorse
    )
    return await act(
        context, request, Action.IMPORT, recipient=request.recipient, endorsee=request.endorsee, crossing=crossing
    )
