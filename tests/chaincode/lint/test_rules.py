"""Every rule finds its bad example and lets its good one pass, and further examples of each."""

import pytest

from tradelane.chaincode.lint import RULES, check

IMPORTS = """import asyncio
import datetime as module
import functools
import hashlib
import json
import logging
import os
import pickle
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import httpx

"""
BROKEN_FILES = ("DET900",)


def codes(source: str) -> list[str]:
    return [finding.code for finding in check({"chaincode.py": source})]


@pytest.mark.parametrize("code", RULES)
def test_the_bad_example_breaks_this_rule_and_no_other(code: str) -> None:
    assert set(codes(IMPORTS + RULES[code].bad)) == {code}


@pytest.mark.parametrize("code", RULES)
def test_the_good_example_breaks_no_rule(code: str) -> None:
    assert codes(IMPORTS + RULES[code].good) == []


@pytest.mark.parametrize("code", RULES)
def test_a_rule_says_why_and_what_to_write_in_sentences(code: str) -> None:
    rule = RULES[code]
    assert rule.why[0].isupper() or rule.why.startswith(("`", "hash()"))
    assert rule.why.endswith(".")
    assert rule.instead.endswith(".")


BAD = {
    "DET101": [
        "import time as t\ndef f(): return t.time()",
        "from time import monotonic as now\ndef f(): return now()",
        "from datetime import datetime as d\ndef f(): return d.utcnow()",
        "import datetime\ndef f(): return datetime.date.today()",
        "import datetime as dt\nnow = dt.datetime.now\ndef f(): return now()",
        "from time import *\ndef f(): return perf_counter()",
        "from dataclasses import field\nimport time\nclass A:\n    at: int = field(default_factory=time.time_ns)",
        "import asyncio\nasync def f(): await asyncio.sleep(1)",
        "import time\ndef f():\n    clock = getattr(time, 'time')\n    return clock()",
        "try:\n    import time\nexcept ImportError:\n    time = None\ndef f(): return time.time()",
    ],
    "DET102": [
        "from random import shuffle\ndef f(a): shuffle(a)",
        "import random\ndef f(): return random.Random(1).choice('ab')",
        "import secrets\ndef f(): return secrets.token_hex(8)",
        "from uuid import uuid4 as fresh\ndef f(): return fresh()",
        "import os\ndef f(): return os.urandom(8)",
        "import numpy.random as r\ndef f(): return r.normal()",
    ],
    "DET103": ["def f(a): return hash(a)", "def f(a): return sorted(a, key=id)"],
    "DET104": [
        "import os\ndef f(): return os.getenv('A')",
        "from os import environ as e\ndef f(): return e.get('A')",
        "import platform\ndef f(): return platform.node()",
        "from socket import gethostname\ndef f(): return gethostname()",
        "import sys\ndef f(): return sys.argv[1]",
        "import getpass\ndef f(): return getpass.getuser()",
        "from pathlib import Path\ndef f(): return Path.home()",
        "import os\nLIMIT = os.environ['LIMIT']",
    ],
    "DET105": [
        "import locale\ndef f(a): return sorted(a, key=locale.strxfrm)",
        "def f(a): return f'{a:n}'",
        "def f(a): return format(a, 'n')",
        "def f(a): return a.strftime('%B %d')",
        "def f(a): return f'{a:%A}'",
        "from datetime import datetime\ndef f(a): return datetime.fromtimestamp(a)",
        "from zoneinfo import ZoneInfo\ndef f(a): return a.astimezone(ZoneInfo('Europe/Berlin'))",
        "import calendar\ndef f(m): return calendar.month_name[m]",
    ],
    "DET201": [
        "RATE = 0.1",
        "def f(a): return float(a)",
        "def f(a): return list(map(float, a))",
        "import json\ndef f(a): return json.loads(a, parse_float=float)",
        "import math\ndef f(a): return math.sqrt(a)",
        "from statistics import mean\ndef f(a): return mean(a)",
        "def f(a: float, b: int): return a * b",
        "def f(a, b): return (a - b).total_seconds()",
        "def f(a): return 10 ** -a",
        "def f(at): return int(at.timestamp())",
        "class A:\n    price: float\ndef f(a): return a.price * 2",
    ],
    "DET202": ["def f(a):\n    a /= 2\n    return a", "def f(a): return round(a / 3, 2)"],
    "DET301": [
        "def f(a): return list({1, 2})",
        "def f(a): return [x for x in frozenset(a)]",
        "def f(a): return {x: 1 for x in set(a)}",
        "def f(a): return ','.join({x for x in a})",
        "def f(a: set[str]): return tuple(a)",
        "def f(a: 'frozenset[str] | None'): return tuple(a)",
        "def f(a, b): return [k for k in a.keys() & b.keys()]",
        "def f(a, b): return dict.fromkeys(set(a) | set(b))",
        "def f(a):\n    s = set(a)\n    return s.pop()",
        "def f(a):\n    s = set(a)\n    return next(iter(s))",
        "def f(a): return f'{set(a)}'",
        "def f(a):\n    x, y = set(a)\n    return x",
        "def f(a): return [*set(a)]",
        "def f(a): return (x for x in set(a).union('b'))",
        "NAMES = {'a', 'b'}\ndef f():\n    for n in NAMES: yield n",
        "from typing import AbstractSet\nclass A:\n    names: AbstractSet[str]\ndef f(a: A): return list(a.names)",
        "def names() -> set[str]: ...\ndef f():\n    for n in names(): yield n",
    ],
    "DET302": [
        "from json import dumps as d\ndef f(a): return d(a)",
        "import json\ndef f(a): return json.dumps(a, sort_keys=False)",
        "import orjson\ndef f(a): return orjson.dumps(a)",
    ],
    "DET303": ["import marshal\ndef f(a): return marshal.dumps(a)"],
    "DET401": [
        "import threading\ndef f(g): threading.Thread(target=g).start()",
        "from concurrent.futures import ThreadPoolExecutor\ndef f(g): return ThreadPoolExecutor().map(g)",
        "from multiprocessing import Pool\ndef f(): return Pool()",
        "async def f(loop, g): return await loop.run_in_executor(None, g)",
    ],
    "DET402": [
        "import asyncio\nasync def f(g): asyncio.create_task(g())",
        "import asyncio\nasync def f(stub, g): return await asyncio.gather(stub.get_state('a'), g(stub))",
        "import asyncio\nasync def f(a):\n    async for x in asyncio.as_completed(a): yield x",
        "async def f(loop, stub): loop.create_task(stub.get_state('a'))",
        "import asyncio\nasync def f(g):\n    async with asyncio.TaskGroup() as group: group.create_task(g())",
    ],
    "DET501": [
        "from pathlib import Path\ndef f(): return Path('a').read_text()",
        "from pathlib import Path\ndef f(p: Path): return p.exists()",
        "from pathlib import Path\ndef f(p: Path): return (p / 'a').stat()",
        "import os\ndef f(): return os.listdir('.')",
        "from os.path import exists as there\ndef f(): return there('a')",
        "import sqlite3\ndef f(): return sqlite3.connect('a')",
        "def f(): return input()",
    ],
    "DET502": [
        "import urllib.request\ndef f(): return urllib.request.urlopen('http://a')",
        "from requests import get\ndef f(): return get('http://a')",
        "import socket as s\ndef f(): return s.socket()",
        "from subprocess import run\ndef f(): run(['ls'])",
        "import os\ndef f(): os.system('ls')",
    ],
    "DET503": ["def f(a): exec(a)", "import importlib\ndef f(a): return importlib.import_module(a)"],
    "DET601": [
        "COUNT = 0\ndef f():\n    global COUNT\n    COUNT += 1",
        "SEEN = {}\ndef f(a): SEEN[a] = 1",
        "SEEN = {}\ndef f(a): del SEEN[a]",
        "from collections import defaultdict\nSEEN = defaultdict(list)\ndef f(a): SEEN[a].append(a)",
        "from itertools import count\nNEXT = count()\ndef f(): return next(NEXT)",
        "class A:\n    seen = []\n    def f(self, a): self.seen.append(a)",
        "class A:\n    seen = {}\n    @classmethod\n    def f(cls, a): cls.seen[a] = 1",
        "class A:\n    seen = {}\ndef f(a): A.seen[a] = 1",
        "def f(a, seen=[]):\n    seen.append(a)\n    return seen",
        "import settings\ndef f(a): settings.LIMIT = a",
        "def f(a): f.last = a",
    ],
    "DET602": [
        "class A:\n    async def put(self, ctx):\n        self.n += 1",
        "class A:\n    def __init__(self): self.seen = []\n    async def put(self, stub): self.seen.append(stub.tx_id)",
        "class A:\n    def __init__(self): self.seen = {}\n    async def put(self, stub): self.seen[stub.tx_id] = 1",
    ],
    "DET603": [
        "from functools import lru_cache\n@lru_cache(maxsize=10)\nasync def f(key): ...",
        "import functools as ft\nclass A:\n    @ft.cache\n    def f(self, key): return self.stub.get_state(key)",
    ],
    "DET801": [
        (
            "async def f(stub):\n    await stub.put_state('a', b'1')\n"
            "    return await stub.get_state_by_range_with_pagination('', '', 1, '')"
        ),
        (
            "async def f(stub):\n    async for row in stub.get_private_data_by_range('c', '', ''):\n"
            "        await stub.del_state('a')"
        ),
    ],
    "DET802": [
        (
            "async def f(stub, key):\n    await stub.put_state(key, b'1')\n    if key:\n"
            "        return len(await stub.get_state(key))"
        ),
        (
            "async def f(stub, k):\n    await stub.del_private_data('c', k)\n"
            "    return (await stub.get_private_data('c', k)) is None"
        ),
    ],
    "DET803": [
        (
            "async def f(stub):\n    rows = [row async for row in stub.get_history_for_key('a')]\n"
            "    await stub.put_state('n', str(len(rows)).encode())"
        )
    ],
}


