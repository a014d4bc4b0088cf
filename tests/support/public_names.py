"""The client's public names as text: what each module offers, with signatures, fields and methods.

`python -m tests.support.public_names` writes `tests/gateway/public_names.txt`, which a test compares with the code.
"""

import dataclasses
import importlib
import inspect
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from pydantic import BaseModel

import tradelane.gateway

FILE = Path(__file__).parents[1] / "gateway" / "public_names.txt"
ROOT = "tradelane.gateway"
# Beside the modules that the package itself offers, those that the docs name as homes of public names.
MODULES = (
    ROOT,
    *sorted(f"{ROOT}.{home}" for home in tradelane.gateway._MODULES.values()),
    *(
        f"{ROOT}.{name}"
        for name in (
            "authority.aio", "authority.client", "enrolment.aio", "events.aio", "events.streams", "hsm", "observer",
            "profile", "session",
        )
    ),
)  # fmt: skip
SHOWN = {
    "aio": {"Gateway", "connect", "connect_to"},
    "events.aio": {"Events"},
    "events.streams": {"Events"},
    "profile": {"Profile", "load_profile", "user_names"},
    "session": {"Argument", "flow"},
}
"""What of a module is public, where it is not all that it defines."""
MADE_ELSEWHERE = {"AuthorityClient", "Events", "Gateway", "Journal"}
"""Classes whose objects a program is given; how they are made is nobody's business."""
WIDTH = 100


def text() -> str:
    """Return the names of all public modules."""
    shown: set[type] = set()
    lines: list[str] = []
    for name in MODULES:
        lines += [f"[{name}]", *_of_module(importlib.import_module(name), shown), ""]
    return "\n".join(lines)


def _of_module(module: ModuleType, shown: set[type]) -> Iterator[str]:
    for name in sorted(_public(module)):
        found = getattr(module, name)
        if isinstance(found, ModuleType):
            yield f"{name}: module {found.__name__}"
        elif inspect.isclass(found) and found in shown:
            yield f"class {name}: see above"
        elif inspect.isclass(found):
            shown.add(found)
            yield from _of_class(found)
        elif inspect.isroutine(found):
            yield from _routine(name, found)
        elif isinstance(found, str | int | float | frozenset | tuple):
            yield f"{name} = {sorted(found) if isinstance(found, frozenset) else found!r}"
        else:
            yield f"{name}: {_plain(repr(found)) if dataclasses.is_dataclass(found) else type(found).__name__}"


def _public(module: ModuleType) -> list[str]:
    chosen = SHOWN.get(module.__name__.removeprefix(f"{ROOT}."))
    if chosen is not None:
        return list(chosen)
    if hasattr(module, "__all__"):
        return list(module.__all__)
    return [name for name, found in vars(module).items() if not name.startswith("_") and _is_own(module, found)]


def _is_own(module: ModuleType, found: object) -> bool:
    home = getattr(found, "__module__", "")
    own = home == module.__name__ or (module.__name__.endswith("enrolment.aio") and inspect.iscoroutinefunction(found))
    return own and not isinstance(found, TypeVar)


def _of_class(kind: type) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in kind.__bases__ if base is not object)
    yield f"class {kind.__name__}({bases})"
    if issubclass(kind, Enum):
        yield from (f"    {one.name} = {one.value!r}" for one in kind)
        return
    if dataclasses.is_dataclass(kind) or issubclass(kind, BaseModel):
        yield from (f"    {line}" for line in _fields(kind))
    else:
        yield from (f"    {line}" for line in _attributes(kind))
        if kind.__name__ not in MADE_ELSEWHERE and "__init__" in vars(kind):
            yield from (f"    {line}" for line in _routine("__init__", vars(kind)["__init__"]))
    yield from (f"    {line}" for line in _members(kind))


def _fields(kind: Any) -> Iterator[str]:
    if issubclass(kind, BaseModel):
        for name, one in kind.model_fields.items():
            default = "" if one.is_required() else f" = {_plain(repr(one.get_default(call_default_factory=True)))}"
            yield f"{name}: {_annotation(one.annotation)}{default}"
        return
    for each in dataclasses.fields(kind):
        if not each.name.startswith("_"):
            default = "" if each.default is dataclasses.MISSING else f" = {_plain(repr(each.default))}"
            made = "" if each.default_factory is dataclasses.MISSING else " = ..."
            yield f"{each.name}: {_annotation(each.type)}{default}{made}"


def _attributes(kind: type) -> Iterator[str]:
    """Yield what a class says of its objects' attributes, and what it gives them."""
    told = vars(kind).get("__annotations__", {})
    given = {name: value for name, value in vars(kind).items() if isinstance(value, bool | int | str | tuple)}
    for name in sorted({*told, *given}):
        if not name.startswith("_"):
            of = f": {_annotation(told[name])}" if name in told else ""
            yield f"{name}{of}" + (f" = {given[name]!r}" if name in given else "")


def _members(kind: type) -> Iterator[str]:
    ours = [base for base in kind.__mro__ if base.__module__.startswith("tradelane.")]
    for name in sorted({name for base in ours for name in vars(base) if not name.startswith("_")}):
        found = inspect.getattr_static(kind, name)
        if isinstance(found, property):
            assert found.fget is not None
            yield f"{name}: {_annotation(inspect.signature(found.fget).return_annotation)}  (property)"
        elif isinstance(found, classmethod | staticmethod):
            yield from _routine(name, getattr(kind, name), f"{type(found).__name__} ")
        elif inspect.isfunction(found):
            yield from _routine(name, found)


def _routine(name: str, found: Any, kind: str = "") -> Iterator[str]:
    """Yield a routine's signature: one line, or one for each parameter."""
    signature = inspect.signature(found)
    kind += "async def " if inspect.iscoroutinefunction(found) else "def "
    whole = f"{kind}{name}{_plain(str(signature))}"
    if len(whole) <= WIDTH:
        yield whole
        return
    yield f"{kind}{name}("
    for each in signature.parameters.values():
        star = "*, " if each.kind is each.KEYWORD_ONLY else ""
        yield f"    {star}{_plain(str(each))}"
    yield f") -> {_annotation(signature.return_annotation)}"


def _annotation(found: Any) -> str:
    return _plain(f": {found}" if isinstance(found, str) else f": {inspect.formatannotation(found)}").removeprefix(": ")


def _plain(shown: str) -> str:
    """Return a text without the homes of names, and without quotes around annotations."""
    unquoted = re.sub(r"(: |-> )'([^']*)'", r"\1\2", shown)
    return re.sub(r"\b(?:[a-z_][a-z_0-9]*\.)+(?=[A-Za-z_])", "", unquoted)


if __name__ == "__main__":
    FILE.write_text(text())
