"""Private values that become public."""

from collections.abc import Iterator
from contextlib import suppress

from tradelane.chaincode.lint.entries import entries
from tradelane.chaincode.lint.finding import Problem
from tradelane.chaincode.lint.module import Module
from tradelane.chaincode.lint.project import Function, Project
from tradelane.chaincode.lint.taint import Summary
from tradelane.chaincode.lint.taint_flow import Flow
from tradelane.chaincode.lint.taint_values import Summaries, key_of

_ROUNDS = 12
"""How many calls deep a private value is followed."""


def find(project: Project) -> Iterator[tuple[Module, Problem]]:
    """Yield private values that get out, in any module of a project."""
    answering = entries(project)
    summaries: dict[tuple[str, str], Summary] = {}
    flows = []
    for _ in range(_ROUNDS):
        flows = list(_flows(project, summaries, answering))
        known = {key_of(function): flow.summary for function, flow in flows}
        if known == summaries:
            break
        summaries = known
    followed = {key_of(function) for function, _ in flows}
    for function in project.functions:
        if key_of(function) not in followed:
            yield function.module, Problem("DET900", function.node, f"{function.node.name} nests too deeply")
    for function, flow in flows:
        for (code, _, _), (node, what) in flow.found.items():
            yield function.module, Problem(code, node, what)


def _flows(project: Project, summaries: Summaries, answering: set[tuple[str, str]]) -> Iterator[tuple[Function, Flow]]:
    """Follow every function once; those that nest too deeply for it are left out."""
    for function in project.functions:
        with suppress(RecursionError):
            yield function, Flow(project, function, summaries, is_entry=key_of(function) in answering)
