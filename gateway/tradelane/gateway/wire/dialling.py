"""One attempt to connect, and in which words it fails (`faults` reads them)."""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any

from tradelane.gateway.rpc import Failure
from tradelane.gateway.wire.link import HungUp, Link, NoHttp2, Timing
from tradelane.http2.status import Status

_WRONG_NAME = frozenset({62, 64})
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH."""


@dataclass(frozen=True)
class Place:
    """Where a peer is, and what it has to show.

    Attributes:
        endpoint: "host:port"; an IPv6 address is in brackets.
        server_name: The name in the peer's certificate, whatever its address.
        context: How TLS is spoken; None for plain text.
    """

    endpoint: str
    server_name: str
    context: ssl.SSLContext | None

    @property
    def scheme(self) -> str:
        """The requests' scheme."""
        return "http" if self.context is None else "https"

    @property
    def authority(self) -> str:
        """The requests' authority: the name, as far as a header can hold it."""
        return "".join(each for each in self.server_name if each.isprintable())


async def dial(place: Place, timing: Timing) -> Link | Failure:
    """Connect, and wait until the peer has said its first word in HTTP/2."""
    link = Link(timing)
    try:
        async with asyncio.timeout(timing.connect_seconds):
            await _connected(place, link, timing)
            await link.greeted
    except BaseException as error:
        link.abort()
        if isinstance(error, Exception):
            return Failure(Status.UNAVAILABLE.name, _words(place, error))
        raise
    return link


async def _connected(place: Place, link: Link, timing: Timing) -> None:
    host, _, port = place.endpoint.rpartition(":")
    secured: dict[str, Any] = {}
    if place.context is not None:
        if not place.server_name:  # with which Python's TLS would take a certificate for any name
            raise ValueError("there is no name that its certificate must be for")
        secured = {
            "ssl": place.context,
            "server_hostname": place.server_name,
            "ssl_handshake_timeout": 2 * timing.connect_seconds,  # that of the whole attempt comes first
            "ssl_shutdown_timeout": timing.close_seconds,
        }
    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: link, host.strip("[]"), int(port), **secured)


def _words(place: Place, error: Exception) -> str:
    to = place.endpoint
    said = _said(error)
    match error:
        case TimeoutError() if not said:
            return f"cannot connect to {to}: it does not answer"
        case ssl.SSLCertVerificationError() if error.verify_code in _WRONG_NAME:
            return f"the TLS handshake with {to} failed: its certificate is for another name than {place.server_name}"
        case ssl.SSLCertVerificationError():
            return f"the TLS handshake with {to} failed: its certificate is not trusted: {error.verify_message}"
        case ssl.SSLEOFError() | HungUp() | ConnectionResetError() | ConnectionAbortedError() | BrokenPipeError():
            return f"{to} closed the connection before HTTP/2 began{f' ({said})' if said else ''}"
        case ssl.SSLError():
            return f"the TLS handshake with {to} failed: {said}"
        case NoHttp2():
            return f"cannot connect to {to}: {said}"
        case _:
            return f"cannot connect to {to}: {said or type(error).__name__}"


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and not isinstance(error, ssl.SSLError):
        return error.strerror
    return str(error)
