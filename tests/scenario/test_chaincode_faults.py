"""Faults between peer and chaincode while clients are at work: nothing endorsed is lost, nothing happens twice.

How long the network took to commit again is printed (`pytest -s`), not asserted: it says more about the machine.
"""

import json
import os
import secrets
import signal
import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.support import load
from tests.support.cable import Cable
from tests.support.told import Told
from tests.support.waiting import until
from tradelane.gateway.errors import CallError
from tradelane.network import Network, authorities, process
from tradelane.network.authority import Applicant, AuthorityName
from tradelane.network.health import Health
from tradelane.network.nodes import Kind, NodeFactory
from tradelane.network.paths import ChaincodePaths
from tradelane.network.topology import LOOPBACK

pytestmark = pytest.mark.network

CUT_SECONDS = 1.0
FROZEN_SECONDS = 2.0  # long enough for every client to have a transaction under way
ORG = "hongkong"


@pytest.fixture(autouse=True)
def restored(network: Network) -> Iterator[None]:
    """Whatever a test stopped runs again afterwards."""
    yield
    network.up()
    assert network.status().well


def running(record: Path) -> psutil.Process:
    return until(lambda: process.find(record))


def height(network: Network) -> int:
    node = NodeFactory(network.topology, network.paths, network.binaries).of_kind(Kind.PEER)[0]
    return Health(network.topology, network.paths).peer_height(node) or 0


def kill_service(network: Network) -> None:
    """As a crash would; the supervisor starts it again."""
    running(network.paths.service(ORG)).kill()


def kill_peer(network: Network) -> None:
    """As a crash would; the operator starts it again."""
    running(network.paths.process(f"peer0.{ORG}")).kill()
    network.up()


def freeze_service(network: Network) -> None:
    """The connection stands, and nothing comes through it for a while."""
    service = running(network.paths.service(ORG))
    os.kill(service.pid, signal.SIGSTOP)
    try:
        time.sleep(FROZEN_SECONDS)  # the fault itself, not a wait for something
    finally:
        os.kill(service.pid, signal.SIGCONT)


def stop_service(network: Network) -> None:
    """As a service manager would: it drains, and its supervisor starts it again."""
    running(network.paths.service(ORG)).terminate()


@pytest.mark.parametrize("fault", [kill_service, stop_service, kill_peer, freeze_service])
def test_no_transaction_is_lost_or_happens_twice(fault: Callable[[Network], None], told: Told) -> None:
    first_block = height(told.network)
    with load.load_on(told) as at_work:
        strike(at_work, fault.__name__, lambda: fault(told.network))
    load.check(at_work, first_block)


def strike(at_work: load.Load, name: str, fault: Callable[[], None]) -> None:
    """Do something to a network at work, wait until it works again, and report how long that took."""
    at_work.await_commits(0.0)
    struck = time.monotonic()
    fault()
    recovered = at_work.await_commits(time.monotonic())
    seconds = recovered[0].ended - struck
    print(f"\n{name}: {seconds:.2f} s from the fault to the first transaction begun and committed after it was over")
    print(f"  {len(at_work.sent)} transactions, failed attempts: {dict(at_work.failures)}")


def test_no_transaction_is_lost_when_the_connection_is_cut(told: Told, tmp_path: Path) -> None:
    network = told.network
    process.stop([network.paths.process(f"chaincode.{ORG}")])
    port = network.topology.ports(network.topology.organisation(ORG)).chaincode
    with socket.create_server((LOOPBACK, 0)) as free:
        behind = free.getsockname()[1]
    elsewhere = {"CHAINCODE_SERVER_ADDRESS": f"{LOOPBACK}:{behind}"}
    with service_of(network, tmp_path / "log", elsewhere), Cable(port, behind) as cable:
        first_block = height(network)

        def cut() -> None:
            cable.cut()
            time.sleep(CUT_SECONDS)  # the fault itself, not a wait for something
            cable.join()

        with load.load_on(told) as at_work:
            strike(at_work, cut.__name__, cut)
        load.check(at_work, first_block)
        assert cable.carried >= 2  # the peer has dialled again


