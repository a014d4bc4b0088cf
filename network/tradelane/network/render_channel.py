"""The channel: its first configuration, the roles in each organisation, the shared collections."""

from __future__ import annotations

from typing import Any

from tradelane.network.paths import HomePaths
from tradelane.network.topology import LOOPBACK, Organisation, Topology

PROFILE = "TradeLane"
SHARED_COLLECTIONS = ("directory", "remarks")  # party names; reasons of rejection
PREFERRED_BYTES = "2 MB"
TICK = "200ms"  # ten missed ticks start an election: a lost leader costs two to four seconds


def configtx(topology: Topology, home: HomePaths) -> dict[str, Any]:
    """Input of configtxgen for the first block, consenters and anchor peers included."""
    return {
        "Profiles": {
            PROFILE: {
                "Policies": _implicit(Readers="ANY", Writers="ANY", Admins="MAJORITY"),
                "Capabilities": {"V3_0": True},
                "Orderer": _orderer(topology, home),
                "Application": _application(topology, home),
            }
        }
    }


def node_roles() -> dict[str, Any]:
    """config.yaml of a membership directory: the certificate's OU decides what its holder is."""
    roles = {"ClientOU": "client", "PeerOU": "peer", "AdminOU": "admin", "OrdererOU": "orderer"}
    identifiers = {
        f"{role}Identifier": {"Certificate": "cacerts/ca.pem", "OrganizationalUnitIdentifier": unit}
        for role, unit in roles.items()
    }
    return {"NodeOUs": {"Enable": True} | identifiers}


def collections(topology: Topology) -> list[dict[str, Any]]:
    """Collections all organisations share; a write needs the same endorsement as the public state."""
    members = ",".join(f"'{each.msp_id}.member'" for each in topology.with_peer)
    return [
        {
            "name": name,
            "policy": f"OR({members})",
            "requiredPeerCount": 0,
            "maxPeerCount": 3,
            "blockToLive": 0,
            "memberOnlyRead": True,
            "memberOnlyWrite": True,
            "endorsementPolicy": {"channelConfigPolicy": "/Channel/Application/Endorsement"},
        }
        for name in SHARED_COLLECTIONS
    ]


def _orderer(topology: Topology, home: HomePaths) -> dict[str, Any]:
    consenters = []
    for each in topology.with_orderer:
        certificate = str(home.organisation(each.name).orderer.tls.certificate)
        consenters.append(
            {
                "Host": LOOPBACK,
                "Port": topology.ports(each).orderer,
                "ClientTLSCert": certificate,
                "ServerTLSCert": certificate,
            }
        )
    return {
        "OrdererType": "etcdraft",
        "BatchTimeout": "200ms",
        "BatchSize": {"MaxMessageCount": 500, "AbsoluteMaxBytes": "10 MB", "PreferredMaxBytes": PREFERRED_BYTES},
        "EtcdRaft": {
            "Consenters": consenters,
            "Options": {
                "TickInterval": TICK,
                "ElectionTick": 10,
                "HeartbeatTick": 1,
                "MaxInflightBlocks": 5,
                "SnapshotIntervalSize": "16 MB",
            },
        },
        "Organizations": [_ordering_organisation(each, topology, home) for each in topology.with_orderer],
        "Policies": _implicit(Readers="ANY", Writers="ANY", Admins="MAJORITY")
        | {"BlockValidation": {"Type": "ImplicitMeta", "Rule": "ANY Writers"}},
        "Capabilities": {"V2_0": True},
    }


def _application(topology: Topology, home: HomePaths) -> dict[str, Any]:
    return {
        "Organizations": [_trading_organisation(each, topology, home) for each in topology.with_peer],
        "Policies": _implicit(Readers="ANY", Writers="ANY", Admins="MAJORITY")
        | {
            "LifecycleEndorsement": {"Type": "ImplicitMeta", "Rule": "MAJORITY Endorsement"},
            "Endorsement": _majority(topology),
        },
        "Capabilities": {"V2_5": True},
    }


def _ordering_organisation(organisation: Organisation, topology: Topology, home: HomePaths) -> dict[str, Any]:
    """In the ordering service only orderers write: so no client of an organisation can sign a block."""
    msp = organisation.msp_id
    return _organisation(organisation, home) | {
        "Policies": {
            "Readers": _signature(f"{msp}.member"),
            "Writers": _signature(f"{msp}.orderer"),
            "Admins": _signature(f"{msp}.admin"),
        },
        "OrdererEndpoints": [f"{LOOPBACK}:{topology.ports(organisation).orderer}"],
    }


def _trading_organisation(organisation: Organisation, topology: Topology, home: HomePaths) -> dict[str, Any]:
    msp = organisation.msp_id
    return _organisation(organisation, home) | {
        "Policies": {
            "Readers": _signature(f"{msp}.admin", f"{msp}.peer", f"{msp}.client"),
            "Writers": _signature(f"{msp}.admin", f"{msp}.client"),
            "Admins": _signature(f"{msp}.admin"),
            "Endorsement": _signature(f"{msp}.peer"),
        },
        "AnchorPeers": [
            {"Host": LOOPBACK, "Port": topology.ports(organisation).of_peer(number).requests}
            for number in range(organisation.peers)
        ],
    }


def _organisation(organisation: Organisation, home: HomePaths) -> dict[str, Any]:
    msp = str(home.organisation(organisation.name).msp.root)
    return {"Name": organisation.msp_id, "ID": organisation.msp_id, "MSPDir": msp}


def _implicit(**rules: str) -> dict[str, Any]:
    return {name: {"Type": "ImplicitMeta", "Rule": f"{rule} {name}"} for name, rule in rules.items()}


def _majority(topology: Topology) -> dict[str, str]:
    """The majority by name: Fabric checks each signature once, and once per organisation for `MAJORITY Endorsement`."""
    peers = [f"'{each.msp_id}.peer'" for each in topology.with_peer]
    return {"Type": "Signature", "Rule": f"OutOf({len(peers) // 2 + 1},{','.join(peers)})"}


def _signature(*principals: str) -> dict[str, str]:
    listed = ",".join(f"'{each}'" for each in principals)
    return {"Type": "Signature", "Rule": f"OR({listed})"}
