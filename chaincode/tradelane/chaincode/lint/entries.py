"""Which functions clients call: what these return is a response, what others return stays inside."""

import ast
from collections.abc import Iterator

from tradelane.chaincode.lint.module import Module
from tradelane.chaincode.lint.project import Function, Project
from tradelane.chaincode.lint.stubs import takes_stub
from tradelane.chaincode.lint.taint_values import key_of
from tradelane.chaincode.lint.words import words

_PLAIN = words(
    "staticmethod classmethod property cached_property abstractmethod override overload wraps contextmanager "
    "asynccontextmanager cache lru_cache singledispatch final no_type_check"
)
_FABRIC_NAMES = {"invoke", "init", "Invoke", "Init"}


def entries(project: Project) -> set[tuple[str, str]]:
    """Return the functions that answer clients.

    They work for a transaction (a parameter is the stub or a context), and are registered by a decorator, named as
    Fabric names them, handed over as values (a table of functions), or public and called by nobody here.
    """
    called, handed = _called(project), _handed_over(project)
    return {
        key_of(function)
        for function in project.functions
        if takes_stub(function.node) and _answers(function, called, handed)
    }


def _answers(function: Function, called: set[str], handed: set[tuple[str, str]]) -> bool:
    name = function.node.name
    if name in _FABRIC_NAMES or key_of(function) in handed:
        return True
    if any(_last(decorator) not in _PLAIN for decorator in function.decorators):
        return True
    return not name.startswith("_") and name not in called


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _called(project: Project) -> set[str]:
    """Return the names by which functions are called, and of those that an import renamed, their own names."""
    names = set()
    for module in project.modules:
        for node in module.nodes:
            if isinstance(node, ast.Call):
                function = project.function(module.resolve(node.func))
                names.add(_last(node.func) if function is None else function.node.name)
    return names


def _handed_over(project: Project) -> set[tuple[str, str]]:
    return {
        key_of(function)
        for module in project.modules
        for node in _values(module)
        if (function := _named(project, module, node)) is not None
    }


def _values(module: Module) -> Iterator[ast.Name | ast.Attribute]:
    """Yield names that are used, but not called."""
    for node in module.nodes:
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            parent = module.parents[node]
            if not (isinstance(parent, ast.Call) and parent.func is node) and not isinstance(parent, ast.Attribute):
                yield node


def _named(project: Project, module: Module, node: ast.Name | ast.Attribute) -> Function | None:
    match node:
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=method):
            function = module.scopes[node].function()
            outer = None if function is None else function.parent
            return project.function(f"{module.name}.{outer.name}.{method}") if outer and outer.is_class else None
    return project.function(module.resolve(node))
