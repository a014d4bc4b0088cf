"""The suite's chaincode on Go's shim and on ours, deployed on a network."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conformance.pair import GO, PYTHON
from tests.support.deployment import Program, deployed
from tests.support.go_program import built_or_skipped
from tradelane.network import Network


@contextmanager
def both_on(
    network: Network, directory: Path, names: tuple[str, str] = (GO, PYTHON), *, init_required: bool = False
) -> Iterator[Network]:
    """Serve both chaincodes within the block, under these names."""
    go = Program(names[0], (str(built_or_skipped("conformance")),), trusts_ca=True, init_required=init_required)
    command = (sys.executable, "-m", "tests.conformance.chaincode")
    python = Program(names[1], command, init_required=init_required)
    with deployed(network, directory / go.name, go), deployed(network, directory / python.name, python):
        yield network
