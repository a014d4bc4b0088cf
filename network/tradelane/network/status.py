"""How a network is: one record per node, and whether all is well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tradelane.network import parallel, process
from tradelane.network.authorities import reach
from tradelane.network.authority import AuthorityName
from tradelane.network.binaries import Binaries
from tradelane.network.certificates import read_certificate
from tradelane.network.deploy import Deployment
from tradelane.network.errors import CommandFailed, EndpointFailed
from tradelane.network.health import Health
from tradelane.network.nodes import Kind, Node, NodeFactory
from tradelane.network.paths import HomePaths
from tradelane.network.topology import LOOPBACK, Topology

EXPIRY_WARNING = dt.timedelta(days=14)


@dataclass
class NodeStatus:
    """How one node is.

    Attributes:
        name: Such as `peer0.hongkong`.
        kind: ca, orderer, peer or chaincode.
        endpoint: Where it serves requests.
        pid: Its process; `None` when it does not run.
        height: Blocks it holds; orderers and peers in the channel only.
        leader: Whether it leads the ordering service; orderers only.
        reachable: Whether each of the organisation's peers gets an answer from it; chaincode services only.
        metrics: Where Prometheus finds its metrics; chaincode services only.
        expires: When the first of its certificates ends (UTC, ISO 8601).
        problems: What is not as it should be, in sentences.
    """

    name: str
    kind: str
    endpoint: str
    pid: int | None = None
    height: int | None = None
    leader: bool | None = None
    reachable: bool | None = None
    metrics: str | None = None
    expires: str | None = None
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class NetworkStatus:
    """How the whole network is."""

    home: str
    channel: str
    nodes: tuple[NodeStatus, ...]

    @property
    def well(self) -> bool:
        """Tell whether no node has a problem."""
        return not any(node.problems for node in self.nodes)

    def as_json(self) -> dict[str, Any]:
        """The record as plain values."""
        nodes = [asdict(node) for node in self.nodes]
        return {"well": self.well, "home": self.home, "channel": self.channel, "nodes": nodes}


@dataclass(frozen=True)
class Examiner:
    """Asks every node of a network; a node that does not answer is a finding, no error."""

    topology: Topology
    home: HomePaths
    binaries: Binaries

    def examine(self) -> NetworkStatus:
        """Ask all nodes at once."""
        nodes = NodeFactory(self.topology, self.home, self.binaries).all()
        found = parallel.each(self._node, nodes)
        orderers = [status for status in found if status.kind == Kind.ORDERER and status.pid]
        if not any(status.leader for status in orderers):
            for status in orderers:
                status.problems.append("sees no leader of the ordering service")
        return NetworkStatus(str(self.home.root), self.topology.channel, tuple(found))

    def _node(self, node: Node) -> NodeStatus:
        status = NodeStatus(node.name, node.kind.value, f"{LOOPBACK}:{node.ports['requests']}")
        self._examine_certificates(node, status)
        running = process.find(self.home.process(node.name))
        if running is None:
            status.problems.append("does not run")
            return status
        status.pid = running.pid
        try:
            self._examine_service(node, status)
        except (EndpointFailed, CommandFailed) as error:
            status.problems.append(error.sentence)
        return status

    def _examine_service(self, node: Node, status: NodeStatus) -> None:
        health = Health(self.topology, self.home)
        match node.kind:
            case Kind.AUTHORITY:
                for name in AuthorityName:
                    if not reach(self.topology, self.home, node.organisation, name).answers():
                        status.problems.append(f"its CA '{name}' does not answer")
            case Kind.ORDERER:
                state = health.orderer(node)
                status.height = state.height if state else None
                status.leader = health.leads(node)
                if state is None or not state.active:
                    status.problems.append("takes no part in the channel")
            case Kind.PEER:
                status.height = health.peer_height(node)
                if status.height is None or not health.serves(node):
                    status.problems.append("has not joined the channel")
            case Kind.CHAINCODE:
                status.metrics = f"http://{LOOPBACK}:{node.ports['metrics']}/metrics"
                status.reachable = False
                deployment = Deployment(self.topology, self.home, self.binaries)
                status.reachable = deployment.endorses(node.organisation)

    def _examine_certificates(self, node: Node, status: NodeStatus) -> None:
        present = [path for path in self._certificates(node) if path.exists()]
        if not present:
            status.problems.append("has no certificate")
            return
        ends, path = min((read_certificate(path).not_valid_after_utc, path) for path in present)
        status.expires = ends.isoformat().replace("+00:00", "Z")
        if ends - dt.datetime.now(dt.UTC) < EXPIRY_WARNING:
            status.problems.append(f"its certificate {path.relative_to(self.home.root)} ends on {status.expires}")

    def _certificates(self, node: Node) -> Iterable[Path]:
        paths = self.home.organisation(node.organisation.name)
        match node.kind:
            case Kind.AUTHORITY:
                authority = paths.authority
                roots = (authority.tls_root.certificate, authority.enrolment_root.certificate)
                registrars = tuple(authority.registrar(name.value).certificate for name in AuthorityName)
                return (*roots, *registrars, authority.tls.certificate)
            case Kind.ORDERER:
                return (paths.orderer.msp.certificate, paths.orderer.tls.certificate)
            case Kind.PEER:
                place = paths.peer_at(node.number)
                return (place.msp.certificate, place.tls.certificate)
            case Kind.CHAINCODE:
                return (paths.chaincode.server.certificate, paths.chaincode.client.certificate)
