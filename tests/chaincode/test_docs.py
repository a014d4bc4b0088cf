"""The chaincode of docs/chaincode.md, as a service of its own."""

import asyncio
import json
import os
import re
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from tests.support.loopback_peer import peer_of
from tests.support.scripted_peer import PACKAGE_ID
from tradelane.chaincode.config import Config
from tradelane.chaincode.shim import identity, keys, policy
from tradelane.chaincode.shim.interface import Stub
from tradelane.chaincode.shim.wire import Kind

PAGE = Path(__file__).parents[2] / "docs" / "chaincode.md"
PATIENCE_SECONDS = 30


async def test_the_example_counts_and_stops(tmp_path: Path) -> None:
    (program,) = re.findall(r"^```python norun\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    (tmp_path / "counter.py").write_text(program)
    told = {"CHAINCODE_ID": PACKAGE_ID, "CHAINCODE_TLS_DISABLED": "true", "CHAINCODE_SERVER_ADDRESS": "127.0.0.1:0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-W", "error", "counter.py", cwd=tmp_path, env={**os.environ, **told}, stderr=PIPE
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), peer_of(await _port(process), None) as peer:
            await peer.register()
            await peer.invoke(b"add", b"apples")
            await peer.answer(Kind.GET_STATE, b"41")
            await peer.answer(Kind.PUT_STATE)
            assert (await peer.completed()).payload == b"42"
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()


async def _port(process: Process) -> int:
    assert process.stderr is not None
    while (line := json.loads(await process.stderr.readline()))["message"] != "serving":
        pass
    return int(line["port"])


def test_every_name_in_the_table_for_go_exists() -> None:
    (table,) = re.findall(r"^## Coming from Go\n(.*?)^## ", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    ours = " ".join(row.split("|")[2] for row in table.splitlines() if row.startswith("|"))
    where = {
        "stub": Stub,
        "stub.identity": identity.ClientIdentity,
        "identity": identity,
        "keys": keys,
        "policy": policy,
    }
    named = re.findall(r"\b(stub\.identity|stub|identity|keys|policy)\.(\w+)", ours)
    assert len(named) > 20
    assert [(owner, name) for owner, name in named if not hasattr(where[owner], name)] == []


def test_the_page_names_every_variable_of_the_service() -> None:
    source = Path(sys.modules[Config.__module__].__file__ or "").read_text()
    assert set(re.findall(r"CHAINCODE_[A-Z_]+", PAGE.read_text())) == set(re.findall(r"CHAINCODE_[A-Z_]+", source))
