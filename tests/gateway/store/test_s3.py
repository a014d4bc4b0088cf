"""The store in a bucket, against a server that speaks S3's API over HTTP."""

import io
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import boto3
import pytest

from tests.gateway.store.conftest import BUCKET
from tradelane.gateway.errors import InputError, StoreError
from tradelane.gateway.store import FileStore, open_store
from tradelane.gateway.store import s3 as module
from tradelane.gateway.store.s3 import S3Store

CONTENT = b"%PDF-" + b"x" * 100
CHECKSUM = sha256(CONTENT).hexdigest()


def test_an_object_is_named_by_prefix_and_checksum(s3: str) -> None:
    S3Store(BUCKET, "large/files", s3).put(io.BytesIO(CONTENT), CHECKSUM)
    found = boto3.client("s3", endpoint_url=s3).list_objects_v2(Bucket=BUCKET)["Contents"]
    assert [each["Key"] for each in found] == [f"large/files/{CHECKSUM}"]


def test_an_object_that_was_changed_is_not_given(s3: str) -> None:
    store = S3Store(BUCKET, "", s3)
    store.put(io.BytesIO(CONTENT), CHECKSUM)
    boto3.client("s3", endpoint_url=s3).put_object(Bucket=BUCKET, Key=CHECKSUM, Body=CONTENT + b"!")
    with pytest.raises(StoreError) as error:
        list(store.read(CHECKSUM))
    assert error.value.code == "FILE_DAMAGED"


def test_unfinished_uploads_are_ended_once_they_are_old(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("s3", endpoint_url=s3)
    client.create_multipart_upload(Bucket=BUCKET, Key=CHECKSUM)
    other = client.create_multipart_upload(Bucket=BUCKET, Key="c" * 64)
    store = S3Store(BUCKET, "", s3)

    def unfinished() -> set[str]:
        return {each["Key"] for each in client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", ())}

    with monkeypatch.context() as longer:  # this server dates all of them 2010
        longer.setattr(module, "_STALE", timedelta(days=100 * 365))
        store.put(io.BytesIO(CONTENT), CHECKSUM)
    assert unfinished() == {CHECKSUM, "c" * 64}, "it may be somebody's who is still at it"
    store.put(io.BytesIO(CONTENT), CHECKSUM)
    assert unfinished() == {"c" * 64}
    client.abort_multipart_upload(Bucket=BUCKET, Key="c" * 64, UploadId=other["UploadId"])


def test_a_bucket_that_is_not_there(s3: str) -> None:
    store = S3Store("nobodys-bucket", "", s3)
    for act in (lambda: store.put(io.BytesIO(CONTENT), CHECKSUM), lambda: list(store.read(CHECKSUM))):
        with pytest.raises(StoreError, match="nobodys-bucket") as error:
            act()
        assert error.value.code == "STORE_UNUSABLE"


def test_a_server_that_is_not_there(s3: str, dead_address: str) -> None:
    with pytest.raises(StoreError) as error:
        S3Store(BUCKET, "", dead_address).has(CHECKSUM)
    assert error.value.code == "STORE_UNUSABLE"


class TestChoosing:
    def test_by_default_it_is_in_the_profile(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("TRADELANE_STORE", raising=False)
        open_store(tmp_path).put(io.BytesIO(CONTENT), CHECKSUM)
        assert FileStore(tmp_path / "documents").has(CHECKSUM)

    def test_a_directory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRADELANE_STORE", str(tmp_path / "elsewhere"))
        open_store(tmp_path).put(io.BytesIO(CONTENT), CHECKSUM)
        assert FileStore(tmp_path / "elsewhere").has(CHECKSUM)

    def test_a_bucket(self, tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRADELANE_STORE", f"s3://{BUCKET}/large/")
        monkeypatch.setenv("TRADELANE_S3_ENDPOINT", s3)
        open_store(tmp_path).put(io.BytesIO(CONTENT), CHECKSUM)
        assert S3Store(BUCKET, "large", s3).has(CHECKSUM)

    @pytest.mark.parametrize("place", ["s3://", "s3://No Bucket", "http://bucket", "s3://bucket/../x", "s3:///x"])
    def test_an_address_that_is_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
        monkeypatch.setenv("TRADELANE_STORE", place)
        with pytest.raises(InputError) as error:
            open_store(tmp_path)
        assert error.value.code == "INVALID_STORE"

    def test_without_the_extra(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TRADELANE_STORE", "s3://bucket")
        monkeypatch.setitem(__import__("sys").modules, "tradelane.gateway.store.s3", None)
        with pytest.raises(InputError, match=r"tradelane\[s3\]"):
            open_store(tmp_path)
