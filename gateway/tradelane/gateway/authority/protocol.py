"""Fabric CA's REST interface without the network: a call becomes a request, its answer a result or an error."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from tradelane.gateway.errors import AuthorityDenied, AuthorityError, AuthorityRefused
from tradelane.gateway.identity import Identity
from tradelane.gateway.keys import Hash

T_co = TypeVar("T_co", covariant=True)

API: Final = "/api/v1/"


@dataclass(frozen=True)
class Request:
    """An HTTP request to a CA."""

    method: str
    target: str
    """Path with query, exactly as signed."""
    headers: Mapping[str, str] = field(repr=False)
    """Holds a secret when somebody enrols."""
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Answer:
    """Status and body of a CA's answer."""

    status: int
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Call(Generic[T_co]):
    """One question to a CA: hand it to `run` of a sync or an asyncio client."""

    act: str
    """What is asked for, as errors say it, e.g. `enrol 'trader'`."""
    ask: Callable[[str], Request]
    """The CA's name to the request; a server may run several CAs."""
    read: Callable[[Mapping[str, Any]], T_co]
    by_secret: bool = False
    """Whether the caller is known by a secret, not by a certificate."""

    def result(self, answer: Answer) -> T_co:
        """Return what the CA answered.

        Raises:
            AuthorityError: It declined, or its answer cannot be read.
        """
        try:
            reply = json.loads(answer.body)
            if reply["success"] is True:
                return self.read(reply["result"])
            errors = {int(each["code"]): str(each["message"]) for each in reply["errors"]}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise AuthorityError(
                f"The CA's answer to the request to {self.act} cannot be read (HTTP status {answer.status}).",
                code="AUTHORITY_ANSWER",
            ) from None
        raise self._declined(answer.status, errors)

    def _declined(self, status: int, errors: Mapping[int, str]) -> AuthorityError:
        for code in errors:
            if code == _CALLER_UNKNOWN:
                name, reason = _SECRET_DENIED if self.by_secret else _CERTIFICATE_DENIED
                return AuthorityDenied(f"The CA declined to {self.act}: {reason}.", code=name, reasons=tuple(errors))
            for kind, known in ((AuthorityDenied, _DENIED), (AuthorityRefused, _REFUSED)):
                if code in known:
                    name, reason = known[code]
                    return kind(f"The CA declined to {self.act}: {reason}.", code=name, reasons=tuple(errors))
        words = "; ".join(errors.values()).rstrip(".") or f"HTTP status {status}"
        sentence = f"The CA declined to {self.act}: {words}."
        return AuthorityRefused(sentence, code="AUTHORITY_REFUSED", reasons=tuple(errors))


def basic(name: str, secret: str) -> str:
    """Return the authorisation of somebody who enrols by name and secret."""
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def token(caller: Identity, method: str, target: str, body: bytes) -> str:
    """Return the authorisation of somebody enrolled: the certificate, and a signature over all of the request."""
    certificate = _text(caller.certificate_pem)
    message = f"{method}.{_text(target.encode())}.{_text(body)}.{certificate}".encode()
    if caller.hash is Hash.NONE:
        message = Hash.SHA256.digest(message)  # Fabric CA hashes for every kind of key, Ed25519 too
    return f"{certificate}.{_text(caller.sign(message))}"


def signed(caller: Identity, method: str, target: str, content: Mapping[str, Any] | None = None) -> Request:
    """Return a request in the name of somebody enrolled."""
    body = b"" if content is None else json.dumps(content).encode()
    return Request(method, target, _headers(token(caller, method, target, body)), body)


def enrolling(name: str, secret: str, target: str, content: Mapping[str, Any]) -> Request:
    """Return a request in the name of somebody who enrols."""
    return Request("POST", target, _headers(basic(name, secret)), json.dumps(content).encode())


def _headers(authorization: str) -> dict[str, str]:
    return {"Content-Type": "application/json", "Authorization": authorization}


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


_CALLER_UNKNOWN: Final = 20
"""Fabric CA's code for whatever is wrong with who asks; it keeps the closer reason to its log."""

_SECRET_DENIED: Final = (
    "ENROLMENT_DENIED",
    "name or secret is wrong, the secret has been used as often as it may be, or the identity is revoked",
)
_CERTIFICATE_DENIED: Final = (
    "CERTIFICATE_DENIED",
    "it does not accept the caller's certificate, which is revoked, expired or another CA's",
)

_DENIED: Final = {
    71: ("NOT_AUTHORISED", "the caller's registration does not allow it"),
    73: ("SECRET_LOCKED", "the secret has been wrong too often, and it takes none any more"),
}
"""Fabric CA's codes of who may not ask, and how they are explained."""

_REFUSED: Final = {
    8: ("CERTIFICATE_UNKNOWN", "it has issued no such certificate"),
    10: ("IDENTITY_UNKNOWN", "there is no such identity"),
    19: ("AUTHORITY_UNKNOWN", "the server runs no CA of that name"),
    63: ("IDENTITY_UNKNOWN", "there is no such identity"),
    66: ("ALREADY_REVOKED", "the certificate is revoked already"),
    74: ("ALREADY_REGISTERED", "that name is registered already; choose another"),
}
"""The same of what cannot be done."""
