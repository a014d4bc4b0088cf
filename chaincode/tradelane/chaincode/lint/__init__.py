"""A linter for chaincode in Python: what would make two endorsing peers disagree, or tell private values.

It reads syntax trees only and runs nothing of what it judges. `check` takes sources, `python -m
tradelane.chaincode.lint` takes paths. The rules are data (`RULES`); docs/determinism.md is generated from them.
"""

from tradelane.chaincode.lint.catalog import RULES
from tradelane.chaincode.lint.check import check
from tradelane.chaincode.lint.finding import Finding, Level, Rule

__all__ = ["RULES", "Finding", "Level", "Rule", "check"]
