"""The one authority on where things lie below TRADELANE_HOME."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

SERVICE_PREFIX = "service."


def home_from_environment() -> Path:
    """The directory of the network: TRADELANE_HOME, or `.tradelane` in the working directory."""
    return Path(os.environ.get("TRADELANE_HOME") or ".tradelane").absolute()


@dataclass(frozen=True)
class MspPaths:
    """A membership directory as Fabric reads it."""

    root: Path

    @property
    def certificate(self) -> Path:
        """The signing certificate."""
        return self.root / "signcerts" / "cert.pem"

    @property
    def key(self) -> Path:
        """The signing key."""
        return self.root / "keystore" / "key.pem"

    @property
    def roots(self) -> Path:
        """The root of the organisation's enrolment CA."""
        return self.root / "cacerts" / "ca.pem"

    @property
    def tls_roots(self) -> Path:
        """The root of the organisation's TLS CA."""
        return self.root / "tlscacerts" / "tlsca.pem"

    @property
    def config(self) -> Path:
        """The rules that turn a certificate's OU into client, peer, admin or orderer."""
        return self.root / "config.yaml"


@dataclass(frozen=True)
class TlsPaths:
    """A TLS certificate and its key."""

    root: Path
    stem: str = "tls"

    @property
    def certificate(self) -> Path:
        """The certificate, PEM."""
        return self.root / f"{self.stem}-cert.pem"

    @property
    def key(self) -> Path:
        """The key, PKCS#8 PEM, mode 0600."""
        return self.root / f"{self.stem}-key.pem"


@dataclass(frozen=True)
class UserPaths:
    """One user in an organisation's profile."""

    root: Path

    @property
    def record(self) -> Path:
        """Name, party and role."""
        return self.root / "user.json"

    @property
    def certificate(self) -> Path:
        """The signing certificate."""
        return self.root / "cert.pem"

    @property
    def key(self) -> Path:
        """The signing key."""
        return self.root / "key.pem"

    @property
    def tls(self) -> TlsPaths:
        """The TLS client certificate that peers ask for."""
        return TlsPaths(self.root)


@dataclass(frozen=True)
class ProfilePaths:
    """What one organisation's users need; also the layout of a bundle."""

    root: Path

    @property
    def record(self) -> Path:
        """Peers, channel, chaincode."""
        return self.root / "profile.json"

    @property
    def tls_roots(self) -> Path:
        """Roots of the peers' TLS certificates."""
        return self.root / "tls-roots.pem"

    @property
    def users(self) -> Path:
        """One directory per user."""
        return self.root / "users"

    def user(self, name: str) -> UserPaths:
        """The directory of one user."""
        return UserPaths(self.users / name)


@dataclass(frozen=True)
class AuthorityPaths:
    """An organisation's CA process: its home is the TLS CA, the enrolment CA lies below."""

    root: Path

    @property
    def config(self) -> Path:
        """Configuration of the server and of the TLS CA."""
        return self.root / "fabric-ca-server-config.yaml"

    @property
    def enrolment(self) -> Path:
        """Home of the enrolment CA."""
        return self.root / "enrolment"

    @property
    def enrolment_config(self) -> Path:
        """Configuration of the enrolment CA."""
        return self.enrolment / "fabric-ca-server-config.yaml"

    @property
    def tls_root(self) -> TlsPaths:
        """Root of the TLS CA."""
        return TlsPaths(self.root, "root")

    @property
    def enrolment_root(self) -> TlsPaths:
        """Root of the enrolment CA."""
        return TlsPaths(self.enrolment, "root")

    @property
    def tls(self) -> TlsPaths:
        """The server's own TLS certificate."""
        return TlsPaths(self.root, "server")

    @property
    def registrar_password(self) -> Path:
        """Password of the registrar of both CAs, mode 0600."""
        return self.root / "registrar.password"

    def registrar(self, authority: str) -> TlsPaths:
        """The registrar's certificate at one of the two CAs."""
        return TlsPaths(self.root, f"registrar-{authority}")


@dataclass(frozen=True)
class NodePaths:
    """A peer or an orderer."""

    root: Path

    @property
    def msp(self) -> MspPaths:
        """The node's own identity."""
        return MspPaths(self.root / "msp")

    @property
    def tls(self) -> TlsPaths:
        """Server and client certificate of the node."""
        return TlsPaths(self.root)

    @property
    def data(self) -> Path:
        """Ledger, private data, write-ahead logs."""
        return self.root / "data"

    @property
    def snapshots(self) -> Path:
        """Ledger snapshots of a peer."""
        return self.root / "snapshots"


