"""Identities for tests: certificates as Fabric CA issues them, with attributes and organisational units."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tradelane.chaincode.shim.identity import ATTRIBUTES_OID, ClientIdentity

_VALID_FROM = datetime(2026, 1, 1, tzinfo=UTC)


def make_identity(
    msp_id: str,
    name: str = "user",
    attributes: Mapping[str, str] | None = None,
    units: tuple[str, ...] = ("client",),
) -> ClientIdentity:
    """Return a client of an organisation; equal arguments return the same identity."""
    return _make(msp_id, name, json.dumps({"attrs": dict(attributes)}).encode() if attributes else b"", units)


def identity_saying(content: bytes) -> ClientIdentity:
    """Return a client whose certificate has this where its attributes should be."""
    return _make("HongKongMSP", "user", content, ("client",))


def party_identity(msp_id: str, party_id: str, role: str = "signer") -> ClientIdentity:
    """Return a user who acts for a party."""
    return make_identity(msp_id, f"{role} of {party_id}", {"tradelane.party": party_id, "tradelane.role": role})


def admin_identity(msp_id: str) -> ClientIdentity:
    """Return an organisation's administrator, whom the node type `admin` marks."""
    return make_identity(msp_id, "admin", units=("admin",))


@cache
def _key() -> ec.EllipticCurvePrivateKey:
    """One key serves all: no test signs with it but the certificates themselves."""
    return ec.generate_private_key(ec.SECP256R1())


@cache
def _make(msp_id: str, name: str, attributes: bytes, units: tuple[str, ...]) -> ClientIdentity:
    subject = x509.Name(
        [
            *(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in units),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_VALID_FROM)
        .not_valid_after(_VALID_FROM + timedelta(days=3650))
    )
    if attributes:
        builder = builder.add_extension(x509.UnrecognizedExtension(ATTRIBUTES_OID, attributes), critical=False)
    certificate = builder.sign(_key(), hashes.SHA256())
    return ClientIdentity(msp_id, certificate.public_bytes(serialization.Encoding.PEM))
