"""Scopes and the names bound in them."""

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tradelane.chaincode.lint.module import Module

FunctionNode: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Binding:
    """One way in which a name gets its value; all None where the linter cannot tell."""

    dotted: str | None = None
    """Of an import or a definition."""
    value: ast.expr | None = None
    annotation: ast.expr | None = None


class Scope:
    """A module, class, function, lambda or comprehension.

    Args:
        node: What opens the scope.
        parent: The scope around it.
        name: Dotted name inside the module, empty for the module itself.
    """

    def __init__(self, node: ast.AST, parent: "Scope | None", name: str) -> None:
        self.node = node
        self.parent = parent
        self.name = name
        self.bindings: dict[str, list[Binding]] = {}
        self.outer_names: set[str] = set()

    @property
    def is_class(self) -> bool:
        """Whether functions inside do not see the names bound here."""
        return isinstance(self.node, ast.ClassDef)

    def child_name(self, name: str) -> str:
        """Return the dotted name of something defined here."""
        return f"{self.name}.{name}" if self.name else name

    def find(self, name: str) -> "tuple[Scope, list[Binding]] | None":
        """Return where a name used here is bound, and how."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bindings and (scope is self or not scope.is_class):
                return scope, scope.bindings[name]
            scope = scope.parent
        return None

    def function(self) -> "Scope | None":
        """Return the function this scope is in, None in a module's or class's own code."""
        scope: Scope | None = self
        while scope is not None and not isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef):
            scope = scope.parent
        return scope

    def bind_arguments(self, arguments: ast.arguments) -> None:
        """Bind a function's parameters."""
        for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
            self._add(argument.arg, Binding(annotation=argument.annotation))
        for rest in (arguments.vararg, arguments.kwarg):
            if rest is not None:
                self._add(rest.arg, Binding())

    def bind(self, node: ast.AST, module: "Module") -> None:
        """Bind what a statement or expression binds."""
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._add(node.name, Binding(dotted=f"{module.name}.{self.child_name(node.name)}"))
            case ast.Import() | ast.ImportFrom():
                self._import(node, module)
            case ast.Assign():
                for target in node.targets:
                    self._target(target, node.value)
            case ast.AnnAssign(target=ast.Name(id=name)):
                self._add(name, Binding(value=node.value, annotation=node.annotation))
            case ast.NamedExpr(target=ast.Name(id=name)):
                self._around_comprehensions()._add(name, Binding(value=node.value))
            case ast.Global() | ast.Nonlocal():
                self.outer_names.update(node.names)
            case _:
                self._bind_unknown(node)

    def _bind_unknown(self, node: ast.AST) -> None:
        match node:
            case ast.For() | ast.AsyncFor():
                self._target(node.target, None)
            case ast.comprehension():
                self._target(node.target, None)
            case ast.withitem(optional_vars=ast.expr() as target):
                self._target(target, None)
            case ast.ExceptHandler(name=str(name)):
                self._add(name, Binding())
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
                self._add(name, Binding())

    def _import(self, node: ast.Import | ast.ImportFrom, module: "Module") -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                top = alias.name.partition(".")[0]
                self._add(alias.asname or top, Binding(dotted=alias.name if alias.asname else top))
            elif alias.name == "*":
                module.stars.append(module.absolute(node))
            else:
                self._add(alias.asname or alias.name, Binding(dotted=f"{module.absolute(node)}.{alias.name}"))

    def _target(self, target: ast.expr, value: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self._add(target.id, Binding(value=value))
        elif isinstance(target, ast.Starred):
            self._target(target.value, None)
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self._target(element, None)

    def _around_comprehensions(self) -> "Scope":
        scope = self
        while scope.parent is not None and isinstance(
            scope.node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
        ):
            scope = scope.parent
        return scope

    def _add(self, name: str, binding: Binding) -> None:
        if name not in self.outer_names:
            self.bindings.setdefault(name, []).append(binding)
