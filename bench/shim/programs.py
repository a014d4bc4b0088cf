"""The same chaincode on three shims, each as its service is started."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.deployment import ROOT, Program
from tests.support.go_program import built
from tradelane.network import binaries

NODE_SOURCES = ROOT / "bench" / "shim" / "node"


def programs() -> dict[str, Program]:
    """Return the chaincodes by shim, built and installed."""
    node = shutil.which("node") or "node"
    return {
        "go": Program("barego", (str(built("bare")),), trusts_ca=True),
        "python": Program("barepython", (sys.executable, "-m", "bench.shim.chaincode")),
        "node": Program("barenode", (node, str(installed(NODE_SOURCES) / "index.js")), trusts_ca=True),
    }


def installed(sources: Path) -> Path:
    """Install a Node program's locked packages beside a copy of it, in the user's cache, once."""
    files = sorted(sources.iterdir())
    digest = hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()[:16]
    target = binaries.cache_folder() / f"node-{digest}"
    if not target.is_dir():
        partial = target.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        for each in files:
            shutil.copy(each, partial)
        npm = shutil.which("npm") or "npm"
        subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=partial, check=True)  # noqa: S603
        partial.rename(target)
    return target
