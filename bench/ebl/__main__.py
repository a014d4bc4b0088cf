"""Measure titles: `python -m bench.ebl`, or `make bench-ebl`.

A full transfer (record, indexes, history, event) against the bare Go invocation of `bench.shim` on the same network,
once under Fabric's own default of who endorses and once under this channel's, and against a Go chaincode that reads and
writes the same keys under the same key-level policy and decides nothing, turn by turn; the same again, and a page of a
portfolio, as the ledger grows; and a title with a long history.
TRADELANE_TEST_HOME names a network to use and to leave up, as for the tests; `--filled` says what it holds already.
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
from contextlib import AsyncExitStack, ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import uvloop

from bench.cpu import Meter, Spent, meter, since
from bench.ebl.chaincode import EXPORTER, IMPORTER, title
from bench.shim.load import DOCUMENT, Call, Client, throughput
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
OURS, BARE, BARE_HERE, SAME = "transfer", "bare Go invocation", "bare under our policy", "the same in Go"
_FABRICS_DEFAULT = "/Channel/Application/LifecycleEndorsement"
"""MAJORITY Endorsement, as Fabric's samples have it for chaincodes too (docs/decisions/0016)."""
_SEED, _SEEDERS = 500, 4
_PAGE = 50
_PATIENCE, _BUSY = 300, 0.1
"""Seconds to wait for peers at rest; seconds of CPU that all together take in one of time when they are not."""


def main() -> int:
    """Measure and report."""
    arguments = _arguments()
    kept = os.environ.get("TRADELANE_TEST_HOME")
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        network = Network(Path(kept) if kept else Path(scratch, "home"), _told)
        if not kept:
            stack.callback(network.down, purge=True)
        start_somewhere(network)
        go = programs()["go"]
        by_default = replace(go, name="barebydefault", endorsement_policy=_FABRICS_DEFAULT)
        services = {
            kind: stack.enter_context(deployed(network, Path(scratch, program.name), program)).values()
            for kind, program in (("ebl", CHAINCODE), ("go", go), ("go, by default", by_default))
        }
        names = by_default.name, go.name
        found = uvloop.run(_measure(network, meter(network, services), names, arguments))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.ebl", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns at each size")
    parser.add_argument("--transfers", type=int, default=1000, help="transactions in a turn")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 100_000], help="titles on the ledger")
    parser.add_argument("--filled", type=int, default=0, help="titles that an earlier run has left on the ledger")
    parser.add_argument("--hops", type=int, default=200, help="transfers of the one title with a long history")
    parser.add_argument("--json", type=Path, help="write every turn's numbers to this file")
    arguments = parser.parse_args()
    if min(arguments.sizes) < arguments.filled:
        parser.error(f"the ledger holds {arguments.filled} titles already; --sizes are as many or more")
    return arguments


def _told(step: Step) -> None:
    if step.seconds is not None:
        sys.stderr.write(f"network: {step.title}, {step.seconds:.1f} s\n")


@dataclass(frozen=True)
class Rate:
    """What a turn found: transactions per second, and milliseconds of CPU per transaction by kind of program."""

    per_second: float
    cpu: Spent


@dataclass(frozen=True)
class Holder:
    """A party's user, connected to the chaincode under measurement and to what it is compared with.

    All by the same user at the same peer: a peer checks the signature of another organisation's client once more for
    each organisation it has tried before.

    Attributes:
        party_id: The party.
        gateway: To TradeLane's chaincode.
        by_default: To the one in Go that is endorsed by Fabric's default.
        here: To the one in Go that is endorsed by this channel's policy.
    """

    party_id: str
    gateway: aio.Gateway
    by_default: Client
    here: Client

    async def transfer(self, title_id: str, to: str) -> str:
        """Hand a title on, see it take effect and return the transaction's id."""
        body = TransferRequest(title_id=title_id, recipient=to)
        return (
            await self.gateway.submit("ebl:transfer", body, endorsing_organizations=self.here.organisations)
        ).transaction_id

    async def page(self, bookmark: str) -> float:
        """Return the seconds that one page of the party's portfolio takes."""
        begun = time.perf_counter()
        page = await self.gateway.run(ebl.list_titles(held_only=True, page_size=_PAGE, bookmark=bookmark))
        assert len(page.titles) == _PAGE  # noqa: S101 - or nothing was measured
        return time.perf_counter() - begun


