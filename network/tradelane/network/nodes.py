"""The processes of a network, as records derived from its topology."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tradelane.network.binaries import Binaries
from tradelane.network.errors import NodeUnknown
from tradelane.network.paths import HomePaths
from tradelane.network.topology import Organisation, Topology

# Fabric logs several lines per request at `info`; on the hot paths only what went wrong is worth its cost.
LOGGING = "info:endorser=warn:gateway=warn:comm.grpc.server=warn:gossip=warn:orderer.common.cluster=warn:grpc=error"


class Kind(StrEnum):
    """What a process is; in the order in which a network is started."""

    AUTHORITY = "ca"
    ORDERER = "orderer"
    PEER = "peer"
    CHAINCODE = "chaincode"


NAMES = {Kind.AUTHORITY: "ca", Kind.ORDERER: "orderer0", Kind.CHAINCODE: "chaincode"}


@dataclass(frozen=True)
class Node:
    """One process to run.

    Attributes:
        name: Such as `peer0.hongkong`; names its log and its process record.
        kind: What it is.
        organisation: Whose it is.
        command: Program and arguments; never a secret.
        environment: All of its environment: the user's own is not handed on.
        directory: Its working directory.
        ports: The ports it opens, by purpose.
        number: Which of the organisation's nodes of its kind it is, counted from 0.
    """

    name: str
    kind: Kind
    organisation: Organisation
    command: tuple[str, ...]
    environment: dict[str, str]
    directory: Path
    ports: Mapping[str, int]
    number: int = 0


@dataclass(frozen=True)
class NodeFactory:
    """Knows which programs a topology runs and how each is started."""

    topology: Topology
    home: HomePaths
    binaries: Binaries

    def all(self) -> tuple[Node, ...]:
        """Every node, in the order of starting."""
        every = [node for organisation in self.topology.organisations for node in self.of(organisation)]
        return tuple(sorted(every, key=lambda node: list(Kind).index(node.kind)))

    def of_kind(self, *kinds: Kind) -> tuple[Node, ...]:
        """The nodes of some kinds."""
        return tuple(node for node in self.all() if node.kind in kinds)

    def named(self, name: str) -> Node:
        """Find a node.

        Raises:
            NodeUnknown: There is none of that name.
        """
        for node in self.all():
            if node.name == name:
                return node
        known = ", ".join(node.name for node in self.all())
        raise NodeUnknown(f"There is no node '{name}' in this network; it has: {known}.", name=name)

    def of(self, organisation: Organisation) -> list[Node]:
        """The nodes of one organisation."""
        nodes = [self._authority(organisation)]
        if organisation.orderer:
            nodes.append(self._orderer(organisation))
        if organisation.peer:
            nodes += [self._peer(organisation, number) for number in range(organisation.peers)]
            nodes.append(self._chaincode(organisation))
        return nodes

    def _authority(self, organisation: Organisation) -> Node:
        home = self.home.organisation(organisation.name).authority.root
        command = (str(self.binaries.fabric_ca_server), "start", "--home", str(home), "--loglevel", "info")
        ports = self.topology.ports(organisation)
        own = {"requests": ports.ca, "operations": ports.ca_operations}
        return self._node(Kind.AUTHORITY, organisation, command, home, own, {})

    def _orderer(self, organisation: Organisation) -> Node:
        home = self.home.organisation(organisation.name).orderer.root
        ports = self.topology.ports(organisation)
        own = {"requests": ports.orderer, "admin": ports.orderer_admin, "operations": ports.orderer_operations}
        return self._node(Kind.ORDERER, organisation, (str(self.binaries.orderer),), home, own, _fabric(home))

    def _peer(self, organisation: Organisation, number: int) -> Node:
        home = self.home.organisation(organisation.name).peer_at(number).root
        ports = self.topology.ports(organisation).of_peer(number)._asdict()
        command = (str(self.binaries.peer), "node", "start")
        return self._node(Kind.PEER, organisation, command, home, ports, _fabric(home), number)

    def _chaincode(self, organisation: Organisation) -> Node:
        paths = self.home.organisation(organisation.name).chaincode
        command = (sys.executable, "-m", "tradelane.network.supervise", str(self.home.root), organisation.name)
        ports = self.topology.ports(organisation)
        own = {"requests": ports.chaincode, "metrics": ports.chaincode_metrics}
        return self._node(Kind.CHAINCODE, organisation, command, paths.root, own, {})

    def _node(
        self,
        kind: Kind,
        organisation: Organisation,
        command: tuple[str, ...],
        directory: Path,
        ports: Mapping[str, int],
        environment: dict[str, str],
        number: int = 0,
    ) -> Node:
        name = f"{peer_name(number) if kind is Kind.PEER else NAMES[kind]}.{organisation.name}"
        return Node(name, kind, organisation, command, base_environment() | environment, directory, ports, number)


def peer_name(number: int) -> str:
    """The first part of a peer's name, as in its host name."""
    return f"peer{number}"


def base_environment() -> dict[str, str]:
    """What every process gets: enough to run, and nothing by which the user's settings could change it."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _fabric(home: Path) -> dict[str, str]:
    return {"FABRIC_CFG_PATH": str(home), "FABRIC_LOGGING_SPEC": LOGGING, "FABRIC_LOGGING_FORMAT": "json"}
