"""Floating point, where it is made and where it is used."""

import ast
from collections.abc import Iterator

from tradelane.chaincode.lint.finding import Problem
from tradelane.chaincode.lint.kinds import Kind, Kinds
from tradelane.chaincode.lint.module import Module
from tradelane.chaincode.lint.project import Project

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.Pow)
_EXACT = {Kind.DECIMAL, Kind.PATH, Kind.TEXT}


def find(project: Project, module: Module) -> Iterator[Problem]:
    """Yield floats and divisions that make one."""
    kinds = Kinds(project, module)
    for node in module.nodes:
        match node:
            case ast.Constant(value=float() | complex() as value):
                yield Problem("DET201", node, f"the floating point number {value} stands here")
            case ast.Call():
                yield from _conversion(module, node)
            case ast.BinOp(op=ast.Div()) if not {kinds.of(node.left), kinds.of(node.right)} & _EXACT:
                yield Problem("DET202", node, "a division with / stands here")
            case ast.AugAssign(op=ast.Div()) if not {kinds.of(node.target), kinds.of(node.value)} & _EXACT:
                yield Problem("DET202", node, "a division with /= stands here")
            case ast.BinOp(op=op) if isinstance(op, _ARITHMETIC):
                yield from _arithmetic(kinds, node)


def _conversion(module: Module, node: ast.Call) -> Iterator[Problem]:
    dotted = module.resolve(node.func) or ""
    if dotted == "builtins.float" or dotted.startswith("builtins.float."):
        yield Problem("DET201", node, "float() is called here")
    passed = [item.value for item in node.keywords] + (node.args[:1] if dotted == "builtins.map" else [])
    for argument in passed:
        if module.resolve(argument) == "builtins.float":
            yield Problem("DET201", argument, "float is passed as a function here")


def _arithmetic(kinds: Kinds, node: ast.BinOp) -> Iterator[Problem]:
    match node:
        case ast.BinOp(op=ast.Pow(), right=ast.UnaryOp(op=ast.USub())) if kinds.of(node.left) is not Kind.DECIMAL:
            yield Problem("DET201", node, "a negative power, which is a float, stands here")
        case _:
            names = [side for side in (node.left, node.right) if isinstance(side, ast.Name | ast.Attribute)]
            if any(kinds.of(side) is Kind.FLOAT for side in names):
                yield Problem("DET201", node, "arithmetic on a float stands here")
