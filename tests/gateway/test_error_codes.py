"""Every code the client raises stands in docs/errors.md, which names none that it does not raise."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

import tradelane.gateway.errors
from tradelane.gateway import errors

PACKAGE = Path(tradelane.gateway.errors.__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "errors.md"
OWN_PAGES = {"dcsa", "pint", "proof", "store"}
"""Packages whose pages have tables of their own."""
OWN_COMMANDS = {"document_set.py", "pint.py", "pint_titles_work.py", "pint_work.py", "proof.py"}
TABLES = {"faults.py", "protocol.py", "queries.py"}
"""Modules that hold codes in tables."""
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+|USAGE|UNEXPECTED|INTERRUPTED|OVERDUE|UNREACHABLE")
GRPC = {status.name for status in grpc.StatusCode}


def modules() -> Iterator[Path]:
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.relative_to(PACKAGE).parts[0] not in OWN_PAGES and path.name not in OWN_COMMANDS:
            yield path


def raised(path: Path) -> Iterator[str]:
    """Yield what a module hands over as `code`, and what stands in its tables."""
    tree = ast.parse(path.read_text())
    handed = [
        key.value for node in ast.walk(tree) if isinstance(node, ast.Call) for key in node.keywords if key.arg == "code"
    ]
    for place in [tree] if path.name in TABLES else handed:
        for node in ast.walk(place):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                yield node.value


def test_each_code_is_explained() -> None:
    told = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", PAGE.read_text()))
    found = {code: path.name for path in modules() for code in raised(path) if code not in GRPC}
    assert {code: name for code, name in found.items() if code not in told} == {}


@pytest.mark.parametrize("package", sorted(OWN_PAGES))
def test_each_code_of_a_package_with_a_page_of_its_own_is_explained_too(package: str) -> None:
    told = {code for page in PAGE.parent.glob("*.md") for code in re.findall(r"`([A-Z][A-Z0-9_]+)`", page.read_text())}
    found = {code: path.name for path in sorted((PACKAGE / package).rglob("*.py")) for code in raised(path)}
    assert {code: name for code, name in found.items() if code not in told | GRPC} == {}


def test_no_other_is_named() -> None:
    texts = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    told = re.findall(r"`([A-Z][A-Z0-9_]+)`", PAGE.read_text())
    assert [code for code in told if f'"{code}"' not in texts and code not in {"TLS_", "INTERNAL"}] == []


COMMANDS = PAGE.with_name("commands.md")


def rows(page: Path, columns: int) -> Iterator[list[str]]:
    """Yield the cells of a page's tables with so many columns."""
    for line in page.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| ") and len(cells) == columns and "---" not in line:
            yield cells


def test_the_exit_statuses_of_the_commands_page_are_those_of_the_classes() -> None:
    told = {
        int(status): set(re.findall(r"`(\w+)`", classes))
        for status, _, _, classes in rows(COMMANDS, 4)
        if status.isdigit()
    }
    found: dict[int, set[str]] = {}
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.GatewayError):
            found.setdefault(kind.exit_status, set()).add(name)
    assert {status: classes for status, classes in told.items() if classes} == found


def test_the_codes_named_for_an_exit_status_are_of_its_classes() -> None:
    class_of = {
        code: set(re.findall(r"`(\w+)`", classes))
        for codes, classes, *_ in [*rows(PAGE, 4), *rows(PAGE, 3)]
        for code in re.findall(r"`([A-Z_]+)`", codes)
    }
    checked = 0
    for status, _, examples, classes in rows(COMMANDS, 4):
        for code in re.findall(r"`([A-Z_]+)`", examples):
            if kinds := class_of.get(code, set()) & set(vars(errors)):
                assert kinds <= set(re.findall(r"`(\w+)`", classes)), (status, code)
                checked += 1
    assert checked >= 5
