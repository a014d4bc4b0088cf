"""Files: secret by default, whole or not at all, and one sentence when the disk refuses."""

import errno
import json
import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradelane.network import files
from tradelane.network.errors import HomeUnusable


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def generous_umask() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("generous_umask")
def test_files_and_all_directories_made_for_them_are_closed_to_others(tmp_path: Path) -> None:
    file = tmp_path / "a" / "b" / "key.pem"
    files.write(file, b"key")
    script = tmp_path / "a" / "run"
    files.write_script(script, "#!/bin/sh\n")
    assert (mode(file), mode(script)) == (0o600, 0o700)
    assert {mode(tmp_path / "a"), mode(tmp_path / "a" / "b")} == {0o700}


@pytest.mark.usefixtures("generous_umask")
def test_an_open_file_is_closed_by_writing_it_anew(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("old")
    file.chmod(0o644)
    files.write(file, "new")
    assert (file.read_text(), mode(file)) == ("new", 0o600)


def test_a_write_that_fails_leaves_the_old_content_and_no_draft(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    files.write_json(file, {"kept": True})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(HomeUnusable, match="may not grow any further"), files.usable(tmp_path):
            files.write(file, b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert json.loads(file.read_bytes()) == {"kept": True}
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "not permitted"),
        (errno.EDQUOT, "quota"),
        (errno.ENOTDIR, "no directory"),
    ],
)
def test_what_a_disk_refuses_becomes_one_sentence(tmp_path: Path, number: int, reason: str) -> None:
    with pytest.raises(HomeUnusable) as refusal, files.usable(tmp_path):
        raise OSError(number, os.strerror(number), str(tmp_path / "x"))
    assert reason in refusal.value.sentence
    assert str(tmp_path / "x") in refusal.value.sentence
    assert "TRADELANE_HOME" in refusal.value.sentence


def test_other_faults_of_the_system_pass_through(tmp_path: Path) -> None:
    with pytest.raises(ConnectionRefusedError), files.usable(tmp_path):
        raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")


def test_a_disk_without_room_is_refused_before_anything_is_begun(tmp_path: Path) -> None:
    with pytest.raises(HomeUnusable, match="the disk is full"):
        files.check_room(tmp_path / "not" / "there", 1 << 62)
    files.check_room(tmp_path / "not" / "there", 1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["a,b", "a$b", "a\nb"])
def test_a_path_fabric_cannot_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HomeUnusable, match="cannot read"):
        files.check_name(tmp_path / name)
    files.check_name(tmp_path / "it's plain")
