"""The store in a directory: who may read it, and what is left when a writer dies."""

import io
import os
import signal
import stat
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tradelane.gateway.errors import StoreError
from tradelane.gateway.store import FileStore

CONTENT = b"x" * 100_000
CHECKSUM = sha256(CONTENT).hexdigest()
WRITER = """
import sys
from pathlib import Path
from tradelane.gateway.store import FileStore

class Slow:
    def read(self, size):
        sys.stdout.write("reading\\n")
        sys.stdout.flush()
        sys.stdin.read(1)
        return b"x"

FileStore(Path(sys.argv[1])).put(Slow(), "ab" * 32)
"""


def modes(directory: Path) -> set[tuple[bool, int]]:
    return {(path.is_dir(), stat.S_IMODE(path.stat().st_mode)) for path in [directory, *directory.rglob("*")]}


def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        FileStore(tmp_path / "documents").put(io.BytesIO(CONTENT), CHECKSUM)
    finally:
        os.umask(previous)
    assert modes(tmp_path / "documents") == {(True, 0o700), (False, 0o600)}


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    with pytest.raises(StoreError):
        store.put(io.BytesIO(b"other"), CHECKSUM)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"reading\n"
        FileStore(tmp_path).put(io.BytesIO(CONTENT), CHECKSUM)
        assert len(list((tmp_path / "partial").iterdir())) == 1
        writer.send_signal(signal.SIGKILL)
    FileStore(tmp_path).put(io.BytesIO(CONTENT), CHECKSUM)
    assert list((tmp_path / "partial").iterdir()) == []


@pytest.mark.parametrize("damage", [CONTENT[:-1], CONTENT + b"x", b"y" + CONTENT[1:], b""])
def test_a_damaged_file_is_not_given_and_healed_by_the_next_write(tmp_path: Path, damage: bytes) -> None:
    store = FileStore(tmp_path)
    store.put(io.BytesIO(CONTENT), CHECKSUM)
    (place,) = tmp_path.glob("??/*")
    place.write_bytes(damage)
    with pytest.raises(StoreError) as error:
        list(store.read(CHECKSUM))
    assert error.value.code == "FILE_DAMAGED"
    store.put(io.BytesIO(CONTENT), CHECKSUM)
    assert b"".join(store.read(CHECKSUM)) == CONTENT


def test_a_directory_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "documents").write_text("a file")
    with pytest.raises(StoreError) as error:
        FileStore(tmp_path / "documents").put(io.BytesIO(CONTENT), CHECKSUM)
    assert error.value.code == "STORE_UNUSABLE"
