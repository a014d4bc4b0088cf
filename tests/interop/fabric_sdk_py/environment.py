"""The environment fabric-sdk-py runs in: pinned, in the user's cache, made once."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tradelane.network import binaries

HERE = Path(__file__).parent
PROGRAM = HERE / "client.py"
VARIABLES = {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python"}
"""Its generated messages cannot be loaded by protobuf's faster implementations."""
PYTHON = "3.11"
"""The newest that protobuf 3.20 and safe-pysha3 are built for."""


def interpreter() -> Path:
    """Return a Python that has fabric-sdk-py, or skip the test with the reason."""
    locks = [HERE / "dependencies.lock", HERE / "sdk.lock"]
    digest = hashlib.sha256(b"".join(each.read_bytes() for each in locks)).hexdigest()[:16]
    target = binaries.cache_folder() / f"fabric-sdk-py-{digest}"
    if not target.is_dir():
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        subprocess.run([_python(), "-m", "venv", str(partial)], check=True)
        # Only moving parts of the environment would mind another name; its interpreter is called by path.
        pip = [str(partial / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes"]
        _run([*pip, "-r", str(locks[0])])
        _run([*pip, "--no-deps", "-r", str(locks[1])])
        partial.rename(target)
    return target / "bin" / "python"


def _python() -> str:
    if f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHON:
        return sys.executable
    found = shutil.which(f"python{PYTHON}")
    if found is None:
        pytest.skip(f"fabric-sdk-py needs Python {PYTHON}, which is not on this machine")
    return found


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"fabric-sdk-py cannot be installed: {(done.stderr or done.stdout)[-500:]}")
