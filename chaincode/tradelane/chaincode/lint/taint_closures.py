"""What a nested function takes from the functions around it, and what it leaves there.

A captured variable is followed like a parameter: it is handed over wherever the function is called or passed on.
"""

import ast
from collections.abc import Iterator

from tradelane.chaincode.lint.project import Function
from tradelane.chaincode.lint.scope import Scope


def captured(function: Function) -> frozenset[str]:
    """Return the names of the variables of the functions around it: a function inside may use any of them."""
    return frozenset(_captured(function.scope))


def shared(caller: Function, called: Function) -> frozenset[str]:
    """Return those of the called function's captured names which are the same variables to its caller."""
    names = captured(called)
    return frozenset(name for name in names if _home(caller.scope, name) is _home(called.scope, name))


def is_nested(function: Function) -> bool:
    """Whether a function stands in another one's body."""
    return function.scope.parent is not None and _is_function(function.scope.parent)


def _captured(inner: Scope) -> Iterator[str]:
    outer = inner.parent
    while outer is not None and _is_function(outer):
        for name, bindings in outer.bindings.items():
            is_variable = all(binding.dotted is None for binding in bindings)  # else a definition or an import
            if is_variable and _home(inner, name) is outer:
                yield name
        outer = outer.parent


def _home(scope: Scope, name: str) -> Scope | None:
    found = scope.find(name)
    return None if found is None else found[0]


def _is_function(scope: Scope) -> bool:
    return isinstance(scope.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
