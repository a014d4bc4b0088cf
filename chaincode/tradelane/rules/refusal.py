"""Refusals: each has a stable code, which travels to the caller, and a sentence for a person.

Status classes: 400 invalid, 403 not yours, 404 unknown, 409 wrong state, 422 against a rule.
"""

from collections.abc import Mapping
from enum import StrEnum


class Code(StrEnum):
    """Why an act was refused. A code never changes its meaning; programs may rely on it."""

    # 400: the request itself
    INVALID_REQUEST = "INVALID_REQUEST"
    INVALID_DOCUMENT = "INVALID_DOCUMENT"
    UNKNOWN_FUNCTION = "UNKNOWN_FUNCTION"
    # 403: who is asking
    NOT_IDENTIFIED = "NOT_IDENTIFIED"
    NOT_ADMIN = "NOT_ADMIN"
    NOT_SIGNER = "NOT_SIGNER"
    NOT_AUTHORITY = "NOT_AUTHORITY"
    NOT_CARRIER = "NOT_CARRIER"
    NOT_LICENSED = "NOT_LICENSED"
    NOT_IN_CONTROL = "NOT_IN_CONTROL"
    NOT_ENDORSEE = "NOT_ENDORSEE"
    NOT_ISSUER = "NOT_ISSUER"
    NOT_TITLEHOLDER = "NOT_TITLEHOLDER"
    NOT_A_PARTY = "NOT_A_PARTY"
    NOT_OWNER = "NOT_OWNER"
    NOT_PLEDGEE = "NOT_PLEDGEE"
    NOT_OPERATOR = "NOT_OPERATOR"
    NOT_A_MEMBER = "NOT_A_MEMBER"
    FOREIGN_ORGANISATION = "FOREIGN_ORGANISATION"
    # 404: what is asked about
    UNKNOWN_PARTY = "UNKNOWN_PARTY"
    UNKNOWN_TITLE = "UNKNOWN_TITLE"
    UNKNOWN_DOCUMENT = "UNKNOWN_DOCUMENT"
    UNKNOWN_ORGANISATION = "UNKNOWN_ORGANISATION"
    UNKNOWN_ATTACHMENT = "UNKNOWN_ATTACHMENT"
    # 409: not in this state
    WRONG_STATE = "WRONG_STATE"
    STALE_TITLE = "STALE_TITLE"
    CHAIN_BROKEN = "CHAIN_BROKEN"
    ALREADY_AGREED = "ALREADY_AGREED"
    ALREADY_FROZEN = "ALREADY_FROZEN"
    NOTHING_TO_REFUSE = "NOTHING_TO_REFUSE"
    TOO_LATE_TO_REFUSE = "TOO_LATE_TO_REFUSE"
    PARTY_EXISTS = "PARTY_EXISTS"
    LEI_EXISTS = "LEI_EXISTS"
    TITLE_EXISTS = "TITLE_EXISTS"
    DOCUMENT_EXISTS = "DOCUMENT_EXISTS"
    DUPLICATE_REFERENCE = "DUPLICATE_REFERENCE"
    ATTACHMENT_EXISTS = "ATTACHMENT_EXISTS"
    ALREADY_LICENSED = "ALREADY_LICENSED"
    ORGANISATION_EXISTS = "ORGANISATION_EXISTS"
    NOT_PREPARED = "NOT_PREPARED"
    NOT_AT_THIS_PEER = "NOT_AT_THIS_PEER"
    SEVERAL_DOCUMENTS = "SEVERAL_DOCUMENTS"
    # 422: against a rule
    NOT_A_TITLE = "NOT_A_TITLE"
    NOT_NEGOTIABLE = "NOT_NEGOTIABLE"
    ENDORSEE_MAY_NOT_ENDORSE = "ENDORSEE_MAY_NOT_ENDORSE"
    RECIPIENT_REQUIRED = "RECIPIENT_REQUIRED"
    RECIPIENT_NOT_ALLOWED = "RECIPIENT_NOT_ALLOWED"
    SAME_PARTY = "SAME_PARTY"
    RECIPIENT_NOT_LICENSED = "RECIPIENT_NOT_LICENSED"
    ROLE_NOT_REGULATED = "ROLE_NOT_REGULATED"
    ROLE_NOT_HELD = "ROLE_NOT_HELD"
    NOT_A_TITLE_DOCUMENT = "NOT_A_TITLE_DOCUMENT"
    NOT_LODGED = "NOT_LODGED"
    COMMITMENT_MISMATCH = "COMMITMENT_MISMATCH"
    REASON_REQUIRED = "REASON_REQUIRED"
    NOT_A_BANK = "NOT_A_BANK"
    NOT_A_PLATFORM = "NOT_A_PLATFORM"
    NOT_JOINABLE = "NOT_JOINABLE"
    LIMIT_PASSED = "LIMIT_PASSED"
    SURRENDER_FIRST = "SURRENDER_FIRST"
    NOTHING_TO_RECOVER = "NOTHING_TO_RECOVER"
    LAW_NOT_IN_FORCE = "LAW_NOT_IN_FORCE"
    NOT_UNDER_THIS_LAW = "NOT_UNDER_THIS_LAW"
    NOT_TO_BE_REPLACED = "NOT_TO_BE_REPLACED"
    QUANTITIES_DIFFER = "QUANTITIES_DIFFER"
    TOO_MANY_DOCUMENTS = "TOO_MANY_DOCUMENTS"
    EMPTY_DOCUMENT = "EMPTY_DOCUMENT"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    WRONG_MEDIA_TYPE = "WRONG_MEDIA_TYPE"


class Refused(Exception):
    """An act was refused; nothing is written.

    Attributes:
        code: The stable reason.
        status: Its class, as the response status of the transaction (400 to 422).
        details: Facts for programs, e.g. which field; strings only, and never private content.
    """

    def __init__(self, status: int, code: Code, message: str, details: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = dict(details or {})
