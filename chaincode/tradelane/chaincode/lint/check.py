"""From sources to findings: all rules over all files, less what is waived."""

import ast
from collections.abc import Iterable, Mapping

from tradelane.chaincode.lint import (
    rules_ledger,
    rules_names,
    rules_numbers,
    rules_order,
    rules_private,
    rules_state,
)
from tradelane.chaincode.lint.finding import Finding, Problem
from tradelane.chaincode.lint.module import Module
from tradelane.chaincode.lint.project import Project
from tradelane.chaincode.lint.waivers import Waiver, read_waivers

_FINDERS = (
    rules_names.find,
    rules_numbers.find,
    rules_order.find,
    rules_state.find,
    rules_ledger.find,
)


def check(sources: Mapping[str, str]) -> list[Finding]:
    """Judge files together, so that private values are followed from one to another.

    Args:
        sources: The text of each file by its path, relative to the root of the packages where possible.

    Returns:
        What is wrong, in the order of path and line.
    """
    modules: list[Module] = []
    found: set[Finding] = set()
    for path, source in sources.items():
        try:
            modules.append(Module(source, path))
        except (SyntaxError, ValueError) as error:
            found.add(
                Finding(path, getattr(error, "lineno", None) or 1, 1, "DET900", f"the file is no Python: {error}")
            )
        except (RecursionError, MemoryError):
            found.add(Finding(path, 1, 1, "DET900", "the file nests too deeply"))
    project = Project(modules)
    found.update(_private(project))
    for module in modules:
        found.update(_in_module(project, module))
    return sorted(_after_waivers(found, {module.path: read_waivers(sources[module.path]) for module in modules}))


def _in_module(project: Project, module: Module) -> Iterable[Finding]:
    try:
        return [_finding(module, problem) for find in _FINDERS for problem in find(project, module)]
    except RecursionError:
        return [Finding(module.path, 1, 1, "DET900", "an expression nests too deeply")]


def _private(project: Project) -> Iterable[Finding]:
    return [_finding(module, problem) for module, problem in rules_private.find(project)]


def _finding(module: Module, problem: Problem) -> Finding:
    node: ast.AST | None = problem.node
    while node is not None and not hasattr(node, "lineno"):
        node = module.parents.get(node)
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1
    return Finding(module.path, line, column, problem.code, problem.what)


def _after_waivers(found: Iterable[Finding], waivers: Mapping[str, list[Waiver]]) -> Iterable[Finding]:
    for finding in found:
        fitting = [waiver for waiver in waivers.get(finding.path, ()) if waiver.covers(finding.line, finding.code)]
        for waiver in fitting:
            waiver.used.add(finding.code)
        if not fitting:
            yield finding
    for path, written in waivers.items():
        yield from (problem for waiver in written for problem in _wrong(path, waiver))


def _wrong(path: str, waiver: Waiver) -> Iterable[Finding]:
    if waiver.error:
        return [Finding(path, waiver.line, waiver.column, "DET901", f"a waiver stands here, but {waiver.error}")]
    return [
        Finding(path, waiver.line, waiver.column, "DET902", f"{code} is allowed here, but nothing breaks it")
        for code in waiver.codes
        if code not in waiver.used
    ]
