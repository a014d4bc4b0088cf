"""What is measured of each shim; all shims stand on one network and take turns, so that each meets the same noise."""

import itertools
import secrets
import statistics
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import psutil

from bench.shim.load import DOCUMENT, Call, Client, duration, throughput

REFERENCE = "go"
PUT_VALUE = "v" * 64

Services = Mapping[str, subprocess.Popen[bytes]]


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes:
        rounds: Turns of each shim.
        submits: Transactions in a turn.
        evaluates: Queries in a turn.
        puts: Keys in the one large transaction.
    """

    rounds: int
    submits: int
    evaluates: int
    puts: int


@dataclass(frozen=True)
class Subject:
    """One shim: a client of its chaincode, and its services, one per organisation."""

    shim: str
    client: Client
    services: Services

    def cpu_seconds(self) -> float:
        """CPU time of all services so far."""
        times = [psutil.Process(each.pid).cpu_times() for each in self.services.values()]
        return sum(each.user + each.system for each in times)


@dataclass
class Series:
    """One number per turn for each shim."""

    turns: dict[str, list[float]] = field(default_factory=dict)

    def add(self, shim: str, value: float) -> None:
        """Note a turn's number."""
        self.turns.setdefault(shim, []).append(value)

    def median(self, shim: str) -> float:
        """The number of a turn in the middle."""
        return statistics.median(self.turns[shim])

    def ratio(self, shim: str, reference: str = REFERENCE) -> float:
        """The ratio to another shim, turn by turn, in the middle: so a slow minute of the machine counts for both."""
        pairs = zip(self.turns[shim], self.turns[reference], strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)


def _in_turn(subjects: list[Subject], rounds: int) -> Iterator[Subject]:
    for turn in range(rounds):
        first = turn % len(subjects)
        yield from itertools.chain(subjects[first:], subjects[:first])


async def submits(subjects: list[Subject], plan: Plan, function: str) -> tuple[Series, Series]:
    """Return transactions per second, and CPU milliseconds of a service per transaction."""
    rate, cpu = Series(), Series()
    for subject in _in_turn(subjects, plan.rounds):
        before = subject.cpu_seconds()
        rate.add(subject.shim, await throughput(_writing(subject.client, function), plan.submits))
        spent = (subject.cpu_seconds() - before) / len(subject.services)
        cpu.add(subject.shim, 1000 * spent / plan.submits)
    return rate, cpu


def _writing(client: Client, function: str) -> Call:
    run = secrets.token_hex(6)
    return lambda number: client.submit(function, f"{run}-{number}", DOCUMENT)


async def evaluates(subjects: list[Subject], plan: Plan) -> tuple[Series, Series]:
    """Return queries per second for a value of a document's size, and CPU milliseconds of the service per query."""
    rate, cpu = Series(), Series()
    for subject in subjects:
        await subject.client.submit("single", "read", DOCUMENT)
    for subject in _in_turn(subjects, plan.rounds):
        before = subject.cpu_seconds()
        rate.add(subject.shim, await throughput(_reading(subject.client), plan.evaluates))
        cpu.add(subject.shim, 1000 * (subject.cpu_seconds() - before) / plan.evaluates)
    return rate, cpu


def _reading(client: Client) -> Call:
    return lambda _: client.evaluate("read", "read")


async def puts(subjects: list[Subject], plan: Plan) -> Series:
    """Return the seconds in which two organisations endorse a transaction that puts very many keys."""
    seconds = Series()
    for subject in _in_turn(subjects, plan.rounds):
        prefix = secrets.token_hex(6)
        seconds.add(subject.shim, await duration(subject.client.endorse("puts", prefix, str(plan.puts), PUT_VALUE)))
    return seconds
