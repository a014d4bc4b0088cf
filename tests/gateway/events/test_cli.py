"""`tradelane events follow`: lines for people and programs, and places to go on from."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.gateway.conftest import AS, Run
from tests.support.loopback_calls import Refusal
from tests.support.loopback_events import Chain, Event
from tests.support.loopback_gateway import LoopbackGateway
from tradelane.gateway.events import FileCheckpointer

FOLLOW = (*AS, "events", "follow")
FACT = b'[{"type":"party","action":"ADMITTED","partyId":"hkbank","mspId":"HongKongMSP"}]'


def tx(number: int) -> str:
    return f"{number:064x}"


@pytest.fixture
def chain(peer: LoopbackGateway, profile: Path) -> Chain:
    peer.chain.add(
        (Event(tx(0), "tradelane.v1", FACT),),
        (Event(tx(10), "raw", b"hello"), Event(tx(11), "raw", b"\xff\x00")),
        (Event(tx(20), "other", "\x1b[31m\u202e\nfaked".encode()),),
    )
    return peer.chain


def json_lines(out: str) -> list[Any]:
    return [json.loads(line) for line in out.splitlines()]


def test_events_as_lines_for_people(run: Run, chain: Chain) -> None:
    status, out, err = run(*FOLLOW, "--from", "0", "--count", "3")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        f"0  ADMITTED  hkbank of HongKongMSP  {tx(0)}",
        f"1  raw  hello  {tx(10)}",
        f"1  raw  /wA=  {tx(11)}",
    ]


def test_events_as_json_lines(run: Run, chain: Chain) -> None:
    status, out, _ = run(*FOLLOW, "--from", "0", "--count", "3", "--json")
    assert status == 0
    first, second, third = json_lines(out)
    assert first == {
        "blockNumber": 0,
        "transactionId": tx(0),
        "chaincode": "tradelane",
        "name": "tradelane.v1",
        "facts": [{"type": "party", "action": "ADMITTED", "partyId": "hkbank", "mspId": "HongKongMSP"}],
    }
    assert (second["payload"], third["payloadBase64"]) == ("hello", "/wA=")


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_others_words_cannot_act_on_the_terminal(run: Run, chain: Chain, as_json: tuple[str, ...]) -> None:
    _, out, _ = run(*FOLLOW, "--from", "2", "--count", "1", *as_json)
    assert "faked" in out
    assert len(out.splitlines()) == 1
    assert not {"\x1b", "\u202e"} & set(out)


def test_only_events_of_a_name(run: Run, chain: Chain) -> None:
    _, out, _ = run(*FOLLOW, "--from", "0", "--name", "other", "--name", "tradelane.v1", "--count", "2", "--json")
    assert [each["transactionId"] for each in json_lines(out)] == [tx(0), tx(20)]


def test_events_behind_a_transaction(run: Run, chain: Chain) -> None:
    _, out, _ = run(*FOLLOW, "--after", tx(10), "--count", "2", "--json")
    assert [each["transactionId"] for each in json_lines(out)] == [tx(11), tx(20)]


@pytest.mark.parametrize("form", ["--blocks", "--filtered"])
def test_blocks(run: Run, chain: Chain, form: str) -> None:
    status, out, _ = run(*FOLLOW, form, "--from", "0", "--count", "2", "--json")
    assert status == 0
    found = json_lines(out)
    assert [each["blockNumber"] for each in found] == [0, 1]
    assert [each["transactionId"] for each in found[1]["transactions"]] == [tx(10), tx(11)]
    assert {each["validationCode"] for each in found[1]["transactions"]} == {"VALID"}
    _, out, _ = run(*FOLLOW, form, "--from", "1", "--count", "1")
    assert [line.split()[:2] for line in out.splitlines()] == [["1", "VALID"]] * 2


def test_a_checkpoint_file_goes_on_where_it_stopped(run: Run, chain: Chain, tmp_path: Path) -> None:
    file = tmp_path / "place.json"
    found: list[str] = []
    for _ in range(4):
        _, out, _ = run(*FOLLOW, "--from", "0", "--checkpoint", str(file), "--count", "1", "--json")
        found.extend(each["transactionId"] for each in json_lines(out))
    assert found == [tx(0), tx(10), tx(11), tx(20)]
    assert FileCheckpointer(file).transaction_id == tx(20)


def test_a_checkpoint_file_serves_blocks_too(run: Run, chain: Chain, tmp_path: Path) -> None:
    file = tmp_path / "place.json"
    for number in range(3):
        _, out, _ = run(*FOLLOW, "--blocks", "--from", "0", "--checkpoint", str(file), "--count", "1", "--json")
        assert json_lines(out)[0]["blockNumber"] == number
    assert (FileCheckpointer(file).block_number, FileCheckpointer(file).transaction_id) == (3, "")


def test_interruptions_are_told_aside(run: Run, chain: Chain) -> None:
    chain.cuts = iter([(1, Refusal(grpc.StatusCode.UNAVAILABLE, "cut"))])
    status, out, err = run(*FOLLOW, "--filtered", "--from", "0", "--count", "2", "--json")
    assert status == 0
    assert [each["blockNumber"] for each in json_lines(out)] == [0, 1]
    assert "Trying again in 0.1 s. [UNREACHABLE]" in err


@pytest.mark.parametrize(
    ("arguments", "status", "code"),
    [
        (("--blocks", "--filtered"), 2, "USAGE"),
        (("--blocks", "--name", "x"), 2, "USAGE"),
        (("--filtered", "--chaincode", "x"), 2, "USAGE"),
        (("--from", "-1"), 2, "USAGE"),
        (("--count", "0"), 2, "USAGE"),
        (("--after", "x"), 2, "INVALID_TRANSACTION_ID"),
        (("--after", tx(99)), 3, "TRANSACTION_NOT_FOUND"),
        (("--checkpoint", "/"), 2, "CHECKPOINT_UNREADABLE"),
    ],
)
def test_wrong_usage_is_a_sentence(run: Run, chain: Chain, arguments: tuple[str, ...], status: int, code: str) -> None:
    found, out, err = run(*FOLLOW, *arguments)
    assert (found, out) == (status, "")
    assert err.endswith(f"[{code}]\n")
    assert "Traceback" not in err


def test_a_file_cut_short_is_refused(run: Run, chain: Chain, tmp_path: Path) -> None:
    file = tmp_path / "place.json"
    file.write_text('{"blockNumber": 1')
    status, _, err = run(*FOLLOW, "--checkpoint", str(file))
    assert status == 2
    assert "[CHECKPOINT_MALFORMED]" in err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("kept", [True, False])
def test_being_stopped_ends_well_and_says_where_to_go_on(
    chain: Chain, tmp_path: Path, stop: signal.Signals, kept: bool
) -> None:
    arguments = ["--checkpoint", "place.json"] if kept else []
    command = [str(Path(sys.executable).parent / "tradelane"), *FOLLOW, "--from", "0", "--json", *arguments]
    environment = {**os.environ, "TRADELANE_HOME": str(tmp_path)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        watchdog = threading.Timer(30, process.kill)
        watchdog.start()
        assert process.stdout is not None
        for _ in range(4):
            json.loads(process.stdout.readline())
        process.send_signal(stop)
        _, err = process.communicate()
        watchdog.cancel()
    assert process.returncode == 0, err
    where = "The same command goes on where place.json says, in block 2." if kept else f"Go on with --after {tx(20)}."
    assert err == f"\nStopped. {where}\n"
