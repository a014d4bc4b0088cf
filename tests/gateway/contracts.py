"""Contracts with scripted answers, for tests of what the client asks them."""

import json
from collections.abc import Callable
from typing import Any

import grpc

from tests.gateway.bill import LEI, transport_document
from tests.support.loopback_calls import Refusal
from tests.support.loopback_gateway import Invocation
from tradelane.model.canonical import canonicalize, commitment
from tradelane.model.party import PartyRef
from tradelane.model.title import TitleRecord, TitleStatus
from tradelane.model.title_parts import Action, EndorsementRule, LastAction

TITLE, DOCUMENT, SALT = "1" * 32, "2" * 32, b"\x07" * 32
CONTENT = canonicalize(transport_document())
COMMITMENT = commitment(SALT, CONTENT)

PARTIES = {
    "shcarrier": "ShanghaiMSP",
    "shexporter": "ShanghaiMSP",
    "hkbank": "HongKongMSP",
}

Answer = dict[str, Any] | list[Any] | Refusal | Callable[[Invocation], Any]


def ref(party_id: str) -> PartyRef:
    return PartyRef(party_id=party_id, msp_id=PARTIES[party_id])


def title(possessor: str = "shexporter", **changes: Any) -> dict[str, Any]:
    """A title after its issue."""
    record = TitleRecord(
        title_id=TITLE,
        document_id=DOCUMENT,
        commitment=COMMITMENT,
        is_to_order=True,
        status=TitleStatus.ISSUED,
        issuer=ref("shcarrier"),
        possessor=ref(possessor),
        first_possessor=ref(possessor),
        parties=("shcarrier", "shexporter"),
        sequence=1,
        last_action=LastAction(
            action_code=Action.ISSUE, actor=ref("shcarrier"), action_date_time="2026-03-02T00:00:00.000Z"
        ),
        endorsement=EndorsementRule(required=("HongKongMSP", "ShanghaiMSP")),
    )
    return json.loads(record.to_json()) | changes  # type: ignore[no-any-return]


def view(party_id: str) -> dict[str, Any]:
    record = {"partyId": party_id, "mspId": PARTIES[party_id], "lei": LEI, "roles": ["TRADER"], "licensedRoles": []}
    return {"party": record, "name": f"{party_id} Ltd"}


def refusal(status: int, code: str, msp_id: str = "ShanghaiMSP") -> Refusal:
    body = json.dumps({"code": code, "message": f"Refused with {code}.", "details": {}})
    return Refusal(
        grpc.StatusCode.ABORTED,
        "see attached details",
        [("127.0.0.1:1", msp_id, f"chaincode response {status}, {body}")],
    )


class Contracts:
    """Answers by function name; `calls` are the functions asked for, with `?` where only evaluated."""

    def __init__(self) -> None:
        self.invocations: list[Invocation] = []
        self.answers: dict[str, Answer] = {
            "organisation:list": {"mspIds": ["HongKongMSP", "ShanghaiMSP"]},
            "party:show": lambda asked: view(json.loads(asked.arguments[0])["partyId"]),
            "party:find": view("shexporter"),
            "document:lodge": {"documentId": DOCUMENT},
            "document:lodgement": {
                "documentId": DOCUMENT,
                "commitment": COMMITMENT,
                "owner": "shcarrier",
                "transportDocumentTypeCode": "BOL",
                "transportDocumentStatus": "ISSUED",
                "isElectronic": True,
                "isToOrder": True,
            },
            "document:read": {"documentId": DOCUMENT, "salt": SALT.hex(), "content": CONTENT.decode()},
            "document:share": {},
            "document:attachments": [],
            "ebl:issue": title(),
            "ebl:show": title(),
            "ebl:agreements": [],
        }

    def __call__(self, invocation: Invocation) -> bytes:
        if invocation.chaincode == "qscc":
            raise Refusal(grpc.StatusCode.UNKNOWN, "chaincode response 500, no such transaction")
        self.invocations.append(invocation)
        answer = self.answers.get(invocation.function, title())
        if callable(answer):
            answer = answer(invocation)
        if isinstance(answer, Refusal):
            raise answer
        return json.dumps(answer).encode()

    @property
    def calls(self) -> list[str]:
        return [one.function + ("?" if one.rpc == "evaluate" else "") for one in self.invocations]

    def asked(self, function: str, rpc: str = "endorse") -> Invocation:
        (found,) = [one for one in self.invocations if (one.function, one.rpc) == (function, rpc)]
        return found

    def body(self, function: str, rpc: str = "endorse") -> dict[str, Any]:
        return json.loads(self.asked(function, rpc).arguments[0])  # type: ignore[no-any-return]
