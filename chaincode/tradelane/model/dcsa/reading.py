"""The way in for a private document: from bytes to a document that has been examined."""

from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError

from tradelane.model.canonical import JsonError, canonicalize, parse_json
from tradelane.model.dcsa.conditions import check_conditions
from tradelane.model.dcsa.document import IssuanceRequest, TransportDocument
from tradelane.model.dcsa.numbers import GLEIF, check_numbers
from tradelane.model.dcsa.parties import Consignee, Endorsee, IssueToParty
from tradelane.model.dcsa.types import Dcsa
from tradelane.model.dcsa.violations import DocumentError, Violation, schema_violations

M = TypeVar("M", bound=Dcsa)


@dataclass(frozen=True, slots=True)
class ExaminedDocument:
    """A document that fits the schema and every condition."""

    document: TransportDocument
    canonical: bytes
    """Its RFC 8785 bytes, with the fields that are not modelled."""


def read_document(data: bytes) -> ExaminedDocument:
    """Examine a transport document.

    Conditions are looked at once the document fits the schema, so a caller sees all violations of one kind at a time.

    Raises:
        DocumentError: Broken JSON, a violation of DCSA's schema, of TD-1 to TD-9, or a number with a wrong check digit.
    """
    parsed = _parse(data)
    canonical = _canonical(parsed)
    document = _fit(TransportDocument, canonical)
    violations = (*check_conditions(document), *check_numbers(document, parsed))
    if violations:
        raise DocumentError(violations)
    return ExaminedDocument(document, canonical)


def read_issuance_request(data: bytes) -> tuple[IssuanceRequest, ExaminedDocument]:
    """Examine a carrier's issuance request and the document in it.

    Raises:
        DocumentError: As read_document; paths count from the request.
    """
    parsed = _parse(data)
    canonical = _canonical(parsed)
    request = _fit(IssuanceRequest, canonical)
    try:
        examined = read_document(canonicalize(parsed["document"]))
    except DocumentError as error:
        raise DocumentError([_below_document(found) for found in error.violations]) from None
    return request, examined


def lei_of(party: Consignee | Endorsee | IssueToParty) -> str | None:
    """Return the party's Legal Entity Identifier, None where its identifying codes have none."""
    return next((code.party_code for code in party.identifying_codes if code.code_list_provider == GLEIF), None)


def _below_document(found: Violation) -> Violation:
    return Violation(found.rule, f"$.document{found.path[1:]}", found.message)


def _parse(data: bytes) -> Any:  # noqa: ANN401 -- any JSON value
    try:
        return parse_json(data)
    except JsonError as error:
        raise DocumentError([Violation("JSON", "$", str(error))]) from None


def _canonical(parsed: Any) -> bytes:  # noqa: ANN401
    try:
        return canonicalize(parsed)
    except JsonError as error:
        raise DocumentError([Violation("JSON", "$", str(error))]) from None


def _fit(model: type[M], canonical: bytes) -> M:
    try:
        return model.model_validate_json(canonical)
    except ValidationError as error:
        raise DocumentError(schema_violations(error)) from None
