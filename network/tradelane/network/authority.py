"""An organisation's two CAs: enrolment and registration, by the client's own protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from cryptography import x509

from tradelane.gateway import authority
from tradelane.gateway.errors import AuthorityError
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import signer
from tradelane.network.certificates import Pair, new_key
from tradelane.network.errors import AuthorityRefused
from tradelane.network.https import Endpoint

T = TypeVar("T")

ALREADY_REGISTERED = 74  # Fabric CA's own error code


class AuthorityName(StrEnum):
    """The two CAs in one process. They are apart so that a TLS certificate is no valid signing identity."""

    ENROLMENT = "ca"
    TLS = "tlsca"


class IdentityType(StrEnum):
    """Becomes the certificate's OU, from which Fabric derives the role (NodeOUs)."""

    CLIENT = "client"
    PEER = "peer"
    ORDERER = "orderer"
    ADMIN = "admin"


@dataclass(frozen=True)
class Applicant:
    """Someone or something to certify.

    Attributes:
        name: Enrolment identifier and common name.
        type: Role in the organisation.
        attributes: Written into the certificate.
        hosts: Names and addresses the certificate answers for; TLS only.
    """

    name: str
    type: IdentityType = IdentityType.CLIENT
    attributes: Mapping[str, str] | None = None
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Authority:
    """One CA of an organisation."""

    name: AuthorityName
    endpoint: Endpoint

    def answers(self) -> bool:
        """Tell whether the CA serves requests."""
        request = authority.info().ask(self.name)
        return self.endpoint.ask(request.method, request.target).status == 200

    def enrol(self, applicant: Applicant, secret: str) -> Pair:
        """Make a key and have it certified against the registration's secret.

        Raises:
            AuthorityRefused: Wrong secret, unknown name, or no such profile.
            EndpointFailed: The CA does not answer.
        """
        key = new_key()
        profile = "tls" if self.name is AuthorityName.TLS else None
        done = self._run(
            authority.enrol(applicant.name, lambda: secret, key=key, profile=profile, hosts=applicant.hosts)
        )
        return Pair(x509.load_pem_x509_certificate(done.certificate_pem), key)

    def register(self, registrar: Pair, applicant: Applicant) -> str:
        """Register a new identity that may enrol once; returns the secret to enrol with.

        Raises:
            AuthorityRefused: The name is taken, or the registrar may not do this.
            EndpointFailed: The CA does not answer.
        """
        who = authority.Registration(
            applicant.name, type=applicant.type, attributes=applicant.attributes or {}, max_enrolments=1
        )
        return self._run(authority.register(_caller(registrar), who))

    def certify(self, registrar: Pair, applicant: Applicant) -> Pair:
        """Register and enrol in one go."""
        return self.enrol(applicant, self.register(registrar, applicant))

    def _run(self, call: authority.Call[T]) -> T:
        request = call.ask(self.name)
        answer = self.endpoint.ask(request.method, request.target, request.body, request.headers)
        try:
            return call.result(authority.Answer(answer.status, answer.body))
        except AuthorityError as error:
            raise AuthorityRefused(
                f"On port {self.endpoint.port}, CA '{self.name}': {error.message}", error.reasons
            ) from error


def _caller(registrar: Pair) -> Identity:
    """A registrar signs as clients do; to its own CA it needs no MSP."""
    return Identity("", registrar.pem, signer(registrar.key))
