"""What can be asked of a Fabric CA."""

import base64
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from cryptography import x509

from tradelane.gateway.authority import protocol
from tradelane.gateway.authority.protocol import API, Call, Request
from tradelane.gateway.authority.records import (
    AuthorityInfo,
    Enrolment,
    Reason,
    RegisteredIdentity,
    Registration,
    Revocation,
)
from tradelane.gateway.authority.signing_request import signing_request
from tradelane.gateway.certificate import enrolment_id
from tradelane.gateway.errors import AuthorityError, InputError
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import SigningKey
from tradelane.gateway.secret import Secret

_SECRET_BYTES: Final = 24


def info() -> Call[AuthorityInfo]:
    """Ask a CA for its name, version and certificates; anybody may."""

    def read(result: Mapping[str, Any]) -> AuthorityInfo:
        return AuthorityInfo(str(result["CAName"]), str(result.get("Version", "")), _pem(result["CAChain"]))

    def ask(ca: str) -> Request:
        return Request("GET", f"{API}cainfo?ca={quote(ca, safe='')}", {}, b"")

    return Call("show itself", ask, read)


def enrol(
    name: str, secret: Secret, *, key: SigningKey, profile: str | None = None, hosts: Sequence[str] = ()
) -> Call[Enrolment]:
    """Have a key certified against a registration's secret.

    Args:
        name: The enrolment id.
        secret: Asked for the registration's secret.
        key: The private key, made here or in a token; it signs the request and stays where it is.
        profile: A signing profile of the CA, e.g. `tls`.
        hosts: Names and addresses the certificate answers for, where it is a server's.
    """

    def ask(ca: str) -> Request:
        content = _certification(name, key, ca, profile, hosts)
        return protocol.enrolling(name, secret(), f"{API}enroll", content)

    return Call(f"enrol '{name}'", ask, lambda result: _enrolment(result, name, key), by_secret=True)


def renew(
    caller: Identity, *, key: SigningKey, profile: str | None = None, hosts: Sequence[str] = ()
) -> Call[Enrolment]:
    """Have a new key certified for somebody enrolled, whose present certificate is still valid.

    Args:
        caller: The present identity.
        key: The new private key; a renewed certificate may also be for the present one.
        profile: A signing profile of the CA, e.g. `tls`.
        hosts: Names and addresses the certificate answers for, where it is a server's.
    """
    name = enrolment_id(x509.load_pem_x509_certificate(caller.certificate_pem))

    def ask(ca: str) -> Request:
        return protocol.signed(caller, "POST", f"{API}reenroll", _certification(name, key, ca, profile, hosts))

    return Call(f"renew the certificate of '{name}'", ask, lambda result: _enrolment(result, name, key))


def register(registrar: Identity, who: Registration, secret: Secret | None = None) -> Call[str]:
    """Register somebody; the result is the secret to enrol with.

    Args:
        registrar: An identity whose registration allows it (`hf.Registrar.Roles`, `hf.Registrar.Attributes`).
        who: Whom.
        secret: Asked for the secret to set; by default one is made here.
    """
    attributes = [{"name": name, "value": value, "ecert": True} for name, value in who.attributes.items()]
    attributes += [{"name": name, "value": value, "ecert": False} for name, value in who.rights.items()]

    def ask(ca: str) -> Request:
        content = {
            "id": who.name,
            "type": who.type,
            "secret": secret() if secret else secrets.token_urlsafe(_SECRET_BYTES),
            "max_enrollments": who.max_enrolments,
            "affiliation": who.affiliation,
            "attrs": attributes,
            "caname": ca,
        }
        return protocol.signed(registrar, "POST", f"{API}register", content)

    return Call(f"register '{who.name}'", ask, lambda result: str(result["secret"]))


