"""How many messages to the peer each transaction costs, and that its peers agree whatever their environment."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.trade import BANK, CARRIER, EXPORTER, Trade
from tradelane.chaincode.shim.interface import Response, Stub

ROOT = Path(__file__).parents[3]
READS = {"get_state", "get_multiple_states"}
PUBLIC_WRITES = {"put_state", "del_state", "set_state_validation_parameter"}
PRIVATE = {"get_private_data", "get_private_data_hash", "put_private_data"}


class CountingStub:
    """Passes everything on and counts what a peer would be asked; writes in a batch count as one."""

    def __init__(self, stub: Stub, counted: Counter[str]) -> None:
        self._stub = stub
        self._counted = counted
        self._in_batch = False

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._stub, name)
        if name in READS or (name in PRIVATE and name.startswith("get")):
            self._counted[name] += 1
        elif (name in PUBLIC_WRITES or name.startswith("put")) and not self._in_batch:
            self._counted["write"] += 1
        return found

    @asynccontextmanager
    async def write_batch(self) -> AsyncIterator[None]:
        if self._in_batch:
            yield
            return
        self._counted["write"] += 1
        self._in_batch = True
        async with self._stub.write_batch():
            yield
        self._in_batch = False


class Counting:
    """Counts per function."""

    def __init__(self, trade: Trade) -> None:
        self._chaincode = trade.chaincode
        self.counted: dict[str, Counter[str]] = {}

    async def invoke(self, stub: Stub) -> Response:
        counted = self.counted[stub.args[0].decode()] = Counter()
        proxy: Any = CountingStub(stub, counted)
        return await self._chaincode.invoke(proxy)


async def story(trade: Trade) -> None:
    await trade.open()
    await trade.lodge()
    await trade.issue()
    await trade.share(CARRIER, EXPORTER)
    await trade.act(EXPORTER, "endorse", actionCode="ENDORSE_TO_ORDER", recipient=BANK)
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    await trade.act(BANK, "surrender")
    await trade.reject(CARRIER)
    await trade.act(BANK, "surrender")
    await trade.act(CARRIER, "accept")


async def test_a_written_transaction_costs_one_read_and_one_write_beside_private_data() -> None:
    trade = Trade()
    counting = Counting(trade)
    trade.chaincode = counting
    await story(trade)
    counted = {name: dict(counts) for name, counts in counting.counted.items() if counts}
    one = {"get_multiple_states": 1, "write": 1}
    assert counted.pop("document:lodgement") == {"get_multiple_states": 2, "get_private_data": 1}
    assert counted == {
        "organisation:register": one,
        "organisation:prepare": {"get_private_data": 1, "write": 1},
        "party:admit": one,
        "party:licence": one,
        "document:lodge": {**one, "get_private_data": 3},
        "document:share": one,
        "ebl:issue": {**one, "get_private_data_hash": 1},
        "ebl:endorse": one,
        "ebl:transfer": one,
        "ebl:surrender": one,
        "ebl:reject": one,
        "ebl:accept": one,
    }


PROGRAM = """
import asyncio, hashlib
from tests.chaincode.contract.test_messages import story
from tests.support.trade import Trade, EXPORTER, TITLE
async def main():
    trade = Trade()
    endorse, digest = trade.endorse, hashlib.sha256()
    async def recorded(*args, **named):
        transaction = await endorse(*args, **named)
        digest.update(transaction.public_bytes)
        return transaction
    trade.endorse = recorded
    await story(trade)
    for function in ("ebl:history", "ebl:show"):
        digest.update(await trade.evaluate(EXPORTER, function, {"titleId": TITLE}))
    print(digest.hexdigest())
asyncio.run(main())
"""


def test_peers_in_different_environments_write_the_same_bytes() -> None:
    environments = [
        {"PYTHONHASHSEED": "0", "TZ": "UTC", "LANG": "C"},
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Shanghai", "LANG": "zh_CN.UTF-8"},
        {"PYTHONHASHSEED": "424242", "TZ": "America/St_Johns", "LANG": "tr_TR.UTF-8", "LC_ALL": "C.UTF-8"},
    ]
    digests = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for environment in environments
    ]
    assert len(digests[0].strip()) == 64
    assert len(set(digests)) == 1
