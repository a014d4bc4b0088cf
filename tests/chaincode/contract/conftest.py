"""A channel opened once and copied for each test."""

import copy

import pytest
import pytest_asyncio

from tests.support.memory_ledger import MemoryLedger
from tests.support.trade import CARRIER, EXPORTER, Trade


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def opened() -> MemoryLedger:
    trade = Trade()
    await trade.open()
    return trade.ledger


@pytest.fixture
def trade(opened: MemoryLedger) -> Trade:
    """Both organisations registered and prepared, the parties of the examples admitted, the bank licensed."""
    return Trade(copy.deepcopy(opened))


@pytest.fixture
async def issued(trade: Trade) -> Trade:
    """The example's title, issued to the exporter, who has its document."""
    await trade.lodge()
    await trade.issue()
    await trade.share(CARRIER, EXPORTER)
    return trade
