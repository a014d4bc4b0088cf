"""Findings as text for people and as JSON for programs."""

import json
from collections.abc import Sequence

from tradelane.chaincode.lint.catalog import RULES
from tradelane.chaincode.lint.finding import Finding, Level


def as_text(findings: Sequence[Finding]) -> str:
    """Return one line for each finding: place, code, what stands there, why it is wrong, what to write instead."""
    return "".join(f"{_sentence(finding)}\n" for finding in findings)


def as_json(findings: Sequence[Finding], files: int) -> str:
    """Return the findings and the number of files as a JSON object."""
    content = {"files": files, "findings": [_entry(finding) for finding in findings]}
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def _sentence(finding: Finding) -> str:
    rule = RULES[finding.code]
    warning = "warning: " if rule.level is Level.WARNING else ""
    place = f"{finding.path}:{finding.line}:{finding.column}"
    return f"{place}: {finding.code} {warning}{finding.what}. {rule.why} {rule.instead}"


def _entry(finding: Finding) -> dict[str, str | int]:
    rule = RULES[finding.code]
    return {
        "path": finding.path,
        "line": finding.line,
        "column": finding.column,
        "code": finding.code,
        "level": rule.level.value,
        "what": finding.what,
        "why": rule.why,
        "instead": rule.instead,
    }
