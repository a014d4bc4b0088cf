"""Who takes part: the parties of examples/parties.json, admitted and licensed where they are not yet."""

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradelane.gateway import Flow, Gateway, Refused, connect, organisations, parties
from tradelane.network import Network, Role, User
from tradelane.network.errors import UserExists
from tradelane.rules.refusal import Code

EXAMPLES = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Party:
    """One line of parties.json."""

    party_id: str
    org: str
    name: str
    lei: str
    roles: tuple[str, ...]

    @property
    def user(self) -> str:
        """Name of the party's one user in this story."""
        return f"{self.party_id}-clerk"


def read_parties() -> tuple[Party, ...]:
    """Return the parties of the examples."""
    rows: list[dict[str, Any]] = json.loads((EXAMPLES / "parties.json").read_text())
    return tuple(Party(row["partyId"], row["org"], row["name"], row["lei"], tuple(row["roles"])) for row in rows)


class Cast:
    """Connected users of the network, one per party and one administrator per organisation."""

    def __init__(self, network: Network, stack: ExitStack) -> None:
        self._network = network
        self._stack = stack
        self._open: dict[tuple[str, str], Gateway] = {}
        self.parties = read_parties()

    def as_party(self, party_id: str) -> Gateway:
        """Return the connection of a party's user."""
        party = next(party for party in self.parties if party.party_id == party_id)
        return self._connect(party.org, party.user)

    def as_admin(self, org: str) -> Gateway:
        """Return the connection of an organisation's administrator."""
        return self._connect(org, "admin")

    def enrol(self) -> None:
        """Give every party a user whose certificate says for whom it signs."""
        for party in self.parties:
            try:
                self._network.add_user(party.org, User(party.user, Role.SIGNER, party.party_id))
            except UserExists:
                continue

    def admit(self) -> None:
        """Register the organisations, then admit the parties and license the banks, where that is still to be done."""
        orgs = sorted({party.org for party in self.parties})
        for org in orgs:
            _unless_done(self.as_admin(org), organisations.register())
            _unless_done(self.as_admin(org), organisations.prepare())
        known = {view.party.party_id for view in self.as_admin(orgs[0]).run(parties.list_parties())}
        for party in self.parties:
            if party.party_id not in known:
                admission = parties.admit(party.party_id, lei=party.lei, name=party.name, roles=party.roles)
                self.as_admin(party.org).run(admission)
        for bank in (party for party in self.parties if "BANK" in party.roles):
            _unless_done(self.as_party(self._authority(bank.org)), parties.licence(bank.party_id, role="BANK"))

    def _authority(self, org: str) -> str:
        return next(party.party_id for party in self.parties if party.org == org and "AUTHORITY" in party.roles)

    def _connect(self, org: str, user: str) -> Gateway:
        if (org, user) not in self._open:
            profile = self._network.paths.profile(org).root
            self._open[org, user] = self._stack.enter_context(connect(profile, user))
        return self._open[org, user]


def _unless_done(gateway: Gateway, flow: Flow[Any]) -> None:
    """Run what may have been done by an earlier story on the same network."""
    try:
        gateway.run(flow)
    except Refused as refusal:
        if refusal.code not in {Code.ORGANISATION_EXISTS, Code.ALREADY_LICENSED}:
            raise
