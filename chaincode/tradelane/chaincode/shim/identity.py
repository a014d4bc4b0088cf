"""The caller: organisation, certificate and the attributes its CA wrote into the certificate."""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from tradelane.chaincode.shim.errors import AttributeRefused, NoCertificate, NotConfigured
from tradelane.chaincode.shim.names import distinguished_name

ATTRIBUTES_OID = x509.ObjectIdentifier("1.2.3.4.5.6.7.8.1")
"""Fabric CA's certificate extension: JSON {"attrs": {name: value}}."""

_REMEMBERED: Final = 1024

PEER_MSP_VARIABLE = "CORE_PEER_LOCALMSPID"
"""The environment variable by which Fabric names a peer's organisation to programs beside it."""


def peer_msp_id() -> str:
    """Return the organisation of the peer which this service is run for, as its operator says in the environment.

    The answers of two peers differ, so it is for refusing, e.g. callers of other organisations where private data of
    the own one would be handed out; never for anything that is written or returned.

    Raises:
        NotConfigured: The variable is not set.
    """
    msp_id = os.environ.get(PEER_MSP_VARIABLE, "")
    if not msp_id:
        raise NotConfigured(f"set {PEER_MSP_VARIABLE} in the service's environment to the MSP id of its peer")
    return msp_id


@dataclass(frozen=True)
class ClientIdentity:
    """Who signed the proposal, as the peer has verified it against the channel's organisations.

    An attribute means what its organisation's CA meant by it: compare `msp_id` too, or another organisation may write
    the same words into its own certificates. All but `msp_id` comes from an X.509 certificate, and raises NoCertificate
    for a caller who showed something else, such as an anonymous Idemix credential.
    """

    msp_id: str
    certificate_pem: bytes

    @cached_property
    def id(self) -> str:
        """Base64 of subject and issuer, the same as Go's shim gives; a renewed certificate keeps it.

        Subjects are unique within an issuer only as far as the issuer cares; two organisations may use one issuer's
        name. So compare `msp_id` too.
        """
        certificate = self.certificate
        subject, issuer = distinguished_name(certificate.subject), distinguished_name(certificate.issuer)
        return base64.b64encode(f"x509::{subject}::{issuer}".encode()).decode()

    @cached_property
    def certificate(self) -> x509.Certificate:
        """The caller's certificate."""
        return _certificate(self.certificate_pem)

    @property
    def attributes(self) -> Mapping[str, str]:
        """Attributes set by the organisation's CA; empty where there are none, or none that can be read."""
        return _attributes(self.certificate_pem)

    @property
    def organizational_units(self) -> tuple[str, ...]:
        """OU values of the subject, which carry Fabric's node types: client, peer, orderer, admin."""
        return _organizational_units(self.certificate_pem)

    def attribute(self, name: str) -> str | None:
        """Return an attribute's value, None where the certificate has no such attribute."""
        return self.attributes.get(name)

    def assert_attribute(self, name: str, value: str) -> None:
        """Refuse a caller whose certificate does not say this of an attribute.

        Raises:
            AttributeRefused: The attribute is missing or has another value.
        """
        if self.attribute(name) != value:
            raise AttributeRefused(
                f"the caller's certificate must have the attribute {name!r} with the value {value!r}"
            )


# What a certificate says never changes, and the same callers come again: reading theirs took a fifth of an act's time.


@lru_cache(maxsize=_REMEMBERED)
def _certificate(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise NoCertificate("the caller showed no X.509 certificate that can be read") from None


@lru_cache(maxsize=_REMEMBERED)
def _attributes(pem: bytes) -> Mapping[str, str]:
    try:
        extension = _certificate(pem).extensions.get_extension_for_oid(ATTRIBUTES_OID).value
    except x509.ExtensionNotFound:
        return MappingProxyType({})
    if not isinstance(extension, x509.UnrecognizedExtension):
        return MappingProxyType({})
    try:
        attrs = json.loads(extension.value)["attrs"].items()
    except (ValueError, LookupError, TypeError, AttributeError):
        return MappingProxyType({})
    return MappingProxyType({name: value for name, value in attrs if isinstance(value, str)})


@lru_cache(maxsize=_REMEMBERED)
def _organizational_units(pem: bytes) -> tuple[str, ...]:
    units = _certificate(pem).subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    return tuple(str(unit.value) for unit in units)
