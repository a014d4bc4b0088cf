"""Node programs of the tests and the benchmarks: their locked packages, installed beside a copy of the sources."""

import hashlib
import shutil
import subprocess
from pathlib import Path

from tradelane.network import binaries


def installed(sources: Path) -> Path:
    """Return a copy of a folder of Node programs with its packages; it is made, in the user's cache, once.

    Raises:
        subprocess.CalledProcessError: npm could not install them.
    """
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
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=partial, check=True, capture_output=True, text=True)
        partial.rename(target)
    return target
