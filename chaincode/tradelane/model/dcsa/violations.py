"""What is wrong with a document: rule, place and a sentence, never the content found there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

SCHEMA = "DCSA"
"""Rule of a violation of the published schema; the conditions between fields are TD-1 to TD-10 and so on."""

_SHOWN = 50
_PATH_LENGTH = 250
_MESSAGES = {
    "missing": "this field is required",
    "string_pattern_mismatch": "this text does not have the form that DCSA prescribes",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that is wrong."""

    rule: str
    path: str
    """JSON path of the place, such as $.documentParties.shipper."""
    message: str


class DocumentError(ValueError):
    """A document is not acceptable.

    Attributes:
        violations: Everything found wrong, at least one.
    """

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__(f"{len(violations)} violation(s), first {violations[0].path}: {violations[0].message}")
        self.violations = tuple(violations)

    @property
    def details(self) -> Mapping[str, str]:
        """Rule and sentence by JSON path, for a refusal; at most 50 places."""
        found: dict[str, str] = {}
        for violation in self.violations:
            text = f"{violation.rule}: {violation.message}"
            found[violation.path] = f"{found[violation.path]}; {text}" if violation.path in found else text
        return dict(list(found.items())[:_SHOWN])


def json_path(parts: Iterable[str | int], root: str = "$") -> str:
    """Write a place in a JSON value, e.g. $.consignmentItems[0].HSCodes."""
    path = root + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return path[:_PATH_LENGTH]


def schema_violations(error: ValidationError) -> tuple[Violation, ...]:
    """Say what pydantic found, in words that do not repeat the content."""
    return tuple(
        Violation(
            rule=_rule(item["loc"], item["type"]),
            path=json_path(item["loc"]),
            message=_MESSAGES.get(item["type"], item["msg"]),
        )
        for item in error.errors(include_url=False, include_input=False, include_context=False)
    )


def _rule(place: tuple[str | int, ...], kind: str) -> str:
    return "TD-9" if kind == "missing" and "dangerousGoods" in place else SCHEMA
