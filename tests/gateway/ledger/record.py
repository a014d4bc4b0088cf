"""Records blocks of a real network, each with Fabric's own account of it: `python -m tests.gateway.ledger.record`.

Writes `recorded/NAME.block` (what the peer stores), `NAME.json` (what configtxlator's library says it holds), and the
same block filtered and with private data. `facts.json` holds what was put in. The network is removed at the end.
"""

import asyncio
import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
from fabric_protos.peer import events_pb2

from tests.gateway.ledger.recorded import PRIVATE_KEY, PRIVATE_VALUE, RECORDED
from tests.support import go_program
from tests.support.network import start_somewhere
from tests.support.network_driver import NetworkDriver, deployed
from tests.support.semantics import DIRECTORY, Committed, Steps, submit
from tradelane.gateway import client, envelope, ledger, transport
from tradelane.gateway.events import requests
from tradelane.gateway.profile import Profile, load_profile
from tradelane.network import Network

HERE = Path(__file__).parent


def main() -> None:
    """Record."""
    with tempfile.TemporaryDirectory() as directory:
        network = Network(Path(directory) / "home")
        try:
            start_somewhere(network)
            with deployed(network, Path(directory) / "aside"):
                transactions = asyncio.run(_act(network))
                _write(network, transactions)
        finally:
            network.down(purge=True)


async def _act(network: Network) -> dict[str, Committed]:
    """Commit one transaction of each kind."""
    async with NetworkDriver(network) as driver:
        one, two = driver.orgs
        secret = {"v": PRIVATE_VALUE.encode()}
        collection = f"_implicit_org_{one}"
        await submit(driver, one, [["fill", "row", 0, 3]])
        steps: Steps = [
            ["get", "absent"],
            ["put", "title-1", '{"holder":"北京 bank"}'],
            ["set_policy", "title-1", [one, two]],
            ["range", "row", []],
            ["event", "Done", "told"],
            ["private_put", collection, PRIVATE_KEY, "v"],
            ["private_put", DIRECTORY, PRIVATE_KEY, "v"],
            ["private_set_policy", DIRECTORY, PRIVATE_KEY, [two]],
        ]
        everything = await submit(driver, one, steps, transient=secret)
        first, second = [await driver.endorse(one, [["get", "hot"], ["put", "hot", each]]) for each in "ab"]
        winner, loser = await driver.commit(first, second)
        gone = await submit(
            driver,
            two,
            [
                ["private_hash", collection, PRIVATE_KEY],
                ["delete", "hot"],
                ["private_purge", DIRECTORY, PRIVATE_KEY],
                ["private_delete", collection, PRIVATE_KEY],
            ],
        )
        await submit(driver, one, [["fill", "many", 0, 120]])
        summary = await submit(driver, one, [["count", "many"], ["put", "counted", "120"]])
    return {"everything": everything, "conflict": loser, "gone": gone, "summary": summary, "_winner": winner}


def _write(network: Network, transactions: dict[str, Committed]) -> None:
    organisation = network.topology.with_peer[0]
    profile = load_profile(network.paths.profile(organisation.name).root, "admin")
    blocks = {name: _block_of(profile, done.tx_id) for name, done in transactions.items() if name[0] != "_"}
    blocks["genesis"] = _stored(profile, "GetBlockByNumber", "0")
    for name, content in blocks.items():
        (RECORDED / f"{name}.block").write_bytes(content)
        (RECORDED / f"{name}.json").write_text(json.dumps(_account(RECORDED / f"{name}.block"), indent=1) + "\n")
    number = ledger.decode_block(blocks["everything"]).number
    for name, method in (("filtered", requests.DELIVER_FILTERED), ("private", requests.DELIVER_WITH_PRIVATE_DATA)):
        (RECORDED / f"everything.{name}").write_bytes(_delivered(profile, method, number))
    codes = {name: [done.tx_id, done.code] for name, done in transactions.items()}
    (RECORDED / "facts.json").write_text(json.dumps(codes, indent=1) + "\n")


def _account(block: Path) -> Any:
    program = go_program.built(".", HERE / "go")
    return json.loads(subprocess.run([program, block], check=True, capture_output=True).stdout)


def _block_of(profile: Profile, transaction_id: str) -> bytes:
    return _stored(profile, "GetBlockByTxID", transaction_id)


def _stored(profile: Profile, function: str, argument: str) -> bytes:
    """Return a block's bytes without our own reading of them in between."""
    with (
        _dial(profile) as channel,
        client.connect_to(channel, profile.identity, channel=profile.network.channel, chaincode="qscc") as gateway,
    ):
        return gateway.evaluate(function, profile.network.channel, argument)


def _delivered(profile: Profile, method: str, number: int) -> bytes:
    identity = profile.identity
    payload = requests.deliver_payload(
        profile.network.channel,
        start_block=number,
        creator=envelope.creator_bytes(identity.msp_id, identity.certificate_pem),
        now_ns=time.time_ns(),
        tls_certificate_hash=transport.tls_certificate_hash(profile),
    )
    request = requests.signed_deliver_request(payload, identity.sign(payload))
    with _dial(profile) as channel:
        stream: Iterator[bytes] = channel.stream_stream(method)(iter([request]))
        answer = events_pb2.DeliverResponse.FromString(next(stream))
    held: bytes = getattr(answer, answer.WhichOneof("Type")).SerializeToString()
    return held


def _dial(profile: Profile) -> Any:
    endpoint = profile.network.peers[0].endpoint
    return grpc.secure_channel(endpoint, transport.credentials(profile.tls), options=transport.options(profile))


if __name__ == "__main__":
    main()
