"""Where the value of an expression comes from."""

import ast
from collections.abc import Callable, Mapping
from typing import TypeAlias

from tradelane.chaincode.lint import stubs
from tradelane.chaincode.lint.project import Function, Project
from tradelane.chaincode.lint.taint import CLEAN, PRIVATE, SECRET, Environment, Origins, Summary, through, union
from tradelane.chaincode.lint.taint_calls import matched
from tradelane.chaincode.lint.taint_closures import is_nested, shared
from tradelane.chaincode.lint.words import words

Leak = Callable[[str, ast.AST, Origins, str], None]
Summaries = Mapping[tuple[str, str], Summary]
_Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp

_REVEALING_LITTLE = words("len bool isinstance issubclass type callable any all hash id", "builtins.")
_DIGESTS = ("hashlib.", "hmac.", "secrets.compare_digest")
_YES_OR_NO = ("startswith", "endswith", "isdigit", "isalpha", "isalnum", "isascii", "isspace", "issubset", "issuperset")
_QUOTING = {"builtins.int", "builtins.float", "decimal.Decimal", "fractions.Fraction", "uuid.UUID"}
"""What quotes its argument in the message of the exception it raises."""
_MUTATORS = {"append", "extend", "insert", "add", "update", "setdefault", "appendleft", "write"}
_LOGGERS = {"log", "logger", "logging", "_log", "_logger", "_logging"}
_LOGGER_MAKERS = {"logging.getLogger", "structlog.get_logger"}
_LOG_METHODS = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log"}
_SHOWING = {"builtins.print", "warnings.warn", "sys.stdout.write", "sys.stderr.write", "traceback.print_exc"}


def key_of(function: Function) -> tuple[str, str]:
    """Return what a function's summary is kept under."""
    return function.module.path, function.scope.name


