"""The shape of the tree: what a newcomer may rely on when reading it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("chaincode", "gateway", "http2", "network", "protos")
SOURCES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py") if "_pb2" not in path.name)
MODULE_LINES, FUNCTION_LINES = 500, 70

# The only modules that touch Fabric's messages, which come without types (ARCHITECTURE.md).
FABRIC_MODULES = {
    "chaincode/tradelane/chaincode/shim/wire.py",
    "chaincode/tradelane/chaincode/shim/wire_policy.py",
    "gateway/tradelane/gateway/envelope.py",
    "gateway/tradelane/gateway/events/requests.py",
    "gateway/tradelane/gateway/events/reading.py",
    "gateway/tradelane/gateway/offline/messages.py",
    "gateway/tradelane/gateway/ledger/config.py",
    "gateway/tradelane/gateway/ledger/decode.py",
    "gateway/tradelane/gateway/ledger/policy.py",
    "gateway/tradelane/gateway/ledger/rwsets.py",
    "gateway/tradelane/gateway/proof/messages.py",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_portion_of_the_namespace_hides_the_others(folder: str) -> None:
    assert not (ROOT / folder / "tradelane" / "__init__.py").exists()


def test_all_portions_are_one_package() -> None:
    portions = ("chaincode", "gateway", "http2", "model", "network", "protos", "rules")
    code = "; ".join(f"import tradelane.{portion}" for portion in portions)
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=ROOT.parent)


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LINES
    long = [f.name for f in functions(ast.parse(text)) if (f.end_lineno or f.lineno) - f.lineno >= FUNCTION_LINES]
    assert long == []


def test_fabric_messages_are_confined() -> None:
    touching = {
        name(path)
        for path in SOURCES
        if any(i.split(".")[0] == "fabric_protos" for i in imports(ast.parse(path.read_text())))
    }
    assert touching <= FABRIC_MODULES


def test_no_lock_names_an_address() -> None:
    for lock in (ROOT / "requirements.lock", *ROOT.glob("network/fabric/*.lock")):
        assert "://" not in lock.read_text(), lock
