"""Where a consumer goes on: the rules of Fabric's own clients, and files that outlive a crash."""

import json
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradelane.gateway.errors import CheckpointError
from tradelane.gateway.events import FileCheckpointer, InMemoryCheckpointer
from tradelane.gateway.events.reading import ChaincodeEvent

TX = "ab" * 32


def event(block: int, transaction_id: str = TX) -> ChaincodeEvent:
    return ChaincodeEvent(block, transaction_id, "tradelane", "name", b"")


@pytest.fixture(params=["memory", "file"])
def checkpointer(request: pytest.FixtureRequest, tmp_path: Path) -> InMemoryCheckpointer:
    return InMemoryCheckpointer() if request.param == "memory" else FileCheckpointer(tmp_path / "place.json")


def test_it_begins_with_the_zero_checkpoint(checkpointer: InMemoryCheckpointer) -> None:
    assert (checkpointer.block_number, checkpointer.transaction_id) == (0, "")


def test_a_whole_block_is_behind(checkpointer: InMemoryCheckpointer) -> None:
    checkpointer.checkpoint_transaction(6, TX)
    checkpointer.checkpoint_block(6)
    assert (checkpointer.block_number, checkpointer.transaction_id) == (7, "")


def test_a_transaction_is_within_its_block(checkpointer: InMemoryCheckpointer) -> None:
    checkpointer.checkpoint_block(3)
    checkpointer.checkpoint_transaction(6, TX)
    assert (checkpointer.block_number, checkpointer.transaction_id) == (6, TX)


def test_an_event_is_its_transaction(checkpointer: InMemoryCheckpointer) -> None:
    checkpointer.checkpoint_chaincode_event(event(9))
    assert (checkpointer.block_number, checkpointer.transaction_id) == (9, TX)


@given(number=st.integers(0, 2**64 - 1), transaction_id=st.text(max_size=80))
def test_a_file_brings_the_place_back(
    tmp_path_factory: pytest.TempPathFactory, number: int, transaction_id: str
) -> None:
    path = tmp_path_factory.mktemp("place") / "place.json"
    FileCheckpointer(path).checkpoint_transaction(number, transaction_id)
    again = FileCheckpointer(path)
    assert (again.block_number, again.transaction_id) == (number, transaction_id)
    assert [each.name for each in path.parent.iterdir()] == ["place.json"]


def test_the_file_is_the_official_clients(tmp_path: Path) -> None:
    path = tmp_path / "place.json"
    FileCheckpointer(path).checkpoint_transaction(6, TX)
    assert json.loads(path.read_text()) == {"blockNumber": 6, "transactionId": TX}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ('{"blockNumber":6,"transactionId":"t"}', (6, "t")),  # as the Go client writes it
        ('{"blockNumber":"6","transactionId":"t"}', (6, "t")),  # as the Node client does
        ('{"blockNumber":"7"}', (7, "")),
        ("{}", (0, "")),
    ],
)
def test_files_of_the_official_clients_are_read(tmp_path: Path, content: str, place: tuple[int, str]) -> None:
    path = tmp_path / "place.json"
    path.write_text(content)
    found = FileCheckpointer(path)
    assert (found.block_number, found.transaction_id) == place


WRITTEN = '{"blockNumber": 12345, "transactionId": "' + TX + '"}'


@pytest.mark.parametrize(
    "content",
    [
        *(WRITTEN[:end].encode() for end in range(len(WRITTEN))),
        b'{"blockNumber": -1}',
        b'{"blockNumber": 1.5}',
        b'{"blockNumber": true}',
        b'{"blockNumber": 18446744073709551616}',
        b'{"blockNumber": "x"}',
        b'{"transactionId": 7}',
        b'{"version": 1}',
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b"-----BEGIN CERTIFICATE-----",
    ],
)
def test_a_file_cut_short_or_of_something_else_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "place.json"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"place\.json is cut short or is none") as raised:
        FileCheckpointer(path)
    assert raised.value.code == "CHECKPOINT_MALFORMED"
    assert path.read_bytes() == content


def test_a_directory_is_no_checkpoint_file(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError) as raised:
        FileCheckpointer(tmp_path)
    assert raised.value.code == "CHECKPOINT_UNREADABLE"


def test_what_cannot_be_written_leaves_the_last_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "place.json"
    found = FileCheckpointer(path)
    found.checkpoint_block(3)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CheckpointError, match="No space left") as raised:
        found.checkpoint_block(4)
    assert raised.value.code == "CHECKPOINT_UNWRITABLE"
    assert found.block_number == FileCheckpointer(path).block_number == 4
    assert [each.name for each in tmp_path.iterdir()] == ["place.json"]
