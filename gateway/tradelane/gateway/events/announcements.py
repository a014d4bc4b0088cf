"""What transactions announce: from Fabric's chaincode events to typed facts and to the integrators' message."""

from dataclasses import dataclass

from pydantic import ValidationError

from tradelane.gateway.errors import ResultError
from tradelane.gateway.events.reading import ChaincodeEvent
from tradelane.model.events import EVENT_NAME, FACTS, Fact, OrganisationFact, PartyFact, TitleFact
from tradelane.protos.v1 import events_pb2


@dataclass(frozen=True)
class Announcement:
    """The facts of one transaction that took effect."""

    channel: str
    block_number: int
    transaction_id: str
    facts: tuple[Fact, ...]

    def to_message(self) -> events_pb2.LedgerEvent:
        """Return the announcement as the protobuf message integrators read in any language."""
        return events_pb2.LedgerEvent(
            channel=self.channel,
            block_number=self.block_number,
            transaction_id=self.transaction_id,
            facts=[_fact_message(fact) for fact in self.facts],
        )


def read_event(channel: str, event: ChaincodeEvent) -> Announcement | None:
    """Read one chaincode event; None for an event that is not TradeLane's.

    Raises:
        ResultError: The event bears TradeLane's name but does not hold facts this release knows.
    """
    if event.name != EVENT_NAME:
        return None
    try:
        facts = FACTS.validate_json(event.payload)
    except ValidationError as error:
        raise ResultError(
            f"The event of transaction {event.transaction_id} holds facts this release does not know; update it.",
            code="UNKNOWN_FACT",
            details={"transactionId": event.transaction_id, "blockNumber": str(event.block_number)},
        ) from error
    return Announcement(channel, event.block_number, event.transaction_id, facts)


def _fact_message(fact: Fact) -> events_pb2.Fact:
    match fact:
        case TitleFact():
            return events_pb2.Fact(title=_title_message(fact))
        case PartyFact():
            party = events_pb2.PartyFact(
                action=fact.action, party_id=fact.party_id, msp_id=fact.msp_id, role=fact.role or ""
            )
            return events_pb2.Fact(party=party)
        case OrganisationFact():
            return events_pb2.Fact(organisation=events_pb2.OrganisationFact(msp_id=fact.msp_id))


def _title_message(fact: TitleFact) -> events_pb2.TitleFact:
    return events_pb2.TitleFact(
        title_id=fact.title_id,
        action_code=fact.action_code,
        status=fact.status,
        actor=fact.actor,
        recipient=fact.recipient or "",
        possessor=fact.possessor or "",
        sequence=fact.sequence,
    )
