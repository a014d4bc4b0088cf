"""Waivers: comments that allow a rule to be broken in one place, with the reason."""

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field

from tradelane.chaincode.lint.catalog import RULES

_COMMENT = re.compile(r"#\s*determinism:(?P<text>.*)", re.IGNORECASE)
_WAIVER = re.compile(r"\s*allow\s+(?P<codes>DET\d+(?:\s*,\s*DET\d+)*)(?:[\s:,-]+(?P<reason>.*\w.*))?\s*$")
_NEVER = ("DET900", "DET901", "DET902")
_SKIPPED = {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}


@dataclass(slots=True)
class Waiver:
    """A comment that allows some rules to be broken in some lines."""

    line: int
    column: int
    codes: tuple[str, ...]
    lines: range
    error: str = ""
    """Why it cannot be read; empty for a good one."""
    used: set[str] = field(default_factory=set)

    def covers(self, line: int, code: str) -> bool:
        """Tell whether a finding is allowed."""
        return not self.error and code in self.codes and line in self.lines


def read_waivers(source: str) -> list[Waiver]:
    """Return the waivers of a file, good and bad.

    A waiver at the end of a line counts for the statement it stands in, one on a line of its own for the
    next statement.
    """
    return [_waiver(token, lines) for token, lines in _comments(source) if _COMMENT.search(token.string)]


def _comments(source: str) -> Iterator[tuple[tokenize.TokenInfo, range]]:
    """Yield comments with the lines of the statement each belongs to."""
    waiting: list[tokenize.TokenInfo] = []
    start: int | None = None
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            waiting.append(token)
        elif token.type in {tokenize.NEWLINE, tokenize.ENDMARKER}:
            lines = range(start or token.start[0], token.start[0] + 1)
            yield from ((comment, lines) for comment in waiting)
            waiting, start = [], None
        elif token.type not in _SKIPPED and start is None:
            start = token.start[0]


def _waiver(token: tokenize.TokenInfo, lines: range) -> Waiver:
    comment, waiver = _COMMENT.search(token.string), None
    if comment is not None:
        waiver = _WAIVER.match(comment["text"])
    line, column = token.start[0], token.start[1] + 1
    if waiver is None:
        return Waiver(line, column, (), lines, "this is no `allow CODE reason`")
    codes = tuple(re.split(r"\s*,\s*", waiver["codes"]))
    unknown = [code for code in codes if code not in RULES or code in _NEVER]
    if unknown:
        return Waiver(line, column, codes, lines, f"{unknown[0]} is no rule that can be waived")
    if not waiver["reason"]:
        return Waiver(line, column, codes, lines, "the reason is missing")
    return Waiver(line, column, codes, lines)
