"""Who might do what in a chain: possession and endorsement replayed over its transactions, by DCSA's rules.

    act                                          by whom
    ISSUE                                        the carrier; the document's endorsee, if any, may endorse on
    TRANSFER                                     the possessor
    SIGN                                         the possessor
    ENDORSE, ENDORSE_TO_ORDER, BLANK_ENDORSE     the possessor that is the endorsee and may endorse on; any possessor of
                                                 a bill endorsed in blank
    SURRENDER_FOR_DELIVERY, .._FOR_AMENDMENT     the possessor that is the endorsee, to the carrier that issued
    SACC, SREJ                                   that carrier, while a surrender waits for its answer

Who acts for another one, DCSA's representedParty, may do what that one might, in possession or not: a nominee's
endorser, a pledgee, a court. The platform that signs the entry vouches for both, so both are parties of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from tradelane.gateway.dcsa.messages import ActingParty, ActionCode, Transaction
from tradelane.model.dcsa import TransportDocument
from tradelane.model.dcsa.parties import IdentifyingCode

ENDORSEMENTS: Final = (ActionCode.ENDORSE, ActionCode.ENDORSE_TO_ORDER, ActionCode.BLANK_ENDORSE)
SURRENDERS: Final = (ActionCode.SURRENDER_FOR_DELIVERY, ActionCode.SURRENDER_FOR_AMENDMENT)
_EVERYWHERE: Final = frozenset({"GLEIF", "W3C", "DNB"})
"""Lists whose codes name one party on whatever platform."""


class NotEntitled(ValueError):
    """Somebody did what only another party might; the sentence says which act, and who might."""


@dataclass(frozen=True)
class Who:
    """A party by its codes; without platform where a document names it, which knows of none."""

    codes: frozenset[tuple[str, str]]
    platform: str | None = None

    @classmethod
    def of(cls, party: ActingParty) -> "Who":
        """Return a party as a message names it."""
        return cls(_codes(party.identifying_codes), party.ebl_platform)

    def is_same(self, other: "Who", *, anywhere: bool = False) -> bool:
        """Tell whether two descriptions are of one party: on one platform, with a code in common.

        `anywhere`: a legal entity stays the same on another platform, by a code that is no platform's own.
        """
        common = self.codes & other.codes
        if None in (self.platform, other.platform) or self.platform == other.platform:
            return bool(common)
        return anywhere and any(provider in _EVERYWHERE for provider, _ in common)


@dataclass(frozen=True)
class Position:
    """Where a title stands after some transactions.

    Attributes:
        issuer: Its carrier; None before the issue.
        possessor: Who is in possession.
        endorsee: Its titleholder; None on a straight bill, or one endorsed in blank.
        endorsee_party: The same as the endorsement named it; None while it is the document's.
        may_endorse: Whether the endorsee may endorse on.
        surrendered_by: Who waits for the carrier's answer.
        ended: Whether the carrier has accepted a surrender.
    """

    issuer: Who | None = None
    possessor: Who | None = None
    endorsee: Who | None = None
    endorsee_party: ActingParty | None = None
    may_endorse: bool = False
    surrendered_by: Who | None = None
    ended: bool = False


def replay(transactions: Sequence[Transaction], document: TransportDocument, *, vouched: int = 0) -> Position:
    """Return where a title stands after all transactions of its chain, oldest first.

    Args:
        transactions: They.
        document: The transport document, whose endorsee is the first one.
        vouched: So many of the first ones are known to be right, because our own ledger has them; they move what they
            say they move.

    Raises:
        NotEntitled: Somebody did what only another party might.
    """
    position = Position()
    for number, each in enumerate(transactions):
        if number >= vouched:
            _demand(position, each)
        position = _after(position, each, document)
    return position


def first_endorser(transactions: Sequence[Transaction]) -> ActingParty | None:
    """Return who did the first endorsement among some transactions."""
    return next((each.actor for each in transactions if each.action_code in ENDORSEMENTS), None)


def _demand(position: Position, act: Transaction) -> None:
    code, actor = act.action_code, Who.of(act.actor)
    if code == ActionCode.ISSUE:
        return
    if position.ended:
        raise NotEntitled(f"there are transactions after the surrender was accepted (SACC): {code}")
    if code in (ActionCode.SACC, ActionCode.SREJ):
        _demand_answer(position, act, actor)
        return
    if position.surrendered_by is not None:
        raise NotEntitled(f"{code} was done while a surrender waits for the carrier's answer")
    acting = [actor] if act.actor.represented_party is None else [actor, _represented(act.actor)]
    if not any(position.possessor is not None and position.possessor.is_same(each) for each in acting) and (
        len(acting) == 1 or code not in ENDORSEMENTS
    ):
        raise NotEntitled(f"{code} was done by a party that is not in possession")
    if code in ENDORSEMENTS:
        _demand_endorsee(position, code, acting)
        if position.endorsee is not None and not position.may_endorse:
            raise NotEntitled(f"{code} was done although the bill was endorsed by name (ENDORSE), not to order")
    if code in SURRENDERS:
        _demand_endorsee(position, code, acting)
        if act.recipient is None or position.issuer is None or not position.issuer.codes & Who.of(act.recipient).codes:
            raise NotEntitled("the surrender is not addressed to the carrier that issued the document")


def _demand_endorsee(position: Position, code: str, acting: Sequence[Who]) -> None:
    endorsee = position.endorsee
    if endorsee is not None and not any(endorsee.is_same(each, anywhere=True) for each in acting):
        raise NotEntitled(f"{code} was done by a party that is not the endorsee")


def _demand_answer(position: Position, act: Transaction, actor: Who) -> None:
    code = act.action_code
    if position.issuer is None or not position.issuer.codes & actor.codes:
        raise NotEntitled(f"a surrender is answered ({code}) by the carrier alone")
    if position.surrendered_by is None:
        raise NotEntitled(f"{code} answers no surrender")
    back = None if act.recipient is None else Who.of(act.recipient)
    if code == ActionCode.SREJ and (back is None or not position.surrendered_by.codes & back.codes):
        raise NotEntitled("a rejected surrender (SREJ) goes back to who surrendered")


def _after(position: Position, act: Transaction, document: TransportDocument) -> Position:
    code, recipient = act.action_code, None if act.recipient is None else Who.of(act.recipient)
    if code == ActionCode.ISSUE:
        named = document.document_parties.endorsee if document.is_to_order else None
        endorsee = None if named is None else Who(_codes(named.identifying_codes or ()))
        return Position(Who.of(act.actor), recipient, endorsee, may_endorse=endorsee is not None)
    if code == ActionCode.TRANSFER:
        return replace(position, possessor=recipient)
    if code in ENDORSEMENTS:
        blank = code == ActionCode.BLANK_ENDORSE
        return replace(
            position,
            endorsee=None if blank else recipient,
            endorsee_party=None if blank else act.recipient,
            may_endorse=code == ActionCode.ENDORSE_TO_ORDER,
        )
    if code in SURRENDERS:
        return replace(position, possessor=recipient, surrendered_by=Who.of(act.actor))
    if code == ActionCode.SREJ:
        return replace(position, possessor=recipient, surrendered_by=None)
    if code == ActionCode.SACC:
        return replace(position, possessor=None, surrendered_by=None, ended=True)
    return position


def _represented(party: ActingParty) -> Who:
    found = party.represented_party
    return Who(_codes((found.identifying_codes if found is not None else None) or ()), party.ebl_platform)


def _codes(codes: Sequence[IdentifyingCode]) -> frozenset[tuple[str, str]]:
    return frozenset((code.code_list_provider, code.party_code) for code in codes)
