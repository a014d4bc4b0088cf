"""Who signs: an organisation's MSP id, a certificate and its private key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from tradelane.gateway.errors import IdentityError, OfflineError

_ORDERS: Final = {
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp384r1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}
"""The curves a signing key may be on, and the order of each group (FIPS 186-5)."""

_DIGEST: Final = ec.ECDSA(hashes.SHA256())
"""Fabric's MSPs verify over SHA-256 whatever the curve (SignatureHashFamily SHA2)."""


@dataclass(frozen=True)
class Identity:
    """A signing identity. Build it with `load`, which checks it."""

    msp_id: str
    certificate_pem: bytes
    sign: Callable[[bytes], bytes]
    """Message to signature: ECDSA over SHA-256, DER, low S (Fabric refuses the high twin, so that nobody can
    make a second valid signature of a message)."""

    @classmethod
    def load(cls, msp_id: str, certificate_pem: bytes, key_pem: bytes, *, now: datetime | None = None) -> "Identity":
        """Build an identity from PEM texts.

        Args:
            msp_id: The organisation's name on the channel.
            certificate_pem: The X.509 certificate its CA issued.
            key_pem: The private key, PKCS#8 or SEC 1, unencrypted, P-256 or P-384.
            now: The moment the certificate must be valid at; by default the present.

        Raises:
            IdentityError: Unreadable, key and certificate do not fit, expired, not yet valid, or another curve.
        """
        certificate = _certificate(certificate_pem)
        key = _private_key(key_pem)
        if certificate.public_key() != key.public_key():
            raise IdentityError(
                "The private key does not belong to the certificate; use the pair the CA issued together.",
                code="KEY_MISMATCH",
            )
        _refuse_outside_validity(certificate, now or datetime.now(UTC))
        return cls(msp_id=msp_id, certificate_pem=certificate_pem, sign=_signer(key))

    @classmethod
    def offline(cls, msp_id: str, certificate_pem: bytes) -> "Identity":
        """Build an identity whose private key is elsewhere: it names the creator of messages and signs none.

        Its `sign` raises OfflineError (SIGNATURE_NEEDED). Validity is not looked at: that is for whoever signs.

        Args:
            msp_id: The organisation's name on the channel.
            certificate_pem: The X.509 certificate its CA issued.

        Raises:
            IdentityError: The certificate is unreadable.
        """
        _certificate(certificate_pem)
        return cls(msp_id=msp_id, certificate_pem=certificate_pem, sign=_sign_elsewhere)


def _certificate(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise IdentityError("The certificate file holds no PEM certificate.", code="CERTIFICATE_MALFORMED") from None


def _private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The cause is dropped on purpose: no text that touches a private key may reach a log.
        raise IdentityError("The key file holds no unencrypted PEM private key.", code="KEY_MALFORMED") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name not in _ORDERS:
        raise IdentityError(
            "The private key is not an ECDSA key on P-256 or P-384, the curves accepted here.", code="KEY_UNSUPPORTED"
        )
    return key


def _refuse_outside_validity(certificate: x509.Certificate, now: datetime) -> None:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begin:
        raise IdentityError(
            f"The certificate is valid only from {begin:%Y-%m-%d %H:%M} UTC; check this machine's clock.",
            code="CERTIFICATE_NOT_YET_VALID",
        )
    if now > end:
        raise IdentityError(
            f"The certificate expired on {end:%Y-%m-%d %H:%M} UTC; ask the organisation's CA for a new one.",
            code="CERTIFICATE_EXPIRED",
        )


def _sign_elsewhere(_message: bytes) -> bytes:
    raise OfflineError(
        "This identity has no private key here: sign the message's digest where the key is and hand the signature in.",
        code="SIGNATURE_NEEDED",
    )


def _signer(key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    order = _ORDERS[key.curve.name]

    def sign(message: bytes) -> bytes:
        signature = key.sign(message, _DIGEST)
        r, s = decode_dss_signature(signature)
        return signature if s <= order // 2 else encode_dss_signature(r, order - s)

    return sign
