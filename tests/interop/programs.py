"""The official clients' programs: installed and built from their locks into the user's cache, once.

A test that needs one is skipped, with the reason, where Node or Go is missing or a package cannot be had.
"""

import hashlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support import go_program
from tests.support.deployment import ROOT
from tradelane.network import binaries
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
    """Install the locked packages beside a copy of the programs."""
    files = sorted(NODE_SOURCES.iterdir())
    target = binaries.cache_folder() / f"node-interop-{digest(files)}"
    if not target.is_dir():
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for each in files:
            shutil.copy(each, partial)
        install(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], partial)
        partial.rename(target)
    return target


def _built(program: str) -> Path:
    try:
        return go_program.built(program, GO_MODULE, GO_MINIMUM)
    except NetworkError as error:
        pytest.skip(f"the official Go client cannot be built: {error.sentence}")


def install(arguments: Sequence[str], folder: Path) -> None:
    """Run a package manager, or skip the test with the end of what it said."""
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{' '.join(arguments[:2])} failed: {(done.stderr or done.stdout)[-500:]}")


def digest(files: Sequence[Path]) -> str:
    """Return what names an installation of these sources."""
    return hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()[:16]