@contextmanager
def service_of(network: Network, log: Path, changes: dict[str, str]) -> Iterator[None]:
    """Run the organisation's service without its supervisor, in another environment."""
    settings = json.loads(network.paths.organisation(ORG).chaincode.settings.read_bytes())
    with log.open("wb") as stream:
        service = subprocess.Popen(settings["command"], env=settings["environment"] | changes, stderr=stream)
    try:
        until(lambda: '"serving"' in log.read_text())
        yield
    finally:
        service.kill()
        service.wait()


def test_a_renewed_certificate_is_used_without_a_restart(told: Told) -> None:
    network = told.network
    paths = network.paths.organisation(ORG).chaincode
    service = running(network.paths.service(ORG)).pid
    before = shown(network, paths)
    first_block = height(network)
    after: list[bytes | None] = []

    def renewal() -> None:
        renew(network, paths)
        after.append(shown(network, paths))
        running(network.paths.process(f"peer0.{ORG}")).kill()  # so that it has to dial anew
        network.up()

    with load.load_on(told) as at_work:
        strike(at_work, renewal.__name__, renewal)
    load.check(at_work, first_block)
    assert after != [before]
    assert after[0] == ssl.PEM_cert_to_DER_cert(paths.server.certificate.read_text())
    assert running(network.paths.service(ORG)).pid == service


def renew(network: Network, paths: ChaincodePaths) -> None:
    """Have the organisation's TLS CA certify a new key of the service, in place of the old one."""
    topology = network.topology
    organisation = topology.organisation(ORG)
    name = AuthorityName.TLS
    registrar = authorities.registrar(network.paths, organisation, name)
    host = topology.host("chaincode", organisation)
    applicant = Applicant(f"{host}-{secrets.token_hex(4)}", hosts=authorities.hosts(host))
    authorities.reach(topology, network.paths, organisation, name).certify(registrar, applicant).write(paths.server)


def shown(network: Network, paths: ChaincodePaths) -> bytes | None:
    """The certificate the service shows, DER."""
    root = network.paths.organisation(ORG).authority.tls_root.certificate
    context = ssl.create_default_context(cafile=str(root))
    context.load_cert_chain(paths.client.certificate, paths.client.key)
    port = network.topology.ports(network.topology.organisation(ORG)).chaincode
    with (
        socket.create_connection((LOOPBACK, port)) as plain,
        context.wrap_socket(plain, server_hostname=LOOPBACK) as secure,
    ):
        return secure.getpeercert(binary_form=True)


def test_a_wrong_package_id_is_told_to_the_operator(told: Told, tmp_path: Path) -> None:
    network = told.network
    process.stop([network.paths.process(f"chaincode.{ORG}")])
    wrong = "tradelane:" + "0" * 64
    log = tmp_path / "log"
    with service_of(network, log, {"CHAINCODE_ID": wrong}):
        with pytest.raises(CallError):
            told.cast.as_admin(ORG).evaluate("organisation:list", "{}", timeout_seconds=10)
        said = until(lambda: [json.loads(line) for line in log.read_text().splitlines() if "queryinstalled" in line])
    assert len({line["peer"] for line in said}) == len(said)  # once for each time the peer has dialled
    assert "Check that CHAINCODE_ID is the package id" in said[0]["message"]
    assert said[0]["package"] == wrong


def test_each_service_counts_for_prometheus(told: Told) -> None:
    told.cast.as_admin(ORG).evaluate("organisation:list", "{}")
    (address,) = [node.metrics for node in told.network.status().nodes if node.name == f"chaincode.{ORG}"]
    assert address is not None
    text = urllib.request.urlopen(address).read().decode()  # noqa: S310 - of this very network
    assert "chaincode_open_streams 1.0" in text
    assert 'contract="organisation",function="list",outcome="endorsed"' in text
    assert 'chaincode_peer_round_trip_seconds_count{type="get_state' in text
