"""The configuration of peers, of orderers and of the administrator's `peer` command."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tradelane.network.nodes import peer_name
from tradelane.network.paths import NodePaths, TlsPaths
from tradelane.network.topology import LOOPBACK, Organisation, Ports

MESSAGE_BYTES = 100 * 1024 * 1024
REQUEST_BYTES = 48 * 1024 * 1024
"""What a peer takes: it hands a proposal to the chaincode twice, as arguments and as it was signed, in one message.

With Fabric's own 100 MB any client could send one whose message is too large for that stream, and the peer would end
the stream, with the transactions of all others.
"""
TIME_WINDOW = "5m"  # how far a proposal's time may lie from the peer's clock
_PING = {"interval": "60s", "timeout": "20s"}
# A peer's gateway pings endorsers and orderers every 10 s and cannot be told otherwise; with Fabric's own minimum of
# 60 s each idle connection is cut off after half a minute.
_LEAST_PING_INTERVAL = "5s"
_DELIVERY_CLIENT = {
    "blockGossipEnabled": False,
    "connTimeout": "3s",
    "minimalReconnectInterval": "100ms",
    "reConnectBackoffThreshold": "5s",
    "policy": "cluster",
}
_HANDLERS = {
    "authFilters": [{"name": "DefaultAuth"}, {"name": "ExpirationCheck"}, {"name": "TimeWindowCheck"}],
    "decorators": [{"name": "DefaultDecorator"}],
    "endorsers": {"escc": {"name": "DefaultEndorsement"}},
    "validators": {"vscc": {"name": "DefaultValidation"}},
}
GATEWAY_REQUESTS = 20_000  # each wait for a commit and each event stream holds one


@dataclass(frozen=True)
class Roots:
    """The TLS roots a node trusts.

    Attributes:
        own: Its organisation's: for the endpoints of the administrator.
        others: Those of the other organisations. A node learns them from the channel too, but only once it has read
            it: until then it would turn its neighbours away, and each would wait before trying again.
    """

    own: Path
    others: tuple[Path, ...]

    def every(self) -> list[str]:
        """All of them, for the endpoints that serve the channel."""
        return [str(path) for path in (self.own, *self.others)]


def peer(
    organisation: Organisation, ports: Ports, paths: NodePaths, roots: Roots, builder: Path, number: int = 0
) -> dict[str, Any]:
    """core.yaml of a peer.

    Args:
        organisation: Whose peer it is.
        ports: The organisation's ports.
        paths: Where the peer's files lie.
        roots: The TLS roots to trust.
        builder: The external builder's directory.
        number: Which of the organisation's peers it is, counted from 0.
    """
    own = ports.of_peer(number)
    endpoint = f"{LOOPBACK}:{own.requests}"
    return {
        "peer": {
            "id": f"{peer_name(number)}.{organisation.name}",
            "networkId": "tradelane",
            "listenAddress": endpoint,
            "address": endpoint,
            "chaincodeListenAddress": f"{LOOPBACK}:{own.chaincode}",
            "chaincodeAddress": f"{LOOPBACK}:{own.chaincode}",
            "gateway": {"enabled": True, "endorsementTimeout": "30s", "broadcastTimeout": "30s", "dialTimeout": "30s"},
            "gossip": _gossip(endpoint, f"{LOOPBACK}:{ports.of_peer(0).requests}"),
            "tls": _client_tls(paths.tls, roots.own)
            | {
                "cert": {"file": str(paths.tls.certificate)},
                "key": {"file": str(paths.tls.key)},
                "clientRootCAs": {"files": roots.every()},
            },
            "keepalive": {"minInterval": _LEAST_PING_INTERVAL, "client": _PING, "deliveryClient": _PING},
            "authentication": {"timewindow": TIME_WINDOW},
            "fileSystemPath": str(paths.data),
            "BCCSP": _crypto(),
            "mspConfigPath": str(paths.msp.root),
            "localMspId": organisation.msp_id,
            "localMspType": "bccsp",
            "client": {"connTimeout": "3s"},
            "deliveryclient": _DELIVERY_CLIENT,
            "handlers": _HANDLERS,
            "discovery": {"enabled": True, "authCacheEnabled": True, "authCacheMaxSize": 1000},
            "limits": {
                "concurrency": {
                    "endorserService": GATEWAY_REQUESTS,
                    "deliverService": 2500,
                    "gatewayService": GATEWAY_REQUESTS,
                }
            },
            "maxRecvMsgSize": REQUEST_BYTES,
            "maxSendMsgSize": MESSAGE_BYTES,
        },
        "vm": {"endpoint": ""},  # without it a package nobody detects would be handed to Docker
        "chaincode": _chaincode(builder),
        "ledger": _ledger(paths),
        "operations": {
            "listenAddress": f"{LOOPBACK}:{own.operations}",
            "tls": {
                "enabled": True,
                "cert": {"file": str(paths.tls.certificate)},
                "key": {"file": str(paths.tls.key)},
                "clientAuthRequired": True,
                "clientRootCAs": {"files": [str(roots.own)]},
            },
        },
        "metrics": {"provider": "prometheus"},
    }


def administrator(organisation: Organisation, ports: Ports, paths: NodePaths, roots: Path) -> dict[str, Any]:
    """core.yaml of the administrator's `peer` command: talks to the organisation's own peer."""
    return {
        "peer": {
            "address": f"{LOOPBACK}:{ports.peer}",
            "tls": _client_tls(paths.tls, roots),
            "BCCSP": _crypto(),
            "mspConfigPath": str(paths.msp.root),
            "localMspId": organisation.msp_id,
            "localMspType": "bccsp",
            "client": {"connTimeout": "3s"},
        }
    }


def orderer(organisation: Organisation, ports: Ports, paths: NodePaths, roots: Roots) -> dict[str, Any]:
    """orderer.yaml of a Raft consenter that joins its channel by participation."""
    server = {
        "Enabled": True,
        "Certificate": str(paths.tls.certificate),
        "PrivateKey": str(paths.tls.key),
        "ClientAuthRequired": True,
        "ClientRootCAs": [str(roots.own)],
    }
    return {
        "General": {
            "ListenAddress": LOOPBACK,
            "ListenPort": ports.orderer,
            "TLS": server | {"RootCAs": [str(roots.own)], "ClientRootCAs": roots.every()},
            "Cluster": {
                "SendBufferSize": 100,
                "ClientCertificate": str(paths.tls.certificate),
                "ClientPrivateKey": str(paths.tls.key),
            },
            "Keepalive": {"ServerMinInterval": _LEAST_PING_INTERVAL, "ServerInterval": "7200s", "ServerTimeout": "20s"},
            "Backoff": {"BaseDelay": "100ms", "Multiplier": 1.6, "MaxDelay": "5s"},
            "MaxRecvMsgSize": MESSAGE_BYTES,
            "MaxSendMsgSize": MESSAGE_BYTES,
            "LocalMSPDir": str(paths.msp.root),
            "LocalMSPID": organisation.msp_id,
            "BCCSP": _crypto(),
            "Authentication": {"TimeWindow": TIME_WINDOW},
        },
        "FileLedger": {"Location": str(paths.data / "ledger")},
        "Operations": {"ListenAddress": f"{LOOPBACK}:{ports.orderer_operations}", "TLS": server},
        "Metrics": {"Provider": "prometheus"},
        "Admin": {"ListenAddress": f"{LOOPBACK}:{ports.orderer_admin}", "TLS": server},
        "ChannelParticipation": {"Enabled": True, "MaxRequestBodySize": "1 MB"},
        "Consensus": {
            "WALDir": str(paths.data / "etcdraft" / "wal"),
            "SnapDir": str(paths.data / "etcdraft" / "snapshot"),
        },
    }


def _client_tls(client: TlsPaths, roots: Path) -> dict[str, Any]:
    return {
        "enabled": True,
        "clientAuthRequired": True,
        "rootcert": {"file": str(roots)},
        "clientCert": {"file": str(client.certificate)},
        "clientKey": {"file": str(client.key)},
    }


def _gossip(endpoint: str, first: str) -> dict[str, Any]:
    """Membership and private data; blocks come from the orderers. Short intervals: discovery waits for them.

    An organisation's peers find one another by way of the first, and other organisations' by anchor peers.
    """
    return {
        "bootstrap": first,
        "endpoint": endpoint,
        "externalEndpoint": endpoint,
        "useLeaderElection": False,
        "orgLeader": True,
        "membershipTrackerInterval": "1s",
        "pullInterval": "2s",
        "requestStateInfoInterval": "1s",
        "publishStateInfoInterval": "1s",
        "aliveTimeInterval": "1s",
        "aliveExpirationTimeout": "20s",
        "reconnectInterval": "2s",
        "dialTimeout": "3s",
        "connTimeout": "2s",
        "pvtData": {
            "pullRetryThreshold": "5s",  # missing private data holds up the commit of its block for this long
            "transientstoreMaxBlockRetention": 20000,
            "pushAckTimeout": "3s",
            "btlPullMargin": 10,
            "reconcileBatchSize": 10,
            "reconcileSleepInterval": "10s",
            "reconciliationEnabled": True,
            "implicitCollectionDisseminationPolicy": {"requiredPeerCount": 0, "maxPeerCount": 1},
        },
        "state": {"enabled": False},
    }


def _chaincode(builder: Path) -> dict[str, Any]:
    return {
        "builder": "",
        "externalBuilders": [{"name": "tradelane", "path": str(builder), "propagateEnvironment": []}],
        "installTimeout": "60s",
        "startuptimeout": "10s",  # a service that accepts but never registers would hang each call for this long
        "executetimeout": "30s",
        "mode": "net",
        "keepalive": 0,
        "system": {"_lifecycle": "enable", "cscc": "enable", "lscc": "enable", "qscc": "enable"},
        "logging": {"level": "info", "shim": "warning"},
        "runtimeParams": {
            "useWriteBatch": True,
            "maxSizeWriteBatch": 1000,
            "useGetMultipleKeys": True,
            "maxSizeGetMultipleKeys": 1000,
        },
    }


def _ledger(paths: NodePaths) -> dict[str, Any]:
    return {
        "state": {"stateDatabase": "goleveldb", "totalQueryLimit": 100000},
        "history": {"enableHistoryDatabase": True},
        "pvtdataStore": {
            "collElgProcMaxDbBatchSize": 5000,
            "collElgProcDbBatchesInterval": 1000,
            "deprioritizedDataReconcilerInterval": "60m",
            "purgeInterval": 1,  # erased means erased at the next block
            "purgedKeyAuditLogging": True,
        },
        "snapshots": {"rootDir": str(paths.snapshots)},
    }


def _crypto() -> dict[str, Any]:
    return {"Default": "SW", "SW": {"Hash": "SHA2", "Security": 256, "FileKeyStore": {"KeyStore": ""}}}
