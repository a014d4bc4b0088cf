"""An asyncio client of a Fabric CA, with the names of the sync one."""

from typing import Self, TypeVar

import httpx

from tradelane.gateway.authority import transport
from tradelane.gateway.authority.protocol import Call

T = TypeVar("T")


def connect(
    url: str, *, roots: bytes, name: str, timeout_seconds: float = transport.TIMEOUT_SECONDS
) -> "AuthorityClient":
    """Return a client of one CA; use it with `async with`, or close it. See `client.connect`."""
    return AuthorityClient(httpx.AsyncClient(**transport.settings(url, roots, timeout_seconds)), name)


class AuthorityClient:
    """Asks one CA."""

    def __init__(self, http: httpx.AsyncClient, name: str) -> None:
        self._http, self._name = http, name

    async def run(self, call: Call[T]) -> T:
        """Perform a call. See `client.AuthorityClient.run`."""
        request = call.ask(self._name)
        with transport.explained(self._http.base_url):
            answer = await self._http.request(
                request.method, request.target, content=request.body, headers=dict(request.headers)
            )
        return call.result(transport.answer_of(answer))

    async def close(self) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.close()
