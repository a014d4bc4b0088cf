"""A certificate authority for tests: issues whatever a test needs, expired and mismatched ones too."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

PrivateKey: TypeAlias = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: PrivateKey

    @cached_property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        key = self.certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        return key

    @cached_property
    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @cached_property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )


class Authority:
    """A self-signed CA."""

    def __init__(self, name: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        constraints = x509.BasicConstraints(ca=True, path_length=0)
        builder = _builder(self._name, self._name, key, NOW - DAY, NOW + DAY)
        certificate = builder.add_extension(constraints, critical=True).sign(key, hashes.SHA256())
        self.root = Pair(certificate, key)

    def issue(
        self,
        name: str,
        *,
        key: PrivateKey | None = None,
        begin: datetime = NOW - DAY,
        end: datetime = NOW + DAY,
        extension: x509.UnrecognizedExtension | None = None,
        units: Sequence[str] = (),
    ) -> Pair:
        """Issue a certificate; `name` is also its DNS name, `units` are the subject's organisational units."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root.public_key)
        builder = _builder(_name(name, units), self._name, key, begin, end).add_extension(names, critical=False)
        builder = builder.add_extension(issuer, critical=False)
        if extension is not None:
            builder = builder.add_extension(extension, critical=False)
        return Pair(builder.sign(self.root.key, hashes.SHA256()), key)


def _name(common: str, units: Sequence[str] = ()) -> x509.Name:
    named = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units]
    return x509.Name([*named, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: PrivateKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )
