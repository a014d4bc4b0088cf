"""`tradelane proof verify`: what it prints, and what it refuses. It needs neither profile nor network."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateway.proof.life import Life
from tests.support.sealed import verified

Run = Callable[..., tuple[int, str, str]]
LIFE = Life.lived()
GENESIS = LIFE.block(0).header.hash.hex()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "title.proof"
    path.write_bytes(LIFE.file(no_pledge_at=LIFE.places[4][0]))
    return str(path)


def test_it_says_what_is_proved_by_whom_and_what_is_not(run: Run, file: str) -> None:
    status, out, err = run("proof", "verify", file, "--genesis", GENESIS, "--title", LIFE.records[0].title_id)
    assert (status, err) == (0, "")
    for part in (
        GENESIS,
        "PLEDGE",
        "bank-clerk (HongKongMSP.client)",
        "peer0.shanghaimsp (ShanghaiMSP.peer)",
        "orderer0 (OperatorMSP.orderer)",
        "Proved:",
        "the title was not pledged",
        "Not proved:",
        "What became of the title",
    ):
        assert part in out, part


def test_the_same_for_programs(run: Run, file: str) -> None:
    status, out, _ = run("proof", "verify", file, "--json")
    found = json.loads(out)
    assert status == 0
    assert found["genesis"] == GENESIS
    assert [each["sequence"] for each in found["versions"]] == [1, 2, 3, 4, 5, 6]
    assert found["notProved"]


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        (("--title", "b" * 32), 3, "OTHER_TITLE"),
        (("--genesis", "00" * 32), 3, "OTHER_NETWORK"),
        (("--at", "2020-01-01T00:00:00Z"), 3, "FROM_THE_FUTURE"),
        (("--at", "2020-01-01"), 3, "FROM_THE_FUTURE"),
        (("--at", "yesterday"), 2, "USAGE"),
        (("--genesis", "abc"), 2, "USAGE"),
    ],
)
def test_expectations_that_are_not_met(options: tuple[str, ...], status: int, code: str, run: Run, file: str) -> None:
    assert run("proof", "verify", file, *options)[0] == status
    found, out, _ = run("proof", "verify", file, *options, "--json")
    assert (found, json.loads(out)["code"]) == (status, code)


def test_neither_grpc_nor_a_socket_is_needed(file: str) -> None:
    assert verified(Path(file))["genesis"] == GENESIS


def test_a_file_that_was_changed_is_a_sentence(run: Run, file: str) -> None:
    content = Path(file).read_bytes()
    Path(file).write_bytes(content.replace(b"trade", b"tread", 1))
    status, out, err = run("proof", "verify", file)
    assert (status, out) == (3, "")
    assert err == "The file was changed: its content does not have its digest. [PROOF_DIGEST_DIFFERS]\n"


def test_a_file_that_is_not_there(run: Run) -> None:
    status, _, err = run("proof", "verify", "nowhere.proof")
    assert (status, "FILE_UNREADABLE" in err) == (2, True)
