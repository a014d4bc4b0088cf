"""The rules about values and order that differ between peers, and all rules together."""

from tradelane.chaincode.lint.catalog_ledger import LEDGER_RULES
from tradelane.chaincode.lint.catalog_private import PRIVATE_RULES
from tradelane.chaincode.lint.finding import Rule

_DIFFERING = (
    Rule(
        "DET101",
        "clocks and waiting",
        "Each endorsing peer's service reads another time, so their results differ and the transaction fails.",
        "Use the transaction's time, stub.timestamp, which is the same on every peer; never wait.",
        "async def invoke(stub):\n    await stub.put_state('at', datetime.now(UTC).isoformat().encode())",
        "async def invoke(stub):\n    await stub.put_state('at', stub.timestamp.isoformat().encode())",
    ),
    Rule(
        "DET102",
        "random values",
        "Each endorsing peer draws another value, so their results differ and the transaction fails.",
        "Let the client choose the value and send it as an argument (transient where it is secret), or use stub.tx_id.",
        "async def invoke(stub):\n    await stub.put_state(str(uuid.uuid4()), b'1')",
        "async def invoke(stub):\n    await stub.put_state(stub.tx_id, b'1')",
    ),
    Rule(
        "DET103",
        "hash() and id()",
        "hash() of text is salted anew in each process, and id() is an address in memory.",
        "Use hashlib.sha256 over canonical bytes.",
        "async def invoke(stub):\n    await stub.put_state(str(hash(stub.args[1])), b'1')",
        "async def invoke(stub):\n    await stub.put_state(hashlib.sha256(stub.args[1]).hexdigest(), b'1')",
    ),
    Rule(
        "DET104",
        "environment, process and machine",
        "Each organisation runs the chaincode with an environment of its own.",
        "Keep settings on the ledger, or take them as an argument.",
        "async def invoke(stub):\n    await stub.put_state('limit', os.environ['LIMIT'].encode())",
        "async def invoke(stub):\n    await stub.put_state('limit', stub.args[1])",
    ),
    Rule(
        "DET105",
        "locale and time zone of the machine",
        "Texts, sorting and local times follow the settings and the zone data of the machine.",
        "Format with explicit patterns of digits, sort by code point, and compute in UTC.",
        "def day(stub):\n    return stub.timestamp.astimezone().date().isoformat()",
        "def day(stub):\n    return stub.timestamp.astimezone(UTC).date().isoformat()",
    ),
    Rule(
        "DET201",
        "floating point",
        "Rounding loses cents, and the last digit may differ between machines and libraries.",
        "Count in the smallest unit as int, or use decimal.Decimal from a text.",
        "def fee(amount):\n    return amount * 0.015",
        "def fee(amount):\n    return amount * 15 // 1000",
    ),
    Rule(
        "DET202",
        "division that makes a float",
        "`/` between integers makes a float, which is exact up to 2**53 only.",
        "Use // or divmod for int, or make one side a Decimal and round it by an explicit rule.",
        "def share(amount, owners):\n    return amount / owners",
        "def share(amount, owners):\n    return Decimal(amount) / owners",
    ),
    Rule(
        "DET301",
        "order of a set",
        "A set of texts has another order in each process, because their hashes are salted.",
        "Iterate over sorted(...), or keep the order with dict.fromkeys or a list.",
        "async def invoke(stub):\n    for name in set(stub.args):\n        await stub.del_state(name.decode())",
        "async def invoke(stub):\n    for name in sorted(set(stub.args)):\n        await stub.del_state(name.decode())",
    ),
    Rule(
        "DET302",
        "JSON without sorted keys",
        "The bytes then follow the order in which the dict happened to be filled.",
        "Give sort_keys=True (and separators), or use a canonical form such as RFC 8785.",
        "async def invoke(stub):\n    await stub.put_state('a', json.dumps({'b': 1, 'a': 2}).encode())",
        "async def invoke(stub):\n    await stub.put_state('a', json.dumps({'b': 1, 'a': 2}, sort_keys=True).encode())",
    ),
    Rule(
        "DET303",
        "bytes of pickle and its kin",
        "Their bytes depend on the version of Python and on how objects are shared in memory.",
        "Write canonical JSON, or a message with a deterministic encoding.",
        "async def invoke(stub):\n    await stub.put_state('a', pickle.dumps([1]))",
        "async def invoke(stub):\n    await stub.put_state('a', json.dumps([1], sort_keys=True).encode())",
    ),
)

