"""Names that no transaction may use, in whatever way they are imported."""

import ast
import re
from collections.abc import Iterator

from tradelane.chaincode.lint.banned import METHODS, PATH_METHODS, rule_of
from tradelane.chaincode.lint.finding import Problem
from tradelane.chaincode.lint.kinds import Kind, Kinds
from tradelane.chaincode.lint.module import Module
from tradelane.chaincode.lint.project import Project
from tradelane.chaincode.lint.stubs import PUBLIC_READS, is_stub, reads_private

_READS = PUBLIC_READS | {"get_state_validation_parameter"}
_LOCAL_NUMBER = re.compile(r"[^a-zA-Z%]*n")
_LOCAL_FORMATS = ("%c", "%x", "%X", "%a", "%A", "%b", "%B", "%p", "%Z")


def find(project: Project, module: Module) -> Iterator[Problem]:
    """Yield uses of banned names and methods."""
    kinds = Kinds(project, module)
    for node in module.nodes:
        if isinstance(node, ast.Name | ast.Attribute):
            yield from _reference(module, node)
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Store):
            yield from _method(module, kinds, node)
        if isinstance(node, ast.Call):
            yield from _call(module, node)
        if isinstance(node, ast.FormattedValue):
            yield from _format(node, node.format_spec)


def _reference(module: Module, node: ast.Name | ast.Attribute) -> Iterator[Problem]:
    parent = module.parents.get(node)
    # A longer name is judged as a whole, where it ends.
    if isinstance(parent, ast.Attribute) or (isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)):
        return
    dotted = module.resolve(node)
    code = None if dotted is None else rule_of(dotted)
    if dotted is not None and code is not None:
        yield Problem(code, node, f"{_shown(dotted)} is used here")


def _shown(dotted: str) -> str:
    return f"{dotted.removeprefix('builtins.')}()" if dotted.startswith("builtins.") else dotted


def _method(module: Module, kinds: Kinds, node: ast.Attribute) -> Iterator[Problem]:
    dotted = module.resolve(node)
    if dotted is not None and rule_of(dotted) is not None:
        return
    if node.attr in METHODS:
        yield Problem(METHODS[node.attr], node, f".{node.attr} is used here")
    elif node.attr in PATH_METHODS and kinds.of(node.value) is Kind.PATH:
        yield Problem("DET501", node, f".{node.attr} of a path is used here")


def _call(module: Module, node: ast.Call) -> Iterator[Problem]:
    dotted = module.resolve(node.func) or ""
    if dotted == "asyncio.gather":
        unsafe = [argument for argument in node.args if not _reads(argument)]
        if unsafe:
            yield Problem("DET402", node, "asyncio.gather runs something else than reads of the stub here")
    elif dotted in {"datetime.datetime.fromtimestamp", "datetime.date.fromtimestamp"} and not _has_zone(node, dotted):
        yield Problem("DET105", node, f"{dotted} without a time zone is called here")
    elif isinstance(node.func, ast.Attribute) and not dotted.startswith("asyncio."):
        yield from _method_call(node, node.func)
    if dotted == "builtins.format" and len(node.args) > 1:
        yield from _format(node, node.args[1])


def _has_zone(node: ast.Call, dotted: str) -> bool:
    return "datetime.datetime" in dotted and (len(node.args) > 1 or any(item.arg == "tz" for item in node.keywords))


def _method_call(node: ast.Call, function: ast.Attribute) -> Iterator[Problem]:
    if function.attr == "astimezone" and not node.args and not node.keywords:
        yield Problem("DET105", node, ".astimezone() without a time zone is called here")
    elif function.attr == "strftime" and node.args:
        yield from _format(node, node.args[-1])
    elif function.attr == "timestamp" and not node.args and not is_stub(function.value):
        yield Problem("DET201", node, ".timestamp(), which is a float, is called here")
    elif function.attr == "create_task" and not (node.args and _reads(node.args[0]) and _is_group(function.value)):
        yield Problem("DET402", node, "a task that is no read of the stub, or of no TaskGroup, is started here")


def _is_group(receiver: ast.expr) -> bool:
    name = receiver.id if isinstance(receiver, ast.Name) else ""
    return bool(name) and "loop" not in name


def _format(node: ast.AST, specification: ast.AST | None) -> Iterator[Problem]:
    for part in ast.walk(specification) if specification is not None else ():
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            text = part.value
            local = [mark for mark in _LOCAL_FORMATS if mark in text]
            if local:
                yield Problem("DET105", node, f"a date is formatted with {local[0]} here")
            elif _LOCAL_NUMBER.fullmatch(text):
                yield Problem("DET105", node, "a number is formatted with the type n here")


def _reads(argument: ast.expr) -> bool:
    """Tell whether an argument of gather is one read of the stub, or a series of them."""
    match argument:
        case ast.Starred(value=ast.GeneratorExp(elt=element) | ast.ListComp(elt=element)):
            return _reads(element)
        case ast.Call(func=ast.Attribute(value=receiver, attr=method)):
            return is_stub(receiver) and (method in _READS or reads_private(method))
    return False
