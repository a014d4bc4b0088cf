"""Responses which the shim gives in the chaincode's place: JSON with a code, a sentence and no internals."""

import json

from tradelane.chaincode.shim.interface import Response


def refusal(status: int, code: str, message: str) -> Response:
    """Return a response whose message is JSON with a code for programs and a sentence for people."""
    return Response(status, json.dumps({"code": code, "message": message, "details": {}}))


INTERNAL_ERROR = refusal(500, "INTERNAL_ERROR", "The chaincode failed; its operator's log says why.")
ANSWER_TOO_LARGE = refusal(500, "ANSWER_TOO_LARGE", "The chaincode's answer is larger than a peer takes.")
