"""The configuration of an organisation's Fabric CA process."""

from __future__ import annotations

from typing import Any

from tradelane.network.authority import AuthorityName
from tradelane.network.paths import AuthorityPaths, TlsPaths
from tradelane.network.topology import LOOPBACK, Ports

FABRIC_CA_VERSION = "1.5.21"
LEAF_LIFETIME = "8760h"
REGISTRAR = "registrar"


def server(paths: AuthorityPaths, ports: Ports, password: str) -> dict[str, Any]:
    """The process and its default CA, the one for TLS."""
    return _authority(AuthorityName.TLS, paths.tls_root, password) | {
        "version": FABRIC_CA_VERSION,
        "address": LOOPBACK,
        "port": ports.ca,
        "cafiles": [str(paths.enrolment_config)],
        "tls": {
            "enabled": True,
            "certfile": str(paths.tls.certificate),
            "keyfile": str(paths.tls.key),
            "clientauth": {"type": "noclientcert"},
        },
        "operations": {
            "listenAddress": f"{LOOPBACK}:{ports.ca_operations}",
            "tls": {
                "enabled": True,
                "cert": {"file": str(paths.tls.certificate)},
                "key": {"file": str(paths.tls.key)},
                # Fabric CA documents clientAuthRequired and clientRootCAs here, and reads these two.
                "clientCertRequired": True,
                "clientCACertFiles": [str(paths.tls_root.certificate)],
            },
        },
        "metrics": {"provider": "prometheus"},
    }


def enrolment(paths: AuthorityPaths, password: str) -> dict[str, Any]:
    """The second CA of the process, for signing identities."""
    return _authority(AuthorityName.ENROLMENT, paths.enrolment_root, password)


def _authority(name: AuthorityName, root: TlsPaths, password: str) -> dict[str, Any]:
    return {
        "ca": {"name": name.value, "keyfile": str(root.key), "certfile": str(root.certificate)},
        "registry": {
            "maxenrollments": -1,
            "identities": [
                {
                    "name": REGISTRAR,
                    "pass": password,
                    "type": "client",
                    "affiliation": "",
                    "attrs": {
                        "hf.Registrar.Roles": "client,peer,orderer,admin",
                        "hf.Registrar.DelegateRoles": "",
                        "hf.Registrar.Attributes": "tradelane.*",
                        "hf.Revoker": True,
                        "hf.GenCRL": True,
                    },
                }
            ],
        },
        "db": {"type": "sqlite3", "datasource": "fabric-ca-server.db"},
        "affiliations": {},
        "signing": {
            "default": {"usage": ["digital signature"], "expiry": LEAF_LIFETIME},
            "profiles": {
                "tls": {
                    "usage": ["digital signature", "key agreement", "server auth", "client auth"],
                    "expiry": LEAF_LIFETIME,
                }
            },
        },
        "idemix": {"rhpoolsize": 1, "curve": "gurvy.Bn254"},  # anonymous credentials are not used
        "bccsp": {
            "default": "SW",
            "sw": {"hash": "SHA2", "security": 256, "filekeystore": {"keystore": "msp/keystore"}},
        },
        "cfg": {"identities": {"passwordattempts": 10, "allowremove": False}},
    }
