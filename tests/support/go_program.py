"""Go programs of the tests and the benchmarks: built from pinned modules with the toolchain that builds Fabric."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from tests.support.deployment import ROOT
from tradelane.network import binaries, toolchain
from tradelane.network.errors import BuildFailed

MODULE = ROOT / "tests" / "conformance" / "go"
_LOCKS = ROOT / "network" / "fabric"
_GO_MINIMUM = (1, 23)


class GoMissing(Exception):
    """There is no Go, neither on the machine nor as a package."""


def built(package: str, module: Path = MODULE, minimum: tuple[int, int] = _GO_MINIMUM) -> Path:
    """Return a program of a Go module, of the conformance one by default; it is built when its sources have changed.

    Raises:
        GoMissing: See there.
        BuildFailed: It does not compile.
    """
    cache = binaries.cache_folder()
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    program = cache / f"go-{package.strip('.') or module.parent.name}-{_digest(module)}"
    if not program.is_file():
        environment = _environment(cache, minimum)
        go = shutil.which("go", path=environment["PATH"]) or "go"
        partial = cache / f"{program.name}.{os.getpid()}"
        command = [go, "build", "-buildvcs=false", "-trimpath", "-o", str(partial), f"./{package}"]
        toolchain.run(command, {**environment, "CGO_ENABLED": "0"}, module)
        partial.rename(program)
    return program


def built_or_skipped(package: str) -> Path:
    """Return a program of the conformance module; skip the test where there is no Go and its package is out of reach.

    Only that skips: a program which does not compile fails the test.
    """
    try:
        return built(package)
    except GoMissing as missing:
        pytest.skip(str(missing))


def _environment(cache: Path, minimum: tuple[int, int]) -> dict[str, str]:
    try:
        return toolchain.go_environment(cache, _LOCKS, minimum, lambda _: None)
    except BuildFailed as error:
        version = ".".join(map(str, minimum))
        raise GoMissing(f"no Go {version} on this machine, and its package cannot be installed: {error}") from error


def _digest(module: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(each for each in module.rglob("*") if each.is_file()):
        digest.update(path.relative_to(module).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
