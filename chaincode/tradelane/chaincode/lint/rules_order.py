"""Orders that differ between processes: sets that are iterated over, JSON that is not sorted."""

import ast
from collections.abc import Iterator

from tradelane.chaincode.lint.finding import Problem
from tradelane.chaincode.lint.kinds import Kind, Kinds
from tradelane.chaincode.lint.module import Module
from tradelane.chaincode.lint.project import Project
from tradelane.chaincode.lint.words import words

_ORDERED = words("list tuple iter enumerate zip map filter reversed str repr dict print", "builtins.")
_UNORDERED = words("sorted set frozenset any all sum len min max", "builtins.")
_DUMPS = {f"{library}.{name}" for library in ("json", "simplejson", "ujson") for name in ("dumps", "dump")}


def find(project: Project, module: Module) -> Iterator[Problem]:
    """Yield places where the order of a set, or of a dict's filling, shows."""
    kinds = Kinds(project, module)
    for node in module.nodes:
        for place in _ordering(module, node):
            if kinds.of(place) is Kind.SET:
                yield Problem("DET301", place, "the order of a set shows here")
        if isinstance(node, ast.Call):
            yield from _json(module, node)
            yield from _pop(kinds, node)


def _ordering(module: Module, node: ast.AST) -> Iterator[ast.expr]:
    """Yield the expressions whose order this node makes visible."""
    match node:
        case ast.For(iter=source) | ast.FormattedValue(value=source) | ast.YieldFrom(value=source):
            yield source
        case ast.ListComp() | ast.DictComp() | ast.GeneratorExp() if not _is_reordered(module, node):
            yield from (generator.iter for generator in node.generators)
        case ast.Starred(value=source) if not isinstance(module.parents.get(node), ast.Set):
            yield source
        case ast.Assign(targets=[ast.Tuple() | ast.List()], value=source):
            yield source
        case ast.Call():
            yield from _arguments(module, node)


def _arguments(module: Module, node: ast.Call) -> Iterator[ast.expr]:
    dotted = module.resolve(node.func) or ""
    shows = dotted in _ORDERED and not _is_reordered(module, node)
    if shows or dotted.startswith(("itertools.", "functools.reduce", "json.")) or dotted == "collections.deque":
        yield from node.args
    elif isinstance(node.func, ast.Attribute) and node.func.attr in {"join", "fromkeys", "extend"}:
        yield from node.args[:1]


def _is_reordered(module: Module, node: ast.AST) -> bool:
    """Tell whether a node is handed straight to something for which order does not count."""
    parent = module.parents.get(node)
    return isinstance(parent, ast.Call) and node in parent.args and module.resolve(parent.func) in _UNORDERED


def _pop(kinds: Kinds, node: ast.Call) -> Iterator[Problem]:
    match node:
        case ast.Call(func=ast.Attribute(value=receiver, attr="pop"), args=[]) if kinds.of(receiver) is Kind.SET:
            yield Problem("DET301", node, "any element of a set is taken here")


def _json(module: Module, node: ast.Call) -> Iterator[Problem]:
    dotted = module.resolve(node.func) or ""
    if dotted in _DUMPS:
        given = {item.arg: item.value for item in node.keywords}
        value = given.get("sort_keys")
        is_sorted = None in given or (value is not None and not _is_false(value))
        # A list or a text written out here has no keys to sort.
        if not is_sorted and not (node.args and _is_keyless(node.args[0])):
            yield Problem("DET302", node, f"{dotted} without sort_keys=True is called here")
    elif dotted == "orjson.dumps" and not any("OPT_SORT_KEYS" in ast.dump(item) for item in node.keywords):
        yield Problem("DET302", node, "orjson.dumps without OPT_SORT_KEYS is called here")


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _is_keyless(node: ast.expr) -> bool:
    if isinstance(node, ast.List | ast.Tuple):
        return all(_is_keyless(element) for element in node.elts)
    return isinstance(node, ast.Constant | ast.JoinedStr)
