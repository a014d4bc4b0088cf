"""From an invocation to the function it names, and from what that function says back to a response."""

from collections.abc import Sequence
from difflib import get_close_matches

from tradelane.chaincode.contract import metadata
from tradelane.chaincode.contract.caller import caller_of
from tradelane.chaincode.contract.documents import document
from tradelane.chaincode.contract.ebls import ebl
from tradelane.chaincode.contract.organisation import organisation
from tradelane.chaincode.contract.party import party
from tradelane.chaincode.contract.registry import Context, Contract, Function, encode
from tradelane.chaincode.contract.requests import parse_request
from tradelane.chaincode.shim.interface import Chaincode, Response, Stub
from tradelane.model.base import canonical_json
from tradelane.rules.answer import ACCEPTED
from tradelane.rules.refusal import Code, Refused

_INVALID = 400
_NAME_LENGTH = 100
_SHOWN = 12
"""So many functions are named to who asks for something far from all of them; the metadata describes the rest."""
_NAME_BYTES = 4 * _NAME_LENGTH
"""More than any function's name has; what a client sends beyond it is of no interest."""


class Router:
    """A chaincode made of contracts.

    A refusal becomes the response's status and message, so that nothing is endorsed. Any other exception is left to
    the shim, which answers without saying what went wrong inside.
    """

    def __init__(self, contracts: Sequence[Contract]) -> None:
        self._contracts = tuple(contracts)
        self._functions = {
            f"{contract.name}:{name}": function
            for contract in contracts
            for name, function in contract.functions.items()
        }

    async def invoke(self, stub: Stub) -> Response:
        """Handle one transaction."""
        try:
            return Response(200, payload=await self._call(stub))
        except Refused as refused:
            name = _name(stub)
            return _refusal(refused, name, self._functions.get(name))

    async def _call(self, stub: Stub) -> bytes:
        name = _name(stub)
        if name == metadata.FUNCTION:
            return metadata.metadata(self._contracts)
        function = self._function(name)
        request = parse_request(function.request, stub.args[1:])
        return encode(await function.handle(Context(stub, caller_of(stub.identity)), request))

    def _function(self, name: str) -> Function:
        function = self._functions.get(name)
        if function is None:
            asked = name[:_NAME_LENGTH]
            near = ", ".join(get_close_matches(asked, self._functions) or sorted(self._functions)[:_SHOWN])
            raise Refused(
                400, Code.UNKNOWN_FUNCTION, f"there is no function {asked!r}; did you mean {near}?", {"near": near}
            )
        return function


def _name(stub: Stub) -> str:
    return stub.args[0][:_NAME_BYTES].decode(errors="replace") if stub.args else ""


def _refusal(refused: Refused, name: str, function: Function | None) -> Response:
    """Say also what was asked, of whom it is accepted and what would be, where the rules have not said it yet.

    Not of a request that is wrong in itself: there the details are its fields.
    """
    details = refused.details
    if function is not None and refused.status != _INVALID:
        details = {"function": name, "by": function.caller, "accepted": ACCEPTED[refused.code], **details}
    content = {"code": refused.code.value, "message": refused.message, "details": details}
    return Response(refused.status, message=canonical_json(content).decode())


def build() -> Chaincode:
    """Return TradeLane's chaincode."""
    return Router([organisation, party, document, ebl])
