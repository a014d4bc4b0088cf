"""The rules about what Fabric does not do: read its own writes, or check every query again at commit."""

from tradelane.chaincode.lint.finding import Level, Rule

LEDGER_RULES = (
    Rule(
        "DET801",
        "writing beside a paginated query",
        "The peer refuses writes in a transaction that ran a paginated query, or a private range query.",
        "Query in one function that is evaluated and write in another, or iterate without pages.",
        "async def invoke(stub):\n"
        "    page = await stub.get_state_by_range_with_pagination('a', 'z', 10, '')\n"
        "    await stub.put_state('count', str(len(page.rows)).encode())",
        "async def invoke(stub):\n"
        "    rows = [row async for row in stub.get_state_by_range('a', 'z')]\n"
        "    await stub.put_state('count', str(len(rows)).encode())",
        Level.WARNING,
    ),
    Rule(
        "DET802",
        "reading what was just written",
        "A read shows the state before the transaction, never the transaction's own writes.",
        "Keep the new value in a variable.",
        "async def invoke(stub):\n    await stub.put_state('a', b'1')\n    return await stub.get_state('a')",
        "async def invoke(stub):\n    value = b'1'\n    await stub.put_state('a', value)\n    return value",
        Level.WARNING,
    ),
    Rule(
        "DET803",
        "writing what an unchecked query found",
        "Rich queries and histories are not run again at commit: what they found may have changed by then.",
        "Decide on get_state or a range query, which are checked, or read the found keys with get_state again.",
        "async def invoke(stub):\n"
        "    async for row in stub.get_query_result('{}'):\n"
        "        await stub.put_state(row.key, b'1')",
        "async def invoke(stub):\n"
        "    async for row in stub.get_state_by_range('a', 'z'):\n"
        "        await stub.put_state(row.key, b'1')",
        Level.WARNING,
    ),
)