def identities(registrar: Identity) -> Call[tuple[RegisteredIdentity, ...]]:
    """List whom the CA knows and the registrar may see."""

    def read(result: Mapping[str, Any]) -> tuple[RegisteredIdentity, ...]:
        return tuple(_registered(each) for each in result["identities"])

    return Call(
        "list its identities",
        lambda ca: protocol.signed(registrar, "GET", f"{API}identities?ca={quote(ca, safe='')}"),
        read,
    )


def revoke(
    registrar: Identity,
    name: str | None = None,
    *,
    certificate: x509.Certificate | None = None,
    reason: Reason = Reason.UNSPECIFIED,
    crl: bool = True,
) -> Call[Revocation]:
    """Revoke all certificates of an identity, which then can enrol no more, or a single certificate.

    Peers go on accepting the certificate until the channel's configuration of the organisation holds the CA's list
    of revoked certificates.

    Args:
        registrar: An identity whose registration allows it (`hf.Revoker`); anybody may revoke their own.
        name: The enrolment id.
        certificate: The one certificate to revoke, instead of all.
        reason: Goes into the list.
        crl: Whether to return the CA's list of revoked certificates.

    Raises:
        ValueError: Neither name nor certificate is given.
        InputError: CERTIFICATE_UNKNOWN: no Fabric CA issued the certificate.
    """
    if name is None and certificate is None:
        raise ValueError("revoke takes a name or a certificate")
    content: dict[str, Any] = {"reason": reason.value, "gencrl": crl}
    if name is not None:
        content["id"] = name
    if certificate is not None:
        content |= {"serial": f"{certificate.serial_number:x}", "aki": _authority_key_id(certificate)}

    def read(result: Mapping[str, Any]) -> Revocation:
        serials = tuple(str(each["Serial"]) for each in result["RevokedCerts"] or ())
        return Revocation(serials, _pem(result.get("CRL") or ""))

    whom = f"'{name}'" if name is not None else "a certificate"
    return Call(
        f"revoke {whom}",
        lambda ca: protocol.signed(registrar, "POST", f"{API}revoke", content | {"caname": ca}),
        read,
    )


def revocation_list(registrar: Identity) -> Call[bytes]:
    """Ask for the CA's list of its revoked certificates (PEM); needs the right `hf.GenCRL`."""
    return Call(
        "make a list of revoked certificates",
        lambda ca: protocol.signed(registrar, "POST", f"{API}gencrl", {"caname": ca}),
        lambda result: _pem(result["CRL"]),
    )


def _certification(name: str, key: SigningKey, ca: str, profile: str | None, hosts: Sequence[str]) -> dict[str, Any]:
    content = {"certificate_request": signing_request(key, name, hosts).decode(), "caname": ca}
    return content | ({"profile": profile} if profile else {})


def _enrolment(result: Mapping[str, Any], name: str, key: SigningKey) -> Enrolment:
    certificate_pem = _pem(result["Cert"])
    certificate = x509.load_pem_x509_certificate(certificate_pem)
    if certificate.public_key() != key.public_key() or enrolment_id(certificate) != name:
        raise AuthorityError(
            f"The CA answered the request to certify '{name}' with a certificate of another key or name.",
            code="AUTHORITY_ANSWER",
        )
    return Enrolment(certificate_pem, _pem(result["ServerInfo"]["CAChain"]))


def _registered(each: Mapping[str, Any]) -> RegisteredIdentity:
    return RegisteredIdentity(
        name=str(each["id"]),
        type=str(each["type"]),
        affiliation=str(each["affiliation"]),
        max_enrolments=int(each["max_enrollments"]),
        attributes={str(one["name"]): str(one["value"]) for one in each.get("attrs") or ()},
    )


def _authority_key_id(certificate: x509.Certificate) -> str:
    try:
        found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        found = None
    if found is None:
        raise InputError(
            "The certificate does not name its issuer's key, so no Fabric CA issued it.", code="CERTIFICATE_UNKNOWN"
        )
    return found.hex()


def _pem(encoded: object) -> bytes:
    return base64.b64decode(str(encoded), validate=True)
