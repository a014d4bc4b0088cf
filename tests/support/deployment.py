"""A further chaincode on a network that stands, deployed the way TradeLane's own is.

Its services are processes of this run, on ports of their own; package, definition and collections go the usual way.
"""

import json
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tradelane.network import Network
from tradelane.network.commands import Definition
from tradelane.network.deploy import Deployment
from tradelane.network.paths import ChaincodePaths, HomePaths, OrganisationPaths
from tradelane.network.topology import Organisation, Topology

ROOT = Path(__file__).parents[2]
_STOP_SECONDS = 15


@dataclass(frozen=True)
class Program:
    """A chaincode service: its name on the channel and the command that serves it.

    Attributes:
        name: Of the chaincode.
        command: Started in the repository's root, with CHAINCODE_* set as for TradeLane's service.
        trusts_ca: Give the service the CA of the peer's client certificate instead of that certificate itself. Go's
            server asks for certificates issued by what it trusts, and Node's takes no end entity as an anchor.
        environment: Further variables.
        collections: Definitions of private data collections instead of TradeLane's.
        init_required: Have the peers take nothing before an initialisation.
        shared: Have all peers dial the first organisation's service, under one package.
        endorsement_policy: Path of the channel's policy that its transactions have to satisfy, instead of the default.
    """

    name: str
    command: Sequence[str]
    trusts_ca: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    collections: Sequence[Mapping[str, Any]] = ()
    init_required: bool = False
    shared: bool = False
    endorsement_policy: str = ""


@dataclass(frozen=True)
class _OrganisationAside(OrganisationPaths):
    aside: Path

    @property
    def chaincode(self) -> ChaincodePaths:
        return ChaincodePaths(self.aside)


@dataclass(frozen=True)
class _HomeAside(HomePaths):
    """A network's home, but with packages and services in another directory."""

    aside: Path

    def organisation(self, name: str) -> OrganisationPaths:
        return _OrganisationAside(super().organisation(name).root, self.aside / name)

    @property
    def collections(self) -> Path:
        return self.aside / "collections.json"


@dataclass(frozen=True)
class _DefinitionOf(Definition):
    further: tuple[str, ...]

    @property
    def arguments(self) -> list[str]:
        return [*super().arguments, *self.further]


@dataclass(frozen=True)
class _Defined(Deployment):
    """Has the chaincode defined with an initialisation or a policy, which TradeLane's own does without."""

    program: Program

    def _definition(self) -> tuple[Definition, bool]:
        definition, committed = super()._definition()
        init = ["--init-required"] if self.program.init_required else []
        policy = self.program.endorsement_policy
        further = (*init, *(["--channel-config-policy", policy] if policy else []))
        return _DefinitionOf(**vars(definition), further=further), committed


class _Shared(_Defined):
    """Gives every organisation the first one's package, hence its package id and its service."""

    def prepare(self) -> None:
        super().prepare()
        first, *others = self.topology.with_peer
        package = self.home.organisation(first.name).chaincode.package.read_bytes()
        for each in others:
            self.home.organisation(each.name).chaincode.package.write_bytes(package)


@contextmanager
def deployed(
    network: Network, directory: Path, program: Program, *further_channels: str
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Deploy a chaincode on a network and serve it within the block; yields each organisation's service.

    Its log is `service.log` in the organisation's directory. On further channels the same packages are approved, hence
    the same services serve them.
    """
    topology = _with_free_ports(network.topology, program.name)
    home = _HomeAside(network.paths.root, directory)
    deployment = (_Shared if program.shared else _Defined)(topology, home, network.binaries, program)
    for organisation in topology.with_peer:
        _copy_certificates(network.paths.organisation(organisation.name).chaincode.root, directory / organisation.name)
    deployment.prepare()
    if program.collections:
        home.collections.write_text(json.dumps(program.collections))
    serving = topology.with_peer[:1] if program.shared else topology.with_peer
    services = {each.name: _start(program, home, each) for each in serving}
    try:
        deployment.define()
        for channel in further_channels:
            replace(deployment, topology=topology.model_copy(update={"channel": channel})).define()
        yield services
    finally:
        for service in services.values():
            service.terminate()
        for service in services.values():
            service.wait(_STOP_SECONDS)


def _with_free_ports(topology: Topology, name: str) -> Topology:
    organisations = []
    for each in topology.organisations:
        with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
            free = {"chaincode": one.getsockname()[1], "chaincode_metrics": two.getsockname()[1]}
        ports = each.ports.model_copy(update=free)
        organisations.append(each.model_copy(update={"ports": ports}))
    return topology.model_copy(update={"chaincode": name, "organisations": tuple(organisations)})


def _copy_certificates(source: Path, target: Path) -> None:
    target.mkdir(mode=0o700, parents=True)
    for path in source.glob("*.pem"):
        copy = target / path.name
        copy.touch(mode=0o600)
        copy.write_bytes(path.read_bytes())


def _start(program: Program, home: HomePaths, organisation: Organisation) -> subprocess.Popen[bytes]:
    paths = home.organisation(organisation.name)
    environment = json.loads(paths.chaincode.settings.read_bytes())["environment"] | dict(program.environment)
    if program.trusts_ca:
        environment["CHAINCODE_CLIENT_CA_CERT"] = str(paths.authority.tls_root.certificate)
    with paths.chaincode.settings.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            program.command, cwd=ROOT, env={**os.environ, **environment}, stdout=log, stderr=subprocess.STDOUT
        )
