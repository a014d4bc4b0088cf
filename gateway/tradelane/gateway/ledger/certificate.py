"""What a person or an auditor asks of a certificate in a block."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes


@dataclass(frozen=True, slots=True)
class Certificate:
    """An X.509 certificate."""

    subject: str
    """RFC 4514."""
    issuer: str
    serial_number: int
    not_before: datetime
    not_after: datetime
    public_key: CertificatePublicKeyTypes = field(repr=False, compare=False)


@lru_cache(maxsize=1024)  # the same few sign most of a ledger
def read_certificate(pem: bytes) -> Certificate | None:
    """Read a certificate; None if the bytes are none, or its key is of a kind unknown here."""
    try:
        found = x509.load_pem_x509_certificate(pem)
        return Certificate(
            subject=found.subject.rfc4514_string(),
            issuer=found.issuer.rfc4514_string(),
            serial_number=found.serial_number,
            not_before=found.not_valid_before_utc,
            not_after=found.not_valid_after_utc,
            public_key=found.public_key(),
        )
    except (ValueError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None
