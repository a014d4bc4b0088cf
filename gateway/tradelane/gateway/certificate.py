"""X.509 certificates of signing identities: reading one, and what it says of its holder."""

import json
from datetime import datetime
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from tradelane.gateway.errors import IdentityError

_ATTRIBUTES: Final = x509.ObjectIdentifier("1.2.3.4.5.6.7.8.1")
"""Where Fabric CA writes a user's attributes: JSON {"attrs": {name: value}}."""
_BEGIN: Final = b"-----BEGIN CERTIFICATE-----"


def read_certificate(pem: bytes) -> x509.Certificate:
    """Read the one certificate of a signing identity.

    Raises:
        IdentityError: CERTIFICATE_MALFORMED; CERTIFICATE_CHAIN when there are several; CERTIFICATE_OF_CA.
    """
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        constraints = _constraints(certificate)
    except ValueError:
        raise IdentityError("The certificate file holds no PEM certificate.", code="CERTIFICATE_MALFORMED") from None
    if (several := pem.count(_BEGIN)) > 1:
        raise IdentityError(
            f"The certificate file holds {several} certificates; Fabric wants the user's own alone, without its CAs'.",
            code="CERTIFICATE_CHAIN",
        )
    if constraints is not None and constraints.ca:
        raise IdentityError(
            "The certificate is a CA's, which Fabric accepts from no user; use the one that CA issued to the user.",
            code="CERTIFICATE_OF_CA",
        )
    return certificate


def _constraints(certificate: x509.Certificate) -> x509.BasicConstraints | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return None


def refuse_outside_validity(certificate: x509.Certificate, now: datetime) -> None:
    """Refuse a certificate that is not valid at a moment.

    Raises:
        IdentityError: CERTIFICATE_NOT_YET_VALID, CERTIFICATE_EXPIRED.
    """
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


def enrolment_id(certificate: x509.Certificate) -> str:
    """Return the name its CA knows the holder by: the subject's common name, or nothing."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def units(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the subject's organisational units; Fabric CA writes the identity's type there, e.g. `client`, `admin`."""
    return tuple(
        str(each.value) for each in certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    )


def attributes(certificate: x509.Certificate) -> dict[str, str]:
    """Return the attributes its CA wrote into it, e.g. `tradelane.party`; none where there are none to be read."""
    try:
        extension: Any = certificate.extensions.get_extension_for_oid(_ATTRIBUTES).value
        found = json.loads(extension.value)["attrs"]
    except (x509.ExtensionNotFound, ValueError, KeyError, TypeError):
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def key_kind(certificate: x509.Certificate) -> str:
    """Return what kind of key the certificate is for, e.g. `secp256r1`."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.curve.name
    return "ed25519" if isinstance(key, ed25519.Ed25519PublicKey) else type(key).__name__
