"""Asking the HTTPS endpoints of Fabric's processes, each behind its organisation's TLS CA."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tradelane.network.errors import EndpointFailed
from tradelane.network.paths import TlsPaths
from tradelane.network.topology import LOOPBACK

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """Status and body of a response."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Endpoint:
    """An HTTPS endpoint on this machine.

    Attributes:
        port: On the loopback interface.
        roots: PEM file of the CA that signed the server's certificate.
        client: The certificate to show, where one is asked for.
    """

    port: int
    roots: Path
    client: TlsPaths | None = None

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send one request.

        Raises:
            EndpointFailed: Nothing answers there, or the TLS handshake is refused.
        """
        connection = http.client.HTTPSConnection(LOOPBACK, self.port, timeout=TIMEOUT_SECONDS, context=self._context())
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, response.read())
        except (OSError, http.client.HTTPException) as error:
            raise EndpointFailed(
                f"{LOOPBACK}:{self.port} did not answer {method} {path}: {error}.", port=self.port
            ) from error
        finally:
            connection.close()

    def shakes_hands(self) -> bool:
        """Tell whether a TLS server of the expected CA answers: a port is bound before its server is served."""
        try:
            with (
                socket.create_connection((LOOPBACK, self.port), TIMEOUT_SECONDS) as plain,
                self._context().wrap_socket(plain, server_hostname=LOOPBACK),
            ):
                return True
        except OSError:
            return False

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.roots))
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.client:
            context.load_cert_chain(self.client.certificate, self.client.key)
        return context
