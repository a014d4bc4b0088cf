"""More rows than a peer hands out in one iteration."""

from tests.support.memory_stub import TOTAL_QUERY_LIMIT
from tests.support.network_driver import NetworkDriver
from tests.support.semantics import Driver, submit

ON_A_PEER, MORE, AT_ONCE = 100_000, 7, 10_000


async def test_a_range_ends_silently_where_pages_go_on(ledger: Driver, name: str) -> None:
    one = ledger.orgs[0]
    silent_end = ON_A_PEER if isinstance(ledger, NetworkDriver) else TOTAL_QUERY_LIMIT
    for start in range(0, silent_end, AT_ONCE):
        count = min(AT_ONCE, silent_end - start)
        assert (await submit(ledger, one, [["fill", name, start, count]])).code == "VALID"
    assert await ledger.evaluate(one, [["count", name]]) == [silent_end]
    await submit(ledger, one, [["fill", name, silent_end, MORE]])
    assert await ledger.evaluate(one, [["count", name]]) == [silent_end]
    assert await ledger.evaluate(one, [["count_every", name, silent_end // 3]]) == [silent_end + MORE]
