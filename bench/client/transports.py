"""What the asyncio client takes of the CPU with either transport: `python -m bench.client.transports`.

One process submits transactions in turns, over `grpc.aio` and over our own transport, to a server on the loopback
interface that answers as a peer does, in a process of its own. Without a network there is little else at work, so small
differences show. Prints milliseconds of the client's CPU per transaction, medians of the turns, and the median ratio.
"""

import argparse
import asyncio
import gc
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio
import uvloop
from fabric_protos.gateway import gateway_pb2, gateway_pb2_grpc

from bench.shim.load import DOCUMENT, IN_FLIGHT
from tests.support.loopback_gateway import endorsed
from tests.support.pki import Authority
from tradelane.gateway import aio, transport
from tradelane.gateway.identity import Identity
from tradelane.gateway.profile import PeerAddress, Profile, ProfileFile, TlsMaterial, UserFile

_NAME: Final = "peer0.bench.example"
_BLOCK_SECONDS: Final = 0.12


class _Peer(gateway_pb2_grpc.GatewayServicer):  # type: ignore[misc]
    """Endorses whatever it is asked, and commits it with the next block."""

    def __init__(self) -> None:
        self._block: asyncio.Event = asyncio.Event()

    async def cut(self) -> None:
        """Cut blocks for ever."""
        while True:
            await asyncio.sleep(_BLOCK_SECONDS)
            block, self._block = self._block, asyncio.Event()
            block.set()

    async def Endorse(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802, ANN401 -- gRPC's names and types
        payload = endorsed(request.proposed_transaction.proposal_bytes, b"done")
        return gateway_pb2.EndorseResponse(prepared_transaction={"payload": payload})

    async def Submit(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802, ANN401
        return gateway_pb2.SubmitResponse()

    async def CommitStatus(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802, ANN401
        await self._block.wait()
        return gateway_pb2.CommitStatusResponse(block_number=1)


async def _serve(home: Path) -> None:
    server, peer = grpc.aio.server(), _Peer()
    gateway_pb2_grpc.add_GatewayServicer_to_server(peer, server)
    key, certificate, root = ((home / name).read_bytes() for name in ("key.pem", "cert.pem", "root.pem"))
    credentials = grpc.ssl_server_credentials([(key, certificate)], root, require_client_auth=True)
    print(server.add_secure_port("127.0.0.1:0", credentials), flush=True)
    await server.start()
    await peer.cut()


@contextmanager
def _peer() -> Iterator[Profile]:
    authority = Authority("ca.bench.example")
    server, user = authority.issue(_NAME), authority.issue("bench")
    command = [sys.executable, "-m", "bench.client.transports", "--serve"]
    with tempfile.TemporaryDirectory() as home:
        for name, content in (
            ("key.pem", server.key_pem),
            ("cert.pem", server.certificate_pem),
            ("root.pem", authority.root.certificate_pem),
        ):
            Path(home, name).write_bytes(content)
        with subprocess.Popen([*command, home], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- this program
            try:
                port = process.stdout.readline().strip() if process.stdout else ""
                yield Profile(
                    network=ProfileFile(
                        version=1,
                        organisation="bench",
                        msp_id="BenchMSP",
                        channel="trade",
                        chaincode="bench",
                        peers=(PeerAddress(endpoint=f"127.0.0.1:{port}", server_name=_NAME),),
                        tls_roots="root.pem",
                    ),
                    user=UserFile(name="bench"),
                    identity=Identity.load("BenchMSP", user.certificate_pem, user.key_pem),
                    tls=TlsMaterial(authority.root.certificate_pem, user.certificate_pem, user.key_pem),
                )
            finally:
                process.terminate()


def _dialled(kind: str, profile: Profile) -> Any:  # noqa: ANN401 -- gRPC ships no types
    if kind == "own":
        return aio.dial(profile)
    endpoint = profile.network.peers[0].endpoint
    return grpc.aio.secure_channel(endpoint, transport.credentials(profile.tls), options=transport.options(profile))


async def _turn(gateway: aio.Gateway, transactions: int) -> float:
    """Submit so many transactions and return the milliseconds of CPU that each took."""
    numbers, prefix = iter(range(transactions)), secrets.token_hex(6)

    async def work() -> None:
        for number in numbers:
            await gateway.submit("batched", f"{prefix}-{number}", DOCUMENT, endorsing_organizations=("A", "B"))

    gc.collect()
    before = time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(IN_FLIGHT):
            group.create_task(work())
    return 1000 * (time.process_time() - before) / transactions


async def _compare(profile: Profile, arguments: argparse.Namespace) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {kind: [] for kind in arguments.transports}
    for number in range(arguments.rounds + 1):
        for kind in arguments.transports if number % 2 else reversed(arguments.transports):
            async with _dialled(kind, profile) as connection:
                gateway = aio.connect_to(connection, profile.identity, channel="trade", chaincode="bench")
                await _turn(gateway, IN_FLIGHT)
                took = await _turn(gateway, arguments.transactions)
            if number:  # the first is to warm up
                found[kind].append(took)
    return found


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--transactions", type=int, default=2000)
    parser.add_argument("--transports", nargs="+", default=["grpc", "own"], choices=["grpc", "own"])
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        uvloop.run(_serve(arguments.serve))
        return 0
    with _peer() as profile:
        found = uvloop.run(_compare(profile, arguments))
    report: dict[str, Any] = {kind: round(statistics.median(each), 3) for kind, each in found.items()}
    if len(found) == 2:
        report["own / grpc"] = round(
            statistics.median(own / other for own, other in zip(found["own"], found["grpc"], strict=True)), 2
        )
    print(json.dumps({"CPU of the client, ms per transaction": report, "turns": found}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
