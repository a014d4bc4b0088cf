"""The official clients' programs: installed and built from their locks into the user's cache, once.

A test that needs one is skipped, with the reason, where Node or Go is missing or a package cannot be had.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support import go_program, node_program
from tests.support.deployment import ROOT
from tradelane.network.errors import NetworkError

NODE_SOURCES = ROOT / "tests" / "interop" / "node"
GO_MODULE = ROOT / "tests" / "interop" / "go"
GO_MINIMUM = (1, 25)
NODE_MINIMUM = (20, 19)
"""From here on Node loads what the official client depends on; its package asks for 22.12."""


def command(client: str, program: str) -> list[str]:
    """Return the command that runs a program of the official Node or Go client."""
    return [_node(), str(_installed() / f"{program}.js")] if client == "node" else [str(_built(program))]


def _node() -> str:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node or npm is not on this machine")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if tuple(int(part) for part in version.removeprefix("v").split(".")[:2]) < NODE_MINIMUM:
        pytest.skip(f"Node is {version}; the official client needs {'.'.join(map(str, NODE_MINIMUM))} or newer")
    return node


def _installed() -> Path:
    try:
        return node_program.installed(NODE_SOURCES)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"the official Node client cannot be installed: {(error.stderr or error.stdout)[-500:]}")


def _built(program: str) -> Path:
    try:
        return go_program.built(program, GO_MODULE, GO_MINIMUM)
    except NetworkError as error:
        pytest.skip(f"the official Go client cannot be built: {error.sentence}")
