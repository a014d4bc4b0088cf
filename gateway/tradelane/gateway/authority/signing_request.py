"""Signing requests (PKCS#10): the only thing of a key that leaves this machine."""

import ipaddress
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from tradelane.gateway.errors import InputError
from tradelane.gateway.keys import SigningKey


def signing_request(key: SigningKey, name: str, hosts: Sequence[str] = ()) -> bytes:
    """Return a signing request (PEM), signed by the key, also one in a token.

    Args:
        key: The key to certify.
        name: The common name, which is the enrolment id: 1 to 64 characters.
        hosts: Names and addresses a server answers for.

    Raises:
        InputError: NAME_UNUSABLE.
    """
    try:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    except ValueError:
        raise InputError(f"{name!r} is no name to enrol: use 1 to 64 characters.", code="NAME_UNUSABLE") from None
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if hosts:
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(key, _hash(key)).public_bytes(serialization.Encoding.PEM)


def _hash(key: SigningKey) -> hashes.SHA256 | hashes.SHA384 | None:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    return hashes.SHA384() if isinstance(key.curve, ec.SECP384R1) else hashes.SHA256()


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
