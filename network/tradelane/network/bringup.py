"""The way from nothing, or from whatever is left, to a network that endorses.

Order: authorities, identities, channel block (each once, under a stage marker); then processes, channel membership
and chaincode, each looked at first and done only where missing. So the same way serves the first start, a start after
`down`, and a start after any process was killed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tradelane.network import (
    authorities,
    commands,
    files,
    identities,
    packaging,
    parallel,
    ports,
    process,
    readiness,
    render_channel,
    render_nodes,
    users,
)
from tradelane.network.authority import AuthorityName
from tradelane.network.binaries import Binaries
from tradelane.network.commands import Administrator, JoinChannel
from tradelane.network.deploy import Deployment
from tradelane.network.health import Health
from tradelane.network.nodes import Kind, Node, NodeFactory
from tradelane.network.paths import HomePaths
from tradelane.network.progress import Progress, step
from tradelane.network.stages import Stage, Stages
from tradelane.network.topology import LOOPBACK, Organisation, Topology

SETUP_BYTES = 300 * files.MEGABYTE  # each orderer sets 64 MB aside for its first log segment
RESUME_BYTES = 50 * files.MEGABYTE


@dataclass(frozen=True)
class BringUp:
    """Brings one network up. The caller holds the network's lock."""

    topology: Topology
    home: HomePaths
    binaries: Binaries
    progress: Progress
    _health: Health = field(init=False)
    _nodes: NodeFactory = field(init=False)
    _stages: Stages = field(init=False)
    _deployment: Deployment = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_health", Health(self.topology, self.home))
        object.__setattr__(self, "_nodes", NodeFactory(self.topology, self.home, self.binaries))
        object.__setattr__(self, "_stages", Stages(self.home))
        object.__setattr__(self, "_deployment", Deployment(self.topology, self.home, self.binaries))

    def run(self) -> None:
        """Bring the network up and return when every organisation's peer endorses.

        Raises:
            HomeHalfMade: An earlier run stopped where it cannot be resumed.
            HomeUnusable: The disk is full.
            PortRefused: A port is taken. Nothing was written or started then.
            NodeFailed: A process or a command failed.
        """
        self._stages.check()
        files.check_name(self.home.root)
        files.check_room(self.home.root, RESUME_BYTES if self._stages.done(Stage.CHANNEL) else SETUP_BYTES)
        self._clear_orphans()
        ports.check(node for node in self._nodes.all() if not self._runs(node))
        files.write_json(self.home.topology, self.topology.model_dump(mode="json", exclude_none=True))
        self._authorities()
        self._identities()
        self._channel_block()
        self._render()
        with step(self.progress, "start orderers, peers and chaincode services"):
            self._deployment.prepare()
            self._start(self._nodes.of_kind(Kind.ORDERER, Kind.PEER, Kind.CHAINCODE))
            self._await_served(self._nodes.of_kind(Kind.ORDERER, Kind.PEER))
        self._join()
        with step(self.progress, "deploy the chaincode"):
            self._deployment.define()
        self._await_endorsement()

    def restart_chaincode(self) -> None:
        """Start every chaincode service anew and bring its definition up to date."""
        services = self._nodes.of_kind(Kind.CHAINCODE)
        with step(self.progress, "restart the chaincode services"):
            process.stop(self.home.process(node.name) for node in services)
            self._clear_orphans()
            self._deployment.prepare()
            self._start(services)
        with step(self.progress, "deploy the chaincode"):
            self._deployment.define()
        self._await_endorsement()

    def _runs(self, node: Node) -> bool:
        return process.find(self.home.process(node.name)) is not None

    def _clear_orphans(self) -> None:
        """End services whose supervisor was killed: nobody would start them again."""
        orphaned = [node for node in self._nodes.of_kind(Kind.CHAINCODE) if not self._runs(node)]
        process.stop(self.home.service(node.organisation.name) for node in orphaned)

    def _start(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            if not self._runs(node):
                log, record = self.home.log(node.name), self.home.process(node.name)
                process.start(process.Launch(node.command, node.environment, node.directory, log, record))

    def _await_served(self, nodes: Iterable[Node]) -> None:
        parallel.each(
            lambda node: readiness.wait(self.home, node, "serve requests", lambda: self._health.serves(node)), nodes
        )

    def _authorities(self) -> None:
        organisations = self.topology.organisations
        with step(self.progress, f"start {len(organisations)} certificate authorities"):
            if not self._stages.done(Stage.AUTHORITIES):
                with self._stages.run(Stage.AUTHORITIES):
                    for each in organisations:
                        authorities.make(self.topology, self.home, each)
            nodes = self._nodes.of_kind(Kind.AUTHORITY)
            self._start(nodes)
            parallel.each(self._await_authority, nodes)

    def _await_authority(self, node: Node) -> None:
        for name in AuthorityName:
            authority = authorities.reach(self.topology, self.home, node.organisation, name)
            readiness.wait(self.home, node, "issue certificates", authority.answers)

    def _identities(self) -> None:
        if self._stages.done(Stage.IDENTITIES):
            return
        with step(self.progress, "certify nodes and administrators"), self._stages.run(Stage.IDENTITIES):
            identities.enrol_registrars(self.topology, self.home)
            identities.enrol_nodes(self.topology, self.home)
            admin = users.User(users.ADMIN_USER, users.Role.ADMIN)
            parallel.each(lambda each: users.add(self.topology, self.home, each, admin), self.topology.with_peer)

    def _channel_block(self) -> None:
        if self._stages.done(Stage.CHANNEL):
            return
        with step(self.progress, "make the channel's first block"), self._stages.run(Stage.CHANNEL):
            files.write_json(self.home.configtx, render_channel.configtx(self.topology, self.home))
            channel, profile = self.topology.channel, render_channel.PROFILE
            commands.make_genesis(self.binaries, profile, channel, self.home.channel, self.home.genesis)

    def _render(self) -> None:
        """Write what follows from the topology and this installation, anew each time: Python may have moved."""
        packaging.write_builder(self.home.builder)
        for organisation in self.topology.organisations:
            paths, own = self.home.organisation(organisation.name), self.topology.ports(organisation)
            roots = self._roots(organisation)
            if organisation.orderer:
                config = render_nodes.orderer(organisation, own, paths.orderer, roots)
                files.write_json(paths.orderer.root / "orderer.yaml", config)
            if organisation.peer:
                for number in range(organisation.peers):
                    place = paths.peer_at(number)
                    config = render_nodes.peer(organisation, own, place, roots, self.home.builder, number)
                    files.write_json(place.root / "core.yaml", config)
                config = render_nodes.administrator(organisation, own, paths.admin, roots.own)
                files.write_json(paths.admin.root / "core.yaml", config)
                users.write_profile(self.topology, self.home, organisation)

    def _roots(self, organisation: Organisation) -> render_nodes.Roots:
        def root(of: Organisation) -> Path:
            return self.home.organisation(of.name).authority.tls_root.certificate

        others = tuple(root(other) for other in self.topology.organisations if other != organisation)
        return render_nodes.Roots(root(organisation), others)

    def _join(self) -> None:
        with step(self.progress, f"join channel '{self.topology.channel}'"):
            orderers = self._nodes.of_kind(Kind.ORDERER)
            parallel.each(self._join_orderer, orderers)
            leader = self._await_leader(orderers)
            parallel.each(lambda node: self._join_peer(node, leader), self._nodes.of_kind(Kind.PEER))

    def _join_orderer(self, node: Node) -> None:
        if self._health.orderer(node) is None:
            self._health.join(node, self.home.genesis.read_bytes())

    def _await_leader(self, orderers: tuple[Node, ...]) -> Node:
        leaders: list[Node] = []

        def elected() -> bool:
            leaders[:] = [node for node in orderers if self._health.leads(node)]
            return bool(leaders)

        readiness.wait(self.home, orderers[0], "see a leader elected", elected)
        return leaders[0]

    def _join_peer(self, node: Node, leader: Node) -> None:
        if self._health.peer_height(node) is None:
            config = self.home.organisation(node.organisation.name).admin.root
            address = f"{LOOPBACK}:{node.ports['requests']}"
            Administrator(self.binaries, config, address).run(JoinChannel(self.home.genesis))

        def caught_up() -> bool:
            ordered = self._health.orderer(leader)
            return ordered is not None and (self._health.peer_height(node) or 0) >= ordered.height

        readiness.wait(self.home, node, "catch up with the channel", caught_up)

    def _await_endorsement(self) -> None:
        """An organisation endorses once its service answers; its clients need the other peers too."""
        others = len(self.topology.every_peer) - 1

        def endorses(service: Node) -> None:
            readiness.wait(self.home, service, "serve requests", lambda: self._health.serves(service))
            readiness.wait(self.home, service, "endorse", lambda: self._deployment.endorses(service.organisation))

        def finds_others(peer: Node) -> None:
            readiness.wait(self.home, peer, "find the other peers", lambda: self._health.known_peers(peer) >= others)

        with step(self.progress, "wait until every peer endorses"):
            parallel.each(endorses, self._nodes.of_kind(Kind.CHAINCODE))
            parallel.each(finds_others, self._nodes.of_kind(Kind.PEER))
