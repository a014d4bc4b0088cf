"""How much a peer may ask for that brings no work forward: a flood of such frames costs a service its time.

New streams, PING, SETTINGS, RST_STREAM, PRIORITY, WINDOW_UPDATE, empty DATA and unknown frames are tried on this
patience; content in either direction, and time, restore it. Go's clients send a PING and a WINDOW_UPDATE for little
more than each message, so a message restores more than these take; a stream takes more than its first message restores.
"""

from tradelane.http2.frames import ConnectionFault, ErrorCode

PATIENCE = 2_000
STREAM = 10
_RESTORED = 4


class Patience:
    """One connection's."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = PATIENCE

    def try_on(self, cost: int = 1) -> None:
        """Count a frame.

        Raises:
            ConnectionFault: It was one too many.
        """
        self._left -= cost
        if self._left < 0:
            raise ConnectionFault(ErrorCode.ENHANCE_YOUR_CALM, "too many frames that bring nothing forward")

    def work(self) -> None:
        """Content has moved."""
        if self._left < PATIENCE:
            self._left += _RESTORED

    def restore(self) -> None:
        """Time has passed."""
        self._left = PATIENCE
