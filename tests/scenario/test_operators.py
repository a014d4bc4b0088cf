"""What operators see when a real peer and a service do not fit together, and what goes on being served beside it."""

import json
import secrets
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.support.deployment import ROOT, Program, deployed
from tests.support.waiting import until
from tradelane.gateway import client, transport
from tradelane.gateway.client import Gateway
from tradelane.gateway.errors import CallError, ChaincodeUnavailable, Overdue
from tradelane.gateway.profile import load_profile
from tradelane.gateway.retry import RetryPolicy
from tradelane.network import Network, authorities, packaging
from tradelane.network.authority import Applicant, AuthorityName
from tradelane.network.errors import CommandFailed
from tradelane.network.paths import ChaincodePaths, TlsPaths

pytestmark = pytest.mark.network

NAME, ORG = "operated", "hongkong"
PROGRAM = Program(NAME, (sys.executable, "-m", "tests.conformance.chaincode"))
MEGABYTE = 1_000_000
ONCE = RetryPolicy(same=False)
PATIENCE_SECONDS = 8.0  # longer than a service waits before it says that a peer does not answer


@dataclass(frozen=True)
class Operated:
    """A chaincode that is deployed and whose service an operator starts as he likes.

    Attributes:
        network: Where it is deployed.
        paths: Certificates, package and settings of the service.
        gateway: An administrator's connection.
        directory: For logs.
    """

    network: Network
    paths: ChaincodePaths
    gateway: Gateway
    directory: Path

    @contextmanager
    def service(self, program: Program = PROGRAM, **changes: str) -> Iterator[Path]:
        """Serve with another environment, or another chaincode, within the block; yields the log."""
        settings = json.loads(self.paths.settings.read_bytes())
        log = self.directory / f"{secrets.token_hex(4)}.log"
        until(self._is_idle)  # else the peer may still be dialling the way it did before
        with log.open("wb") as stream:
            environment = settings["environment"] | changes
            service = subprocess.Popen(program.command, cwd=ROOT, env=environment, stderr=stream)
        try:
            until(lambda: said(log, "serving"))
            yield log
        finally:
            service.kill()
            service.wait()

    def running(self) -> float:
        """Return how many transactions the service says it runs."""
        address = json.loads(self.paths.settings.read_bytes())["environment"]["CHAINCODE_METRICS_ADDRESS"]
        text = urllib.request.urlopen(f"http://{address}/metrics").read().decode()
        (line,) = [each for each in text.splitlines() if each.startswith("chaincode_running_transactions ")]
        return float(line.split()[1])

    @property
    def connection(self) -> Path:
        """The file which the peer reads whenever it dials the service; it made it from the package."""
        peer = self.network.paths.organisation(ORG).peer.data
        package_id = json.loads(self.paths.settings.read_bytes())["environment"]["CHAINCODE_ID"]
        digest = package_id.partition(":")[2]
        (found,) = peer.glob(f"externalbuilder/builds/*{digest}/release/chaincode/server/connection.json")
        return found

    @contextmanager
    def connecting(self, **changes: Any) -> Iterator[None]:
        """Have the peer dial in another way within the block."""
        original = self.connection.read_text()
        self.connection.write_text(json.dumps(json.loads(original) | changes))
        try:
            yield
        finally:
            self.connection.write_text(original)

    def ask(self, padding: bytes = b"") -> Any:
        """Ask for anything at all; the peer dials where it has no stream."""
        try:
            answer = self.gateway.evaluate("run", '[["GetChannelID"]]', padding, timeout_seconds=PATIENCE_SECONDS)
        except CallError as error:
            error.add_note(f"the peers said: {[each.message for each in error.peers]}")
            raise
        return json.loads(answer)[0]["ok"][0]

    def served(self) -> Any:
        """Ask until there is an answer: the first call may still meet the stream of the service before this one."""

        def ask() -> Any:
            with suppress(CallError):
                return self.ask()

        return until(ask)

    def refuses(self) -> None:
        """Ask, and have the peer find no service that it can use."""
        with pytest.raises(ChaincodeUnavailable):
            self.ask()

    def waits(self) -> bool:
        """Ask, and tell whether the peer has dialled and now waits for a registration in vain."""
        try:
            self.ask()
        except Overdue:
            return True
        except ChaincodeUnavailable:  # it was busy with a launch of before
            return False
        raise AssertionError("it was answered")

    def told(self, log: Path, words: str) -> list[Mapping[str, Any]]:
        """Have the peer find no service that it can use until the log says why: it may still be busy with a launch."""

        def ask() -> list[Mapping[str, Any]]:
            self.refuses()
            return said(log, words)

        return until(ask)

    def _is_idle(self) -> bool:
        try:
            self.ask()
        except CallError as error:
            return any("connection refused" in peer.message for peer in error.peers)
        return False


