"""A run that dies anywhere and is taken up again: every item takes effect exactly once."""

import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.ledger_peer import MVCC, VALID, LedgerPeer
from tradelane.gateway.bulk.journal import Fsync, Journal
from tradelane.gateway.bulk.records import Invocation, ItemResult, Outcome
from tradelane.gateway.bulk.run import Run, journal_of
from tradelane.gateway.bulk.windows import in_threads
from tradelane.gateway.rpc import Failure, Pause, Rpc
from tradelane.gateway.session import Flow, Session

ITEMS = 3


class Died(BaseException):
    """The process ends here."""


class Mortal(LedgerPeer):
    """Dies at a step: before the peer has it, or after, when the answer gets nowhere."""

    life: int = 1_000_000
    after: bool = False

    def perform(self, step: Rpc | Pause) -> bytes | Failure | None:
        self.life -= 1
        if self.life > 0:
            return super().perform(step)
        if self.after:
            super().perform(step)
        raise Died


def stream() -> Iterator[Invocation]:
    for number in range(1, ITEMS + 1):
        yield Invocation("ebl:transfer", [f"title-{number}"])


def run(peer: LedgerPeer, session: Session, journal: Journal) -> list[ItemResult]:
    def perform(flow: Flow[ItemResult]) -> ItemResult:
        return peer.drive(flow.steps(session))

    return list(in_threads(Run(journal, (), None), stream(), perform, 1))


def dies(peer: Mortal, session: Session, path: Path) -> bool:
    """Run until the peer's step that ends it; tell whether it came to that."""
    with journal_of(session, path, None, Fsync.NEVER) as journal:
        try:
            run(peer, session, journal)
        except Died:
            return True
    return False


def check(peer: LedgerPeer, results: list[ItemResult]) -> None:
    assert [each.outcome for each in results] == [Outcome.COMMITTED] * ITEMS
    assert [each.result for each in results] == [b"title-%d" % number for number in range(1, ITEMS + 1)]
    assert peer.effects == Counter({(b"title-%d" % number,): 1 for number in range(1, ITEMS + 1)})
    valid = {number: one for number, (one, code, _) in enumerate(peer.blocks, start=1) if code == VALID}
    assert {each.block_number: each.transaction_id for each in results} == valid


@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_dies_at_any_step_commits_each_item_once(session: Session, tmp_path: Path, after: bool) -> None:
    steps = 0
    for steps in range(1, 100):
        peer = Mortal()
        peer.life, peer.after = steps, after
        path = tmp_path / f"{steps}.journal"
        died = dies(peer, session, path)
        peer.life = 1_000_000
        with journal_of(session, path, None, Fsync.NEVER) as journal:
            check(peer, run(peer, session, journal))
        if not died:
            break
    assert steps > 3 * ITEMS  # else it was no test of all steps


@settings(deadline=None, max_examples=60)
@given(
    deaths=st.lists(st.tuples(st.integers(1, 14), st.booleans()), max_size=6),
    tears=st.lists(st.integers(0, 400), min_size=6, max_size=6),
    conflicts=st.sets(st.integers(0, 5), max_size=3),
)
def test_however_often_it_dies_and_whatever_of_the_journal_is_lost(
    session: Session, deaths: list[tuple[int, bool]], tears: list[int], conflicts: set[int]
) -> None:
    """What the machine's own death takes away is the end of the journal, never its first line."""
    numbers = iter(range(1000))
    peer = Mortal(judge=lambda _function, _arguments: MVCC if next(numbers) in conflicts else VALID)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "run.journal")
        for (peer.life, peer.after), tear in zip(deaths, tears, strict=False):
            dies(peer, session, path)
            content = path.read_bytes()
            path.write_bytes(content[: max(content.index(b"\n") + 1, len(content) - tear)])
        peer.life = 1_000_000
        with journal_of(session, path, None, Fsync.NEVER) as journal:
            check(peer, run(peer, session, journal))
