"""The real network: who gets in, who does not, and where no secret may stand."""

import secrets
import socket
import ssl
import stat
from pathlib import Path

import psutil
import pytest

from tests.support.pki import Authority as Stranger
from tradelane.network import Network, authorities, files, process
from tradelane.network.authority import Applicant, AuthorityName, IdentityType
from tradelane.network.certificates import Pair, read_certificate
from tradelane.network.errors import AuthorityRefused, EndpointFailed
from tradelane.network.health import Health
from tradelane.network.https import Endpoint
from tradelane.network.nodes import Kind, Node, NodeFactory
from tradelane.network.paths import TlsPaths

pytestmark = pytest.mark.network

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))  # HTTP/2, with empty settings


def nodes(network: Network, *kinds: Kind) -> tuple[Node, ...]:
    return NodeFactory(network.topology, network.paths, network.binaries).of_kind(*kinds)


def tls_root(network: Network, organisation: str) -> Path:
    return network.paths.organisation(organisation).authority.tls_root.certificate


def admitted(port: int, roots: Path, client: TlsPaths | None) -> bool:
    """Tell whether a server speaks HTTP/2 with a client: in TLS 1.3 it turns one away after the handshake."""
    context = ssl.create_default_context(cafile=str(roots))
    context.set_alpn_protocols(["h2"])
    if client:
        context.load_cert_chain(client.certificate, client.key)
    try:
        with (
            socket.create_connection(("127.0.0.1", port), 10) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
        ):
            secured.sendall(PREFACE)
            return bool(secured.recv(9))
    except (ssl.SSLError, ConnectionError):
        return False


def fresh(name: str) -> str:
    """A name that no earlier run on a kept network has registered."""
    return f"{name}-{secrets.token_hex(4)}"


@pytest.fixture
def stranger(tmp_path: Path) -> TlsPaths:
    """A certificate of a CA nobody here knows."""
    pair, place = Stranger("nobody").issue("peer0.hongkong.tradelane.example"), TlsPaths(tmp_path / "stranger")
    files.write(place.certificate, pair.certificate_pem)
    files.write(place.key, pair.key_pem)
    return place


def test_only_certificates_of_the_channel_are_let_in(network: Network, stranger: TlsPaths) -> None:
    for node in nodes(network, Kind.PEER, Kind.ORDERER):
        organisation = node.organisation.name
        port, roots = node.ports["requests"], tls_root(network, organisation)
        assert admitted(port, roots, network.paths.organisation(organisation).admin.tls), node.name
        assert not admitted(port, roots, None), node.name
        assert not admitted(port, roots, stranger), node.name


def test_the_administrators_endpoints_are_for_the_own_organisation(network: Network, stranger: TlsPaths) -> None:
    purposes = {Kind.ORDERER: ("admin", "operations"), Kind.PEER: ("operations",), Kind.AUTHORITY: ("operations",)}
    for node in nodes(network, *purposes):
        own = network.paths.organisation(node.organisation.name).admin.tls
        other = "shanghai" if node.organisation.name != "shanghai" else "hongkong"
        foreign = network.paths.organisation(other).admin.tls
        for purpose in purposes[node.kind]:
            port, roots = node.ports[purpose], tls_root(network, node.organisation.name)
            assert Endpoint(port, roots, own).ask("GET", "/").status > 0
            for client in (None, foreign, stranger):
                with pytest.raises(EndpointFailed):
                    Endpoint(port, roots, client).ask("GET", "/")


def test_metrics_are_served_to_the_administrator(network: Network) -> None:
    health = Health(network.topology, network.paths)
    assert all((health.peer_height(node) or 0) > 0 for node in nodes(network, Kind.PEER))
    assert sum(health.leads(node) for node in nodes(network, Kind.ORDERER)) == 1


def test_a_tls_certificate_is_no_signing_identity(network: Network) -> None:
    for organisation in network.topology.organisations:
        paths = network.paths.organisation(organisation.name)
        enrolment = read_certificate(paths.msp.roots)
        tls = read_certificate(paths.msp.tls_roots)
        assert enrolment.public_key() != tls.public_key()
        assert [path.name for path in paths.msp.roots.parent.iterdir()] == [paths.msp.roots.name]
        read_certificate(paths.admin.msp.certificate).verify_directly_issued_by(enrolment)
        read_certificate(paths.admin.tls.certificate).verify_directly_issued_by(tls)


