"""`tradelane ledger`: what it prints, for people and programs."""

import json
import stat
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fabric_protos.common import common_pb2

from tests.gateway.conftest import USER
from tests.gateway.ledger.qscc import qscc
from tests.gateway.ledger.recorded import FACTS, PRIVATE_KEY, PRIVATE_VALUE, RECORDED, one, recorded
from tests.support.loopback_gateway import Script
from tradelane.gateway import ledger
from tradelane.gateway.cli import ledger_tables
from tradelane.gateway.cli import root as cli

Run = Callable[..., tuple[int, str, str]]
BLOCK = recorded("everything")
ID = FACTS["everything"][0]


@pytest.fixture
def run(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    profile: Path,
    script: Script,
) -> Run:
    """Runs a command at a peer with the recorded chain: exit status, stdout, stderr."""
    assert profile.is_relative_to(tmp_path)
    monkeypatch.setenv("TRADELANE_HOME", str(tmp_path))
    script.chaincode = qscc

    def call(*arguments: str) -> tuple[int, str, str]:
        status = cli.run(("--as", f"{USER}@shanghai", "ledger", *arguments))
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


def shown(run: Run, *arguments: str) -> str:
    status, out, _ = run(*arguments)
    assert status == 0
    return out


def told(run: Run, *arguments: str, status: int = 0) -> Any:
    found, out, _ = run(*arguments, "--json")
    assert found == status
    return json.loads(out)


def test_the_height(run: Run) -> None:
    assert "9" in shown(run, "height").split()
    assert told(run, "height") == {"height": 9, "currentHash": "00" * 32, "previousHash": "01" * 32}


@pytest.mark.parametrize("how", [(str(BLOCK.number),), (BLOCK.header.hash.hex(),), ("--tx", ID)])
def test_a_block_is_asked_for_in_three_ways(how: tuple[str, ...], run: Run) -> None:
    found = told(run, "block", *how)
    assert (found["number"], found["hash"]) == (BLOCK.number, BLOCK.header.hash.hex())
    assert [each["transactionId"] for each in found["transactions"]] == [ID]
    assert found["signatures"][0]["signer"]["mspId"] in {"HongKongMSP", "ShanghaiMSP", "OperatorMSP"}


def test_a_blocks_table_says_who_did_what(run: Run) -> None:
    out = shown(run, "block", str(BLOCK.number))
    for part in (BLOCK.header.hash.hex(), ID, "semantics run", "HongKongMSP", "VALID"):
        assert part in out


def test_a_transactions_table_says_everything_in_words(run: Run) -> None:
    out = shown(run, "tx", ID)
    for part in (
        "HongKongMSP",
        "title-1",
        '{"holder":"北京 bank"}',
        "endorsed by HongKongMSP.peer and ShanghaiMSP.peer",
        "endorsed by ShanghaiMSP.peer",
        "row/*",
        "3 keys",
        "absent",
        "Done told",
        f"sha256 {sha256(PRIVATE_KEY.encode()).hexdigest()}",
        f"sha256 {sha256(PRIVATE_VALUE.encode()).hexdigest()}",
    ):
        assert part in out, part


def test_deleting_purging_long_ranges_and_conflicts_are_named(run: Run) -> None:
    gone = shown(run, "tx", FACTS["gone"][0])
    for part in ("delete", "private delete", "private purge"):
        assert part in gone
    assert "keys as hashes" in shown(run, "tx", FACTS["summary"][0])
    assert "MVCC_READ_CONFLICT" in shown(run, "tx", FACTS["conflict"][0])


def test_the_configuration_is_summed_up_and_whole_as_json(run: Run) -> None:
    out = shown(run, "tx", one("genesis").id)
    assert "HongKongMSP, OperatorMSP, ShanghaiMSP" in out
    groups = told(run, "block", "0")["transactions"][0]["config"]["channelGroup"]["groups"]
    assert sorted(groups) == ["Application", "Orderer"]
    assert "V2_5" in bytes.fromhex(groups["Application"]["values"]["Capabilities"]["value"]).decode()


def test_the_json_of_a_transaction_loses_nothing_a_reader_may_want(run: Run) -> None:
    found = told(run, "tx", ID)
    transaction = one("everything")
    action, [mine] = found["actions"][0], transaction.actions
    assert found["signature"] == transaction.signature.hex()
    assert [bytes.fromhex(each["signature"]) for each in action["endorsements"]] == [
        each.signature for each in mine.endorsements
    ]
    assert action["response"]["payload"]["text"].encode() == mine.response.payload
    assert action["event"] == {"name": "Done", "payload": {"text": "told"}}
    semantics = action["readWriteSets"][1]
    assert semantics["writes"] == [{"key": "title-1", "isDelete": False, "value": {"text": '{"holder":"北京 bank"}'}}]
    assert semantics["reads"] == [{"key": "absent", "version": None}]
    assert [each["name"] for each in semantics["collections"]] == ["_implicit_org_HongKongMSP", "directory"]


@pytest.mark.parametrize("how", ["block", "tx"])
@pytest.mark.parametrize("format_", [(), ("--json",)])
def test_private_content_never_appears(how: str, format_: tuple[str, ...], run: Run) -> None:
    arguments = ("block", str(BLOCK.number)) if how == "block" else ("tx", ID)
    out = shown(run, *arguments, *format_)
    for form in (PRIVATE_VALUE, PRIVATE_VALUE.encode().hex(), b64encode(PRIVATE_VALUE.encode()).decode()):
        assert form not in out


def test_a_blocks_bytes_are_written_once_and_for_the_owner(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "it.block"
    shown(run, "block", str(BLOCK.number), "--raw", str(file))
    assert file.read_bytes() == (RECORDED / "everything.block").read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    status, _, err = run("block", "0", "--raw", str(file))
    assert (status, "FILE_UNWRITABLE" in err) == (2, True)
    assert file.read_bytes() == (RECORDED / "everything.block").read_bytes()


@pytest.mark.parametrize(
    "arguments", [("block",), ("block", "1", "--tx", ID), ("block", "newest"), ("block", "-1"), ("tx",), ("tx", "1")]
)
def test_bad_input_is_a_sentence(arguments: tuple[str, ...], run: Run, script: Script) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert err.rstrip().endswith("]")
    assert script.invocations == []


def test_what_is_absent_ends_with_status_3(run: Run) -> None:
    assert told(run, "block", "77", status=3)["code"] == "BLOCK_NOT_FOUND"
    assert told(run, "tx", "0" * 64, status=3)["code"] == "TRANSACTION_NOT_FOUND"


def test_a_hostile_transaction_is_shown_as_unreadable(capsys: pytest.CaptureFixture[str]) -> None:
    header = common_pb2.Header(channel_header=common_pb2.ChannelHeader(type=3, tx_id="\x1b[31m").SerializeToString())
    payload = common_pb2.Payload(header=header, data=b"\xff").SerializeToString()
    found = ledger.decode_transaction(common_pb2.Envelope(payload=payload).SerializeToString(), "BAD_PAYLOAD")
    ledger_tables.transaction(found)
    out = capsys.readouterr().out
    assert "unreadable" in out
    assert "BAD_PAYLOAD" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b'{"a":1}', '{"a":1}'),
        (b"\xff\x00", "ff00"),
        (b"", ""),
        (b"x" * 301, "x" * 300 + " ... (301 bytes; --json shows them all)"),
    ],
)
def test_content_is_text_or_hexadecimal_and_cut_with_a_note(content: bytes, text: str) -> None:
    assert ledger_tables.text(content) == text
