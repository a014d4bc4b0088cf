"""Go programs of the tests and the benchmark: built from pinned modules with the toolchain that builds Fabric."""

import hashlib
import os
import shutil
from pathlib import Path

from tests.support.deployment import ROOT
from tradelane.network import binaries, toolchain

MODULE = ROOT / "tests" / "conformance" / "go"
_LOCKS = ROOT / "network" / "fabric"
_GO_MINIMUM = (1, 23)


def built(package: str) -> Path:
    """Return a program of the conformance module; it is built when its sources have changed."""
    cache = binaries.cache_folder()
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    program = cache / f"go-{package}-{_digest()}"
    if not program.is_file():
        environment = toolchain.go_environment(cache, _LOCKS, _GO_MINIMUM, lambda _: None)
        go = shutil.which("go", path=environment["PATH"]) or "go"
        partial = cache / f"{program.name}.{os.getpid()}"
        command = [go, "build", "-buildvcs=false", "-trimpath", "-o", str(partial), f"./{package}"]
        toolchain.run(command, {**environment, "CGO_ENABLED": "0"}, MODULE)
        partial.rename(program)
    return program


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(each for each in MODULE.rglob("*") if each.is_file()):
        digest.update(path.relative_to(MODULE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
