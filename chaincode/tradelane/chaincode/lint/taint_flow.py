"""Follows private values through the statements of one function."""

import ast
from collections.abc import Sequence

from tradelane.chaincode.lint.project import Function, Project
from tradelane.chaincode.lint.taint import CLEAN, PRIVATE, Environment, Origins, Summary, join
from tradelane.chaincode.lint.taint_closures import captured
from tradelane.chaincode.lint.taint_values import Summaries, Values

_ROUNDS = 4
"""How often a loop's body is followed; each round carries a value over one more assignment against the order."""


class Flow:
    """One function, followed from its first statement.

    Args:
        project: All modules.
        function: The function.
        summaries: What is known of other functions so far.
        is_entry: Whether clients get what it returns.
    """

    def __init__(self, project: Project, function: Function, summaries: Summaries, *, is_entry: bool) -> None:
        self._values = Values(project, function, summaries, self._leak)
        self._is_entry = is_entry
        self._returns: Origins = CLEAN
        self._leaks: set[tuple[str, str]] = set()
        self.found: dict[tuple[str, int, int], tuple[ast.AST, str]] = {}
        arguments = function.node.args
        rest = [argument.arg for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
        self._captured = captured(function)
        given = (*function.parameters, *rest, *self._captured)
        self._values.environment = {name: frozenset({name}) for name in given}
        self._leaves: set[tuple[str, str]] = set()
        if self._block(function.node.body):
            self._leave()

    @property
    def summary(self) -> Summary:
        """What the function does with what it is given."""
        return Summary(self._returns, frozenset(self._leaks), frozenset(self._leaves))

    def _leave(self) -> None:
        for name in self._captured:
            self._leaves.update((name, origin) for origin in self._values.environment[name] if origin != name)

    def _leak(self, code: str, node: ast.AST, origins: Origins, words: str) -> None:
        self._leaks.update((name, code) for name in origins if name != PRIVATE)
        if PRIVATE in origins:
            place = (code, getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
            self.found[place] = (node, f"a private value {words}")

    def _block(self, statements: Sequence[ast.stmt]) -> bool:
        """Follow statements; False where the way ends before the last one is done."""
        return all(self._statement(statement) for statement in statements)

    def _statement(self, node: ast.stmt) -> bool:
        match node:
            case ast.Return(value=value):
                self._return(node, self._values.of(value))
                self._leave()
                return False
            case ast.Raise():
                self._leak("DET704", node, self._values.of(node.exc), "is told in an exception here")
                self._leak("DET704", node, self._values.of(node.cause), "is told in an exception here")
                return False
            case ast.Break() | ast.Continue():
                return True
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._values.assign(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._values.assign(target, value)
            case ast.AugAssign(target=target, value=value):
                self._values.bind(target, self._values.of(target) | self._values.of(value))
            case ast.Assert(test=test, msg=message):
                self._values.of(test)
                self._leak("DET704", node, self._values.of(message), "is told in an exception here")
            case ast.Expr(value=value):
                self._expression(value)
            case _:
                return self._compound(node)
        return True

    def _expression(self, value: ast.expr) -> None:
        origins = self._values.of(value)
        if isinstance(value, ast.Yield | ast.YieldFrom):
            self._return(value, origins)

    def _return(self, node: ast.AST, origins: Origins) -> None:
        self._returns |= origins
        if self._is_entry and PRIVATE in origins:
            self._leak("DET701", node, origins & {PRIVATE}, "is returned to the client here")

    def _compound(self, node: ast.stmt) -> bool:
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                self._values.of(test)
                return self._ways([body, orelse])
            case ast.For() | ast.AsyncFor():
                return self._loop(node)
            case ast.While(test=test, body=body, orelse=orelse):
                self._repeat(node, body)
                return self._block(orelse)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    origins = self._values.of(item.context_expr)
                    if item.optional_vars is not None:
                        self._values.bind(item.optional_vars, origins)
                return self._block(node.body)
            case ast.Try() | ast.TryStar():
                return self._try(node)
            case ast.Match(subject=subject, cases=cases):
                return self._match(subject, cases)
        return True

    def _loop(self, node: ast.For | ast.AsyncFor) -> bool:
        self._repeat(node, node.body)
        return self._block(node.orelse)

    def _repeat(self, node: ast.For | ast.AsyncFor | ast.While, body: Sequence[ast.stmt]) -> None:
        for _ in range(_ROUNDS):
            before = dict(self._values.environment)
            if isinstance(node, ast.While):
                self._values.of(node.test)
            else:
                self._values.bind(node.target, self._values.of(node.iter))
            self._block(body)
            self._values.environment = join([before, self._values.environment]) or {}
            if self._values.environment == before:
                return

    def _ways(self, blocks: Sequence[Sequence[ast.stmt]]) -> bool:
        """Follow alternatives, each from the same start, and go on with what any of them leaves."""
        start, ends = dict(self._values.environment), list[Environment | None]()
        for block in blocks:
            self._values.environment = dict(start)
            ends.append(self._values.environment if self._block(block) else None)
            if ends[-1] is not None:
                ends[-1] = self._values.environment
        joined = join(ends)
        self._values.environment = start if joined is None else joined
        return joined is not None

    def _try(self, node: "ast.Try | ast.TryStar") -> bool:
        before = dict(self._values.environment)
        outside, self._values.quoted = self._values.quoted, CLEAN
        goes_on = self._block([*node.body, *node.orelse])
        quoted = self._values.quoted
        self._values.quoted |= outside
        after = self._values.environment
        ends: list[Environment | None] = [after if goes_on else None]
        for handler in node.handlers:
            # The exception may have come from anywhere in the body.
            self._values.environment = join([before, after]) or {}
            if handler.name is not None:
                self._values.environment[handler.name] = quoted
            ends.append(self._values.environment if self._block(handler.body) else None)
            if ends[-1] is not None:
                ends[-1] = self._values.environment
        joined = join(ends)
        self._values.environment = (join([before, after]) or {}) if joined is None else joined
        return self._block(node.finalbody) and joined is not None

    def _match(self, subject: ast.expr, cases: Sequence[ast.match_case]) -> bool:
        origins = self._values.of(subject)
        for case in cases:
            for pattern in ast.walk(case.pattern):
                name = getattr(pattern, "rest", None) or getattr(pattern, "name", None)
                if isinstance(name, str):
                    self._values.environment[name] = origins
            self._values.of(case.guard)
        return self._ways([*(case.body for case in cases), []])
