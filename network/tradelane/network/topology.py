"""The network as data: who takes part and on which ports. Nothing here touches a disk but `load`."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tradelane.network.errors import OrganisationUnknown, TopologyInvalid

PORTS_PER_ORGANISATION = 100
LABEL = r"^[a-z][a-z0-9]{1,30}$"
LOOPBACK = "127.0.0.1"

Port = Annotated[int, Field(ge=1024, le=65535)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class PortOverrides(_Record):
    """Ports to use in place of those derived from the base port."""

    orderer: Port | None = None
    peer: Port | None = None
    peer_chaincode: Port | None = None
    orderer_admin: Port | None = None
    ca: Port | None = None
    chaincode: Port | None = None
    peer_operations: Port | None = None
    orderer_operations: Port | None = None
    ca_operations: Port | None = None
    chaincode_metrics: Port | None = None
    peer1: Port | None = None
    peer1_chaincode: Port | None = None
    peer1_operations: Port | None = None


class PeerPorts(NamedTuple):
    """The ports of one peer."""

    requests: int
    chaincode: int
    """Where a chaincode that the peer starts itself would connect; none does here."""
    operations: int


class Ports(_Record):
    """The ports of one organisation; those of nodes it does not run stay unused."""

    orderer: Port
    peer: Port
    peer_chaincode: Port
    orderer_admin: Port
    ca: Port
    chaincode: Port
    peer_operations: Port
    orderer_operations: Port
    ca_operations: Port
    chaincode_metrics: Port
    peer1: Port
    peer1_chaincode: Port
    peer1_operations: Port

    def of_peer(self, number: int) -> PeerPorts:
        """The ports of the organisation's first or second peer, counted from 0."""
        if number:
            return PeerPorts(self.peer1, self.peer1_chaincode, self.peer1_operations)
        return PeerPorts(self.peer, self.peer_chaincode, self.peer_operations)


class Organisation(_Record):
    """One jurisdiction, or an operator without a peer.

    Attributes:
        name: Label used in directories, host names and on the command line.
        msp_id: The membership service's identifier on the ledger.
        country: ISO 3166 alpha-2 code, for the certificates' subject.
        peer: Runs peers and a chaincode service.
        peers: How many, if it runs any: with a second one its clients work on while the first is away.
        orderer: Runs one Raft consenter.
        ports: Overrides of single ports.
    """

    name: str = Field(pattern=LABEL)
    msp_id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9]{1,62}$")
    country: str = Field(pattern=r"^[A-Z]{2}$")
    peer: bool = True
    peers: int = Field(default=1, ge=1, le=2)
    orderer: bool = True
    ports: PortOverrides = PortOverrides()


class Topology(_Record):
    """A whole network.

    Attributes:
        channel: Name of the one channel.
        chaincode: Name of the one chaincode.
        domain: Suffix of every host name in the certificates; nothing needs to resolve it.
        base_port: First port; organisation number n uses those from base_port + 100 n.
        organisations: In the order that fixes their port blocks; add new ones at the end.
    """

    channel: str = Field(pattern=r"^[a-z][a-z0-9.-]{0,200}$")
    chaincode: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,60}$")
    domain: str = Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,120}[a-z0-9])?$")
    base_port: Port = 7050
    organisations: tuple[Organisation, ...] = Field(min_length=1, max_length=26, strict=False)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _distinct("organisation names", [each.name for each in self.organisations])
        _distinct("MSP identifiers", [each.msp_id for each in self.organisations])
        if not self.with_peer:
            raise ValueError("at least one organisation must run a peer")
        if not self.with_orderer:
            raise ValueError("at least one organisation must run an orderer")
        for each in self.organisations:
            if not each.peer and not each.orderer:
                raise ValueError(f"organisation {each.name} runs neither peer nor orderer")
        if self.base_port + PORTS_PER_ORGANISATION * len(self.organisations) > 65535:
            raise ValueError(f"base_port {self.base_port} leaves no room for every organisation below 65535")
        _distinct(
            "ports", [str(port) for each in self.organisations for port in self.ports(each).model_dump().values()]
        )
        return self

    @property
    def with_peer(self) -> tuple[Organisation, ...]:
        """The organisations that run a peer: those that endorse."""
        return tuple(each for each in self.organisations if each.peer)

    @property
    def every_peer(self) -> tuple[tuple[Organisation, int], ...]:
        """Each peer: its organisation, and its number there, counted from 0."""
        return tuple((each, number) for each in self.with_peer for number in range(each.peers))

    @property
    def with_orderer(self) -> tuple[Organisation, ...]:
        """The organisations that run a Raft consenter."""
        return tuple(each for each in self.organisations if each.orderer)

    def organisation(self, name: str) -> Organisation:
        """Find an organisation by its label.

        Raises:
            OrganisationUnknown: There is none of that name.
        """
        for each in self.organisations:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.organisations)
        raise OrganisationUnknown(f"There is no organisation '{name}' in this network; it has: {known}.", name=name)

    def peer_organisation(self, name: str) -> Organisation:
        """Find an organisation that runs a peer, and so has users.

        Raises:
            OrganisationUnknown: There is none of that name, or it runs no peer.
        """
        found = self.organisation(name)
        if not found.peer:
            known = ", ".join(each.name for each in self.with_peer)
            raise OrganisationUnknown(
                f"Organisation '{name}' runs no peer, so it has no users to serve; those with a peer: {known}.",
                name=name,
            )
        return found

    def ports(self, organisation: Organisation) -> Ports:
        """The ports of one organisation: its block from the base port, with its own overrides."""
        start = self.base_port + PORTS_PER_ORGANISATION * self.organisations.index(organisation)
        derived = {name: start + offset for offset, name in enumerate(Ports.model_fields)}
        return Ports(**(derived | organisation.ports.model_dump(exclude_none=True)))

    def host(self, node: str, organisation: Organisation) -> str:
        """The name a node's certificate carries, such as `peer0.hongkong.tradelane.example`."""
        return f"{node}.{organisation.name}.{self.domain}"

    def at_base_port(self, base_port: int | None) -> Topology:
        """The same network on other ports; `None` leaves it as it is.

        Raises:
            TopologyInvalid: The ports do not fit.
        """
        if base_port is None:
            return self
        return _validated(self.model_dump() | {"base_port": base_port}, f"--base-port {base_port}")


def load(file: Path | None = None) -> Topology:
    """Read a topology file, or the one that ships with TradeLane.

    Raises:
        TopologyInvalid: The file is missing, no TOML, or breaks a rule; the sentence names the field.
    """
    source = str(file) if file else "the built-in topology"
    try:
        text = (
            file.read_text("utf-8")
            if file
            else resources.files(__package__).joinpath("topology.toml").read_text("utf-8")
        )
        return _validated(tomllib.loads(text), source)
    except (OSError, UnicodeDecodeError) as error:
        raise TopologyInvalid(f"The topology file {source} cannot be read: {error}.", file=source) from error
    except tomllib.TOMLDecodeError as error:
        raise TopologyInvalid(f"The topology file {source} is no valid TOML: {error}.", file=source) from error


def _validated(data: object, source: str) -> Topology:
    try:
        return Topology.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        refused = f"The topology of {source} is refused: " + (f"{where}: {reason}." if where else f"{reason}.")
        raise TopologyInvalid(refused, file=source) from error


def _distinct(what: str, values: list[str]) -> None:
    doubles = sorted({value for value in values if values.count(value) > 1})
    if doubles:
        raise ValueError(f"{what} must differ, but these are used twice: {', '.join(doubles)}")