async def _measure(
    network: Network, cpu: Meter, names: tuple[str, str], arguments: argparse.Namespace
) -> dict[str, Any]:
    async with AsyncExitStack() as stack:
        exporter = await _holder(stack, network, "shanghai", EXPORTER.party_id, names)
        importer = await _holder(stack, network, "hongkong", IMPORTER.party_id, names)
        await _seed(exporter, importer, WORKING, 0, arguments.transfers)
        prefix = await _same_in_go(exporter.here, arguments.transfers)
        filled, holders, report = arguments.filled, (exporter, importer), list[dict[str, Any]]()
        print(f"{'titles':>10}{'page of 50, ms':>16}  transfers per second, of the others'")
        for size in arguments.sizes:
            await _seed(exporter, importer, FILLING, filled, size - filled)
            filled = size
            await _at_rest(cpu)
            turns = [
                await _turn(len(report) * arguments.rounds + number, holders, prefix, cpu, arguments.transfers)
                for number in range(arguments.rounds)
            ]
            pages = [await exporter.page(_bookmark(filled)) for _ in range(40)]
            shown = [{name: asdict(each) for name, each in turn.items()} for turn in turns]
            report.append({"titles": size, "turns": shown, "pages": pages})
            _show(size, turns, pages)
        hops = await _hops(exporter, importer, arguments.hops)
        edge = max(1, len(hops) // 10)
        early, late = statistics.median(hops[:edge]), statistics.median(hops[-edge:])
        print(f"a transfer after {edge} hops or fewer {early * 1000:.0f} ms, after {len(hops)} {late * 1000:.0f} ms")
    return {"sizes": report, "hops": hops}


async def _holder(stack: AsyncExitStack, network: Network, org: str, party_id: str, names: tuple[str, str]) -> Holder:
    user = User(f"{party_id}-clerk", Role.SIGNER, party_id)
    home = network.paths.profile(org).root
    if not (home / "users" / user.name).exists():
        network.add_user(org, user)
    profile = load_profile(home, user.name)
    connection = aio.dial(profile)
    stack.push_async_callback(connection.close)
    gateway, *go = (
        aio.connect_to(connection, profile.identity, channel=profile.network.channel, chaincode=name)
        for name in (CHAINCODE.name, *names)
    )
    organisations = tuple(each.msp_id for each in network.topology.with_peer[:2])
    by_default, here = (Client(each, organisations) for each in go)
    return Holder(party_id, gateway, by_default, here)


async def _seed(holder: Holder, other: Holder, series: int, begin: int, count: int) -> None:
    """Put titles on the ledger, and see them there at both holders' peers: who is behind endorses something else."""
    starts = iter(range(begin, begin + count, _SEED))
    done: list[str] = []

    async def work() -> None:
        for start in starts:
            size = min(_SEED, begin + count - start)
            committed = await holder.gateway.submit(
                "bench:seed", str(series), str(start), str(size), endorsing_organizations=holder.here.organisations
            )
            done.append(committed.transaction_id)

    await asyncio.gather(*(work() for _ in range(_SEEDERS)))
    await asyncio.gather(*map(other.gateway.outcome, done[-_SEEDERS:]))


async def _at_rest(cpu: Meter) -> None:
    """Wait until the peers have put in order what they have stored: LevelDB goes on a while after the last write."""
    for _ in range(_PATIENCE):
        before = cpu.read()
        await asyncio.sleep(1)
        if cpu.read()["peers"] - before["peers"] < _BUSY:
            return
    print(f"the peers were not at rest after {_PATIENCE} s", file=sys.stderr)


async def _same_in_go(go: Client, transfers: int) -> str:
    """Put what a Go chaincode hands to and fro as titles are, and return the prefix of the keys."""
    prefix, record = f"{random.getrandbits(64):x}-", title(0, WORKING).to_json().decode()
    await go.submit("titles", prefix, str(transfers), EXPORTER.party_id, record, *go.organisations)
    return prefix


async def _turn(
    number: int, holders: tuple[Holder, Holder], prefix: str, cpu: Meter, transfers: int
) -> dict[str, Rate]:
    """Transfer every working title to the other side, and do as much in Go; who is first takes turns."""
    giver, taker = holders if number % 2 == 0 else holders[::-1]
    ids = [title(each, WORKING).title_id for each in range(transfers)]
    run = f"{number}-{random.getrandbits(64):x}"
    done: list[str] = []

    async def hand_on(each: int) -> None:
        done.append(await giver.transfer(ids[each], taker.party_id))

    calls: list[tuple[str, Call]] = [
        (OURS, hand_on),
        (BARE, lambda each: giver.by_default.submit("batched", f"{run}-{each}", DOCUMENT)),
        (BARE_HERE, lambda each: giver.here.submit("batched", f"{run}-{each}", DOCUMENT)),
        (SAME, lambda each: giver.here.submit("transfer", f"{prefix}{each}", giver.party_id, taker.party_id)),
    ]
    found = {}
    for name, call in (*calls[number % len(calls) :], *calls[: number % len(calls)]):
        before = cpu.read()
        per_second = await throughput(call, transfers)
        found[name] = Rate(per_second, since(before, cpu.read(), transfers))
    await asyncio.gather(*map(taker.gateway.outcome, done))  # its peer may be a block behind, and it is its turn next
    return found


def _bookmark(filled: int) -> str:
    place = random.randrange(max(1, filled - _PAGE))  # noqa: S311 - any place in the portfolio
    return title(place, FILLING).title_id


async def _hops(exporter: Holder, importer: Holder, hops: int) -> list[float]:
    """Transfer one title to and fro and return the seconds of each transfer."""
    await _seed(exporter, importer, WORKING + 2, 0, 1)
    title_id, seconds = title(0, WORKING + 2).title_id, []
    for hop in range(hops):
        giver, taker = (exporter, importer) if hop % 2 == 0 else (importer, exporter)
        begun = time.perf_counter()
        done = await giver.transfer(title_id, taker.party_id)
        seconds.append(time.perf_counter() - begun)
        await taker.gateway.outcome(done)  # its peer may be a block behind
    return seconds


def _show(size: int, turns: list[dict[str, Rate]], pages: list[float]) -> None:
    rates = {name: statistics.median(turn[name].per_second for turn in turns) for name in turns[0]}
    ratios = {
        name: statistics.median(turn[OURS].per_second / turn[name].per_second for turn in turns)
        for name in (BARE, BARE_HERE, SAME)
    }
    shown = "".join(f", {ratio:.2f} of {name} ({rates[name]:.0f})" for name, ratio in ratios.items())
    print(f"{size:>10}{statistics.median(pages) * 1000:>16.1f}  {rates[OURS]:.0f}{shown}")
    for name in (OURS, BARE, BARE_HERE, SAME):
        spent = {kind: statistics.median(turn[name].cpu[kind] for turn in turns) for kind in turns[0][name].cpu}
        parts = ", ".join(f"{kind} {each:.2f}" for kind, each in spent.items())
        print(f"{'':>28}CPU, ms per {name}: {parts}, in all {sum(spent.values()):.2f}")


if __name__ == "__main__":
    sys.exit(main())
