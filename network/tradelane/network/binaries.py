"""Fabric's programs: on PATH in the pinned version, else in the user's cache, else built there from pinned modules."""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tradelane.network import toolchain
from tradelane.network.toolchain import Progress

FABRIC_VERSION = "3.1.1"
FABRIC_CA_VERSION = "1.5.21"

_FABRIC = "github.com/hyperledger/fabric"
_FABRIC_CA = "github.com/hyperledger/fabric-ca"
_FABRIC_PROGRAMS = ("peer", "orderer", "configtxgen")
_CA_PROGRAM = "fabric-ca-server"


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where Fabric's programs are; all of the pinned versions."""

    peer: Path
    orderer: Path
    configtxgen: Path
    fabric_ca_server: Path

    @classmethod
    def of(cls, folder: Path) -> "Binaries":
        """Name the programs of one folder."""
        return cls(*(folder / name for name in (*_FABRIC_PROGRAMS, _CA_PROGRAM)))


def ensure(progress: Progress = lambda _: None) -> Binaries:
    """Return Fabric's programs, building them first where they are not there yet (minutes, once per user and version).

    Args:
        progress: Called with a few words at the start of each long step.

    Raises:
        BuildFailed: A build step failed.
    """
    on_path = _on_path()
    if on_path is not None:
        return on_path
    folder = cache_folder() / _key()
    binaries = Binaries.of(folder)
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(folder.parent / "build.lock"):
            if not folder.is_dir():  # another process may have built while this one waited
                _build(folder, progress)
    return binaries


def cache_folder() -> Path:
    """The user's cache of programs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "tradelane"


def _pins() -> Path:
    """The folder of the pinned modules: inside an installed package, or beside it in a checkout."""
    here = Path(__file__).resolve()
    packaged = here.parent / "fabric"
    return packaged if packaged.is_dir() else here.parents[2] / "fabric"


def _key() -> str:
    """Name of the cache folder: changes with anything that changes the programs."""
    digest = hashlib.sha256()
    for name in ("go.mod", "go.sum", "ca/go.mod", "ca/go.sum"):
        digest.update((_pins() / name).read_bytes())
    return f"fabric-{FABRIC_VERSION}-{platform.system()}-{platform.machine()}-{digest.hexdigest()[:12]}".lower()


def _on_path() -> Binaries | None:
    """The programs on PATH, when all are there and of the pinned versions."""
    found = {name: shutil.which(name) for name in (*_FABRIC_PROGRAMS, _CA_PROGRAM)}
    if not all(found.values()):
        return None
    for name, arguments, version in (
        ("peer", ["version"], FABRIC_VERSION),
        ("orderer", ["version"], FABRIC_VERSION),
        ("configtxgen", ["-version"], FABRIC_VERSION),
        (_CA_PROGRAM, ["version"], FABRIC_CA_VERSION),
    ):
        answer = subprocess.run([str(found[name]), *arguments], capture_output=True, text=True, check=False)
        if not re.search(rf"Version: v?{re.escape(version)}\b", answer.stdout + answer.stderr):
            return None
    return Binaries(*(Path(str(path)).resolve() for path in found.values()))


def _build(folder: Path, progress: Progress) -> None:
    """Build all programs into a folder that appears only when it is complete."""
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    pins, cache = _pins(), folder.parent
    environment = toolchain.go_environment(cache, pins, _go_minimum(pins), progress)
    progress(f"building Fabric {FABRIC_VERSION} (once; a minute or two)")
    metadata = f"-s -w -X {_FABRIC}/common/metadata.Version=v{FABRIC_VERSION}"
    packages = [f"{_FABRIC}/cmd/{name}" for name in _FABRIC_PROGRAMS]
    _go_build(partial, packages, metadata, {**environment, "CGO_ENABLED": "0"}, pins)
    compiler = toolchain.c_compiler(cache, pins, progress)
    progress(f"building Fabric CA {FABRIC_CA_VERSION} (once; half a minute)")
    package = f"{_FABRIC_CA}/cmd/{_CA_PROGRAM}"
    _go_build(partial, [package], "-s -w", {**environment, **compiler, "CGO_ENABLED": "1"}, pins / "ca")
    partial.rename(folder)


def _go_build(target: Path, packages: list[str], flags: str, environment: dict[str, str], module: Path) -> None:
    command = ["go", "build", "-buildvcs=false", "-trimpath", "-ldflags", flags, "-o", f"{target}{os.sep}", *packages]
    go = shutil.which("go", path=environment.get("PATH")) or "go"
    toolchain.run([go, *command[1:]], environment, module)


def _go_minimum(pins: Path) -> tuple[int, int]:
    """The newest Go that any of the pinned modules asks for."""
    wanted = [
        re.search(r"^go (\d+)\.(\d+)", (pins / name).read_text(), re.MULTILINE) for name in ("go.mod", "ca/go.mod")
    ]
    return max((int(match[1]), int(match[2])) for match in wanted if match)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock among the user's processes, so that two of them do not build at once."""
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
