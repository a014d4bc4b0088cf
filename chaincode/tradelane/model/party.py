"""Parties, their roles, and the organisations (jurisdictions) they are at home in."""

from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from pydantic import Field, StringConstraints

from tradelane.model.base import Record
from tradelane.model.identifiers import Lei, MspId, PartyId


class PartyRole(StrEnum):
    """What a party does in trade. Regulated roles have effect only once licensed."""

    CARRIER = "CARRIER"
    TRADER = "TRADER"
    BANK = "BANK"
    STABLECOIN_ISSUER = "STABLECOIN_ISSUER"
    DATA_PROVIDER = "DATA_PROVIDER"
    AUTHORITY = "AUTHORITY"
    PLATFORM = "PLATFORM"
    """Operates the way to other platforms: takes titles out of the channel and brings them back."""


REGULATED_ROLES = (PartyRole.BANK, PartyRole.STABLECOIN_ISSUER, PartyRole.PLATFORM)

PartyName = Annotated[str, StringConstraints(pattern=r"^\S(?:.*\S)?$", max_length=70)]
"""Legal name, DCSA partyName."""


class PartyRef(Record):
    """A party and its home organisation: enough to decide who must endorse."""

    party_id: PartyId
    msp_id: MspId


class PartyRecord(Record):
    """A party admitted to the channel. Its legal name is private data (see DirectoryEntry)."""

    party_id: PartyId
    msp_id: MspId
    lei: Lei | None = None
    """Absent of a joint party, which is no legal entity."""
    roles: tuple[PartyRole, ...]
    licensed_roles: tuple[PartyRole, ...] = ()
    members: tuple[PartyId, ...] = ()
    """Of a joint party: those who act together, and count as one controller (UK ETDA section 2(4))."""

    @property
    def ref(self) -> PartyRef:
        """The party's reference as titles carry it."""
        return _ref(self.party_id, self.msp_id)

    @property
    def effective_roles(self) -> tuple[PartyRole, ...]:
        """The roles that have effect: those not regulated, and the licensed ones."""
        return tuple(r for r in self.roles if r not in REGULATED_ROLES or r in self.licensed_roles)


@lru_cache(maxsize=4096)  # the same few parties act again and again, and each act names them several times
def _ref(party_id: PartyId, msp_id: MspId) -> PartyRef:
    return PartyRef(party_id=party_id, msp_id=msp_id)


class DirectoryEntry(Record):
    """A party's legal name, in the private collection `directory`; the salt keeps its hash from being guessed."""

    party_id: PartyId
    name: PartyName
    salt: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class PartyView(Record):
    """A party as members of the channel see it."""

    party: PartyRecord
    name: PartyName | None = None
    salt: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Of the name: with it, its reader can prove the name to others."""


class NetworkRecord(Record):
    """The organisations of the channel, from which the majority is counted. Sorted by MSP id."""

    msp_ids: tuple[MspId, ...] = ()


class AdmitRequest(Record):
    """Admit a party of the caller's own organisation; the name travels as transient `name`, the salt as `salt`."""

    party_id: PartyId
    lei: Lei
    roles: tuple[PartyRole, ...] = Field(min_length=1)


class JointRequest(Record):
    """Form a joint party of parties of the caller's own organisation; name and salt travel as for an admission."""

    party_id: PartyId
    members: tuple[PartyId, ...] = Field(min_length=2, max_length=10)


class LicenceRequest(Record):
    """Give a regulated role its effect."""

    party_id: PartyId
    role: PartyRole


class PartyQuery(Record):
    """Name one party."""

    party_id: PartyId


class LeiQuery(Record):
    """Name one party by its Legal Entity Identifier."""

    lei: Lei
