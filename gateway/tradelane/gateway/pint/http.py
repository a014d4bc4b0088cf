"""The sender's way over the wire: HTTPS with a client certificate, TLS 1.3, no redirects, no proxies."""

import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx

from tradelane.gateway.errors import InputError
from tradelane.gateway.pint.sending import Ask, Outcome, Pause, Reply, Steps

_TIMEOUT_SECONDS: Final = 60.0
_MAX_ANSWER_BYTES: Final = 1024 * 1024
_FIRST_PAUSE_SECONDS: Final = 0.25
_LONGEST_PAUSE_SECONDS: Final = 5.0


def tls_context(certificate: Path, key: Path, roots: Path) -> ssl.SSLContext:
    """Return what a sender shows and trusts.

    Raises:
        InputError: TLS_UNUSABLE.
    """
    try:
        context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(roots))
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"Certificate, key or roots for TLS cannot be used: {error.strerror or type(error).__name__}.",
            code="TLS_UNUSABLE",
        ) from None
    return context


class Sender:
    """Performs a transfer's steps at one receiver."""

    def __init__(self, url: str, tls: ssl.SSLContext, sleep: Callable[[float], None] = time.sleep) -> None:
        """Name the receiver's base URL, https only.

        Raises:
            InputError: NOT_HTTPS.
        """
        if not url.startswith("https://"):
            raise InputError(f"A platform is reached by https, not by {url.partition(':')[0]}.", code="NOT_HTTPS")
        self._client = httpx.Client(base_url=url, verify=tls, timeout=_TIMEOUT_SECONDS, trust_env=False)
        self._sleep = sleep

    def __enter__(self) -> "Sender":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def run(self, steps: Steps) -> Outcome:
        """Perform a transfer.

        Raises:
            TransferPending: There was no signed answer.
        """
        step = next(steps)
        while True:
            try:
                step = steps.send(self._perform(step))
            except StopIteration as end:
                outcome: Outcome = end.value
                return outcome

    def _perform(self, step: Ask | Pause) -> Reply:
        if isinstance(step, Pause):
            self._sleep(min(_FIRST_PAUSE_SECONDS * 2 ** (step.round - 1), _LONGEST_PAUSE_SECONDS))
            return Reply(0)
        return self.ask(step)

    def ask(self, step: Ask) -> Reply:
        """Make one request; what fails on the way is a reply of status 0, for the steps to try again."""
        headers = {"API-Version": "3"} | ({} if step.body is None else {"Content-Type": "application/json"})
        try:
            with self._client.stream(step.method, step.path, content=step.body, headers=headers) as response:
                body = bytearray()
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _MAX_ANSWER_BYTES:
                        return Reply(0)
                return Reply(response.status_code, bytes(body))
        except httpx.HTTPError:
            return Reply(0)
