"""What every store does: nothing is kept or given that does not have its checksum."""

import io
import threading
from hashlib import sha256

import pytest

from tradelane.gateway.errors import InputError, StoreError
from tradelane.gateway.store import Store, keep, receive
from tradelane.gateway.store.base import CHUNK_BYTES
from tradelane.gateway.trade.attachments import File
from tradelane.model.attachment import LARGE_FROM_BYTES, MAX_FILE_BYTES, AttachmentKind, Description

LARGE = b"%PDF-" + bytes(range(256)) * (LARGE_FROM_BYTES // 256)
SIZES = [1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 8 * CHUNK_BYTES, 9 * CHUNK_BYTES + 17]


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def kept(store: Store, content: bytes) -> str:
    store.put(io.BytesIO(content), digest(content))
    return digest(content)


def code_of(error: pytest.ExceptionInfo[StoreError]) -> str:
    return error.value.code


@pytest.mark.parametrize("size", SIZES)
def test_what_is_kept_is_given_back(store: Store, size: int) -> None:
    content = (b"0123456789abcde" * (size // 15 + 1))[:size]
    checksum = digest(content)
    assert not store.has(checksum)
    kept(store, content)
    assert store.has(checksum)
    assert b"".join(store.read(checksum)) == content


@pytest.mark.parametrize("size", SIZES)
def test_what_does_not_have_the_checksum_is_not_kept(store: Store, size: int) -> None:
    content = b"x" * size
    checksum = digest(content)
    for other in (content[:-1], content + b"x", b"y" * size):
        with pytest.raises(StoreError) as error:
            store.put(io.BytesIO(other), checksum)
        assert code_of(error) == "CHECKSUM_MISMATCH"
        assert not store.has(checksum)


def test_a_file_that_is_not_there(store: Store) -> None:
    with pytest.raises(StoreError) as error:
        list(store.read("ab" * 32))
    assert code_of(error) == "FILE_MISSING"


@pytest.mark.parametrize(
    "name", ["", "../secret", "ab" * 31, "AB" * 32, "ab" * 32 + "\n", "/etc/passwd", "ab/../" * 10]
)
def test_only_a_checksum_names_a_file(store: Store, name: str) -> None:
    with pytest.raises(InputError):
        store.has(name)
    with pytest.raises(InputError):
        store.put(io.BytesIO(b"x"), name)
    with pytest.raises(InputError):
        list(store.read(name))


def test_many_writers_of_one_file_and_of_others(store: Store) -> None:
    contents = [bytes([number]) * (CHUNK_BYTES + number) for number in range(3)]
    failures: list[BaseException] = []

    def write(content: bytes) -> None:
        try:
            kept(store, content)
        except BaseException as error:  # noqa: BLE001 -- shown by the test
            failures.append(error)

    writers = [threading.Thread(target=write, args=(content,)) for content in contents * 4]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    for content in contents:
        assert b"".join(store.read(digest(content))) == content


def test_a_small_file_needs_no_store(store: Store) -> None:
    content = LARGE[: LARGE_FROM_BYTES - 1]
    assert keep(io.BytesIO(content), "invoice.pdf", store) == File.of("invoice.pdf", content)
    assert not store.has(digest(content))


def test_a_large_file_is_kept_and_described(store: Store) -> None:
    found = keep(io.BytesIO(LARGE), "scan.pdf", store)
    assert found == File("scan.pdf", "application/pdf", len(LARGE), digest(LARGE), None)
    assert b"".join(store.read(found.checksum)) == LARGE


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.pdf", "EMPTY_DOCUMENT"),
        (b"no picture", "a.png", "WRONG_MEDIA_TYPE"),
        (b"%PDF-".ljust(MAX_FILE_BYTES + 1, b"\0"), "a.pdf", "DOCUMENT_TOO_LARGE"),
    ],
    ids=["empty", "another type", "too large"],
)
def test_files_that_are_not_taken(store: Store, content: bytes, name: str, code: str) -> None:
    with pytest.raises(InputError) as error:
        keep(io.BytesIO(content), name, store)
    assert error.value.code == code
    assert not store.has(digest(content))


def described(content: bytes) -> Description:
    return Description(
        title_id="a" * 32,
        attachment_id="b" * 32,
        kind=AttachmentKind.SUPPORTING,
        name="scan.pdf",
        media_type="application/pdf",
        size=len(content),
        checksum=digest(content),
        salt="07" * 32,
    )


def test_a_file_handed_over_is_taken_when_the_title_commits_to_it(store: Store) -> None:
    assert receive(io.BytesIO(LARGE), [described(b"other"), described(LARGE)], store) == described(LARGE)
    assert b"".join(store.read(digest(LARGE))) == LARGE
    with pytest.raises(InputError) as error:
        receive(io.BytesIO(LARGE + b"!"), [described(LARGE)], store)
    assert error.value.code == "NOT_OF_THIS_TITLE"
    assert not store.has(digest(LARGE + b"!"))
