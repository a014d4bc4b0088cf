"""Orders of reads and writes within one function that Fabric refuses, or answers otherwise than expected."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tradelane.chaincode.lint.finding import Problem
from tradelane.chaincode.lint.module import Module
from tradelane.chaincode.lint.project import Project
from tradelane.chaincode.lint.stubs import WRITES, reads_private

_UNCHECKED = {"get_query_result", "get_history_for_key"}
_READ_OF = {"put_state": "get_state", "del_state": "get_state"} | {
    f"{act}_private_data": "get_private_data" for act in ("put", "del", "purge")
}


@dataclass(slots=True)
class _Past:
    """What a function has done on the way to a statement."""

    written: dict[str, ast.AST] = field(default_factory=dict)
    """Read that would show each write, as source text."""
    paged: bool = False
    unchecked: bool = False
    wrote: bool = False

    def copy(self) -> "_Past":
        return _Past(dict(self.written), self.paged, self.unchecked, self.wrote)

    def add(self, other: "_Past") -> None:
        self.written |= other.written
        self.paged |= other.paged
        self.unchecked |= other.unchecked
        self.wrote |= other.wrote


def find(_: Project, module: Module) -> Iterator[Problem]:
    """Yield what Fabric does not do as the function expects."""
    for function, _scope in module.functions:
        reader = _Reader()
        reader.block(function.body, _Past())
        yield from reader.problems.values()


class _Reader:
    """Follows one function; alternatives are followed one by one."""

    def __init__(self) -> None:
        self.problems: dict[tuple[str, int, int], Problem] = {}

    def block(self, statements: Sequence[ast.stmt], past: _Past) -> _Past | None:
        """Follow statements; None where the way ends."""
        for statement in statements:
            following = self._statement(statement, past)
            if following is None:
                return None
            past = following
        return past

    def _statement(self, node: ast.stmt, past: _Past) -> _Past | None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return past
            case ast.If(test=test, body=body, orelse=orelse):
                self._expressions(test, past)
                return self._ways([body, orelse], past)
            case ast.Match(subject=subject, cases=cases):
                self._expressions(subject, past)
                return self._ways([*(case.body for case in cases), []], past)
            case ast.Try() | ast.TryStar():
                return self._try(node, past)
            case ast.For() | ast.AsyncFor() | ast.While() | ast.With() | ast.AsyncWith():
                return self._inner(node, past)
        self._expressions(node, past)
        _forget(node, past)
        return None if isinstance(node, ast.Return | ast.Raise | ast.Break | ast.Continue) else past

    def _inner(self, node: ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith, past: _Past) -> _Past | None:
        for name, value in ast.iter_fields(node):
            if name not in {"body", "orelse"}:
                for part in value if isinstance(value, list) else [value]:
                    if isinstance(part, ast.AST):
                        self._expressions(part, past)
                        _forget(part, past)
        if isinstance(node, ast.With | ast.AsyncWith):
            return self.block(node.body, past)
        return self._ways([node.body, [], node.orelse], past)

    def _try(self, node: "ast.Try | ast.TryStar", past: _Past) -> _Past | None:
        handlers = [handler.body for handler in node.handlers]
        after = self._ways([[*node.body, *node.orelse], *handlers], past)
        return self.block(node.finalbody, past if after is None else after) and after

    def _ways(self, blocks: Sequence[Sequence[ast.stmt]], past: _Past) -> _Past | None:
        ends = [end for block in blocks if (end := self.block(block, past.copy())) is not None]
        for end in ends[1:]:
            ends[0].add(end)
        return ends[0] if ends else None

    def _expressions(self, node: ast.AST, past: _Past) -> None:
        for call in _calls(node):
            if isinstance(call.func, ast.Attribute):
                self._call(call, call.func.attr, past)

    def _call(self, node: ast.Call, method: str, past: _Past) -> None:
        if method.startswith("get_") and _reads(method, node) in past.written:
            self._report("DET802", node, f"{method} reads here what was written above")
        if method in WRITES:
            if past.paged:
                self._report("DET801", node, f"{method} stands here after a query that forbids writes")
            if past.unchecked:
                self._report("DET803", node, f"{method} stands here after a query that is not checked again")
            past.wrote = True
            if method in _READ_OF:
                past.written[_reads(_READ_OF[method], node)] = node
        elif _is_paged(method):
            past.paged = True
            if past.wrote:
                self._report("DET801", node, f"{method} stands here after a write, which forbids it")
        elif method in _UNCHECKED:
            past.unchecked = True

    def _report(self, code: str, node: ast.Call, what: str) -> None:
        self.problems[code, node.lineno, node.col_offset] = Problem(code, node, what)


def _is_paged(method: str) -> bool:
    if method.startswith("get_") and method.endswith("_with_pagination"):
        return True
    return reads_private(method) and ("_by_" in method or "query_result" in method)


def _reads(method: str, node: ast.Call) -> str:
    """Return the read of the key that a call names, as source text; keyword arguments are taken in their order."""
    count = 2 if "private_data" in method else 1
    given = [*node.args, *(item.value for item in node.keywords)]
    if given and isinstance(given[0], ast.Starred):
        count = 1
    return f"{method}({', '.join(ast.unparse(argument) for argument in given[:count])})"


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    """Yield calls as they happen: arguments first."""
    if isinstance(node, ast.Lambda):
        return
    for child in ast.iter_child_nodes(node):
        yield from _calls(child)
    if isinstance(node, ast.Call):
        yield node


def _forget(node: ast.AST, past: _Past) -> None:
    """Drop what is known of keys whose text no longer means the same, because a name in it was assigned anew."""
    stored = {
        child.id for child in ast.walk(node) if isinstance(child, ast.Name) and not isinstance(child.ctx, ast.Load)
    }
    if stored:
        past.written = {
            read: write
            for read, write in past.written.items()
            if not stored & {child.id for child in ast.walk(ast.parse(read)) if isinstance(child, ast.Name)}
        }
