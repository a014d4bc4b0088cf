"""The chaincode: its service per organisation, its package, and its definition on the channel."""

from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from tradelane.network import files, packaging, parallel, render_channel
from tradelane.network.binaries import Binaries
from tradelane.network.commands import (
    Administrator,
    Approve,
    Commit,
    Definition,
    InstallPackage,
    OrdererTarget,
    QueryApproved,
    QueryChaincode,
    QueryCommitted,
    QueryInstalled,
)
from tradelane.network.errors import CommandFailed
from tradelane.network.nodes import base_environment
from tradelane.network.paths import HomePaths
from tradelane.network.topology import LOOPBACK, Organisation, Ports, Topology

METADATA_FUNCTION = "org.hyperledger.fabric:GetMetadata"
NOT_DEFINED = "is not defined"  # in Fabric's answer to a query for a definition nobody committed
NOT_APPROVED = "could not fetch approved chaincode definition"


@dataclass(frozen=True)
class Deployment:
    """Brings a network's chaincode to what its topology says; every step looks first and does nothing twice."""

    topology: Topology
    home: HomePaths
    binaries: Binaries

    def prepare(self) -> None:
        """Write package, service settings and collections of every organisation."""
        files.write_json(self.home.collections, render_channel.collections(self.topology))
        for organisation in self.topology.with_peer:
            paths = self.home.organisation(organisation.name)
            ports = self.topology.ports(organisation)
            link = packaging.connection(paths.chaincode, paths.authority.tls_root.certificate, ports.chaincode)
            files.write(paths.chaincode.package, packaging.package(self.topology.chaincode, link))
            files.write_json(paths.chaincode.settings, self._service(organisation, ports))

    def define(self) -> None:
        """Install, approve and commit wherever that is not done yet.

        Raises:
            CommandFailed: Fabric refuses a step.
        """
        parallel.each(lambda peer: self._install(*peer), self.topology.every_peer)
        definition, committed = self._definition()
        parallel.each(lambda each: self._approve(each, definition), self.topology.with_peer)
        if not committed:
            self._commit(definition)

    def endorses(self, organisation: Organisation) -> bool:
        """Tell whether each of an organisation's peers endorses a call to the chaincode, service included.

        Raises:
            CommandFailed: One does not; the sentence holds the peer's reason.
        """
        call = QueryChaincode(self.topology.channel, self.topology.chaincode, METADATA_FUNCTION)
        return all(self._administrator(organisation, number).run(call) for number in range(organisation.peers))

    def package_id(self, organisation: Organisation) -> str:
        """The identifier of an organisation's package."""
        content = self.home.organisation(organisation.name).chaincode.package.read_bytes()
        return packaging.identifier(self.topology.chaincode, content)

    def _service(self, organisation: Organisation, ports: Ports) -> dict[str, object]:
        paths = self.home.organisation(organisation.name)
        environment = {
            "CORE_PEER_LOCALMSPID": organisation.msp_id,
            "CHAINCODE_ID": self.package_id(organisation),
            "CHAINCODE_SERVER_ADDRESS": f"{LOOPBACK}:{ports.chaincode}",
            "CHAINCODE_METRICS_ADDRESS": f"{LOOPBACK}:{ports.chaincode_metrics}",
            "CHAINCODE_TLS_KEY": str(paths.chaincode.server.key),
            "CHAINCODE_TLS_CERT": str(paths.chaincode.server.certificate),
            # Not the CA: the one client certificate, so that no other holder of a TLS certificate can play the peer.
            "CHAINCODE_CLIENT_CA_CERT": str(paths.chaincode.client.certificate),
        }
        return {
            "command": [sys.executable, "-m", "tradelane.chaincode"],
            "environment": base_environment() | environment,
        }

    def _install(self, organisation: Organisation, number: int) -> None:
        administrator = self._administrator(organisation, number)
        installed = administrator.ask(QueryInstalled()).get("installed_chaincodes", [])
        if self.package_id(organisation) not in {each["package_id"] for each in installed}:
            administrator.run(InstallPackage(self.home.organisation(organisation.name).chaincode.package))

    def _definition(self) -> tuple[Definition, bool]:
        """The definition to have, and whether it is in force. Its version is a digest of what it defines."""
        version = hashlib.sha256(self.home.collections.read_bytes()).hexdigest()[:16]
        first = self._administrator(self.topology.with_peer[0])
        try:
            current = first.ask(QueryCommitted(self.topology.channel, self.topology.chaincode))
        except CommandFailed as error:
            if NOT_DEFINED not in error.sentence:
                raise
            current = {"sequence": 0, "version": ""}
        committed = current["version"] == version
        sequence = int(current["sequence"]) + (0 if committed else 1)
        channel, name = self.topology.channel, self.topology.chaincode
        return Definition(channel, name, version, sequence, self.home.collections), committed

    def _approve(self, organisation: Organisation, definition: Definition) -> None:
        package_id = self.package_id(organisation)
        if self._approved(organisation, definition) != (definition.sequence, definition.version, package_id):
            self._administrator(organisation).run(Approve(definition, package_id, self._orderer(organisation)))

    def _approved(self, organisation: Organisation, definition: Definition) -> tuple[int, str, str] | None:
        """Sequence, version and package an organisation approved last."""
        try:
            known = self._administrator(organisation).ask(QueryApproved(definition.channel, definition.name))
        except CommandFailed as error:
            if NOT_APPROVED not in error.sentence:
                raise
            return None
        package = known.get("source", {}).get("Type", {}).get("LocalPackage", {}).get("package_id", "")
        return int(known["sequence"]), str(known["version"]), str(package)

    def _commit(self, definition: Definition) -> None:
        first = self.topology.with_peer[0]
        peers = tuple(
            (f"{LOOPBACK}:{self.topology.ports(each).peer}", self._roots(each)) for each in self.topology.with_peer
        )
        self._administrator(first).run(Commit(definition, self._orderer(first), peers))

    def _orderer(self, organisation: Organisation) -> OrdererTarget:
        """The organisation's own orderer, or the first there is."""
        owner = organisation if organisation.orderer else self.topology.with_orderer[0]
        client = self.home.organisation(organisation.name).admin.tls
        return OrdererTarget(f"{LOOPBACK}:{self.topology.ports(owner).orderer}", self._roots(owner), client)

    def _roots(self, organisation: Organisation) -> Path:
        return self.home.organisation(organisation.name).authority.tls_root.certificate

    def _administrator(self, organisation: Organisation, number: int = 0) -> Administrator:
        """The administrator, at one of the organisation's peers."""
        address = f"{LOOPBACK}:{self.topology.ports(organisation).of_peer(number).requests}"
        return Administrator(self.binaries, self.home.organisation(organisation.name).admin.root, address)
