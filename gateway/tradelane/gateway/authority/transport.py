"""What the sync and the asyncio client of a Fabric CA share of HTTPS: whom to trust, and how a failure reads."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx

from tradelane.gateway.authority.protocol import Answer
from tradelane.gateway.errors import AuthorityUnreachable, InputError

TIMEOUT_SECONDS: Final = 10.0


def settings(url: str, roots: bytes, timeout_seconds: float) -> dict[str, Any]:
    """Return what an httpx client is made with.

    Raises:
        InputError: AUTHORITY_URL, AUTHORITY_ROOTS.
    """
    try:
        base_url = httpx.URL(url)
    except httpx.InvalidURL:
        base_url = httpx.URL()
    if base_url.scheme != "https" or not base_url.host or base_url.userinfo:
        raise InputError("The CA's address must look like https://HOST:PORT.", code="AUTHORITY_URL")
    return {
        "base_url": base_url,
        "verify": _context(roots),
        "timeout": timeout_seconds,
        # Calls are rare, and one that meets a connection the server has just closed could not be sent again safely.
        "limits": httpx.Limits(max_keepalive_connections=0),
        "trust_env": False,  # no proxy of the environment gets to see an enrolment secret
    }


def _context(roots: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=roots.decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError, ValueError):
        raise InputError(
            "The roots of trust for the CA's TLS hold no PEM certificate.", code="AUTHORITY_ROOTS"
        ) from None
    return context


@contextmanager
def explained(url: httpx.URL) -> Iterator[None]:
    """Turn what HTTPS fails with into one sentence.

    Raises:
        AuthorityUnreachable: AUTHORITY_UNTRUSTED when the server shows another certificate than a trusted one,
            AUTHORITY_OVERDUE, AUTHORITY_UNREACHABLE.
    """
    where = f"{url.host}:{url.port or 443}"
    try:
        yield
    except httpx.TimeoutException:
        raise AuthorityUnreachable(f"The CA at {where} does not answer in time.", code="AUTHORITY_OVERDUE") from None
    except httpx.HTTPError as error:
        # The cause is dropped on purpose: it leads to the request, and that may hold a secret.
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise AuthorityUnreachable(
                f"The server at {where} shows no certificate that the roots of trust vouch for; nothing was sent.",
                code="AUTHORITY_UNTRUSTED",
            ) from None
        raise AuthorityUnreachable(
            f"The CA at {where} cannot be reached; is it running, and the address right?", code="AUTHORITY_UNREACHABLE"
        ) from None


def answer_of(response: httpx.Response) -> Answer:
    """Return what a call reads."""
    return Answer(response.status_code, response.content)
