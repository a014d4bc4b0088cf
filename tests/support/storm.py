"""Many clients that submit with `submit` alone, as banks do: the client tries again, the caller does not."""

import asyncio
import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.identifiers import fresh_lei
from tests.support.waiting import until
from tradelane.gateway import Committed, Deadlines, Gateway, aio, ledger, organisations

PREFIX = "storm-"
PATIENT = Deadlines(endorse_seconds=60, submit_seconds=60, commit_status_seconds=60, total_seconds=180)


def admission(party_id: str) -> tuple[str, dict[str, bytes]]:
    """Return the request and the private inputs that admit a party nobody knows yet."""
    body = json.dumps({"partyId": party_id, "lei": fresh_lei(), "roles": ["TRADER"]}, separators=(",", ":"))
    return body, {"name": b"A Trader of the Storm", "salt": secrets.token_bytes(32)}


@dataclass
class Storm:
    """Clients of one organisation at work, each admitting party after party."""

    profile: Path
    endorsers: tuple[str, ...]
    clients: int
    user: str = "admin"
    committed: dict[str, Committed[bytes]] = field(default_factory=dict)
    """By party id."""
    failed: dict[str, BaseException] = field(default_factory=dict)
    codes: Counter[str] = field(default_factory=Counter)
    """Of all attempts."""
    last_commit: float = 0.0
    _stopping: threading.Event = field(default_factory=threading.Event)

    def await_commits(self, number: int) -> None:
        """Wait until so many further transactions have taken effect."""
        wanted = len(self.committed) + number
        until(lambda: self.failed or len(self.committed) >= wanted)

    def run(self) -> None:
        """Work until told to stop; for a thread of its own."""
        asyncio.run(self._run())

    def stop(self) -> None:
        self._stopping.set()

    async def _run(self) -> None:
        async with AsyncExitStack() as stack:
            opened = aio.connect(self.profile, self.user, deadlines=PATIENT)
            gateway = await stack.enter_async_context(opened)
            await asyncio.gather(*(self._client(gateway) for _ in range(self.clients)))

    async def _client(self, gateway: aio.Gateway) -> None:
        while not self._stopping.is_set():
            party_id = PREFIX + secrets.token_hex(8)
            body, transient = admission(party_id)
            try:
                done = await gateway.submit(
                    "party:admit", body, transient=transient, endorsing_organizations=self.endorsers
                )
            except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
                self.failed[party_id] = error
                return
            self.codes.update(f"{one.step}: {one.code}" for one in done.attempts)
            self.committed[party_id] = done
            self.last_commit = time.monotonic()


@contextmanager
def storm(profile: Path, gateway: Gateway, clients: int) -> Iterator[Storm]:
    """Keep clients at work during the block."""
    endorsers = gateway.run(organisations.list_organisations()).msp_ids
    at_work = Storm(profile, endorsers, clients)
    thread = threading.Thread(target=at_work.run)
    thread.start()
    try:
        yield at_work
    finally:
        at_work.stop()
        thread.join()


def valid_since(gateway: Gateway, block: int, function: str) -> list[Any]:
    """Return the transactions of one function that took effect, from a block on, as the ledger holds them."""
    blocks = (gateway.run(ledger.block(number)) for number in range(block, gateway.run(ledger.height())))
    return [
        one
        for found in blocks
        for one in found.transactions
        if one.is_valid and one.action is not None and one.action.function == function.encode()
    ]


def admitted(transaction: Any) -> str:
    """Return the party a transaction admits."""
    return str(json.loads(transaction.action.arguments[1])["partyId"])


def check(at_work: Storm, gateway: Gateway, since_block: int) -> None:
    """Hold what the callers were told against the ledger: nothing lost, nothing twice."""
    for error in at_work.failed.values():
        raise error  # as its caller was told
    on_ledger = {
        admitted(one): one.id
        for one in valid_since(gateway, since_block, "party:admit")
        if admitted(one).startswith(PREFIX)
    }
    told = {party_id: done.transaction_id for party_id, done in at_work.committed.items()}
    assert on_ledger == told
