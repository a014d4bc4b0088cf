"""Keys and certificates: what roots may sign, what servers answer for, what Fabric accepts as a signature."""

import ipaddress
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from tradelane.network import certificates
from tradelane.network.paths import TlsPaths


@pytest.fixture(scope="module")
def root() -> certificates.Pair:
    return certificates.new_root("tlsca.hongkong", "HongKongMSP", "HK")


def public(pair: certificates.Pair) -> ec.EllipticCurvePublicKey:
    key = pair.certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key


def test_a_root_signs_leaves_only(root: certificates.Pair) -> None:
    constraints = root.certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca, constraints.value.path_length) == (True, True, 0)
    assert root.certificate.subject == root.certificate.issuer


def test_a_servers_certificate_answers_for_its_names_and_signs_nothing(root: certificates.Pair) -> None:
    server = certificates.new_server(root, "ca.hongkong", ("ca.hongkong", "localhost", "127.0.0.1"))
    server.certificate.verify_directly_issued_by(root.certificate)
    names = server.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["ca.hongkong", "localhost"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("127.0.0.1")]
    assert not server.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_signatures_are_in_the_half_fabric_accepts(root: certificates.Pair) -> None:
    for number in range(32):  # without the rule each would fail with even chance
        message = number.to_bytes(4)
        signature = certificates.sign(root.key, message)
        public(root).verify(signature, message, ec.ECDSA(hashes.SHA256()))
        assert utils.decode_dss_signature(signature)[1] <= certificates.P256_ORDER // 2


def test_a_request_asks_for_the_names_it_was_given() -> None:
    key = certificates.new_key()
    asked = x509.load_pem_x509_csr(certificates.request(key, "peer0", ("peer0", "127.0.0.1")))
    assert asked.is_signature_valid
    assert len(asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value) == 2
    assert not x509.load_pem_x509_csr(certificates.request(key, "alice")).extensions


def test_a_written_pair_reads_back_and_is_closed_to_others(tmp_path: Path, root: certificates.Pair) -> None:
    place = TlsPaths(tmp_path / "tls")
    root.write(place)
    again = certificates.read_pair(place)
    assert again.pem == root.pem
    assert again.key.private_numbers() == root.key.private_numbers()
    assert stat.S_IMODE(place.key.stat().st_mode) == 0o600
