"""Large files in a bucket of an S3-compatible server; needs the optional extra `s3` (boto3).

An object appears when all of it has arrived. Where a writer was stopped, the server keeps the parts of an unfinished
upload: the next writer of the same file ends those that are older than a day.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, Final

import boto3
from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tradelane.gateway.errors import StoreError
from tradelane.gateway.store.base import CHUNK_BYTES, intact, mismatch, missing, name_of

_STALE: Final = timedelta(days=1)
_ABSENT: Final = {"404", "NoSuchKey", "NotFound"}


class S3Store:
    """A store in a bucket, which must exist and should be nobody else's.

    Args:
        bucket: Its name.
        prefix: Stands before each file's name, without slash at the ends; may be empty.
        endpoint: URL of a server other than Amazon's. Region and credentials are found as boto3 finds them.
    """

    def __init__(self, bucket: str, prefix: str = "", endpoint: str | None = None) -> None:
        self._bucket, self._prefix = bucket, prefix
        # One call, answered or not, is bounded; boto3 tries again by itself.
        settings = Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 3, "mode": "standard"})
        with self._reported():
            self._client: Any = boto3.session.Session().client("s3", endpoint_url=endpoint, config=settings)

    def put(self, source: BinaryIO, checksum: str) -> None:
        """See `Store`."""
        key = self._key(checksum)
        with self._reported():
            self._end_stale(key)
            self._client.upload_fileobj(_Checked(source, checksum), self._bucket, key)

    def has(self, checksum: str) -> bool:
        """See `Store`."""
        key = self._key(checksum)
        with self._reported():
            try:
                self._client.head_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in _ABSENT:
                    return False
                raise
            return True

    def read(self, checksum: str) -> Iterator[bytes]:
        """See `Store`."""
        key = self._key(checksum)
        with self._reported():
            try:
                body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"]
            except ClientError as error:
                if error.response["Error"]["Code"] in _ABSENT:
                    raise missing(checksum) from None
                raise
            with body:
                yield from intact(body.iter_chunks(CHUNK_BYTES), checksum)

    def _key(self, checksum: str) -> str:
        name = name_of(checksum)
        return f"{self._prefix}/{name}" if self._prefix else name

    def _end_stale(self, key: str) -> None:
        before = datetime.now(UTC) - _STALE
        found = self._client.list_multipart_uploads(Bucket=self._bucket, Prefix=key).get("Uploads", ())
        for upload in found:
            if upload["Key"] == key and upload["Initiated"] < before:
                self._client.abort_multipart_upload(Bucket=self._bucket, Key=key, UploadId=upload["UploadId"])

    @contextmanager
    def _reported(self) -> Iterator[None]:
        try:
            yield
        except (BotoCoreError, ClientError, Boto3Error, ValueError) as error:
            raise StoreError(
                f"The store s3://{self._bucket} cannot be used: {error}.", code="STORE_UNUSABLE"
            ) from error


class _Checked:
    """A source that fails at its end unless it had the checksum, so that the upload is given up."""

    def __init__(self, source: BinaryIO, checksum: str) -> None:
        self._source, self._checksum, self._digest = source, checksum, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self._digest.update(piece)
        if (not piece or size < 0 or len(piece) < size) and self._digest.hexdigest() != self._checksum:
            raise mismatch(self._checksum)
        return piece
