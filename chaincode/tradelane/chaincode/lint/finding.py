"""What the linter is made of: a rule, and one place where it is broken."""

import ast
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    """How sure the linter is. Both fail the command; a warning is more often waived."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        code: Stable name, which waivers and other programs use.
        title: What the rule finds.
        why: A sentence: what goes wrong on a network of several peers.
        instead: A sentence: what to write.
        bad: A piece of chaincode that breaks this rule and no other.
        good: The same, written so that no rule is broken.
        level: How sure the linter is.
    """

    code: str
    title: str
    why: str
    instead: str
    bad: str
    good: str
    level: Level = Level.ERROR


class Problem(NamedTuple):
    """A rule broken at a node; `what` says what stands there, as the beginning of a sentence."""

    code: str
    node: ast.AST
    what: str


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A rule broken at a place; lines and columns count from 1."""

    path: str
    line: int
    column: int
    code: str
    what: str
