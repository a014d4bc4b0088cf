"""The caller: organisation, certificate and the attributes its CA wrote into the certificate."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from cryptography import x509
from cryptography.x509.oid import NameOID

ATTRIBUTES_OID = x509.ObjectIdentifier("1.2.3.4.5.6.7.8.1")
"""Fabric CA's certificate extension: JSON {"attrs": {name: value}}."""


@dataclass(frozen=True)
class ClientIdentity:
    """Who signed the proposal, as the peer has verified it against the channel's organisations."""

    msp_id: str
    certificate_pem: bytes

    @cached_property
    def certificate(self) -> x509.Certificate:
        """The caller's certificate."""
        return x509.load_pem_x509_certificate(self.certificate_pem)

    @cached_property
    def attributes(self) -> Mapping[str, str]:
        """Attributes set by the organisation's CA; empty where there are none, or none that can be read."""
        try:
            extension = self.certificate.extensions.get_extension_for_oid(ATTRIBUTES_OID).value
        except x509.ExtensionNotFound:
            return {}
        if not isinstance(extension, x509.UnrecognizedExtension):
            return {}
        try:
            attrs = json.loads(extension.value)["attrs"].items()
        except (ValueError, LookupError, TypeError, AttributeError):
            return {}
        return {name: value for name, value in attrs if isinstance(value, str)}

    @cached_property
    def organizational_units(self) -> tuple[str, ...]:
        """OU values of the subject, which carry Fabric's node types: client, peer, orderer, admin."""
        units = self.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        return tuple(str(unit.value) for unit in units)
