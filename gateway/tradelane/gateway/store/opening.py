"""Which store an organisation has chosen."""

import os
import re
from pathlib import Path
from typing import Final

from tradelane.gateway.errors import InputError
from tradelane.gateway.store.base import Store
from tradelane.gateway.store.files import FileStore

PLACE: Final = "TRADELANE_STORE"
"""A directory, or s3://BUCKET or s3://BUCKET/PREFIX."""
S3_ENDPOINT: Final = "TRADELANE_S3_ENDPOINT"
"""URL of an S3-compatible server other than Amazon's."""
_S3: Final = re.compile(
    r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>[A-Za-z0-9][A-Za-z0-9/_.-]*))?/?"
)


def open_store(profile: Path) -> Store:
    """Return the organisation's store: what the environment says, by default `documents` in its profile directory.

    Raises:
        InputError: INVALID_STORE: an address that is none, or the extra `s3` is not installed.
        StoreError: STORE_UNUSABLE.
    """
    place = os.environ.get(PLACE, "")
    if not place:
        return FileStore(profile / "documents")
    if "://" not in place:
        return FileStore(Path(place))
    address = _S3.fullmatch(place)
    if address is None:
        raise InputError(f"{PLACE} is a directory, or s3://BUCKET or s3://BUCKET/PREFIX.", code="INVALID_STORE")
    try:
        from tradelane.gateway.store.s3 import S3Store  # noqa: PLC0415 -- an optional extra
    except ImportError:
        raise InputError("A store in S3 needs the extra `s3`: install tradelane[s3].", code="INVALID_STORE") from None
    return S3Store(address["bucket"], (address["prefix"] or "").rstrip("/"), os.environ.get(S3_ENDPOINT) or None)
