"""The receiving service as a process: uvicorn behind TLS that demands a client certificate."""

import asyncio
import hashlib
import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tradelane.gateway.errors import InputError
from tradelane.gateway.pint.chains import Chains
from tradelane.gateway.pint.platform import Platform
from tradelane.gateway.pint.service import CERTIFICATE, service

_CONCURRENT_REQUESTS: Final = 64
_KEEP_ALIVE_SECONDS: Final = 15


@dataclass(frozen=True)
class Endpoint:
    """Where a platform listens, and with what it proves itself and checks others.

    Attributes:
        certificate: The server's, PEM.
        key: Its key, PEM.
        roots: Who signs the certificates of the platforms that may connect.
        host: Loopback unless told otherwise.
        port: 0 for any.
    """

    certificate: Path
    key: Path
    roots: Path
    host: str = "127.0.0.1"
    port: int = 0


class _Certified(H11Protocol):
    """HTTP/1.1 that tells each request which client certificate was shown on its connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        shown = transport.get_extra_info("ssl_object")
        certificate = None if shown is None else shown.getpeercert(binary_form=True)
        if certificate is not None:
            self.app_state = {**self.app_state, CERTIFICATE: hashlib.sha256(certificate).hexdigest()}


def server(platform: Platform, endpoint: Endpoint, chains: Chains | None = None) -> uvicorn.Server:
    """Return the service, ready to run; nobody without a certificate of `roots` gets as far as a request.

    Raises:
        InputError: TLS_UNUSABLE.
    """
    config = uvicorn.Config(
        service(platform, chains),
        http=_Certified,
        host=endpoint.host,
        port=endpoint.port,
        ssl_certfile=str(endpoint.certificate),
        ssl_keyfile=str(endpoint.key),
        ssl_ca_certs=str(endpoint.roots),
        ssl_cert_reqs=ssl.CERT_REQUIRED,
        access_log=False,
        log_config=None,
        server_header=False,
        lifespan="off",
        limit_concurrency=_CONCURRENT_REQUESTS,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )
    try:
        config.load()
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"Certificate, key or roots for TLS cannot be used: {error.strerror or type(error).__name__}.",
            code="TLS_UNUSABLE",
        ) from None
    if config.ssl is None:
        raise InputError("The service is not offered without TLS.", code="TLS_UNUSABLE")
    config.ssl.minimum_version = ssl.TLSVersion.TLSv1_3
    # uvicorn's own warnings name what a broken request held.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return uvicorn.Server(config)