def said(log: Path, words: str) -> list[Mapping[str, Any]]:
    """Return the records of a log whose sentence has these words."""
    records = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [each for each in records if words in each["message"]]


@pytest.fixture(scope="module")
def operated(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operated]:
    directory = tmp_path_factory.mktemp("operators")
    profile = load_profile(network.paths.profile(ORG).root, "admin")
    endpoint, options = profile.network.peers[0].endpoint, transport.options(profile)
    with deployed(network, directory / NAME, PROGRAM) as services:
        services[ORG].kill()
        services[ORG].wait()
        with grpc.secure_channel(endpoint, transport.credentials(profile.tls), options=options) as channel:
            name = network.topology.channel
            gateway = client.connect_to(channel, profile.identity, channel=name, chaincode=NAME, retry=ONCE)
            yield Operated(network, ChaincodePaths(directory / NAME / ORG), gateway, directory)


def test_a_second_service_under_an_id_that_is_registered(operated: Operated) -> None:
    """Its own package is dialled, and it registers as TradeLane's, whose service the peer has a stream to."""
    own = json.loads(operated.network.paths.organisation(ORG).chaincode.settings.read_bytes())["environment"]
    with operated.service(CHAINCODE_ID=own["CHAINCODE_ID"]) as log:
        until(operated.waits)
        (told,) = until(lambda: said(log, "the peer does not answer the registration"))
    assert "no other stream is registered with the peer under the same id" in told["message"]
    assert "duplicate chaincodeID" in told["message"]
    assert (told["level"], told["package"]) == ("error", own["CHAINCODE_ID"])
    peer_log = operated.network.paths.log(f"peer0.{ORG}").read_text()
    assert f"duplicate chaincodeID: {own['CHAINCODE_ID']}" in peer_log  # what the sentence sends the operator to
    with operated.service():
        assert operated.served() == operated.network.topology.channel


def test_a_service_in_plain_text_and_a_peer_that_wants_tls(operated: Operated) -> None:
    with operated.service(CHAINCODE_TLS_DISABLED="true") as log:
        operated.refuses()
        (told,) = said(log, "TLS is off")
        assert "whoever reaches the address can play the peer" in told["message"]
        told = until(lambda: said(log, "a peer spoke TLS, but this service speaks plain text"))[0]
    assert "give the service certificates" in told["message"]
    assert told["level"] == "warning"


def test_a_service_with_tls_and_a_peer_that_speaks_plain_text(operated: Operated) -> None:
    with operated.service() as log:
        with operated.connecting(tls_required=False, client_auth_required=False):
            told = operated.told(log, "a peer spoke plain text")
        assert "set tls_required to true in the connection.json" in told[0]["message"]
        assert operated.served() == operated.network.topology.channel


def test_a_service_with_tls_and_a_peer_that_shows_no_certificate(operated: Operated) -> None:
    with operated.service() as log:
        with operated.connecting(client_auth_required=False):
            told = operated.told(log, "a peer showed no certificate")
        assert "client_auth_required" in told[0]["message"]
        assert operated.served() == operated.network.topology.channel


def test_a_service_that_asks_for_no_certificate_and_a_peer_that_shows_none(operated: Operated) -> None:
    """Nothing but the operator's own word gets there; the secure way is the usual one."""
    with operated.service(CHAINCODE_CLIENT_CA_CERT="", CHAINCODE_CLIENT_AUTH_DISABLED="true") as log:
        with operated.connecting(client_auth_required=False):
            assert operated.served() == operated.network.topology.channel
        (told,) = said(log, "peers are asked for no client certificate")
    assert told["level"] == "warning"


STUBBORN = Program(NAME, (sys.executable, "-m", "tests.support.stubborn_chaincode"))


