"""Memory of a chaincode service over many transactions: `python -m bench.shim.memory [--transactions 100000]`.

The service runs as its own process, the peer is this one. Each transaction reads a key, writes two and sets an event;
some are refused, some raise. Prints the service's resident memory as it goes, and how much it grew after the first
tenth, which fills caches and pools.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil

from tests.support.identities import make_identity
from tests.support.loopback_peer import peer_of
from tests.support.scripted_peer import CHANNEL, PACKAGE_ID, ScriptedPeer, input_payload, proposal_bytes
from tradelane.chaincode.shim.wire import Kind

CONCURRENT = 32
REPORTS = 10
MEBIBYTE = 1024 * 1024

STEPS = (
    [["get", "a"], ["put", "b", "1"], ["put", "c", "2"], ["event", "e", "payload"]],
    [["get_many", ["a", "b"]], ["batch", [["put", "b", "1"], ["put", "c", "2"]]]],
    [["refuse"]],
    [["no such step"]],
)


@asynccontextmanager
async def service() -> AsyncIterator[tuple[Process, int]]:
    """Run the service, with metrics; yield its process and port."""
    variables = {"CHAINCODE_ID": PACKAGE_ID, "CHAINCODE_TLS_DISABLED": "true"}
    variables |= {"CHAINCODE_SERVER_ADDRESS": "127.0.0.1:0", "CHAINCODE_METRICS_ADDRESS": "127.0.0.1:0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.semantics_chaincode", env={**os.environ, **variables}, stderr=PIPE
    )
    lines = process.stderr
    assert lines is not None  # noqa: S101 - it was asked for
    while (line := json.loads(await lines.readline()))["message"] != "serving":
        pass
    drain = asyncio.create_task(lines.read())  # or the pipe fills, and the service with it
    try:
        yield process, line["port"]
    finally:
        process.terminate()
        await process.wait()
        await drain


async def run(peer: ScriptedPeer, first: int, count: int) -> None:
    """Run transactions, so many at a time, and answer whatever they ask."""
    proposal = proposal_bytes(make_identity("HongKongMSP"))
    begun = done = 0
    while done < count:
        while begun < count and begun - done < CONCURRENT:
            steps = json.dumps(STEPS[begun % len(STEPS)]).encode()
            tx_id = f"{first + begun:064x}"
            await peer.tell(Kind.TRANSACTION, input_payload(b"run", steps), tx_id, CHANNEL, proposal)
            begun += 1
        message = await peer.receive()
        assert message is not None  # noqa: S101 - the service does not hang up
        if message.kind in (Kind.COMPLETED, Kind.ERROR):
            done += 1
        else:
            answer = b"\n\x011\n\x012" if message.kind == Kind.GET_STATE_MULTIPLE else b"1"
            await peer.tell(Kind.RESPONSE, answer, message.tx_id, message.channel_id)


async def measure(transactions: int) -> None:
    """Measure, and print as it goes."""
    part = transactions // REPORTS
    sizes: list[int] = []
    async with service() as (process, port), peer_of(port, None) as peer:
        await peer.register()
        seen = psutil.Process(process.pid)
        for number in range(REPORTS):
            began = time.perf_counter()
            await run(peer, number * part, part)
            sizes.append(seen.memory_info().rss)
            rate = part / (time.perf_counter() - began)
            sys.stdout.write(
                f"{(number + 1) * part:>9} transactions  {sizes[-1] / MEBIBYTE:7.1f} MiB  {rate:6.0f} /s\n"
            )
            sys.stdout.flush()
    grown = sizes[-1] - sizes[0]
    per_transaction = grown / (part * (REPORTS - 1))
    sys.stdout.write(
        f"grown since the first tenth: {grown / MEBIBYTE:.1f} MiB, {per_transaction:.1f} bytes a transaction\n"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transactions", type=int, default=100_000)
    asyncio.run(measure(parser.parse_args().transactions))
