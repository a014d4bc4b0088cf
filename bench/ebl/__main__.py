"""Measure titles: `python -m bench.ebl`, or `make bench-ebl`.

A full transfer (record, indexes, history, event) against the bare Go invocation of `bench.shim` on the same network,
turn by turn; the same again, and a page of a portfolio, as the ledger grows; and a title with a long history.
TRADELANE_TEST_HOME names a network to use and to leave up, as for the tests.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from bench.ebl.chaincode import EXPORTER, IMPORTER, title
from bench.shim.load import DOCUMENT, Clients, throughput
from bench.shim.programs import programs
from tests.support.deployment import Program, deployed
from tests.support.network import start_somewhere
from tradelane.gateway import aio, ebl
from tradelane.gateway.profile import load_profile
from tradelane.model.title_requests import TransferRequest
from tradelane.network import Network, Role, Step, User

CHAINCODE = Program("benchebl", (sys.executable, "-m", "bench.ebl.chaincode"))
WORKING, FILLING = 1, 2
"""Series of titles: those that are transferred, and those that only fill the ledger."""
_SEED = 500
_PAGE = 50


def main() -> int:
    """Measure and report."""
    arguments = _arguments()
    kept = os.environ.get("TRADELANE_TEST_HOME")
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        network = Network(Path(kept) if kept else Path(scratch, "home"), _told)
        if not kept:
            stack.callback(network.down, purge=True)
        start_somewhere(network)
        bare = programs()["go"]
        for program in (CHAINCODE, bare):
            stack.enter_context(deployed(network, Path(scratch, program.name), program))
        found = uvloop.run(_measure(network, bare.name, arguments))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ebl", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns at each size")
    parser.add_argument("--transfers", type=int, default=1000, help="transactions in a turn")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 100_000], help="titles on the ledger")
    parser.add_argument("--hops", type=int, default=200, help="transfers of the one title with a long history")
    parser.add_argument("--json", type=Path, help="write every turn's numbers to this file")
    return parser.parse_args()


def _told(step: Step) -> None:
    if step.seconds is not None:
        sys.stderr.write(f"network: {step.title}, {step.seconds:.1f} s\n")


@dataclass(frozen=True)
class Holder:
    """A party's connection to the chaincode under measurement."""

    party_id: str
    gateway: aio.Gateway
    organisations: tuple[str, ...]

    async def transfer(self, title_id: str, to: str) -> None:
        """Hand a title on, and see it take effect."""
        body = TransferRequest(title_id=title_id, recipient=to)
        await self.gateway.submit("ebl:transfer", body, endorsing_organizations=self.organisations)

    async def page(self, bookmark: str) -> float:
        """Return the seconds that one page of the party's portfolio takes."""
        begun = time.perf_counter()
        page = await self.gateway.run(ebl.list_titles(held_only=True, page_size=_PAGE, bookmark=bookmark))
        assert len(page.titles) == _PAGE  # noqa: S101 - or nothing was measured
        return time.perf_counter() - begun


async def _measure(network: Network, bare: str, arguments: argparse.Namespace) -> dict[str, Any]:
    organisations = tuple(each.msp_id for each in network.topology.with_peer[:2])
    async with Clients(network) as clients:
        go = clients.of(bare)
        exporter = await _holder(network, "shanghai", EXPORTER.party_id, organisations)
        importer = await _holder(network, "hongkong", IMPORTER.party_id, organisations)
        await _seed(exporter, WORKING, 0, arguments.transfers)
        filled, report = 0, []
        print(f"{'titles':>10}{'transfer TPS':>14}{'bare Go TPS':>13}{'ratio':>8}{'page of 50, ms':>16}")
        for size in arguments.sizes:
            await _seed(exporter, FILLING, filled, size - filled)
            filled = size
            turns = [
                await _turn(number, exporter, importer, go, arguments.transfers) for number in range(arguments.rounds)
            ]
            pages = [await exporter.page(_bookmark(filled)) for _ in range(40)]
            report.append({"titles": size, "turns": turns, "pages": pages})
            _show(size, turns, pages)
        hops = await _hops(exporter, importer, arguments.hops)
        edge = max(1, len(hops) // 10)
        early, late = statistics.median(hops[:edge]), statistics.median(hops[-edge:])
        print(f"a transfer after {edge} hops or fewer {early * 1000:.0f} ms, after {len(hops)} {late * 1000:.0f} ms")
    return {"sizes": report, "hops": hops}


async def _holder(network: Network, org: str, party_id: str, organisations: tuple[str, ...]) -> Holder:
    user = User(f"{party_id}-clerk", Role.SIGNER, party_id)
    home = network.paths.profile(org).root
    if not (home / "users" / user.name).exists():
        network.add_user(org, user)
    profile = load_profile(home, user.name)
    connection = aio.dial(profile)
    gateway = aio.connect_to(connection, profile.identity, channel=profile.network.channel, chaincode=CHAINCODE.name)
    return Holder(party_id, gateway, organisations)


async def _seed(holder: Holder, series: int, begin: int, count: int) -> None:
    starts = iter(range(begin, begin + count, _SEED))

    async def work() -> None:
        for start in starts:
            size = min(_SEED, begin + count - start)
            await holder.gateway.submit(
                "bench:seed", str(series), str(start), str(size), endorsing_organizations=holder.organisations
            )

    await asyncio.gather(*(work() for _ in range(4)))


async def _turn(number: int, exporter: Holder, importer: Holder, go: Any, transfers: int) -> dict[str, float]:  # noqa: ANN401
    """Transfer every working title to the other side, and do as many bare invocations; who is first takes turns."""
    giver, taker = (exporter, importer) if number % 2 == 0 else (importer, exporter)
    ids = [title(each, WORKING).title_id for each in range(transfers)]
    run = f"{number}-{random.getrandbits(64):x}"
    ours = lambda each: giver.transfer(ids[each], taker.party_id)  # noqa: E731
    bare = lambda each: go.submit("batched", f"{run}-{each}", DOCUMENT)  # noqa: E731
    if number % 2:
        bare_rate = await throughput(bare, transfers)
        return {"transfer": await throughput(ours, transfers), "go": bare_rate}
    return {"transfer": await throughput(ours, transfers), "go": await throughput(bare, transfers)}


def _bookmark(filled: int) -> str:
    place = random.randrange(max(1, filled - _PAGE))  # noqa: S311 - any place in the portfolio
    return title(place, FILLING).title_id


async def _hops(exporter: Holder, importer: Holder, hops: int) -> list[float]:
    """Transfer one title to and fro and return the seconds of each transfer."""
    await _seed(exporter, WORKING + 2, 0, 1)
    title_id, seconds = title(0, WORKING + 2).title_id, []
    for hop in range(hops):
        giver, taker = (exporter, importer) if hop % 2 == 0 else (importer, exporter)
        begun = time.perf_counter()
        await giver.transfer(title_id, taker.party_id)
        seconds.append(time.perf_counter() - begun)
    return seconds


def _show(size: int, turns: list[dict[str, float]], pages: list[float]) -> None:
    ours, go = (statistics.median(turn[name] for turn in turns) for name in ("transfer", "go"))
    ratio = statistics.median(turn["transfer"] / turn["go"] for turn in turns)
    print(f"{size:>10}{ours:>14.0f}{go:>13.0f}{ratio:>8.2f}{statistics.median(pages) * 1000:>16.1f}")


if __name__ == "__main__":
    sys.exit(main())
