"""A stream of transactions from several clients, of which none may be lost and none may happen twice.

Each client admits parties that nobody knows yet, one after the other, and keeps on until every transaction it had
endorsed has an outcome. A step that failed without an answer is repeated with the same signed bytes.
"""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from tests.support.identifiers import fresh_lei
from tests.support.told import Told
from tests.support.waiting import PATIENCE_SECONDS, until
from tradelane.gateway import Gateway, organisations
from tradelane.gateway.envelope import Proposal, Status, Transaction
from tradelane.gateway.errors import CallError

T = TypeVar("T")

PAUSE_SECONDS = 0.05  # between attempts, so that a network which is down is not flooded
VALID = "VALID"


@dataclass
class Sent:
    """One transaction: what became of it, and when."""

    transaction_id: str
    began: float
    endorsed: bool = False
    submitted: bool = False
    outcome: str = ""
    ended: float = 0.0


@dataclass
class Load:
    """Several clients at work."""

    told: Told
    sent: list[Sent] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    wrong_answers: list[bytes] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)

    def committed_since(self, moment: float) -> list[Sent]:
        """Transactions begun after a moment that took effect, in the order they ended."""
        return sorted(
            (each for each in list(self.sent) if each.began > moment and each.outcome == VALID),
            key=lambda each: each.ended,
        )

    def await_commits(self, moment: float, number: int = 4) -> list[Sent]:
        """Wait until so many transactions begun after a moment have taken effect."""

        def enough() -> list[Sent] | None:
            if self.errors:
                raise self.errors[0]
            found = self.committed_since(moment)
            return found if len(found) >= number else None

        return until(enough)

    def stop(self) -> None:
        """Have every client end once its last transaction has an outcome."""
        self._stopping.set()

    def write(self, org: str) -> None:
        """Admit party after party, as an organisation's administrator."""
        gateway = self.told.cast.as_admin(org)
        endorsers = gateway.run(organisations.list_organisations()).msp_ids
        while not self._stopping.is_set():
            proposal = _admission(gateway, endorsers)
            sent = Sent(proposal.transaction_id, time.monotonic())
            self.sent.append(sent)
            try:
                transaction = gateway.endorse(proposal)
            except CallError as error:
                self._failed(error)
                continue
            sent.endorsed = True
            self._finish(gateway, transaction, sent)

    def read(self, org: str) -> None:
        """Ask the same question again and again; every answer must be the same."""
        gateway = self.told.cast.as_admin(org)
        expected = gateway.evaluate("organisation:list", "{}")
        while not self._stopping.is_set():
            try:
                answer = gateway.evaluate("organisation:list", "{}")
            except CallError as error:
                self._failed(error)
                continue
            if answer != expected:
                self.wrong_answers.append(answer)

    def _finish(self, gateway: Gateway, transaction: Transaction, sent: Sent) -> None:
        commit = self._persist(lambda: gateway.submit_endorsed(transaction))
        sent.submitted = True
        status: Status = self._persist(lambda: gateway.status(commit))
        sent.outcome, sent.ended = status.code, time.monotonic()

    def _persist(self, step: Callable[[], T]) -> T:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return step()
            except CallError as error:
                if time.monotonic() > deadline:
                    raise
                self._failed(error)

    def _failed(self, error: CallError) -> None:
        self.failures[f"{error.step}: {error.code}"] += 1
        time.sleep(PAUSE_SECONDS)

    def guard(self, work: Callable[[str], None], org: str) -> None:
        """Do a client's work; what ends it early is kept for the test."""
        try:
            work(org)
        except BaseException as error:  # noqa: BLE001 - a thread's error would be lost
            self.errors.append(error)


@contextmanager
def load_on(told: Told) -> Iterator[Load]:
    """Keep a network busy during the block: two clients write and two read, one of each per organisation."""
    load = Load(told)
    threads = [
        threading.Thread(target=load.guard, args=(work, org))
        for org in ("hongkong", "shanghai")
        for work in (load.write, load.read)
    ]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.stop()
        for thread in threads:
            thread.join()


def check(load: Load, since_block: int) -> None:
    """Hold what the clients were told against what the ledger announces: no loss, nothing twice, nothing unasked."""
    assert load.errors == []
    assert load.wrong_answers == []
    assert [each for each in load.sent if each.endorsed and each.outcome != VALID] == []
    mine = {each.transaction_id for each in load.sent}
    assert len(mine) == len(load.sent)
    expected = {each.transaction_id: 1 for each in load.sent if each.endorsed}
    for org in ("hongkong", "shanghai"):
        assert _announced(load.told.cast.as_admin(org), since_block, mine) == expected


def _announced(gateway: Gateway, since_block: int, mine: set[str]) -> dict[str, int]:
    """Count how often the ledger announces each transaction, up to one that is sent now to mark the end."""
    endorsers = gateway.run(organisations.list_organisations()).msp_ids
    mark = gateway.endorse(_admission(gateway, endorsers))
    commit = gateway.submit_endorsed(mark)
    assert gateway.status(commit).successful
    found: Counter[str] = Counter()
    with gateway.chaincode_events(since_block) as events:
        for event in events:
            if event.transaction_id == mark.transaction_id:
                break
            found[event.transaction_id] += event.transaction_id in mine
    return {transaction_id: times for transaction_id, times in found.items() if times}


def _admission(gateway: Gateway, endorsers: tuple[str, ...]) -> Proposal:
    body = f'{{"partyId":"load-{secrets.token_hex(8)}","lei":"{fresh_lei()}","roles":["TRADER"]}}'
    transient = {"name": b"A Trader of the Fault Tests", "salt": secrets.token_bytes(32)}
    return gateway.new_proposal("party:admit", body, transient=transient, endorsing_organizations=endorsers)
