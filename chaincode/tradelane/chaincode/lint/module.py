"""A module as the rules see it: its nodes in order, each with its scope and parent, and what names mean there.

What only a type checker or `python -m` sees is left out: annotations, `if TYPE_CHECKING:` and
`if __name__ == "__main__":`.
"""

import ast
import builtins
from collections.abc import Iterator
from pathlib import PurePath

from tradelane.chaincode.lint.scope import Binding, FunctionNode, Scope

_ALIAS_DEPTH = 5
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


class Module:
    """One parsed file.

    Args:
        source: Its text.
        path: Where it is, from which its dotted name is taken.

    Raises:
        SyntaxError: The text is no Python.
        ValueError: The text holds a null character.
    """

    def __init__(self, source: str, path: str) -> None:
        self.path = path
        parts = [part for part in PurePath(path).with_suffix("").parts if part not in {"/", ".", ".."}]
        self.is_package = parts[-1:] == ["__init__"]
        self.name = ".".join(parts[:-1] if self.is_package else parts)
        self.tree = ast.parse(source, filename=path)
        self.scope = Scope(self.tree, None, "")
        self.scopes: dict[ast.AST, Scope] = {}
        self.parents: dict[ast.AST, ast.AST] = {}
        self.nodes: list[ast.AST] = []
        self.functions: list[tuple[FunctionNode, Scope]] = []
        self.stars: list[str] = []
        _Reader(self).read()

    def resolve(self, node: ast.expr, scope: Scope | None = None, depth: int = 0) -> str | None:
        """Return the dotted name that an expression stands for, None where it is not one of an import or definition.

        Built-in names begin with `builtins.`, names defined here with the module's own name.
        """
        scope = scope or self.scopes.get(node, self.scope)
        if isinstance(node, ast.Attribute):
            base = self.resolve(node.value, scope, depth)
            return None if base is None else f"{base}.{node.attr}"
        if not isinstance(node, ast.Name):
            return None
        found = scope.find(node.id)
        return self._unbound(node.id) if found is None else self._bound(*found, depth)

    def _bound(self, owner: Scope, bindings: list[Binding], depth: int) -> str | None:
        for binding in bindings:
            if binding.dotted is not None:
                return binding.dotted
        value = bindings[0].value
        if len(bindings) == 1 and isinstance(value, ast.Name | ast.Attribute) and depth < _ALIAS_DEPTH:
            return self.resolve(value, owner, depth + 1)
        return None

    def _unbound(self, name: str) -> str | None:
        if hasattr(builtins, name):
            return f"builtins.{name}"
        return f"{self.stars[0]}.{name}" if len(self.stars) == 1 else None

    def absolute(self, node: ast.ImportFrom) -> str:
        """Return the dotted name of the module an import names, relative ones resolved."""
        if not node.level:
            return node.module or ""
        package = self.name.split(".")
        dropped = node.level - 1 if self.is_package else node.level
        return ".".join([*package[: len(package) - dropped], *([node.module] if node.module else [])])


class _Reader:
    """Walks a module once and fills in what it knows."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._muted = 0

    def read(self) -> None:
        for node in self._module.tree.body:
            self._visit(node, self._module.scope, self._module.tree)

    def _visit(self, node: ast.AST, scope: Scope, parent: ast.AST) -> None:
        self._module.scopes[node] = scope
        self._module.parents[node] = parent
        if not self._muted:
            self._module.nodes.append(node)
        scope.bind(node, self._module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            self._function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scope)
        elif isinstance(node, ast.If) and _is_aside(node.test):
            self._muted += 1
            self._all(node.body, scope, node)
            self._muted -= 1
            self._all(node.orelse, scope, node)
        else:
            inner = Scope(node, scope, scope.name) if isinstance(node, _COMPREHENSIONS) else scope
            self._all(_run_at_once(node), inner, node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope) -> None:
        arguments = node.args
        decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
        defaults = [default for default in (*arguments.defaults, *arguments.kw_defaults) if default is not None]
        self._all([*decorators, *defaults], scope, node)
        inner = Scope(node, scope, scope.child_name(getattr(node, "name", "<lambda>")))
        inner.bind_arguments(arguments)
        if isinstance(node, ast.Lambda):
            self._visit(node.body, inner, node)
            return
        if not self._muted:
            self._module.functions.append((node, inner))
        self._all(node.body, inner, node)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        self._all([*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)], scope, node)
        self._all(node.body, Scope(node, scope, scope.child_name(node.name)), node)

    def _all(self, nodes: "list[ast.AST] | list[ast.expr] | list[ast.stmt]", scope: Scope, parent: ast.AST) -> None:
        for node in nodes:
            self._visit(node, scope, parent)


def _run_at_once(node: ast.AST) -> list[ast.AST]:
    """Children of a node in the order of the source, without annotations and without what only names a type."""
    return [
        child
        for name, child in _children(node)
        if name not in {"annotation", "type_params"} and not _names_type(node, name)
    ]


def _names_type(node: ast.AST, field: str) -> bool:
    return isinstance(node, ast.ExceptHandler) and field == "type"


def _children(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    for name, value in ast.iter_fields(node):
        if isinstance(value, ast.AST):
            yield name, value
        elif isinstance(value, list):
            yield from ((name, item) for item in value if isinstance(item, ast.AST))


def _is_aside(test: ast.expr) -> bool:
    """Tell whether a block is only for a type checker, or only for a start with `python -m`."""
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant(value="__main__")]):
            return True
    return False