def test_nobody_but_the_owner_can_read_anything(network: Network) -> None:
    for path in (network.paths.root, *network.paths.root.rglob("*")):
        if not path.is_socket() and not path.is_symlink():
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_private_keys_are_not_even_executable(network: Network) -> None:
    keys = [*network.paths.root.rglob("*key.pem"), *network.paths.root.rglob("registrar.password")]
    assert len(keys) > 40
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}


def secrets_of(network: Network) -> list[str]:
    """Something of every secret by which it would be recognised."""
    passwords = [path.read_text() for path in network.paths.root.rglob("registrar.password")]
    keys = [path.read_text().splitlines()[1] for path in network.paths.root.rglob("*key.pem")]
    assert len(passwords) == len(network.topology.organisations)
    return passwords + keys


def test_no_log_no_command_line_and_no_environment_holds_a_secret(network: Network) -> None:
    told = [path.read_text(errors="replace") for path in network.paths.logs.iterdir()]
    for record in network.paths.run.glob("*.json"):
        found = process.find(record)
        assert isinstance(found, psutil.Process)
        told += [" ".join(found.cmdline()), str(found.environ())]
    for secret in secrets_of(network):
        assert not any(secret in text for text in told)


def test_a_secret_of_enrolment_serves_once(network: Network) -> None:
    organisation = network.topology.organisation("hongkong")
    authority = authorities.reach(network.topology, network.paths, organisation, AuthorityName.ENROLMENT)
    registrar = authorities.registrar(network.paths, organisation, AuthorityName.ENROLMENT)
    applicant = Applicant(fresh("test-enrols-twice"))
    secret = authority.register(registrar, applicant)
    with pytest.raises(AuthorityRefused, match="declined to enrol"):
        authority.enrol(applicant, secret + "x")
    authority.enrol(applicant, secret)
    with pytest.raises(AuthorityRefused, match="declined to enrol"):
        authority.enrol(applicant, secret)


def test_only_the_registrar_of_that_ca_can_register(network: Network) -> None:
    hongkong, shanghai = (network.topology.organisation(name) for name in ("hongkong", "shanghai"))
    authority = authorities.reach(network.topology, network.paths, hongkong, AuthorityName.ENROLMENT)
    registrars: list[Pair] = [
        authorities.registrar(network.paths, shanghai, AuthorityName.ENROLMENT),
        authorities.registrar(network.paths, hongkong, AuthorityName.TLS),
        authority.certify(
            authorities.registrar(network.paths, hongkong, AuthorityName.ENROLMENT),
            Applicant(fresh("test-is-no-registrar"), IdentityType.ADMIN),
        ),
    ]
    for registrar in registrars:
        with pytest.raises(AuthorityRefused, match="declined to register"):
            authority.register(registrar, Applicant(fresh("test-never-registered")))


def test_a_registrar_writes_our_attributes_only(network: Network) -> None:
    hongkong = network.topology.organisation("hongkong")
    authority = authorities.reach(network.topology, network.paths, hongkong, AuthorityName.ENROLMENT)
    registrar = authorities.registrar(network.paths, hongkong, AuthorityName.ENROLMENT)
    promoted = Applicant(fresh("test-promotes-itself"), attributes={"hf.Registrar.Roles": "client"})
    with pytest.raises(AuthorityRefused):
        authority.register(registrar, promoted)


def test_a_chaincode_service_lets_in_its_peer_only(network: Network, stranger: TlsPaths) -> None:
    """Not even an administrator of the same organisation: who reaches the service could play the peer to it."""
    organisation = network.topology.organisation("hongkong")
    paths, port = network.paths.organisation("hongkong"), network.topology.ports(organisation).chaincode
    root = paths.authority.tls_root.certificate
    assert admitted(port, root, paths.chaincode.client)
    for other in (paths.admin.tls, paths.peer.tls, paths.chaincode.server, stranger, None):
        assert not admitted(port, root, other)
