"""The journal: what it refuses, what it forgives, and who may read it."""

import errno
import json
import os
import resource
import stat
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from tests.gateway.conftest import MSP
from tradelane.gateway.bulk.journal import Fsync, Journal, Scope
from tradelane.gateway.bulk.records import Item, ItemResult, Outcome
from tradelane.gateway.errors import JournalError
from tradelane.gateway.session import Flow

SCOPE = Scope("trade", "tradelane", MSP, "c" * 64, "i" * 64)
DONE = ItemResult("1", Outcome.COMMITTED, "VALID", "", "ab" * 32, 7, 2, b"\x00result")


def item(key: str = "1", content: bytes = b"content") -> Item:
    return Item(key, content, Flow(lambda _: pytest.fail("nothing is to be done")))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.journal"


@pytest.fixture
def ended(path: Path) -> Path:
    """A journal with one item that ended and one that began."""
    with Journal.open(path, SCOPE) as journal:
        journal.begin(item())
        journal.end(DONE)
        journal.begin(item("2"))
    return path


def refused(path: Path, scope: Scope = SCOPE) -> JournalError:
    with pytest.raises(JournalError) as caught:
        Journal.open(path, scope)
    return caught.value


def test_an_outcome_is_found_again_and_what_only_began_is_not(ended: Path) -> None:
    with Journal.open(ended, SCOPE) as journal:
        assert journal.ended(item()) == replace(DONE, resumed=True)
        assert journal.ended(item("2")) is None
        assert journal.ended(item("3")) is None


def test_request_ids_are_the_same_in_every_run_and_differ_between_journals(path: Path) -> None:
    with Journal.open(path, SCOPE) as first, Journal.open(path.with_name("other"), SCOPE) as other:
        ids = [first.request_id(item()), first.request_id(item("2")), other.request_id(item())]
    assert len(set(ids)) == len(ids)
    with Journal.open(path, SCOPE) as again:
        assert again.request_id(item()) == ids[0]


def test_only_the_owner_may_read_it_and_it_holds_no_content(ended: Path) -> None:
    assert stat.S_IMODE(ended.stat().st_mode) == 0o600
    assert b"content" not in ended.read_bytes()
    assert list(ended.parent.iterdir()) == [ended]


@pytest.mark.parametrize("fsync", Fsync)
def test_the_first_line_is_on_disk_before_any_item_and_each_line_as_the_policy_says(
    path: Path, fsync: Fsync, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    with Journal.open(path, SCOPE, fsync) as journal:
        assert len(synced) == 2  # the file and its directory
        journal.begin(item())
        journal.end(DONE)
        assert len(synced) == 2 + (2 if fsync is Fsync.ALWAYS else 0)
    assert len(synced) == 2 + {Fsync.ALWAYS: 3, Fsync.INTERVAL: 1, Fsync.NEVER: 0}[fsync]


def test_interval_means_once_a_second(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with Journal.open(path, SCOPE) as journal:
        synced: list[int] = []
        monkeypatch.setattr(os, "fsync", synced.append)
        for seconds, times in ((0.4, 0), (0.4, 0), (0.3, 1), (0.1, 1), (1.0, 2)):
            now[0] += seconds
            journal.begin(item())
            assert len(synced) == times


@pytest.mark.parametrize("lost", range(1, 60))
def test_a_torn_last_line_is_forgiven(ended: Path, lost: int) -> None:
    ended.write_bytes(ended.read_bytes()[:-lost])
    with Journal.open(ended, SCOPE) as journal:
        assert journal.ended(item()) is not None
        journal.begin(item("3"))
    for line in ended.read_text().splitlines():
        json.loads(line)


@pytest.mark.parametrize("number", [2, 3])
@pytest.mark.parametrize("line", ["", "{", "[]", "7", '{"key":"1"}', '{"key":"1","outcome":"novelty"}'])
def test_another_line_that_cannot_be_read_is_named(ended: Path, number: int, line: str) -> None:
    lines = ended.read_text().splitlines()
    lines[number - 1] = line
    ended.write_text("\n".join(lines) + "\n")
    error = refused(ended)
    assert (error.code, f"Line {number} " in error.message) == ("JOURNAL_DAMAGED", True)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"channel": "other"}, "another channel"),
        ({"chaincode": "other"}, "another chaincode"),
        ({"msp_id": "HongKongMSP", "certificate": "d" * 64}, "another organisation and another certificate"),
        ({"certificate": "d" * 64}, "another certificate"),
        ({"source": "j" * 64}, "another input"),
        ({"source": None}, "another input"),
    ],
)
def test_the_journal_of_another_run_is_refused(ended: Path, change: dict[str, str], word: str) -> None:
    before = ended.read_bytes()
    error = refused(ended, replace(SCOPE, **change))
    assert (error.code, word in error.message) == ("OTHER_JOURNAL", True)
    assert ended.read_bytes() == before