@dataclass(frozen=True)
class ChaincodePaths:
    """An organisation's chaincode service and its package."""

    root: Path

    @property
    def server(self) -> TlsPaths:
        """The service's own certificate."""
        return TlsPaths(self.root, "server")

    @property
    def client(self) -> TlsPaths:
        """The certificate by which the peer shows itself to the service."""
        return TlsPaths(self.root, "client")

    @property
    def package(self) -> Path:
        """The package installed on the peer; holds the client key, mode 0600."""
        return self.root / "package.tgz"

    @property
    def settings(self) -> Path:
        """What the supervisor starts, JSON."""
        return self.root / "service.json"


@dataclass(frozen=True)
class OrganisationPaths:
    """Everything one organisation keeps on its machine."""

    root: Path

    @property
    def authority(self) -> AuthorityPaths:
        """The CA process."""
        return AuthorityPaths(self.root / "ca")

    @property
    def msp(self) -> MspPaths:
        """The public definition that goes into the channel."""
        return MspPaths(self.root / "msp")

    @property
    def peer(self) -> NodePaths:
        """The first peer."""
        return self.peer_at(0)

    def peer_at(self, number: int) -> NodePaths:
        """A peer, counted from 0."""
        return NodePaths(self.root / f"peer{number}")

    @property
    def orderer(self) -> NodePaths:
        """The orderer."""
        return NodePaths(self.root / "orderer0")

    @property
    def admin(self) -> NodePaths:
        """The administrator: identity and client configuration for Fabric's `peer` command."""
        return NodePaths(self.root / "admin")

    @property
    def chaincode(self) -> ChaincodePaths:
        """The chaincode service."""
        return ChaincodePaths(self.root / "chaincode")


@dataclass(frozen=True)
class HomePaths:
    """The whole directory of a network."""

    root: Path

    @property
    def topology(self) -> Path:
        """The topology in force, JSON."""
        return self.root / "topology.json"

    @property
    def lock(self) -> Path:
        """Held while a command changes the network."""
        return self.root / "lock"

    @property
    def stages(self) -> Path:
        """One marker per stage begun or done."""
        return self.root / "stages"

    @property
    def run(self) -> Path:
        """One record per running process."""
        return self.root / "run"

    @property
    def logs(self) -> Path:
        """One log per node."""
        return self.root / "logs"

    @property
    def builder(self) -> Path:
        """The external builder the peers call."""
        return self.root / "builder"

    @property
    def channel(self) -> Path:
        """Channel configuration, first block, collections."""
        return self.root / "channel"

    @property
    def configtx(self) -> Path:
        """Input of configtxgen."""
        return self.channel / "configtx.yaml"

    @property
    def genesis(self) -> Path:
        """The channel's first block."""
        return self.channel / "genesis.block"

    @property
    def collections(self) -> Path:
        """Private data collections shared by the organisations."""
        return self.channel / "collections.json"

    @property
    def organisations(self) -> Path:
        """One directory per organisation."""
        return self.root / "organisations"

    @property
    def profiles(self) -> Path:
        """One directory per organisation, in the form the gateway reads."""
        return self.root / "profiles"

    @property
    def all_made(self) -> tuple[Path, ...]:
        """Everything this package ever makes below the root, so that a purge takes nothing else."""
        return (
            self.organisations,
            self.channel,
            self.builder,
            self.profiles,
            self.run,
            self.logs,
            self.stages,
            self.topology,
        )

    def organisation(self, name: str) -> OrganisationPaths:
        """The directory of one organisation."""
        return OrganisationPaths(self.organisations / name)

    def profile(self, name: str) -> ProfilePaths:
        """The profile of one organisation."""
        return ProfilePaths(self.profiles / name)

    def process(self, node: str) -> Path:
        """The record of a node's process."""
        return self.run / f"{node}.json"

    def service(self, organisation: str) -> Path:
        """The record of a chaincode service itself; its supervisor is the node `chaincode.<organisation>`."""
        return self.run / f"{SERVICE_PREFIX}{organisation}.json"

    def log(self, node: str) -> Path:
        """The log of a node."""
        return self.logs / f"{node}.log"
