"""Reads the rules' sources: nothing in them may differ between two peers."""

import ast
import sys
from pathlib import Path

import pytest

import tradelane.rules.refusal

ROOT = Path(tradelane.rules.refusal.__file__).parent
# Draws the docs on a developer's machine; no peer ever imports it.
TOOLS = {"diagram.py"}
SOURCES = sorted(path for path in ROOT.rglob("*.py") if path.name not in TOOLS)
BANNED = {"time", "random", "os", "uuid", "secrets", "locale", "threading", "asyncio", "socket", "pathlib", "sys", "io"}
BANNED_NAMES = {"hash", "id", "open", "input", "eval", "exec", "float", "globals", "vars", "print", "datetime"}


def problems(tree: ast.AST) -> list[str]:
    sorted_sets = {
        id(argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sorted"
        for argument in node.args
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [_import(alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append("a relative import" if node.level else _import(node.module or ""))
        elif isinstance(node, ast.Constant) and isinstance(node.value, float):
            found.append(f"the float {node.value}")
        elif isinstance(node, ast.Name) and node.id in BANNED_NAMES:
            found.append(f"the name {node.id}")
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            found.append("a division, which makes a float")
        elif _is_set(node) and id(node) not in sorted_sets:
            found.append("a set whose order may show")
    return [problem for problem in found if problem]


def _is_set(node: ast.AST) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"set", "frozenset"}


def _import(module: str) -> str:
    top = module.split(".", maxsplit=1)[0]
    if top == "tradelane":
        return "" if module.startswith(("tradelane.model", "tradelane.rules")) else f"an import of {module}"
    return "" if top in sys.stdlib_module_names and top not in BANNED else f"an import of {module}"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_rules_are_pure(source: Path) -> None:
    assert problems(ast.parse(source.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "impure",
    [
        "import time",
        "from os import environ",
        "import pydantic",
        "from tradelane.chaincode.shim import keys",
        "x = 0.5",
        "x = 1 / 2",
        "for x in {1, 2}: pass",
        "x = list(set(y))",
        "x = hash(y)",
        "from . import refusal",
    ],
)
def test_the_reader_finds_impurities(impure: str) -> None:
    assert len(problems(ast.parse(impure))) == 1


def test_the_reader_lets_sorted_sets_pass() -> None:
    assert problems(ast.parse("x = sorted({1, 2})")) == []
