"""Which of an organisation's gateway peers gets the next call. No I/O, and the time is handed in.

A peer that failed rests, longer each time it fails in a row. When its rest is over it is tried with one call, its
probe; an answer makes it whole again. A stream of events is no probe, for it says nothing until it breaks. Among peers
that are well, the one with the fewest calls and streams under way is chosen, and among equals the one the profile
names first. Nobody is ever refused a peer: when all rest, the one that is due first is
tried, for the caller's deadline is what ends a call.
"""

import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

FIRST_REST_SECONDS: Final = 0.5
LONGEST_REST_SECONDS: Final = 30.0


class Health(StrEnum):
    """What is known of a peer."""

    WELL = "well"
    RESTING = "resting"
    """It failed a moment ago."""
    DUE = "due"
    """Its rest is over; one call finds out how it is."""


class Turn(NamedTuple):
    """One call or stream at a peer, from `pick` to `release`; a tuple, for each step of each transaction makes one."""

    peer: int
    """The peer's number, an index into `Peers.names`."""
    probe: bool = False


@dataclass
class _Peer:
    outstanding: int = 0
    probes: int = 0
    """Of those outstanding, how many shall find out whether it is well again."""
    failures: int = 0
    """In a row."""
    rests_until: float = 0.0

    def health(self, now: float) -> Health:
        if self.failures == 0:
            return Health.WELL
        return Health.RESTING if now < self.rests_until else Health.DUE

    def may_be_asked(self, now: float) -> bool:
        health = self.health(now)
        return health is Health.WELL or (health is Health.DUE and self.probes == 0)


class Peers:
    """The gateway peers of one client. Safe for use by several threads.

    Attributes:
        names: How errors name each peer, in order of preference.
    """

    def __init__(self, names: Sequence[str]) -> None:
        """Take the peers' names, the preferred one first; there is at least one."""
        if not names:
            raise ValueError("a client needs at least one gateway peer")
        self.names = tuple(names)
        self._peers = [_Peer() for _ in self.names]
        self._lock = threading.Lock()

    def pick(self, now: float, *, besides: Collection[int] = (), stream: bool = False) -> Turn:
        """Choose a peer and count a call to it; `release` ends that call.

        Args:
            now: Seconds of a clock that never goes back.
            besides: Numbers of peers that were tried already; one of them is chosen only if there is no other.
            stream: Whether it is for a stream of events, which may last for days.
        """
        with self._lock:
            chosen = self._chosen(now, besides) if len(self._peers) > 1 else 0
            peer = self._peers[chosen]
            probe = not stream and peer.health(now) is not Health.WELL
            peer.outstanding += 1
            peer.probes += probe
            return Turn(chosen, probe)

    def release(self, turn: Turn, now: float, *, well: bool | None) -> None:
        """Count a call as over.

        Args:
            turn: As `pick` returned it.
            now: As for `pick`.
            well: Whether the peer itself answered, be it with a refusal; None if that was not found out, as when the
                caller left.
        """
        with self._lock:
            peer = self._peers[turn.peer]
            peer.outstanding -= 1
            peer.probes -= turn.probe
            if well:
                peer.failures = 0
            elif well is False and peer.health(now) is not Health.RESTING:
                # Calls that were under way when it failed fail together; they count once.
                peer.failures += 1
                peer.rests_until = now + _rest_seconds(peer.failures)

    def health(self, number: int, now: float) -> Health:
        """Return what is known of a peer."""
        with self._lock:
            return self._peers[number].health(now)

    def outstanding(self, number: int) -> int:
        """Return how many calls and streams to a peer are under way."""
        with self._lock:
            return self._peers[number].outstanding

    def _chosen(self, now: float, besides: Collection[int]) -> int:
        numbers = [number for number in range(len(self._peers)) if number not in besides] or range(len(self._peers))
        return min(numbers, key=lambda number: self._rank(number, now))

    def _rank(self, number: int, now: float) -> tuple[bool, float, int, int]:
        peer = self._peers[number]
        asked = peer.may_be_asked(now)
        return not asked, 0.0 if asked else peer.rests_until, peer.outstanding, number


def _rest_seconds(failures: int) -> float:
    return float(min(LONGEST_REST_SECONDS, FIRST_REST_SECONDS * 2 ** min(failures - 1, 16)))
