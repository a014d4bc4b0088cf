"""Facts that a transaction announces; they are public to the channel, so they hold opaque ids only."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from tradelane.model.base import Record
from tradelane.model.identifiers import MspId, PartyId, TitleId
from tradelane.model.party import PartyRole
from tradelane.model.title import TitleStatus
from tradelane.model.title_parts import Action

EVENT_NAME = "tradelane.v1"
"""Name of the one Fabric event a transaction sets; its payload is a JSON list of facts."""


class TitleFact(Record):
    """A title changed."""

    type: Literal["title"] = "title"
    title_id: TitleId
    action_code: Action
    status: TitleStatus
    actor: PartyId
    recipient: PartyId | None = None
    possessor: PartyId | None = None
    sequence: int


class PartyFact(Record):
    """A party was admitted or licensed."""

    type: Literal["party"] = "party"
    action: Literal["ADMITTED", "LICENSED"]
    party_id: PartyId
    msp_id: MspId
    role: PartyRole | None = None


class OrganisationFact(Record):
    """An organisation joined the count of the majority."""

    type: Literal["organisation"] = "organisation"
    msp_id: MspId


Fact = Annotated[TitleFact | PartyFact | OrganisationFact, Field(discriminator="type")]

FACTS: TypeAdapter[tuple[Fact, ...]] = TypeAdapter(tuple[Fact, ...])