def test_a_slow_transaction_is_answered_with_a_code_before_the_peers_time_is_up(operated: Operated) -> None:
    """Others are served beside it and after it, and nothing of it is left running."""
    with operated.service(STUBBORN, CHAINCODE_EXECUTE_SECONDS="2"):

        def brisk() -> bytes:
            return operated.gateway.evaluate("brisk", timeout_seconds=PATIENCE_SECONDS)

        def begun() -> bytes | None:
            with suppress(CallError):
                return brisk()
            return None

        until(begun)
        with ThreadPoolExecutor() as pool:
            slow = [pool.submit(operated.gateway.evaluate, "slow", timeout_seconds=30) for _ in range(3)]
            until(lambda: operated.running() == len(slow))
            assert brisk() == b"here"
            for each in slow:
                refused = each.exception()
                assert isinstance(refused, CallError)
                assert refused.code == "TRANSACTION_TIMEOUT"
        until(lambda: operated.running() == 0)
        assert brisk() == b"here"


def test_a_package_without_encryption_cannot_be_installed(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = packaging.connection
    monkeypatch.setattr(packaging, "connection", lambda *link: connection(*link) | {"tls_required": False})
    program = Program("unencrypted", PROGRAM.command)
    with pytest.raises(CommandFailed, match="could not build chaincode"), deployed(network, tmp_path / "it", program):
        pass
    assert "connection.json must have tls_required: true" in network.paths.log(f"peer0.{ORG}").read_text()


def test_a_renewed_client_certificate_of_the_peer_needs_no_new_package(operated: Operated, tmp_path: Path) -> None:
    """The peer reads its connection whenever it dials, so both ends can be given a new certificate in place."""
    new = renewed_client(operated.network, tmp_path)
    shown = {"client_key": new.key.read_text(), "client_cert": new.certificate.read_text()}
    with operated.service(CHAINCODE_CLIENT_CA_CERT=str(new.certificate)) as log:
        # The peer still shows the old one.
        operated.told(log, "a peer showed a certificate which CHAINCODE_CLIENT_CA_CERT does not cover")
        with operated.connecting(**shown):
            assert operated.served() == operated.network.topology.channel


def renewed_client(network: Network, directory: Path) -> TlsPaths:
    """Have the organisation's TLS CA certify a new key of the peer, as a client of the service."""
    topology, paths = network.topology, TlsPaths(directory, "client")
    organisation = topology.organisation(ORG)
    registrar = authorities.registrar(network.paths, organisation, AuthorityName.TLS)
    applicant = Applicant(f"peer0-to-chaincode-{secrets.token_hex(4)}")
    authority = authorities.reach(topology, network.paths, organisation, AuthorityName.TLS)
    authority.certify(registrar, applicant).write(paths)
    return paths


def test_a_large_argument_reaches_the_chaincode(operated: Operated) -> None:
    with operated.service():
        operated.served()
        assert operated.ask(padding=b"x" * 40 * MEGABYTE) == operated.network.topology.channel


@pytest.mark.parametrize("megabytes", [55, 100, 110])
def test_an_argument_that_is_too_large_is_refused_and_others_are_served(operated: Operated, megabytes: int) -> None:
    """Of these the chaincode's stream could not carry one: arguments and signed proposal are one message there."""
    with operated.service() as log, others_at_work(operated) as others:
        with pytest.raises(CallError) as refused:
            operated.ask(padding=b"x" * megabytes * MEGABYTE)
        assert (refused.value.code, refused.value.grpc_status) == ("MESSAGE_TOO_LARGE", "RESOURCE_EXHAUSTED")
        assert operated.ask() == operated.network.topology.channel
    assert set(others) == {operated.network.topology.channel}
    assert len(said(log, "registered with a peer")) == 1


@contextmanager
def others_at_work(operated: Operated) -> Iterator[list[Any]]:
    """Ask for something again and again beside the block; yields what was answered, errors by their code."""
    stop, answers = threading.Event(), list[Any]()

    def ask() -> None:
        while not stop.is_set():
            try:
                answers.append(operated.ask())
            except CallError as error:
                answers.append(error.code)

    operated.served()
    thread = threading.Thread(target=ask)
    thread.start()
    try:
        until(lambda: answers)
        yield answers
    finally:
        stop.set()
        thread.join()
