"""Which argument of a call is which parameter of the function."""

import ast
from collections.abc import Iterator, Mapping

from tradelane.chaincode.lint.project import Function
from tradelane.chaincode.lint.taint import CLEAN, Origins


def matched(node: ast.Call, called: Function, given: Mapping[ast.expr, Origins]) -> dict[str, Origins]:
    """Return the origins of what each parameter gets; what `*` and `**` hold may go to any of the remaining ones."""
    found: dict[str, Origins] = {}
    for names, value in (*_positional(node, called), *_named(node, called)):
        for name in names:
            found[name] = found.get(name, CLEAN) | given[value]
    return found


def _parameters(node: ast.Call, called: Function) -> list[str]:
    bound = called.is_method and isinstance(node.func, ast.Attribute)
    return called.parameters[1:] if bound else called.parameters


def _positional(node: ast.Call, called: Function) -> Iterator[tuple[list[str], ast.expr]]:
    parameters, rest = _parameters(node, called), called.node.args.vararg
    others = [] if rest is None else [rest.arg]
    for i, argument in enumerate(node.args):
        if isinstance(argument, ast.Starred):
            # How many it fills does not show, so neither does where the next one goes.
            yield from (([*parameters[i:], *others], value) for value in node.args[i:])
            return
        yield parameters[i : i + 1] or others, argument


def _named(node: ast.Call, called: Function) -> Iterator[tuple[list[str], ast.expr]]:
    parameters, rest = _parameters(node, called), called.node.args.kwarg
    others = [] if rest is None else [rest.arg]
    for item in node.keywords:
        if item.arg is None:
            yield [*parameters, *others], item.value
        else:
            yield [item.arg] if item.arg in parameters else others, item.value
