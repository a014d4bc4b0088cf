"""Tells the operator why a peer may not have registered this chaincode.

A peer that declines says nothing to the chaincode: it leaves the stream open in silence, or closes it. The reason is
in the peer's own log. What it usually is, and where to look, is worth one line here.
"""

import asyncio
import logging

from tradelane.chaincode.shim.handler import Handler, State

WARN_SECONDS = 5.0
END_SECONDS = 60.0

ADVICE = (
    "Check that CHAINCODE_ID is the package id which this peer lists ('peer lifecycle chaincode queryinstalled') and "
    "its organisation approved, and that no other stream is registered with the peer under the same id; the peer's "
    "log says 'will not accept external chaincode connection' or 'duplicate chaincodeID'."
)

_log = logging.getLogger(__name__)


class Registration:
    """Watches one stream's registration.

    Args:
        handler: Serves the stream.
        fields: What to log beside the sentence: which package, which peer.
        warn_seconds: After so long without an answer the operator is told.
        end_seconds: After so long the stream is ended; the peer dials again when it needs the chaincode.
    """

    def __init__(
        self,
        handler: Handler,
        fields: dict[str, str],
        warn_seconds: float = WARN_SECONDS,
        end_seconds: float = END_SECONDS,
    ) -> None:
        self._handler = handler
        self._fields = fields
        self._warn_seconds = warn_seconds
        self._end_seconds = end_seconds
        self._told = False

    async def watch(self) -> None:
        """Wait for the registration; to be cancelled when the stream ends."""
        await asyncio.sleep(self._warn_seconds)
        self._tell("the peer does not answer the registration")
        await asyncio.sleep(self._end_seconds - self._warn_seconds)
        if not self._done():
            self._handler.drain()

    def ended(self) -> None:
        """Say when the stream ended before the registration did."""
        self._tell("the peer ended the stream without registering the chaincode")

    def _tell(self, what: str) -> None:
        if not self._told and not self._done():
            self._told = True
            _log.error("%s. %s", what, ADVICE, extra=self._fields)

    def _done(self) -> bool:
        return self._handler.state is State.READY