@pytest.mark.parametrize(("code", "source"), [(code, source) for code, sources in BAD.items() for source in sources])
def test_further_bad_examples(code: str, source: str) -> None:
    assert set(codes(source)) == {code}


GOOD = [
    # names that only look like banned ones
    "def f(time): return time.time()",
    "def f(stub):\n    time = stub.timestamp\n    return time.microsecond",
    "class A:\n    def now(self): return 1\ndef f(a): return a.now()",
    "def f(datetime): return datetime.now()",
    "def f(open): return open('a')",
    "import os.path\ndef f(a): return os.path.join(a, 'b')",
    "import uuid\ndef f(a): return uuid.uuid5(uuid.NAMESPACE_URL, a)",
    "import time\ndef f(a): return time.strptime(a, '%Y')",
    # what only a type checker or a start as a program sees
    "import socket\ndef f(a: socket.socket) -> float: ...",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import time\n    T = time.time",
    "import os, sys\nif __name__ == '__main__':\n    sys.exit(os.environ['A'])",
    "import socket\ndef f(g):\n    try: g()\n    except socket.timeout: pass",
    # divisions that make no float
    "from decimal import Decimal\ndef f(a: Decimal): return a / 3",
    "from decimal import Decimal\ndef f(a: str): return Decimal(a).quantize(Decimal('0.01')) / 3",
    "from fractions import Fraction\ndef f(a): return Fraction(a) / 3",
    "from decimal import Decimal\nclass A:\n    price: Decimal\ndef f(a): return a.price / 2",
    "from pathlib import PurePosixPath\ndef f(a): return PurePosixPath(a) / 'b'",
    "import math\ndef f(a): return math.isqrt(a)",
    "def f(a): return isinstance(a, float)",
    # sets whose order does not show
    "def f(a, b): return a in set(b)",
    "def f(a): return sorted({x for x in set(a)})",
    "def f(a): return sorted(x.name for x in set(a))",
    "def f(a): return all(x > 1 for x in set(a))",
    "def f(a): return {x for x in set(a)}",
    "def f(a):\n    names = sorted(set(a))\n    return [n for n in names]",
    "def f(a): return len(set(a)), max(set(a))",
    "def f(a):\n    for x in dict.fromkeys(a): yield x",
    "def f(a):\n    stack = list(a)\n    return stack.pop()",
    "import json\ndef f(a): return json.dumps(a, **a)",
    # maps that the shim hands out in the order of their names
    "async def f(stub):\n    for name in stub.decorations: await stub.put_state(name, b'1')",
    "async def f(stub):\n    for name in stub.transient: await stub.put_private_data('c', name, stub.transient[name])",
    # concurrency that only reads
    "import asyncio\nasync def f(stub, keys): return await asyncio.gather(*(stub.get_state(k) for k in keys))",
    (
        "import asyncio\nasync def f(stub):\n    async with asyncio.TaskGroup() as group:\n"
        "        group.create_task(stub.get_state('a'))"
    ),
    # state that does not outlive the transaction
    "def f(a):\n    seen = {}\n    seen[a] = 1\n    return seen",
    "TABLE = {}\nTABLE['a'] = 1\ndef f(a): return TABLE[a]",
    "TABLE = {}\ndef named(n):\n    def add(f): TABLE[n] = f\n    return add\n@named('a')\ndef f(): ...",
    "def f(a): return f'{a:plain}'",
    "class A:\n    seen = []\n    def __init__(self): self.seen = []\n    def f(self, a): self.seen.append(a)",
    "class A:\n    def __init__(self, stub):\n        self.stub = stub\n    def f(self, context): self.x = 1",
    "def f(a, seen=[]):\n    seen = list(seen)\n    seen.append(a)\n    return seen",
    "import hashlib\ndef f(a):\n    h = hashlib.sha256()\n    h.update(a)\n    return h.digest()",
    # reads and writes that Fabric takes as they look
    "async def f(stub, a):\n    await stub.put_state(a, b'1')\n    a = 'b'\n    return len(await stub.get_state(a))",
    (
        "async def f(stub, keys):\n    for k in keys:\n        await stub.put_state(k, b'1')\n    for k in keys:\n"
        "        await stub.get_state(k)"
    ),
    (
        "async def f(stub, a):\n    if a:\n        return await stub.get_query_result_with_pagination('', 1, '')\n"
        "    await stub.put_state('a', b'1')"
    ),
    "async def f(stub, a):\n    if a: await stub.put_state('a', b'1')\n    else: await stub.get_state('a')",
    "async def f(stub):\n    await stub.put_state('a', b'1')\n    return (await stub.get_state('b')) is None",
]


@pytest.mark.parametrize("source", GOOD)
def test_further_good_examples(source: str) -> None:
    assert codes(source) == []