@pytest.mark.parametrize("content", ["", "title,holder", '{"a":1}\n', "[]\n", '{"journal":2,"id":"x"}\n', "{" * 100])
def test_what_is_no_journal_is_refused_and_left_alone(path: Path, content: str) -> None:
    path.write_text(content)
    assert refused(path).code == "OTHER_JOURNAL"
    assert path.read_text() == content


def test_another_version_is_refused(ended: Path) -> None:
    ended.write_text(ended.read_text().replace('{"journal":1,', '{"journal":2,'))
    error = refused(ended)
    assert (error.code, "version 2" in error.message) == ("OTHER_JOURNAL", True)


def test_another_item_under_the_same_key_is_refused(ended: Path) -> None:
    with Journal.open(ended, SCOPE) as journal, pytest.raises(JournalError) as caught:
        journal.ended(item(content=b"other"))
    assert (caught.value.code, "The item 1 " in caught.value.message) == ("OTHER_JOURNAL", True)


def test_two_processes_do_not_share_one(ended: Path) -> None:
    with Journal.open(ended, SCOPE):
        assert refused(ended).code == "JOURNAL_IN_USE"
    Journal.open(ended, SCOPE).close()


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    error = refused(tmp_path / "absent" / "run.journal")
    assert (error.code, "No such file" in error.message) == ("JOURNAL_UNUSABLE", True)
    assert refused(tmp_path).code == "JOURNAL_UNUSABLE"


@contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """Within the block, let no file grow beyond this one and ten bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 10, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def full_disk_if(full: bool, path: Path) -> AbstractContextManager[None]:
    return full_disk(path) if full else nullcontext()


def test_a_full_disk_is_a_sentence_and_tears_the_last_line_at_most(ended: Path) -> None:
    with Journal.open(ended, SCOPE) as journal:
        with pytest.raises(JournalError) as caught, full_disk(ended):
            journal.begin(item("3"))
        assert caught.value.code == "JOURNAL_UNUSABLE"
    with Journal.open(ended, SCOPE) as journal:
        assert journal.ended(item()) is not None


def test_after_a_full_disk_whole_lines_follow_whole_lines(ended: Path) -> None:
    with Journal.open(ended, SCOPE) as journal:
        with pytest.raises(JournalError), full_disk(ended):
            journal.begin(item("3"))
        journal.begin(item("4"))  # somebody made room
        journal.end(replace(DONE, key="4"))
        first_id = journal.id
    with Journal.open(ended, SCOPE) as journal:
        assert (journal.id, journal.ended(item("3"))) == (first_id, None)
        assert journal.ended(item("4")) is not None


@pytest.mark.parametrize("fails", ["ftruncate", "fsync"])
def test_what_may_be_torn_or_lost_is_not_written_behind(
    ended: Path, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with Journal.open(ended, SCOPE, Fsync.ALWAYS) as journal:
        with monkeypatch.context() as patch, full_disk_if(fails == "ftruncate", ended):
            patch.setattr(os, fails, fail)
            with pytest.raises(JournalError):
                journal.begin(item("3"))
        before = ended.read_bytes()
        with pytest.raises(JournalError) as caught:
            journal.begin(item("4"))
        assert (caught.value.code, ended.read_bytes()) == ("JOURNAL_UNUSABLE", before)
    with Journal.open(ended, SCOPE) as journal:
        assert journal.ended(item()) is not None
