"""Go programs of the tests and the benchmarks: built from pinned modules with the toolchain that builds Fabric."""

import hashlib
import os
import shutil
from pathlib import Path

from tests.support.deployment import ROOT
from tradelane.network import binaries, toolchain

MODULE = ROOT / "tests" / "conformance" / "go"
_LOCKS = ROOT / "network" / "fabric"
_GO_MINIMUM = (1, 23)


def built(package: str, module: Path = MODULE, minimum: tuple[int, int] = _GO_MINIMUM) -> Path:
    """Return a program of a Go module, of the conformance one by default; it is built when its sources have changed."""
    cache = binaries.cache_folder()
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    program = cache / f"go-{package.strip('.') or module.parent.name}-{_digest(module)}"
    if not program.is_file():
        environment = toolchain.go_environment(cache, _LOCKS, minimum, lambda _: None)
        go = shutil.which("go", path=environment["PATH"]) or "go"
        partial = cache / f"{program.name}.{os.getpid()}"
        command = [go, "build", "-buildvcs=false", "-trimpath", "-o", str(partial), f"./{package}"]
        toolchain.run(command, {**environment, "CGO_ENABLED": "0"}, module)
        partial.rename(program)
    return program


def _digest(module: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(each for each in module.rglob("*") if each.is_file()):
        digest.update(path.relative_to(module).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
