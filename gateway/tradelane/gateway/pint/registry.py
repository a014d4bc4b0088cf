"""The channel as control tracking registry: who its parties are, and where control of its titles is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tradelane.model.dcsa.parties import IdentifyingCode


@dataclass(frozen=True)
class Receiver:
    """A party of this platform.

    Attributes:
        party_id: On this channel.
        name: As people read it; the id where this organisation does not hold the name.
    """

    party_id: str
    name: str


@dataclass(frozen=True)
class Control:
    """Where the ledger has control of a title.

    Attributes:
        abroad_since_entry: The checksum of the chain entry with which it left; None while it is here.
        returned_by_entry: The checksum of the entry with which it came back, if that was the last act.
    """

    abroad_since_entry: str | None
    returned_by_entry: str | None


@dataclass(frozen=True)
class Return:
    """A title's way back.

    Attributes:
        title_id: On this channel.
        to: The party that gets control.
        left_by: The checksum of the entry with which it left.
        entry: The checksum of the entry with which it comes back.
        endorsed: Whether it was endorsed abroad; then `endorsee` is the last one, None in blank.
        endorsee: A party of this channel.
        may_endorse: Whether the endorsee may endorse on.
        endorser: Who endorsed first abroad, where it is a party of this channel.
    """

    title_id: str
    to: str
    left_by: str
    entry: str
    endorsed: bool = False
    endorsee: str | None = None
    may_endorse: bool = False
    endorser: str | None = None


class Registry(Protocol):
    """What a receiving platform asks of its channel."""

    def receiver(self, codes: Sequence[IdentifyingCode]) -> Receiver | None:
        """Return the one party of this platform that all known codes name, None where none or several are named."""
        ...

    def control(self, title_id: str) -> Control:
        """Return where control of a title of this channel is."""
        ...

    def take_back(self, coming: Return) -> None:
        """Give control of a title that was abroad to a party here; the ledger decides, once.

        Raises:
            GatewayError: The ledger refuses, or cannot be reached.
        """
        ...
