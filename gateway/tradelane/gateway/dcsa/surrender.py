"""Surrender between platform and carrier, DCSA EBL_SUR 3.0.4: the request with its chain, the carrier's one answer."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import StringConstraints

from tradelane.gateway.dcsa.endorsement_chain import SURRENDERED_BY_STATUS, Directory, export
from tradelane.gateway.dcsa.issuance import Reference, SubReference
from tradelane.gateway.dcsa.messages import ChainLink, Comments, Malformed, Message, read
from tradelane.model.canonical import JsonError, parse_json
from tradelane.model.dcsa.types import TRIMMED, Maybe
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action, SurrenderReason
from tradelane.model.title_requests import FeedbackElement, HistoryEntry

NO_PARTY: Final = {
    "eblPlatform": "NONE",
    "partyName": "NONE",
    "identifyingCodes": [{"codeListProvider": "NONE", "partyCode": "NONE"}],
}
"""EBL_SUR demands a recipient of every act; this stands where an act has none."""

_CODES: Final = {Action.SURRENDER_FOR_DELIVERY: "SREQ", Action.SURRENDER_FOR_AMENDMENT: "AREQ"}


class AnswerCode(StrEnum):
    """The carrier's answer; PINT calls the first one SACC, EBL_END SURRENDERED."""

    SURRENDERED = "SURR"
    REJECTED = "SREJ"


class SurrenderRequest(Message):
    """Somebody entitled gives the document back to its carrier, which holds it until it answers."""

    surrender_request_reference: Annotated[str, StringConstraints(pattern=TRIMMED, max_length=100)]
    transport_document_reference: Reference
    transport_document_sub_reference: Maybe[SubReference] = None
    surrender_request_code: Literal["SREQ", "AREQ"]
    reason_code: Maybe[SurrenderReason] = None
    comments: Maybe[Comments] = None
    endorsement_chain: Maybe[list[ChainLink]] = None


class Feedback(Message):
    """What exactly is wrong with a request."""

    severity: Literal["ERROR", "WARN", "INFO"]
    code: Annotated[str, StringConstraints(max_length=50)]
    message: Annotated[str, StringConstraints(max_length=5000)]
    property_path: Maybe[Annotated[str, StringConstraints(max_length=1000)]] = None


class SurrenderAnswer(Message):
    """The carrier's answer."""

    surrender_request_reference: Annotated[str, StringConstraints(pattern=TRIMMED, max_length=100)]
    action: AnswerCode
    comments: Maybe[Comments] = None
    feedback_elements: Maybe[list[Feedback]] = None


def request_reference(title: TitleRecord) -> str:
    """Return the reference of a title's surrender: a version of a title is surrendered once, so it is never reused."""
    return f"{title.title_id}-{title.sequence}"


def is_surrender(entry: HistoryEntry) -> bool:
    """Tell whether a version of a title is one that was just surrendered, here or on another platform."""
    return _code_of(entry.title) is not None


def is_answer(entry: HistoryEntry) -> bool:
    """Tell whether a version of a title is one whose surrender was just answered."""
    return entry.title.last_action.action_code in (Action.SACC, Action.SREJ)


def request_of(entries: Sequence[HistoryEntry], directory: Directory, document: dict[str, Any]) -> dict[str, Any]:
    """Return the request for a title that has just been surrendered.

    Raises:
        Malformed: The last act of the history is no surrender.
    """
    title = entries[-1].title
    code = _code_of(title)
    if code is None:
        raise Malformed(f"the title's last act is {title.last_action.action_code}, no surrender")
    chain = export(entries, directory, document)[0]
    links = [{**link, "recipient": link.get("recipient", NO_PARTY)} for link in chain["endorsementChain"]]
    value: dict[str, Any] = {
        "surrenderRequestReference": request_reference(title),
        "transportDocumentReference": chain["transportDocumentReference"],
        "surrenderRequestCode": code,
        "endorsementChain": links,
    }
    if "transportDocumentSubReference" in chain:
        value["transportDocumentSubReference"] = chain["transportDocumentSubReference"]
    if title.surrender_reason is not None:
        value["reasonCode"] = title.surrender_reason.value
    if entries[-1].remark is not None:
        value["comments"] = " ".join(entries[-1].remark.split())
    return read(SurrenderRequest, value).value()


def answer_of(entries: Sequence[HistoryEntry]) -> dict[str, Any]:
    """Return the carrier's answer to the surrender just before the last act; a rejection comes with its words.

    Raises:
        Malformed: The last act of the history answers no surrender.
    """
    title = entries[-1].title
    if title.last_action.action_code not in (Action.SACC, Action.SREJ):
        raise Malformed(f"the title's last act is {title.last_action.action_code}, no answer to a surrender")
    accepted = title.last_action.action_code is Action.SACC
    surrendered = next(entry.title for entry in reversed(entries) if is_surrender(entry))
    value: dict[str, Any] = {
        "surrenderRequestReference": request_reference(surrendered),
        "action": (AnswerCode.SURRENDERED if accepted else AnswerCode.REJECTED).value,
    }
    if not accepted:
        value["comments"] = " ".join((entries[-1].remark or "").split())
        value["feedbackElements"] = [_feedback(each) for each in entries[-1].feedback]
        if not value["feedbackElements"]:
            value["feedbackElements"] = [{"severity": "ERROR", "code": "SREJ", "message": value["comments"]}]
    return read(SurrenderAnswer, value).value()


def read_request(content: bytes) -> SurrenderRequest:
    """Read a surrender request.

    Raises:
        Malformed: It does not have DCSA's shape.
    """
    return read(SurrenderRequest, _parsed(content))


def read_answer(content: bytes) -> SurrenderAnswer:
    """Read a carrier's answer.

    Raises:
        Malformed: It does not have DCSA's shape, or rejects without saying why.
    """
    answer = read(SurrenderAnswer, _parsed(content))
    if answer.action is AnswerCode.REJECTED and answer.comments is None:
        raise Malformed("comments: a rejection says why")
    return answer


def _code_of(title: TitleRecord) -> str | None:
    action = title.last_action.action_code
    if action is Action.IMPORT and title.status in SURRENDERED_BY_STATUS:
        action = Action(SURRENDERED_BY_STATUS[title.status].value)
    return _CODES.get(action)


def _feedback(element: FeedbackElement) -> dict[str, Any]:
    value = {"severity": element.severity, "code": element.code, "message": element.message}
    path = element.json_path or element.property
    return value if path is None else {**value, "propertyPath": path}


def _parsed(content: bytes) -> object:
    try:
        return parse_json(content)
    except JsonError as error:
        raise Malformed(str(error)) from None