class Values:
    """Evaluates expressions of one function.

    `environment` says what its variables hold, `quoted` what exceptions may quote that were raised on the way.

    Args:
        project: Where other functions are looked up.
        function: The function.
        summaries: What is known of other functions so far.
        leak: Told of each value that gets out: code, node, origins, words.
    """

    def __init__(self, project: Project, function: Function, summaries: Summaries, leak: Leak) -> None:
        self.environment: Environment = {}
        self.quoted: Origins = CLEAN
        self._project = project
        self._function = function
        self._module = function.module
        self._summaries = summaries
        self._leak = leak
        self._digests: set[str] = set()

    def of(self, node: ast.AST | None) -> Origins:
        """Return the origins of an expression's value."""
        match node:
            case None | ast.Constant():
                return CLEAN
            case ast.Name():
                return self._name(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Call():
                return self._call(node)
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                self._children(node)
                return CLEAN
            case ast.Subscript(value=value, slice=index):
                self.of(index)
                return self.of(value)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.of(test)
                return self.of(body) | self.of(orelse)
            case ast.NamedExpr(target=target, value=value):
                origins = self.of(value)
                self.bind(target, origins)
                return origins
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                return self._within(node)
        return self._children(node)

    def _children(self, node: ast.AST) -> Origins:
        return union([self.of(child) for child in ast.iter_child_nodes(node)])

    def bind(self, target: ast.expr, origins: Origins) -> None:
        """Give a value to the target of an assignment, a loop, a `with` or a comprehension."""
        match target:
            case ast.Name(id=name):
                self.environment[name] = origins
                self._digests.discard(name)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for element in elements:
                    self.bind(element, origins)
            case ast.Starred(value=value):
                self.bind(value, origins)
            case ast.Attribute(value=value):
                self.environment[ast.unparse(target)] = origins
                if not (isinstance(value, ast.Name) and value.id in {"self", "cls"}):
                    self.add(value, origins)
            case ast.Subscript(value=value):
                self.add(value, origins)

    def assign(self, target: ast.expr, value: ast.expr) -> None:
        """Assign an expression; tuples element by element, where both sides have as many."""
        if (
            isinstance(target, ast.Tuple)
            and isinstance(value, ast.Tuple)
            and len(target.elts) == len(value.elts)
            and not any(isinstance(element, ast.Starred) for element in (*target.elts, *value.elts))
        ):
            found = [self.of(element) for element in value.elts]
            for element, origins in zip(target.elts, found, strict=True):
                self.bind(element, origins)
            return
        self.bind(target, self.of(value))
        if isinstance(target, ast.Name) and self._is_digest(value):
            self._digests.add(target.id)

    def _is_digest(self, value: ast.expr) -> bool:
        return isinstance(value, ast.Call) and (self._module.resolve(value.func) or "").startswith(_DIGESTS)

    def add(self, container: ast.expr, origins: Origins) -> None:
        """Put something into what a variable holds."""
        while isinstance(container, ast.Subscript | ast.Attribute | ast.Call):
            if isinstance(container, ast.Attribute):
                name = ast.unparse(container)
                self.environment[name] = self.environment.get(name, CLEAN) | origins
                if isinstance(container.value, ast.Name) and container.value.id in {"self", "cls"}:
                    return
            container = container.func if isinstance(container, ast.Call) else container.value
        if isinstance(container, ast.Name) and container.id not in self._digests and not stubs.is_stub(container):
            self.environment[container.id] = self.environment.get(container.id, CLEAN) | origins

    def _attribute(self, node: ast.Attribute) -> Origins:
        if node.attr in stubs.TRANSIENT and stubs.is_stub(node.value):
            return SECRET
        base = self.of(node.value)
        if isinstance(node.value, ast.Name | ast.Attribute):
            return base | self.environment.get(ast.unparse(node), CLEAN)
        return base

    def _name(self, node: ast.Name) -> Origins:
        if node.id in self.environment:
            return self.environment[node.id]
        # A nested function may be called by whomever it is given to.
        named = self._project.function(self._module.resolve(node))
        return self._through(node, named, {}) if named is not None and is_nested(named) else CLEAN

    def _within(self, node: ast.Lambda | _Comprehension) -> Origins:
        """Follow what has names of its own."""
        outside = dict(self.environment)
        origins = self._lambda(node) if isinstance(node, ast.Lambda) else self._comprehension(node)
        self.environment = outside
        return origins

    def _lambda(self, node: ast.Lambda) -> Origins:
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                self.environment[argument.arg] = CLEAN
        return self.of(node.body)

    def _comprehension(self, node: _Comprehension) -> Origins:
        for generator in node.generators:
            self.bind(generator.target, self.of(generator.iter))
            for test in generator.ifs:
                self.of(test)
        made = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        return union([self.of(element) for element in made])

    def _call(self, node: ast.Call) -> Origins:
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        given = {argument: self.of(argument) for argument in (*node.args, *(item.value for item in node.keywords))}
        arguments = union(given[argument] for argument in given if argument not in _sort_keys(node))
        dotted = self._module.resolve(node.func) or ""
        if method and (
            stubs.reads_private(method) or method in stubs.PUBLIC_READS | stubs.WRITES or method in _ANNOUNCING
        ):
            return self._stub_call(node, method, given)
        if self._shows(node, dotted, method):
            self._leak("DET703", node, arguments, "is logged here")
            return CLEAN
        if dotted in _REVEALING_LITTLE or dotted.startswith(_DIGESTS) or method in _YES_OR_NO:
            return CLEAN
        if (dotted or _name(node.func)).endswith("Response"):
            self._leak("DET701", node, arguments, "is put into a response here")
            return CLEAN
        if dotted in _QUOTING or method == "fromisoformat":
            self.quoted |= arguments
        called = self._callee(node, dotted)
        if called is not None:
            return self._through(node, called, matched(node, called, given))
        if method in _MUTATORS and isinstance(node.func, ast.Attribute):
            self.add(node.func.value, arguments)
        return arguments | self.of(node.func)

    def _stub_call(self, node: ast.Call, method: str, given: Mapping[ast.expr, Origins]) -> Origins:
        arguments = union(given.values())
        if method in _ANNOUNCING:
            code, words = _ANNOUNCING[method]
            self._leak(code, node, arguments, words)
        elif method in stubs.PUBLIC_READS | stubs.PUBLIC_WRITES and method != "get_private_data_hash":
            self._leak("DET705", node, arguments, f"is given to {method} here")
        else:
            named = [item.value for item in node.keywords if item.arg == "collection"]
            self._leak(
                "DET705",
                node,
                union(given[argument] for argument in named or _first(node)),
                "is part of a collection's name here",
            )
        return SECRET if stubs.reads_private(method) else CLEAN

    def _shows(self, node: ast.Call, dotted: str, method: str) -> bool:
        if dotted in _SHOWING or dotted.startswith("logging."):
            return True
        return method in _LOG_METHODS and isinstance(node.func, ast.Attribute) and self._is_logger(node.func.value)

    def _is_logger(self, receiver: ast.expr) -> bool:
        if isinstance(receiver, ast.Call):
            return (self._module.resolve(receiver.func) or "") in _LOGGER_MAKERS
        if isinstance(receiver, ast.Name):
            _, bindings = self._module.scopes.get(receiver, self._module.scope).find(receiver.id) or (None, [])
            if any(isinstance(binding.value, ast.Call) and self._is_logger(binding.value) for binding in bindings):
                return True
        return _name(receiver).lower() in _LOGGERS

    def _callee(self, node: ast.Call, dotted: str) -> Function | None:
        match node.func:
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=method):
                outer = self._function.scope.parent
                name = "" if outer is None or not outer.is_class else f"{self._module.name}.{outer.name}.{method}"
                return self._project.function(name)
        return self._project.function(dotted)

    def _through(self, node: ast.AST, called: Function, given: Mapping[str, Origins]) -> Origins:
        """Return what a function gives back, and let happen what it does, for what its parameters are given."""
        summary = self._summaries.get(key_of(called), Summary())
        closed_over = shared(self._function, called)
        arguments = dict(given) | {name: self.environment.get(name, CLEAN) for name in closed_over}
        for parameter, code in sorted(summary.leaks):
            origins = arguments.get(parameter, CLEAN)
            kind = "variable" if parameter in closed_over else "parameter"
            self._leak(code, node, origins, f"gets out through {called.node.name} (its {kind} {parameter})")
        for variable, origin in summary.leaves:
            if variable in closed_over:
                left = SECRET if origin == PRIVATE else arguments.get(origin, CLEAN)
                self.environment[variable] = arguments[variable] | left
                arguments[variable] = self.environment[variable]
        returns = called.node.returns
        if isinstance(returns, ast.Name) and returns.id == "bool":
            return CLEAN
        return through(summary, arguments)


_ANNOUNCING = {
    "set_event": ("DET702", "is announced in an event here"),
    "invoke_chaincode": ("DET706", "is handed to another chaincode here"),
}


def _sort_keys(node: ast.Call) -> list[ast.expr]:
    """Return what only says in which order: sorted(..., key=...)."""
    return [item.value for item in node.keywords if item.arg == "key" and isinstance(item.value, ast.Lambda)]


def _first(node: ast.Call) -> list[ast.expr]:
    return [argument for argument in node.args[:1] if not isinstance(argument, ast.Starred)]


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
