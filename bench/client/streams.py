"""How much memory an idle event stream takes in the client: `python -m bench.client.streams`.

The counterpart is a loopback server in a process of its own that answers as a peer on which nothing happens, for a
peer's own limits end far below: chaincode events count against `peer.limits.concurrency.gatewayService`, blocks
against `deliverService`. All streams share one connection. The client's growth in resident memory is divided by the
streams; each is opened, waiting, and at the end each is told one event, which shows that all were alive.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import grpc
import grpc.aio
import psutil
from fabric_protos.common import ledger_pb2
from fabric_protos.gateway import gateway_pb2, gateway_pb2_grpc

from tests.support.pki import Authority
from tradelane.gateway import aio, client
from tradelane.gateway.identity import Identity
from tradelane.gateway.wire.dialling import Place

STREAMS: Final = 10_000
_TOLD: Final = gateway_pb2.ChaincodeEventsResponse(block_number=1, events=[{"tx_id": "t", "chaincode_id": "idle"}])


class _IdlePeer(gateway_pb2_grpc.GatewayServicer):  # type: ignore[misc]
    """A chain of one block, until a submission is asked for."""

    def __init__(self) -> None:
        self._happened = asyncio.Event()

    async def Evaluate(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802, ANN401 -- gRPC's names and types
        height = ledger_pb2.BlockchainInfo(height=1).SerializeToString()
        return gateway_pb2.EvaluateResponse(result={"status": 200, "payload": height})

    async def Submit(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802, ANN401
        self._happened.set()
        return gateway_pb2.SubmitResponse()

    async def ChaincodeEvents(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802, ANN401
        await self._happened.wait()
        yield _TOLD
        await asyncio.Event().wait()


async def _serve() -> None:
    server = grpc.aio.server()
    gateway_pb2_grpc.add_GatewayServicer_to_server(_IdlePeer(), server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    await server.start()
    await server.wait_for_termination()


@contextmanager
def _idle_peer() -> Iterator[str]:
    command = [sys.executable, "-m", "bench.client.streams", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 -- this very program
        try:
            yield f"127.0.0.1:{process.stdout.readline().strip()}" if process.stdout else ""
        finally:
            process.terminate()


def _connected(kind: Any, channel: Any) -> Any:  # noqa: ANN401 -- one of two modules
    pair = Authority("ca.bench.example").issue("bench")
    identity = Identity.load("BenchMSP", pair.certificate_pem, pair.key_pem)
    return kind.connect_to(channel, identity, channel="trade", chaincode="idle")


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def _tell(channel: grpc.Channel) -> None:
    channel.unary_unary("/gateway.Gateway/Submit")(b"")


def _sync(endpoint: str, count: int) -> dict[str, float]:
    with grpc.insecure_channel(endpoint) as channel, _connected(client, channel) as gateway:
        gateway.chaincode_events().__enter__().close()
        before, began = _resident(), time.perf_counter()
        streams = [gateway.chaincode_events().__enter__() for _ in range(count)]
        found = _report(before, began, count) | {"threads": float(threading.active_count())}
        _tell(channel)
        told = sum(next(each).block_number for each in streams)
    return found | {"told": float(told)}


async def _asyncio(endpoint: str, count: int) -> dict[str, float]:
    async with aio.Connection(Place(endpoint, "peer", None)) as connection, _connected(aio, connection) as gateway:
        await (await gateway.chaincode_events().__aenter__()).close()
        before, began = _resident(), time.perf_counter()
        streams = [await gateway.chaincode_events().__aenter__() for _ in range(count)]
        waiting = [asyncio.ensure_future(anext(each)) for each in streams]
        await asyncio.sleep(0)
        found = _report(before, began, count) | {"threads": float(threading.active_count())}
        with grpc.insecure_channel(endpoint) as other:
            await asyncio.to_thread(_tell, other)
        told = sum(each.block_number for each in await asyncio.gather(*waiting))
    return found | {"told": float(told)}


def _report(before: int, began: float, count: int) -> dict[str, float]:
    return {
        "KiB per stream": (_resident() - before) / count / 1024,
        "ms to open a stream": (time.perf_counter() - began) / count * 1000,
    }


def main() -> int:
    """Measure one kind of client, or both, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("--client", choices=("sync", "asyncio"))
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(_serve())
        return 0
    if arguments.client is None:
        return max(subprocess.call([*_again(arguments), "--client", each]) for each in ("asyncio", "sync"))  # noqa: S603
    with _idle_peer() as endpoint:
        run = _sync(endpoint, arguments.streams) if arguments.client == "sync" else None
        found = run or asyncio.run(_asyncio(endpoint, arguments.streams))
    print(json.dumps({"client": arguments.client, "streams": arguments.streams} | found))
    return 0 if found["told"] == arguments.streams else 1


def _again(arguments: argparse.Namespace) -> list[str]:
    return [sys.executable, "-m", "bench.client.streams", "--streams", str(arguments.streams)]


if __name__ == "__main__":
    sys.exit(main())
