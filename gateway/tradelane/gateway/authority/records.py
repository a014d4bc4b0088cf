"""What is said to a Fabric CA and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Reason(StrEnum):
    """Why a certificate is revoked (RFC 5280, 5.3.1), as Fabric CA spells it."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keycompromise"
    CA_COMPROMISE = "cacompromise"
    AFFILIATION_CHANGED = "affiliationchanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationofoperation"
    CERTIFICATE_HOLD = "certificatehold"
    PRIVILEGE_WITHDRAWN = "privilegewithdrawn"


@dataclass(frozen=True)
class Registration:
    """Someone who shall be able to enrol.

    Attributes:
        name: Enrolment id, which becomes the certificate's common name.
        type: Becomes the certificate's OU, from which Fabric derives the role: client, admin, peer, orderer.
        affiliation: A department the CA knows, e.g. `trade.finance`; empty for the registrar's own.
        attributes: Written into every certificate, e.g. `tradelane.party` and `tradelane.role`.
        rights: Kept at the CA only, e.g. `hf.Registrar.Roles`.
        max_enrolments: How often the secret may be used; -1 for as often as the CA allows.
    """

    name: str
    type: str = "client"
    affiliation: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    rights: Mapping[str, str] = field(default_factory=dict)
    max_enrolments: int = 1


@dataclass(frozen=True)
class Enrolment:
    """A certificate, and the CAs above it; PEM texts."""

    certificate_pem: bytes
    chain_pem: bytes


@dataclass(frozen=True)
class RegisteredIdentity:
    """Someone the CA knows."""

    name: str
    type: str
    affiliation: str
    max_enrolments: int
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Revocation:
    """What was revoked.

    Attributes:
        serials: Serial numbers of the certificates, hexadecimal.
        crl_pem: The CA's list of all its revoked certificates, where it was asked for; empty when nothing was revoked.
    """

    serials: tuple[str, ...]
    crl_pem: bytes


@dataclass(frozen=True)
class AuthorityInfo:
    """A CA's name, version and certificates (PEM)."""

    name: str
    version: str
    chain_pem: bytes
