"""TLS certificates for tests on loopback: a CA, a server's and a client's certificate."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_VALID_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_DAYS = 36500


@dataclass(frozen=True)
class Pair:
    """A private key and its certificate, PEM."""

    key: bytes
    certificate: bytes


class Authority:
    """A TLS CA."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        certificate = self._builder(self._name, self._key).add_extension(constraints, critical=True)
        self.certificate = _pem(certificate.sign(self._key, hashes.SHA256()))

    def issue(self, name: str = "localhost", days: int = _DAYS) -> Pair:
        """Issue a certificate for a DNS name, valid for so many days from 2020 on."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        certificate = self._builder(subject, key, days).add_extension(names, critical=False)
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Pair(private, _pem(certificate.sign(self._key, hashes.SHA256())))

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int = _DAYS
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_VALID_FROM)
            .not_valid_after(_VALID_FROM + timedelta(days=days))
        )


def write_pair(pair: Pair, directory: Path, name: str) -> tuple[Path, Path]:
    """Write key (readable by the owner only) and certificate; return their paths."""
    key, certificate = directory / f"{name}-key.pem", directory / f"{name}-cert.pem"
    key.touch(mode=0o600)
    key.write_bytes(pair.key)
    certificate.write_bytes(pair.certificate)
    return key, certificate


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
