"""The channel as control tracking registry: who its parties are, and where control of its titles is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Protocol

from tradelane.model.dcsa.parties import IdentifyingCode
from tradelane.model.title_parts import Action, SurrenderReason
from tradelane.rules.refusal import Code


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
        title_id: The title.
        abroad_since_entry: The checksum of the chain entry with which it left; None while it is here.
        returned_by_entry: The checksum of the entry with which it came back last; None while it is abroad.
        abroad_on: The code of the platform that it left for.
        surrendered: Whether its carrier has accepted a surrender, so that nobody is in control any more.
        issued_in: The MSP id of its carrier's organisation, where the registry was asked for more than control.
    """

    title_id: str
    abroad_since_entry: str | None
    returned_by_entry: str | None
    abroad_on: str | None = None
    surrendered: bool = False
    issued_in: str | None = None


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
        surrender: How `to` has surrendered it abroad; None where it was transferred.
        reason_code: Of a surrender for amendment.
    """

    title_id: str
    to: str
    left_by: str
    entry: str
    endorsed: bool = False
    endorsee: str | None = None
    may_endorse: bool = False
    endorser: str | None = None
    surrender: Action | None = None
    reason_code: SurrenderReason | None = None


class Refusal(StrEnum):
    """Whose fault it is that the ledger does not take a title back."""

    CONTRADICTS = "CONTRADICTS"
    """The chain and what the ledger knows exclude each other: DISE."""
    SENDERS = "SENDERS"
    """What was done or asked for abroad is not possible by rule or law: BENV, and the sender keeps the title."""
    OURS = "OURS"
    """Something is not in order on this side, such as the operator's licence: no signed answer yet."""


_CONTRADICTIONS: Final = frozenset({Code.WRONG_STATE, Code.CHAIN_BROKEN, Code.STALE_TITLE, Code.UNKNOWN_TITLE})
_SENDERS: Final = frozenset(
    {
        Code.NOT_NEGOTIABLE,
        Code.NOT_UNDER_THIS_LAW,
        Code.NOT_ENDORSEE,
        Code.ENDORSEE_MAY_NOT_ENDORSE,
        Code.NOT_TITLEHOLDER,
        Code.RECIPIENT_NOT_LICENSED,
        Code.RECIPIENT_REQUIRED,
        Code.RECIPIENT_NOT_ALLOWED,
        Code.SAME_PARTY,
        Code.UNKNOWN_PARTY,
    }
)


def refusal(code: str) -> Refusal:
    """Return what a refusal of the ledger means for who has sent the title."""
    if code in _CONTRADICTIONS:
        return Refusal.CONTRADICTS
    return Refusal.SENDERS if code in _SENDERS else Refusal.OURS


class Registry(Protocol):
    """What a receiving platform asks of its channel."""

    @property
    def uri(self) -> str:
        """Return what chains name as their controlTrackingRegistry when this channel guards them."""
        ...

    def receiver(self, codes: Sequence[IdentifyingCode]) -> Receiver | None:
        """Return the one party of this platform that all known codes name, None where none or several are named."""
        ...

    def control(self, title_id: str) -> Control:
        """Return where control of a title of this channel is."""
        ...

    def left_with(self, entry: str) -> Control | None:
        """Return where control is of the title that left with a chain entry; None where none ever did."""
        ...

    def is_behind(self, entry: str) -> bool:
        """Tell whether others on the channel know more of the title that left with an entry than we do as yet."""
        ...

    def over(self, document: Mapping[str, Any], issued_in: str | None = None) -> Control | None:
        """Return where control is of the title of this channel over a document; None where there is none.

        Args:
            document: It.
            issued_in: The MSP id of an organisation, where only titles issued in that one matter.
        """
        ...

    def take_back(self, coming: Return) -> None:
        """Give control of a title that was abroad to a party here; the ledger decides, once.

        Raises:
            GatewayError: The ledger refuses, or cannot be reached.
        """
        ...
