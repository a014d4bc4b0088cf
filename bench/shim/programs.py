"""The same chaincode on three shims, each as its service is started."""

import shutil
import sys

from tests.support.deployment import ROOT, Program
from tests.support.go_program import built
from tests.support.node_program import installed

NODE_SOURCES = ROOT / "bench" / "shim" / "node"


def programs() -> dict[str, Program]:
    """Return the chaincodes by shim, built and installed."""
    node = shutil.which("node") or "node"
    return {
        "go": Program("barego", (str(built("bare")),), trusts_ca=True),
        "python": Program("barepython", (sys.executable, "-m", "bench.shim.chaincode")),
        "node": Program("barenode", (node, str(installed(NODE_SOURCES) / "index.js")), trusts_ca=True),
    }
