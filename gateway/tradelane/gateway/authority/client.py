"""A sync client of a Fabric CA: performs calls over HTTPS."""

from typing import Self, TypeVar

import httpx

from tradelane.gateway.authority import transport
from tradelane.gateway.authority.protocol import Call

T = TypeVar("T")


def connect(
    url: str, *, roots: bytes, name: str, timeout_seconds: float = transport.TIMEOUT_SECONDS
) -> "AuthorityClient":
    """Return a client of one CA; use it as a context manager, or close it.

    Args:
        url: Where its server is, e.g. `https://ca.shanghai.example:7054`; only https.
        roots: Who signed the server's TLS certificate, PEM. Nobody else is trusted, whatever this machine trusts.
        name: The CA's name; a server may run several.
        timeout_seconds: How long to wait for the connection, and for each part of the answer.

    Raises:
        InputError: AUTHORITY_URL, AUTHORITY_ROOTS.
    """
    return AuthorityClient(httpx.Client(**transport.settings(url, roots, timeout_seconds)), name)


class AuthorityClient:
    """Asks one CA."""

    def __init__(self, http: httpx.Client, name: str) -> None:
        self._http, self._name = http, name

    def run(self, call: Call[T]) -> T:
        """Perform a call.

        Raises:
            AuthorityError: The CA cannot be reached, declined, or its answer cannot be read.
        """
        request = call.ask(self._name)
        with transport.explained(self._http.base_url):
            answer = self._http.request(
                request.method, request.target, content=request.body, headers=dict(request.headers)
            )
        return call.result(transport.answer_of(answer))

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
