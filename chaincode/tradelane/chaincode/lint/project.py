"""All modules that are judged together: what one says about a name that another uses."""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tradelane.chaincode.lint.module import Module
from tradelane.chaincode.lint.scope import Binding, FunctionNode, Scope

_EXPORT_DEPTH = 4


class Function(NamedTuple):
    """A function and where it stands; `scope` is the one inside it."""

    module: Module
    node: FunctionNode
    scope: Scope

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters, positional ones first."""
        arguments = self.node.args
        return [argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]

    @property
    def is_method(self) -> bool:
        """Whether the first parameter is the object or the class."""
        outer = self.scope.parent
        plain = any(isinstance(decorator, ast.Name) and decorator.id == "staticmethod" for decorator in self.decorators)
        return outer is not None and outer.is_class and not plain

    @property
    def decorators(self) -> list[ast.expr]:
        """The function's decorators, without their arguments."""
        return [item.func if isinstance(item, ast.Call) else item for item in self.node.decorator_list]


class Project:
    """Modules and an index of what they define.

    A dotted name is looked up by its end too, because a path does not say where the root of the packages is; an
    end that fits several definitions fits none.
    """

    def __init__(self, modules: Sequence[Module]) -> None:
        self.modules = tuple(modules)
        self.functions = [Function(module, node, scope) for module in modules for node, scope in module.functions]
        self._modules: dict[str, Module | None] = {}
        for module in modules:
            self._index(module)
        self._defined: dict[tuple[str, str], Function] = {}
        for function in self.functions:
            self._defined.setdefault((function.module.path, function.scope.name), function)
        self.attributes = dict(self._attributes())

    def _index(self, module: Module) -> None:
        parts = module.name.split(".")
        for start in range(len(parts)):
            name = ".".join(parts[start:])
            self._modules[name] = module if name not in self._modules or start == 0 else None

    def _attributes(self) -> Iterator[tuple[str, ast.expr | None]]:
        seen: dict[str, str] = {}
        for module in self.modules:
            for node in module.nodes:
                if (
                    isinstance(node, ast.AnnAssign)
                    and isinstance(node.target, ast.Name)
                    and module.scopes[node].is_class
                ):
                    name, text = node.target.id, ast.dump(node.annotation)
                    yield name, node.annotation if seen.setdefault(name, text) == text else None

    def function(self, dotted: str | None) -> Function | None:
        """Return the function of a dotted name."""
        found = self._locate(dotted, 0)
        return None if found is None else self._defined.get((found[0].path, found[1]))

    def constant(self, dotted: str | None) -> tuple[Module, list[Binding]] | None:
        """Return how the module that a dotted name points into binds the name."""
        found = self._locate(dotted, 0)
        if found is None or found[1] not in found[0].scope.bindings:
            return None
        return found[0], found[0].scope.bindings[found[1]]

    def _locate(self, dotted: str | None, depth: int) -> tuple[Module, str] | None:
        """Return module and name within it, following imports from one judged module to another."""
        if dotted is None or depth > _EXPORT_DEPTH:
            return None
        parts = dotted.split(".")
        for cut in range(len(parts) - 1, 0, -1):
            module = self._modules.get(".".join(parts[:cut]))
            if module is not None:
                rest = ".".join(parts[cut:])
                exported = self._exported(module, rest)
                return (module, rest) if exported is None else self._locate(exported, depth + 1)
        return None

    @staticmethod
    def _exported(module: Module, name: str) -> str | None:
        first, _, rest = name.partition(".")
        for binding in module.scope.bindings.get(first, ()):
            if binding.dotted is not None and binding.dotted != f"{module.name}.{first}":
                return f"{binding.dotted}.{rest}" if rest else binding.dotted
        return None
