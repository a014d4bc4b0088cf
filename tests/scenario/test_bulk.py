"""Files of many on the real network: killed without warning, taken up again, and each line took effect once."""

import json
import os
import secrets
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from examples.story.acts import CARRIER, issuance_request
from tests.support.identifiers import fresh_lei
from tests.support.told import Told
from tests.support.waiting import until
from tradelane.gateway import Gateway, aio, ebl, ledger, organisations
from tradelane.gateway.bulk.records import Invocation, Outcome
from tradelane.model.events import FACTS, PartyFact

pytestmark = pytest.mark.network

EXECUTABLE = str(Path(sys.executable).parent / "tradelane")
PARTIES, KILLS = 60, 5


class Import:
    """One import command on a file, as often as it takes."""

    def __init__(self, told: Told, file: Path, *words: str) -> None:
        self._command = [EXECUTABLE, *words, str(file), "--in-flight", "8", "--json"]
        self._environment = os.environ | {"TRADELANE_HOME": str(told.network.paths.root)}
        self.journal = file.with_name(file.name + ".journal")

    def killed_after(self, lines: int) -> None:
        """Run it, and kill it when its journal has grown by so many lines."""
        before = self._lines()
        with subprocess.Popen(self._command, env=self._environment, stdout=subprocess.PIPE) as process:
            until(lambda: self._lines() >= before + lines or process.poll() is not None)
            process.send_signal(signal.SIGKILL)

    def finished(self) -> Any:
        """Run it to its end and return its summary."""
        done = subprocess.run(self._command, env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    def _lines(self) -> int:
        return self.journal.read_bytes().count(b"\n") if self.journal.exists() else 0


def written(path: Path, lines: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))
    return path


def height(gateway: Gateway) -> int:
    return gateway.run(ledger.height())


def announced(gateway: Gateway, since_block: int) -> Counter[str]:
    """Count how often each party was announced since a block."""
    found: Counter[str] = Counter()
    last = height(gateway) - 1
    for number in range(since_block, last + 1):
        for transaction in gateway.run(ledger.block(number)).transactions:
            if transaction.is_valid and transaction.action and transaction.action.event:
                found.update(_admitted(transaction.action.event.payload))
    return found


def _admitted(payload: bytes) -> list[str]:
    return [each.party_id for each in FACTS.validate_json(payload) if isinstance(each, PartyFact)]


def test_parties_admitted_by_an_import_that_is_killed_again_and_again(told: Told, tmp_path: Path) -> None:
    names = [f"bulk-{secrets.token_hex(6)}" for _ in range(PARTIES)]
    lines = [{"partyId": each, "lei": fresh_lei(), "name": f"{each} Ltd", "roles": ["TRADER"]} for each in names]
    file = written(tmp_path / "parties.jsonl", lines)
    gateway = told.cast.as_admin("hongkong")
    since = height(gateway)
    importing = Import(told, file, "--as", "admin@hongkong", "party", "import")
    for number in range(KILLS):
        importing.killed_after(3 + 5 * number)
    found = importing.finished()
    assert (found["items"], found["outcomes"]["committed"]) == (PARTIES, PARTIES)
    assert found["resumed"] > 0
    counted = announced(gateway, since)
    assert {name: counted[name] for name in names} == dict.fromkeys(names, 1)
    assert not any(name.encode() in importing.journal.read_bytes() for name in (f"{names[0]} Ltd",))


def test_titles_issued_by_an_import_that_is_killed(told: Told, tmp_path: Path) -> None:
    file = written(tmp_path / "titles.jsonl", [issuance_request() for _ in range(4)])
    carrier = told.cast.as_party(CARRIER)
    before = {each.title_id for each in carrier.run(ebl.list_up_to(10_000))}
    importing = Import(told, file, "--as", f"{CARRIER}-clerk@shanghai", "ebl", "import")
    for lines in (2, 5):
        importing.killed_after(lines)
    found = importing.finished()
    assert found["outcomes"]["committed"] == 4
    titles = {each.title_id: each for each in carrier.run(ebl.list_up_to(10_000)) if each.title_id not in before}
    assert (len(titles), {each.sequence for each in titles.values()}) == (4, {1})


def test_both_clients_submit_a_stream_and_say_what_became_of_each(told: Told) -> None:
    gateway = told.cast.as_admin("shanghai")
    endorsers = gateway.run(organisations.list_organisations()).msp_ids
    stream = [_admission(endorsers), Invocation("party:admit", ["{}"]), _admission(endorsers)]
    found = {each.key: each for each in gateway.submit_many(stream)}
    assert [found[key].outcome for key in "123"] == [Outcome.COMMITTED, Outcome.REFUSED, Outcome.COMMITTED]
    assert found["1"].block_number is not None
    assert found["2"].code == "INVALID_REQUEST"


async def test_an_asyncio_stream_is_resumed_with_its_journal(told: Told, tmp_path: Path) -> None:
    profile = told.network.paths.profile("shanghai").root
    endorsers = told.cast.as_admin("shanghai").run(organisations.list_organisations()).msp_ids
    stream = [_admission(endorsers) for _ in range(10)]
    async with aio.connect(profile, "admin") as gateway:
        with gateway.journal(tmp_path / "run.journal") as journal:
            async with aclosing(gateway.submit_many(stream, in_flight=3, journal=journal)) as results:
                await anext(results)
        with gateway.journal(tmp_path / "run.journal") as journal:
            found = [each async for each in gateway.submit_many(stream, journal=journal)]
    assert {each.outcome for each in found} == {Outcome.COMMITTED}
    assert len({each.transaction_id for each in found}) == len(stream)
    assert sum(each.resumed for each in found) >= 1


def _admission(endorsers: Sequence[str]) -> Invocation:
    body = {"partyId": f"bulk-{secrets.token_hex(6)}", "lei": fresh_lei(), "roles": ["TRADER"]}
    transient = {"name": b"A Trader of Many", "salt": secrets.token_bytes(32)}
    return Invocation("party:admit", [json.dumps(body)], transient=transient, endorsing_organizations=endorsers)
