"""Asking nodes how they are: participation, metrics, TLS. Facts only; `readiness` waits for them."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass

from tradelane.network.errors import EndpointFailed
from tradelane.network.https import Endpoint
from tradelane.network.nodes import Kind, Node
from tradelane.network.paths import HomePaths, TlsPaths
from tradelane.network.topology import Topology

PARTICIPATION = "/participation/v1/channels"


@dataclass(frozen=True)
class OrdererState:
    """How an orderer stands in the channel.

    Attributes:
        height: Number of blocks it holds.
        active: It takes part, rather than catching up or having failed.
    """

    height: int
    active: bool


class Health:
    """Asks the nodes of one network, each as its own organisation's administrator."""

    def __init__(self, topology: Topology, home: HomePaths) -> None:
        self._topology = topology
        self._home = home

    def orderer(self, node: Node) -> OrdererState | None:
        """An orderer's state in the channel; `None` when it has not joined.

        Raises:
            EndpointFailed: It does not answer.
        """
        answer = self._endpoint(node, "admin").ask("GET", f"{PARTICIPATION}/{self._topology.channel}")
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise EndpointFailed(f"{node.name} answered with HTTP status {answer.status} about its channel.")
        info = json.loads(answer.body)
        return OrdererState(int(info["height"]), info["status"] == "active")

    def join(self, node: Node, genesis: bytes) -> None:
        """Have an orderer join the channel by its first block.

        Raises:
            EndpointFailed: It declines or does not answer.
        """
        boundary = secrets.token_hex(16)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="config-block"; filename="genesis.block"\r\n'
        kind = "Content-Type: application/octet-stream\r\n\r\n"
        body = head.encode() + kind.encode() + genesis + f"\r\n--{boundary}--\r\n".encode()
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        answer = self._endpoint(node, "admin").ask("POST", PARTICIPATION, body, headers)
        if answer.status != 201:
            reason = answer.body.decode("utf-8", "replace").strip()[:300]
            raise EndpointFailed(f"{node.name} refused to join channel '{self._topology.channel}': {reason}.")

    def leads(self, node: Node) -> bool:
        """Tell whether an orderer is the channel's Raft leader."""
        return self._metric(node, "consensus_etcdraft_is_leader") == 1

    def peer_height(self, node: Node) -> int | None:
        """Number of blocks a peer committed; `None` when it has not joined the channel."""
        height = self._metric(node, "ledger_blockchain_height")
        return None if height is None else int(height)

    def known_peers(self, node: Node) -> int:
        """How many other peers of the channel a peer knows: those it can have transactions endorsed by."""
        return int(self._metric(node, "gossip_membership_total_peers_known") or 0)

    def serves(self, node: Node) -> bool:
        """Tell whether the node's main port is served, not merely bound."""
        client = None
        if node.kind in (Kind.PEER, Kind.ORDERER):
            client = self._client(node)
        if node.kind is Kind.CHAINCODE:
            client = self._home.organisation(node.organisation.name).chaincode.client
        return self._endpoint(node, "requests", client).shakes_hands()

    def _metric(self, node: Node, name: str) -> float | None:
        """A metric of the channel, from the node's operations endpoint."""
        answer = self._endpoint(node, "operations").ask("GET", "/metrics")
        pattern = rf'^{name}{{[^}}]*channel="{re.escape(self._topology.channel)}"[^}}]*}} (\S+)$'
        found = re.search(pattern, answer.body.decode("utf-8", "replace"), re.MULTILINE)
        return float(found[1]) if found else None

    def _endpoint(self, node: Node, purpose: str, client: TlsPaths | None = None) -> Endpoint:
        authority = self._home.organisation(node.organisation.name).authority
        return Endpoint(node.ports[purpose], authority.tls_root.certificate, client or self._client(node))

    def _client(self, node: Node) -> TlsPaths:
        return self._home.organisation(node.organisation.name).admin.tls
