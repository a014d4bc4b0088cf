"""Fabric's command lines, one record each, and the running of them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tradelane.network.binaries import Binaries
from tradelane.network.errors import CommandFailed
from tradelane.network.nodes import base_environment
from tradelane.network.paths import TlsPaths

TIMEOUT_SECONDS = 90
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class OrdererTarget:
    """Where to broadcast a transaction, and how to be recognised there."""

    address: str
    roots: Path
    client: TlsPaths

    @property
    def arguments(self) -> list[str]:
        """The options all transaction commands share."""
        files = ["--certfile", str(self.client.certificate), "--keyfile", str(self.client.key)]
        return ["-o", self.address, "--tls", "--cafile", str(self.roots), "--clientauth", *files]


@dataclass(frozen=True)
class Definition:
    """A chaincode definition as the organisations approve and commit it.

    Attributes:
        channel: On which channel.
        name: Name on the ledger.
        version: Changes with anything below that an endorsement depends on.
        sequence: Counts the definitions of this name.
        collections: File of the private data collections.
    """

    channel: str
    name: str
    version: str
    sequence: int
    collections: Path

    @property
    def arguments(self) -> list[str]:
        """The options approval and commit share."""
        identity = ["--channelID", self.channel, "--name", self.name, "--version", self.version]
        return [*identity, "--sequence", str(self.sequence), "--collections-config", str(self.collections)]


class PeerCommand(Protocol):
    """Arguments of Fabric's `peer` command."""

    @property
    def arguments(self) -> list[str]:
        """Everything behind the program's name."""


@dataclass(frozen=True)
class JoinChannel:
    """Join the administrator's peer to the channel."""

    genesis: Path

    @property
    def arguments(self) -> list[str]:
        """See `PeerCommand`."""
        return ["channel", "join", "-b", str(self.genesis)]


@dataclass(frozen=True)
class QueryInstalled:
    """List the packages on the administrator's peer."""

    @property
    def arguments(self) -> list[str]:
        """See `PeerCommand`."""
        return ["lifecycle", "chaincode", "queryinstalled", "--output", "json"]


@dataclass(frozen=True)
class InstallPackage:
    """Install a package on the administrator's peer."""

    package: Path

    @property
    def arguments(self) -> list[str]:
        """See `PeerCommand`."""
        return ["lifecycle", "chaincode", "install", str(self.package)]


@dataclass(frozen=True)
class QueryApproved:
    """Show what the administrator's organisation approved last."""

    channel: str
    name: str

    @property
    def arguments(self) -> list[str]:
        """See `PeerCommand`."""
        return _query("queryapproved", self.channel, self.name)


@dataclass(frozen=True)
class QueryCommitted:
    """Show the definition in force."""

    channel: str
    name: str

    @property
    def arguments(self) -> list[str]:
        """See `PeerCommand`."""
        return _query("querycommitted", self.channel, self.name)


@dataclass(frozen=True)
class Approve:
    """Approve a definition for the administrator's organisation."""

    definition: Definition
    package_id: str
    orderer: OrdererTarget

    @property
    def arguments(self) -> list[str]:
        """See `PeerCommand`."""
        package = ["--package-id", self.package_id]
        verb = ["lifecycle", "chaincode", "approveformyorg"]
        return [*verb, *self.definition.arguments, *package, *self.orderer.arguments]


@dataclass(frozen=True)
class Commit:
    """Commit a definition with the endorsement of several peers (address and TLS root of each)."""

    definition: Definition
    orderer: OrdererTarget
    peers: tuple[tuple[str, Path], ...]

    @property
    def arguments(self) -> list[str]:
        """See `PeerCommand`."""
        peers = [
            option
            for address, roots in self.peers
            for option in ("--peerAddresses", address, "--tlsRootCertFiles", str(roots))
        ]
        return ["lifecycle", "chaincode", "commit", *self.definition.arguments, *self.orderer.arguments, *peers]


@dataclass(frozen=True)
class QueryChaincode:
    """Have the administrator's peer endorse a call without ordering it."""

    channel: str
    name: str
    function: str

    @property
    def arguments(self) -> list[str]:
        """See `PeerCommand`."""
        return ["chaincode", "query", "-C", self.channel, "-n", self.name, "-c", json.dumps({"Args": [self.function]})]


@dataclass(frozen=True)
class Administrator:
    """Runs the `peer` command as one organisation's administrator.

    Attributes:
        binaries: Fabric's programs.
        config: Directory of the administrator's core.yaml, which names the organisation's first peer.
        peer: Address of another peer to speak to.
    """

    binaries: Binaries
    config: Path
    peer: str | None = None

    def run(self, command: PeerCommand) -> str:
        """Run a command and return what it printed.

        Raises:
            CommandFailed: It returned an error; the sentence holds Fabric's own reason.
        """
        environment = base_environment() | {"FABRIC_CFG_PATH": str(self.config), "FABRIC_LOGGING_SPEC": "error"}
        if self.peer is not None:
            environment["CORE_PEER_ADDRESS"] = self.peer
        return run([str(self.binaries.peer), *command.arguments], environment)

    def ask(self, command: PeerCommand) -> dict[str, Any]:
        """Run a command that prints JSON.

        Raises:
            CommandFailed: It returned an error.
        """
        return dict(json.loads(self.run(command) or "{}"))


def make_genesis(binaries: Binaries, profile: str, channel: str, configuration: Path, block: Path) -> None:
    """Turn the channel's configuration into its first block.

    Raises:
        CommandFailed: configtxgen refuses the configuration.
    """
    arguments = [
        "-profile",
        profile,
        "-channelID",
        channel,
        "-configPath",
        str(configuration),
        "-outputBlock",
        str(block),
    ]
    run([str(binaries.configtxgen), *arguments], base_environment() | {"FABRIC_LOGGING_SPEC": "error"})


def run(command: list[str], environment: Mapping[str, str]) -> str:
    """Run one of Fabric's commands.

    Raises:
        CommandFailed: It returned an error, or did not end in time.
    """
    name = " ".join(part for part in (Path(command[0]).name, *command[1:4]) if not part.startswith(("-", "/")))
    try:
        done = subprocess.run(
            command,
            env=dict(environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
            umask=0o077,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"'{name}' did not end within {TIMEOUT_SECONDS} s.", command=name) from error
    if done.returncode:
        reason = _reason(done.stderr or done.stdout)
        raise CommandFailed(f"'{name}' failed: {reason}", command=name, reason=reason)
    return done.stdout


def _query(verb: str, channel: str, name: str) -> list[str]:
    return ["lifecycle", "chaincode", verb, "--channelID", channel, "--name", name, "--output", "json"]


def _reason(output: str) -> str:
    """Fabric prints colours, usage and progress around its error: keep the error."""
    lines = [line.strip() for line in _COLOUR.sub("", output).splitlines() if line.strip()]
    errors = [line.removeprefix("Error: ") for line in lines if line.startswith("Error: ")]
    return (errors or lines[-3:] or ["no reason given"])[0]
