"""Keys and certificates: what roots may sign, what servers answer for."""

import ipaddress
import stat
from pathlib import Path

import pytest
from cryptography import x509

from tradelane.network import certificates
from tradelane.network.paths import TlsPaths


@pytest.fixture(scope="module")
def root() -> certificates.Pair:
    return certificates.new_root("tlsca.hongkong", "HongKongMSP", "HK")


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


def test_a_written_pair_reads_back_and_is_closed_to_others(tmp_path: Path, root: certificates.Pair) -> None:
    place = TlsPaths(tmp_path / "tls")
    root.write(place)
    again = certificates.read_pair(place)
    assert again.pem == root.pem
    assert again.key.private_numbers() == root.key.private_numbers()
    assert stat.S_IMODE(place.key.stat().st_mode) == 0o600
