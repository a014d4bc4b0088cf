"""What kind of value an expression has, as far as it shows: enough to tell sets, floats, decimals and paths."""

import ast
from collections.abc import Iterable
from enum import StrEnum

from tradelane.chaincode.lint.module import Module
from tradelane.chaincode.lint.project import Project
from tradelane.chaincode.lint.scope import Binding, Scope

_DEPTH = 12


class Kind(StrEnum):
    """A kind of value that the rules care about."""

    SET = "set"
    VIEW = "view of a dict"
    FLOAT = "float"
    DECIMAL = "decimal"
    PATH = "path"
    TEXT = "text"
    OTHER = "other"


_CALLS = {
    "builtins.set": Kind.SET,
    "builtins.frozenset": Kind.SET,
    "builtins.float": Kind.FLOAT,
    "builtins.str": Kind.TEXT,
    "decimal.Decimal": Kind.DECIMAL,
    "fractions.Fraction": Kind.DECIMAL,
    **{f"pathlib.{name}": Kind.PATH for name in ("Path", "PurePath", "PosixPath", "WindowsPath", "PurePosixPath")},
    **{f"builtins.{name}": Kind.OTHER for name in ("int", "len", "sorted", "list", "tuple", "dict", "bytes", "bool")},
}
_TYPES = {
    **_CALLS,
    **{f"typing.{name}": Kind.SET for name in ("Set", "FrozenSet", "AbstractSet", "MutableSet")},
    **{f"collections.abc.{name}": Kind.SET for name in ("Set", "MutableSet")},
}
_WRAPPERS = {"typing.Annotated", "typing.Optional", "typing.Final", "typing.ClassVar"}
_SET_METHODS = {"union", "intersection", "difference", "symmetric_difference", "copy"}
_SET_OPERATORS = (ast.BitOr, ast.BitAnd, ast.BitXor, ast.Sub)


class Kinds:
    """Tells kinds in one module of a project."""

    def __init__(self, project: Project, module: Module, known: dict[ast.expr, Kind | None] | None = None) -> None:
        self._project = project
        self._module = module
        self._known: dict[ast.expr, Kind | None] = {} if known is None else known

    def of(self, node: ast.expr, depth: int = 0) -> Kind | None:
        """Return the kind of an expression, None where it does not show."""
        if depth > _DEPTH:
            return None
        if node not in self._known:
            # A name that is assigned from itself has no kind by that.
            self._known[node] = None
            self._known[node] = self._of(node, depth)
        return self._known[node]

    def _of(self, node: ast.expr, depth: int) -> Kind | None:
        match node:
            case ast.Set() | ast.SetComp():
                return Kind.SET
            case ast.JoinedStr():
                return Kind.TEXT
            case ast.Constant(value=value):
                return Kind.FLOAT if isinstance(value, float) else Kind.TEXT if isinstance(value, str) else Kind.OTHER
            case ast.List() | ast.Tuple() | ast.Dict() | ast.ListComp() | ast.DictComp() | ast.GeneratorExp():
                return Kind.OTHER
            case ast.Name():
                return self._name(node, depth)
            case ast.Attribute():
                annotation = self._project.attributes.get(node.attr)
                return self._constant(node, depth) or (None if annotation is None else self.annotated(annotation))
        return self._compound(node, depth)

    def _compound(self, node: ast.expr, depth: int) -> Kind | None:
        match node:
            case ast.Await(value=value) | ast.NamedExpr(value=value) | ast.UnaryOp(operand=value):
                return self.of(value, depth + 1)
            case ast.IfExp(body=first, orelse=second):
                return _common([self.of(first, depth + 1), self.of(second, depth + 1)])
            case ast.BoolOp(values=values):
                return _common([self.of(value, depth + 1) for value in values])
            case ast.Call():
                return self._call(node, depth)
            case ast.BinOp():
                return self._operation(node, depth)
        return None

    def annotated(self, annotation: ast.expr | None) -> Kind | None:
        """Return the kind that an annotation promises."""
        match annotation:
            case None:
                return None
            case ast.Constant(value=str(text)):
                return self._parsed(text)
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                return _common([self.annotated(side) for side in (left, right) if not _is_none(side)])
            case ast.Subscript(value=base, slice=inner):
                if self._module.resolve(base, self._module.scope) in _WRAPPERS:
                    return self.annotated(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
                return self.annotated(base)
        return _TYPES.get(self._module.resolve(annotation, self._module.scope) or "")

    def _parsed(self, text: str) -> Kind | None:
        try:
            return self.annotated(ast.parse(text, mode="eval").body)
        except SyntaxError:
            return None

    def _name(self, node: ast.Name, depth: int) -> Kind | None:
        found = self._module.scopes.get(node, self._module.scope).find(node.id)
        if found is None:
            return None
        scope, bindings = found
        return self._constant(node, depth) or _common(self._bound(binding, scope, depth) for binding in bindings)

    def _bound(self, binding: Binding, scope: Scope, depth: int) -> Kind | None:
        promised = self.annotated(binding.annotation)
        if promised is not None or binding.value is None:
            return promised
        return None if scope.node is binding.value else self.of(binding.value, depth + 1)

    def _constant(self, node: ast.expr, depth: int) -> Kind | None:
        found = self._project.constant(self._module.resolve(node))
        if found is None or found[0] is self._module:
            return None
        other = Kinds(self._project, found[0], self._known)
        return _common(other._bound(binding, found[0].scope, depth + 1) for binding in found[1])

    def _call(self, node: ast.Call, depth: int) -> Kind | None:
        dotted = self._module.resolve(node.func)
        if dotted in _CALLS:
            return _CALLS[dotted]
        function = self._project.function(dotted)
        if function is not None:
            return Kinds(self._project, function.module, self._known).annotated(function.node.returns)
        if not isinstance(node.func, ast.Attribute):
            return None
        base, method = self.of(node.func.value, depth + 1), node.func.attr
        if base is Kind.SET:
            return Kind.SET if method in _SET_METHODS else None
        if method in {"keys", "items"} and not node.args:
            return Kind.VIEW
        return base if base in {Kind.DECIMAL, Kind.PATH} else None

    def _operation(self, node: ast.BinOp, depth: int) -> Kind | None:
        kinds = {self.of(node.left, depth + 1), self.of(node.right, depth + 1)}
        if isinstance(node.op, _SET_OPERATORS) and kinds & {Kind.SET, Kind.VIEW}:
            return Kind.SET
        for kind in (Kind.DECIMAL, Kind.PATH, Kind.FLOAT, Kind.TEXT):
            if kind in kinds:
                return kind
        return Kind.FLOAT if isinstance(node.op, ast.Div) else None


def _common(kinds: Iterable[Kind | None]) -> Kind | None:
    found = list(dict.fromkeys(kinds))
    return found[0] if len(found) == 1 else None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
