"""Fabric CA's REST interface, as much of it as enrolment and registration need."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cryptography import x509

from tradelane.network.certificates import Pair, new_key, request, sign
from tradelane.network.errors import AuthorityRefused
from tradelane.network.https import Answer, Endpoint

API = "/api/v1/"
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
        return self.endpoint.ask("GET", f"{API}cainfo?ca={self.name}").status == 200

    def enrol(self, applicant: Applicant, secret: str) -> Pair:
        """Make a key and have it certified against the registration's secret.

        Raises:
            AuthorityRefused: Wrong secret, unknown name, or no such profile.
            EndpointFailed: The CA does not answer.
        """
        key = new_key()
        body: dict[str, Any] = {
            "certificate_request": request(key, applicant.name, applicant.hosts).decode(),
            "caname": self.name,
        }
        if self.name is AuthorityName.TLS:
            body["profile"] = "tls"
        basic = base64.b64encode(f"{applicant.name}:{secret}".encode()).decode()
        result = self._result(self._post("enroll", body, f"Basic {basic}"), f"enrol '{applicant.name}'")
        return Pair(x509.load_pem_x509_certificate(base64.b64decode(result["Cert"])), key)

    def register(self, registrar: Pair, applicant: Applicant) -> str:
        """Register a new identity that may enrol once; returns the secret to enrol with.

        Raises:
            AuthorityRefused: The name is taken, or the registrar may not do this.
            EndpointFailed: The CA does not answer.
        """
        secret = secrets.token_urlsafe(24)
        attributes = [
            {"name": name, "value": value, "ecert": True} for name, value in (applicant.attributes or {}).items()
        ]
        body = {
            "id": applicant.name,
            "type": applicant.type,
            "secret": secret,
            "max_enrollments": 1,
            "affiliation": "",
            "attrs": attributes,
            "caname": self.name,
        }
        answer = self._post("register", body, registrar=registrar)
        self._result(answer, f"register '{applicant.name}'")
        return secret

    def certify(self, registrar: Pair, applicant: Applicant) -> Pair:
        """Register and enrol in one go."""
        return self.enrol(applicant, self.register(registrar, applicant))

    def _post(
        self, verb: str, body: Mapping[str, Any], authorization: str | None = None, registrar: Pair | None = None
    ) -> Answer:
        data = json.dumps(body).encode()
        if registrar:
            authorization = _token(registrar, "POST", API + verb, data)
        headers = {"Content-Type": "application/json", "Authorization": authorization or ""}
        return self.endpoint.ask("POST", API + verb, data, headers)

    def _result(self, answer: Answer, act: str) -> dict[str, Any]:
        try:
            reply = json.loads(answer.body)
        except ValueError:
            reply = {}
        if isinstance(reply, dict) and reply.get("success") and isinstance(reply.get("result"), dict):
            return dict(reply["result"])
        errors = reply.get("errors") if isinstance(reply, dict) else None
        raise AuthorityRefused(
            f"The CA '{self.name}' on port {self.endpoint.port} declined to {act}: {_reasons(errors, answer.status)}.",
            _codes(errors),
        )


def _token(registrar: Pair, method: str, path: str, body: bytes) -> str:
    """Fabric CA's proof that the registrar sent exactly this: its certificate and a signature over all parts."""
    certificate = base64.b64encode(registrar.pem).decode()
    message = ".".join((method, base64.b64encode(path.encode()).decode(), base64.b64encode(body).decode(), certificate))
    return f"{certificate}.{base64.b64encode(sign(registrar.key, message.encode())).decode()}"


def _reasons(errors: object, status: int) -> str:
    if isinstance(errors, Sequence) and errors:
        return "; ".join(str(each.get("message", each)) for each in errors if isinstance(each, Mapping)).rstrip(".")
    return f"HTTP status {status}"


def _codes(errors: object) -> tuple[int, ...]:
    if not isinstance(errors, Sequence):
        return ()
    return tuple(int(each["code"]) for each in errors if isinstance(each, Mapping) and "code" in each)
