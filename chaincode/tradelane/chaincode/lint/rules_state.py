"""State that outlives a transaction: of modules, classes, the chaincode object, and caches over the ledger."""

import ast
from collections.abc import Iterator

from tradelane.chaincode.lint.finding import Problem
from tradelane.chaincode.lint.module import Module
from tradelane.chaincode.lint.project import Function, Project
from tradelane.chaincode.lint.scope import Binding, Scope
from tradelane.chaincode.lint.stubs import is_stub, takes_stub
from tradelane.chaincode.lint.words import words

_MUTATORS = words(
    "append extend insert add update setdefault pop popitem remove discard clear sort reverse appendleft popleft "
    "extendleft intersection_update difference_update symmetric_difference_update"
)
_GROWING = words("append extend insert add setdefault appendleft")
_CONTAINERS = {
    *(f"builtins.{name}" for name in ("list", "dict", "set", "bytearray")),
    *(f"collections.{name}" for name in ("defaultdict", "deque", "Counter", "OrderedDict", "ChainMap")),
    "itertools.count",
    "itertools.cycle",
}
_LITERALS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)
_CACHES = {"functools.cache", "functools.lru_cache", "async_lru.alru_cache", "cachetools.cached", "aiocache.cached"}


def find(project: Project, module: Module) -> Iterator[Problem]:
    """Yield changes of state that outlives the transaction."""
    decorators = _decorators(project)
    for node in module.nodes:
        if _runs_at_import(module, node, decorators):
            continue
        if isinstance(node, ast.Global):
            yield Problem("DET601", node, f"the module's {', '.join(node.names)} is assigned here")
        for changed in _changed(module, node):
            yield from _shared(module, node, changed)
    for function in project.functions:
        if function.module is module:
            yield from _cached(function)
            yield from _instance(function)


def _decorators(project: Project) -> set[str]:
    """Return the names of functions that are used as decorators."""
    return {function.module.resolve(item) or "" for function in project.functions for item in function.decorators}


def _runs_at_import(module: Module, node: ast.AST, decorators: set[str]) -> bool:
    """Tell whether code runs before any transaction: a module's own, and a decorator's, which fills a registry."""
    function = module.scopes[node].function()
    while function is not None and function.parent is not None:
        outer = function.parent.function()
        if outer is None:
            return f"{module.name}.{function.name}" in decorators
        function = outer
    return True


def _changed(module: Module, node: ast.AST) -> Iterator[ast.expr]:
    """Yield the containers and objects that a node changes."""
    match node:
        case (
            ast.Subscript(value=value, ctx=ast.Store() | ast.Del())
            | ast.Attribute(value=value, ctx=ast.Store() | ast.Del())
        ):
            yield value
        case ast.AugAssign(target=ast.Name() as target):
            yield target
        case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in _MUTATORS:
            yield value
        case ast.Call(func=function, args=[source, *_]) if module.resolve(function) == "builtins.next":
            yield source


def _shared(module: Module, node: ast.AST, changed: ast.expr) -> Iterator[Problem]:
    scope = module.scopes[node]
    match changed:
        case ast.Name(id=name):
            found = scope.find(name)
            if found is not None:
                yield from _name(module, node, name, *found)
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            body = _class_of(scope, owner)
            if body is not None and _holds_container(module, body, name):
                yield Problem("DET601", node, f"{name}, which all objects of the class share, is changed here")
            elif body is None and not isinstance(node, ast.Call) and module.resolve(changed) is not None:
                yield Problem("DET601", node, f"{owner}.{name}, which outlives the transaction, is changed here")
        case ast.Subscript(value=inner):
            yield from _shared(module, node, inner)


def _name(module: Module, node: ast.AST, name: str, owner: Scope, bindings: list[Binding]) -> Iterator[Problem]:
    by_call = isinstance(node, ast.Call)
    if owner.parent is None:
        # Of an unknown object, a method called `add` may change nothing; a container's does.
        if not by_call or any(_is_container(module, binding) for binding in bindings):
            yield Problem("DET601", node, f"the module's {name} is changed here")
    elif len(bindings) == 1 and name in _mutable_defaults(owner.node):
        yield Problem("DET601", node, f"{name}, a default value that all calls share, is changed here")


def _is_container(module: Module, binding: Binding) -> bool:
    value = binding.value
    if isinstance(value, ast.Call):
        return module.resolve(value.func) in _CONTAINERS
    return isinstance(value, _LITERALS)


def _mutable_defaults(function: ast.AST) -> set[str]:
    if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return set()
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    pairs = [
        *zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {argument.arg for argument, default in pairs if isinstance(default, _LITERALS)}


def _class_of(scope: Scope, owner: str) -> Scope | None:
    """Return the scope of the class that `self`, `cls` or the class's own name stands for in a method."""
    function = scope.function()
    body = None if function is None else function.parent
    if body is None or not isinstance(body.node, ast.ClassDef):
        return None
    return body if owner in {"self", "cls", body.node.name} else None


def _holds_container(module: Module, body: Scope, name: str) -> bool:
    """Tell whether a class body binds a mutable container that no method replaces by the object's own."""
    if not any(
        _is_container(module, binding) and binding.annotation is None for binding in body.bindings.get(name, ())
    ):
        return False
    return not any(
        isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
        for node in ast.walk(body.node)
    )


def _cached(function: Function) -> Iterator[Problem]:
    for decorator in function.decorators:
        if function.module.resolve(decorator) in _CACHES and (
            takes_stub(function.node)
            or isinstance(function.node, ast.AsyncFunctionDef)
            or any(isinstance(node, ast.Name | ast.Attribute) and is_stub(node) for node in ast.walk(function.node))
        ):
            yield Problem("DET603", decorator, f"{function.node.name}, which depends on the stub, is cached here")


def _instance(function: Function) -> Iterator[Problem]:
    body = function.scope.parent
    if not function.is_method or body is None or not takes_stub(function.node) or not function.parameters:
        return
    if function.node.name in {"__init__", "__new__"} or _lives_one_transaction(body.node):
        return
    this = function.parameters[0]
    for node in function.module.nodes:
        if function.module.scopes[node].function() is function.scope and _touches(node, this):
            yield Problem("DET602", node, "an attribute of the chaincode object is changed here")


def _lives_one_transaction(body: ast.AST) -> bool:
    """Tell whether objects of a class are made with a stub, hence anew for each transaction."""
    return any(
        isinstance(node, ast.FunctionDef) and node.name == "__init__" and takes_stub(node)
        for node in ast.iter_child_nodes(body)
    )


def _touches(node: ast.AST, this: str) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name == this
        case ast.Subscript(value=ast.Attribute(value=ast.Name(id=name)), ctx=ast.Store() | ast.Del()):
            return name == this
        case ast.Call(func=ast.Attribute(value=ast.Attribute(value=ast.Name(id=name)), attr=method)):
            return name == this and method in _GROWING
    return False