_SURROUNDINGS = (
    Rule(
        "DET401",
        "threads, processes and executors",
        "Their order is up to the machine's scheduler, and the stub belongs to one event loop.",
        "Compute in line; a transaction is short.",
        "async def invoke(stub):\n    return await asyncio.to_thread(len, stub.args)",
        "async def invoke(stub):\n    return len(stub.args)",
    ),
    Rule(
        "DET402",
        "tasks whose steps may interleave",
        "Which task goes on first depends on when answers arrive; one left running outlives its transaction.",
        "Await one after the other; asyncio.gather and TaskGroup are fine where each task is one read of the stub.",
        "async def invoke(stub):\n    await asyncio.gather(stub.put_state('a', b'1'), stub.put_state('a', b'2'))",
        "async def invoke(stub):\n    await asyncio.gather(stub.get_state('a'), stub.get_state('b'))",
    ),
    Rule(
        "DET501",
        "files and the terminal",
        "Each organisation's machine holds other files.",
        "Keep what a transaction needs on the ledger, in its arguments, or as a constant in the code.",
        "def rates():\n    with open('rates.csv') as file:\n        return file.read()",
        "async def rates(stub):\n    return await stub.get_state('rates')",
    ),
    Rule(
        "DET502",
        "network and other programs",
        "Each endorsing peer may get another answer, or none.",
        "Let the client ask and send the answer as an argument, signed by its source.",
        "def price():\n    return httpx.get('https://example.com/price').text",
        "def price(stub):\n    return stub.args[1].decode()",
    ),
    Rule(
        "DET503",
        "code that is made at run time",
        "Nobody, this linter included, can tell beforehand what it does.",
        "Write the cases out, or choose from a constant mapping.",
        "def apply(expression):\n    return eval(expression)",
        "def apply(name):\n    return {'add': sum, 'most': max}[name]",
    ),
    Rule(
        "DET601",
        "state of the module or the class",
        "It outlives the transaction and the restart of one peer's service, so peers come to differ.",
        "Keep state on the ledger; pass values as arguments.",
        "SEEN = []\n\nasync def invoke(stub):\n    SEEN.append(stub.tx_id)",
        "KNOWN = ('a', 'b')\n\nasync def invoke(stub):\n    return stub.args[0].decode() in KNOWN",
    ),
    Rule(
        "DET602",
        "state of the chaincode object",
        "One object serves all transactions of a service at once, those never committed too.",
        "Keep it in a local variable, or on the ledger.",
        "class Counter:\n    async def invoke(self, stub):\n        self.count = len(stub.args)",
        "class Counter:\n    async def invoke(self, stub):\n        count = len(stub.args)\n        return count",
    ),
    Rule(
        "DET603",
        "cache over the ledger",
        "A cached read is missing from the read set, and is stale on one peer while fresh on another.",
        "Read through the stub each time; cache pure functions only.",
        "@functools.cache\ndef rate(stub, name):\n    return stub.get_state(name)",
        "@functools.cache\ndef digits(currency):\n    return 0 if currency == 'JPY' else 2",
    ),
)

_WAIVERS = (
    Rule(
        "DET900",
        "file that cannot be judged",
        "The linter could not read it as Python, so nothing is known about it.",
        "Mend the file; the linter reads the syntax of the Python it runs on.",
        "def invoke(stub:",
        "def invoke(stub): ...",
    ),
    Rule(
        "DET901",
        "waiver that cannot be read",
        "A waiver names rules that exist and says why they may be broken here.",
        "Write `# determinism: allow CODE reason`; several codes are separated by commas.",
        "x = 1  # determinism: allow DET101",
        "x = 0.5  # determinism: allow DET201 shown to people, never stored",
    ),
    Rule(
        "DET902",
        "waiver of nothing",
        "What it excused is gone, and it would hide the next one.",
        "Remove the waiver, or the code from it.",
        "x = 1  # determinism: allow DET201 shown to people, never stored",
        "x = 0.5  # determinism: allow DET201 shown to people, never stored",
    ),
)

RULES: dict[str, Rule] = {
    rule.code: rule for rule in (*_DIFFERING, *_SURROUNDINGS, *PRIVATE_RULES, *LEDGER_RULES, *_WAIVERS)
}
"""All rules by code."""
