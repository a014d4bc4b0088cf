"""DCSA's checksums: SHA-256, lower-case hexadecimal; of JSON over its RFC 8785 form.

Some field descriptions of PINT name an older canonical form; its type DocumentChecksum and DCSA's conformance code
say RFC 8785, which therefore decides.
"""

import hashlib
from typing import Any

from tradelane.model.canonical import canonicalize


def of_json(value: Any) -> str:  # noqa: ANN401 -- any JSON value
    """Return the checksum of a JSON value.

    Raises:
        JsonError: It has no canonical form.
    """
    return of_bytes(canonicalize(value))


def of_bytes(content: bytes) -> str:
    """Return the checksum of a document that is no JSON, in its decoded form."""
    return hashlib.sha256(content).hexdigest()


def of_signed(content: str) -> str:
    """Return the checksum of signed content: of the whole JWS, as it was received."""
    return of_bytes(content.encode())
