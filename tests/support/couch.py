"""A state database for peers in CouchDB's stead, and peers that use it.

CouchDB itself comes as no package that these tests could install, so PouchDB's server stands in for it, a program of
the tests (`tests/conformance/couch`). It has CouchDB's documents, revisions, selectors and interface; what PouchDB
lacks of what a peer asks for, bookmarks among it, the program adds. So it proves what shim and peer make of rich
queries, and nothing about CouchDB's own answers.
"""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.deployment import ROOT
from tests.support.network import start_somewhere
from tests.support.node_program import installed
from tradelane.network import Network, render_nodes
from tradelane.network.topology import LOOPBACK, load

_SOURCES = ROOT / "tests" / "conformance" / "couch"
_STOP_SECONDS = 15


def _program() -> list[str]:
    """Return the command that serves a database; skip the test where it cannot be had."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node or npm is not on this machine, and the stand-in for CouchDB is a program of theirs")
    try:
        return [node, str(installed(_SOURCES) / "couch.js")]
    except subprocess.CalledProcessError as error:
        pytest.skip(f"the stand-in for CouchDB cannot be installed: {(error.stderr or error.stdout)[-500:]}")


@contextmanager
def couch(command: Sequence[str]) -> Iterator[str]:
    """Serve an empty database within the block; yields its address."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield f"{LOOPBACK}:{int(process.stdout.readline())}"
    finally:
        process.stdin.close()  # which ends it
        process.wait(_STOP_SECONDS)
        process.stdout.close()


@contextmanager
def network_on_couch(home: Path) -> Iterator[Network]:
    """Bring up a network of which each peer has such a database, and remove it."""
    command = _program()
    network = Network(home, lambda _: None)
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        addresses = {each.name: stack.enter_context(couch(command)) for each in load(None).with_peer}
        _have_peers_use(addresses, patch)
        try:
            start_somewhere(network)
            yield network
        finally:
            network.down(purge=True)


def _have_peers_use(addresses: Mapping[str, str], patch: pytest.MonkeyPatch) -> None:
    """Render core.yaml with CouchDB as state database: `network` itself offers LevelDB alone."""
    rendered = render_nodes.peer

    def peer(organisation: Any, *details: Any) -> dict[str, Any]:
        config = rendered(organisation, *details)
        config["ledger"]["state"] |= {
            "stateDatabase": "CouchDB",
            "couchDBConfig": {
                "couchDBAddress": addresses[organisation.name],
                "username": "",
                "password": "",
                "maxRetries": 3,
                "maxRetriesOnStartup": 10,
                "requestTimeout": "35s",
                "internalQueryLimit": 1000,
                "maxBatchUpdateSize": 1000,
                "createGlobalChangesDB": False,
                "cacheSize": 64,
            },
        }
        return config

    patch.setattr(render_nodes, "peer", peer)
