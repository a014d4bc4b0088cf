"""fabric-sdk-py as one side of a conversation: one request as JSON on standard input, one answer on standard output.

Runs in an environment of its own (`environment.py`), so it uses nothing of this repository.
"""

import asyncio
import json
import sys
from typing import Any

from hfc.fabric import Client  # type: ignore[import-not-found]
from hfc.fabric.orderer import Orderer  # type: ignore[import-not-found]
from hfc.fabric.peer import Peer  # type: ignore[import-not-found]
from hfc.fabric.user import create_user  # type: ignore[import-not-found]
from hfc.fabric_ca.caservice import ca_service  # type: ignore[import-not-found]
from hfc.util.keyvaluestore import FileKeyValueStore  # type: ignore[import-not-found]


def node(kind: Any, described: dict[str, str], tls: dict[str, str]) -> Any:
    """Return a peer or an orderer, connected with mutual TLS."""
    return kind(
        name=described["serverName"],
        endpoint=described["endpoint"],
        tls_ca_cert_file=described["roots"],
        client_key_file=tls["key"],
        client_cert_file=tls["certificate"],
        opts=(
            ("grpc.ssl_target_name_override", described["serverName"]),
            ("grpc.default_authority", described["serverName"]),
        ),
    )


def enrol(asked: dict[str, Any]) -> dict[str, str]:
    """Enrol somebody at a Fabric CA; return the certificate."""
    service = ca_service(target=asked["url"], ca_certs_path=asked["roots"], ca_name=asked["ca"])
    return {"enrolled": service.enroll(asked["name"], asked["secret"]).cert.decode()}


async def perform(asked: dict[str, Any]) -> Any:
    """Return the chaincode's answer, or what stands in its place."""
    if asked["do"] == "enrol":
        return enrol(asked)
    client = Client()
    client.new_channel(asked["channel"])
    for described in asked["orderers"]:
        orderer = node(Orderer, described, asked["tls"])
        client.orderers[orderer.name] = orderer
    who = asked["user"]
    store = FileKeyValueStore(asked["store"])
    user = create_user(who["name"], who["organisation"], store, who["mspId"], who["key"], who["certificate"])
    where = {
        "requestor": user,
        "channel_name": asked["channel"],
        "peers": [node(Peer, described, asked["tls"]) for described in asked["peers"]],
    }
    if asked["do"] == "height":
        return (await client.query_info(**where)).height
    if asked["do"] == "block":
        return (await client.query_block(**where, block_number=asked["block"]))["header"]["number"]
    call = where | {
        "args": asked["arguments"],
        "cc_name": asked["chaincode"],
        "fcn": asked["function"],
        "transient_map": {name: bytes.fromhex(value) for name, value in asked["transient"].items()} or None,
    }
    if asked["do"] == "query":
        return await client.chaincode_query(**call)
    return await client.chaincode_invoke(**call, wait_for_event=asked["waitForEvent"])


def main() -> None:
    """Answer one request."""
    try:
        answer = {"ok": asyncio.get_event_loop().run_until_complete(perform(json.load(sys.stdin)))}
    except Exception as error:  # noqa: BLE001 -- the SDK raises bare Exception with the peer's response within
        answer = {"error": f"{type(error).__name__}: {error}"}
    json.dump(answer, sys.stdout)


main()
