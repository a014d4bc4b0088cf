"""DCSA's messages about a title: surrender request and answer (EBL_SUR 3.0.4), issuance response (EBL_ISS 3.0.4).

The ledger is where a title is surrendered and answered; these are what carriers and platforms that exchange messages
are sent of it.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from tradelane.gateway.dcsa import issuance, surrender
from tradelane.gateway.dcsa.endorsement_chain import Directory
from tradelane.gateway.dcsa.issuance import IssuanceCode, IssuanceError
from tradelane.gateway.dcsa.messages import Malformed, read
from tradelane.gateway.errors import GatewayError, InputError, Refused
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade import documents, parties
from tradelane.gateway.trade.ebl.reading import history
from tradelane.model.title_requests import HistoryEntry

_MAX_REASON: Final = 255
_MAX_ERRORS: Final = 255


@flow
def surrender_message(session: Session, title_id: str, *, platform: str) -> Steps[dict[str, Any]]:
    """Return the surrender request of a title's last surrender, with its endorsement chain up to then.

    Args:
        session: Given by `run`.
        title_id: The title.
        platform: This platform's code, as the parties' `eblPlatform`.

    Raises:
        InputError: NOT_SURRENDERED.
        Refused: UNKNOWN_TITLE, NOT_A_PARTY; UNKNOWN_DOCUMENT when the document, whose reference the message carries,
            was never shared with the caller's organisation.
    """
    entries = _up_to((yield from session.run(history(title_id))).entries, surrender.is_surrender)
    if not entries:
        raise InputError("This title was never surrendered.", code="NOT_SURRENDERED")
    directory = Directory.of(platform, (yield from session.run(parties.list_parties())))
    content = yield from session.run(documents.read_of_title(title_id))
    return surrender.request_of(entries, directory, json.loads(content.content))


@flow
def answer_message(session: Session, title_id: str) -> Steps[dict[str, Any]]:
    """Return the carrier's answer to a title's last surrender that was answered; a rejection with its words.

    Raises:
        InputError: NOT_ANSWERED.
        Refused: UNKNOWN_TITLE, NOT_A_PARTY.
    """
    entries = _up_to((yield from session.run(history(title_id))).entries, surrender.is_answer)
    if not entries:
        raise InputError("No surrender of this title was answered yet.", code="NOT_ANSWERED")
    return surrender.answer_of(entries)


@flow
def issuance_message(session: Session, title_id: str) -> Steps[dict[str, Any]]:
    """Return the platform's response to the issuance request of a title that was issued: ISSU.

    Raises:
        Refused: UNKNOWN_TITLE, NOT_A_PARTY, UNKNOWN_DOCUMENT.
    """
    document = json.loads((yield from session.run(documents.read_of_title(title_id))).content)
    said = issuance.response_of(document["transportDocumentReference"], IssuanceCode.ISSUED)
    if "transportDocumentSubReference" in document:
        said["transportDocumentSubReference"] = document["transportDocumentSubReference"]
    return said


def issuance_refusal(reference: str, error: GatewayError) -> dict[str, Any]:
    """Return the platform's response to an issuance request that failed: BREQ for a bad one, REFU for a refused one.

    Args:
        reference: The transport document's.
        error: With what `ebl.issue` failed.

    Raises:
        InputError: NO_RESPONSE: the failure says nothing of the request, such as Unreachable; or INVALID_REQUEST: the
            reference is none.
    """
    if not isinstance(error, InputError | Refused):
        raise InputError(
            "This failure says nothing of the request, so there is no response to it yet; try again.",
            code="NO_RESPONSE",
        )
    code = IssuanceCode.BAD_REQUEST if isinstance(error, InputError) else IssuanceCode.REFUSED
    places = [f"{where}: {what}" for where, what in error.details.items() if where.startswith("$")] or [error.message]
    try:
        errors = [_error(each, error.code) for each in places[:_MAX_ERRORS]]
        return issuance.response_of(reference, code, reason=_words(error.message), errors=errors)
    except Malformed as bad:
        raise InputError(f"There is no response to such a request: {bad}.", code="INVALID_REQUEST") from None


def _error(reason: str, code: str) -> IssuanceError:
    return read(IssuanceError, {"reason": _words(reason), "errorCode": code[:50]})


def _words(text: str) -> str:
    return " ".join(text.split())[:_MAX_REASON].strip()


def _up_to(entries: Sequence[HistoryEntry], wanted: Callable[[HistoryEntry], bool]) -> Sequence[HistoryEntry]:
    """Return a history up to the last entry of a kind; empty where there is none."""
    places = [number for number, entry in enumerate(entries) if wanted(entry)]
    return entries[: places[-1] + 1] if places else ()
