"""Signed content: JWS in compact form (RFC 7515), ES256 or PS256, over the canonical JSON of a message.

The algorithm is the one that fits the trusted key, never the one that a header asks for: a header that names another
one is refused, as are `none`, keyed hashes and extensions (`crit`).
"""

import json
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from tradelane.gateway.errors import IdentityError, InputError
from tradelane.model.canonical import JsonError, canonicalize, parse_json

Key = ECKey | RSAKey

ES256: Final = "ES256"
PS256: Final = "PS256"
MAX_SIGNED_CHARACTERS: Final = 256 * 1024
"""A chain entry names transactions and checksums, no documents; far larger ones are nothing of DCSA's."""
_SMALLEST_RSA_BITS: Final = 2048
_ASKED_OF_HEADERS: Final = {"alg", "kid"}
_KNOWN_HEADERS: Final = {"alg", "kid", "typ", "cty", "x5c", "x5t#S256"}


class BadSignature(Exception):
    """Signed content cannot be relied on: unreadable, of an unknown key, or changed after it was signed."""


@dataclass(frozen=True)
class Signed:
    """Content whose signature has been verified.

    Attributes:
        payload: The message.
        owner: Whose key signed it, as the trusted keys name it.
        key_id: Which of its keys.
    """

    payload: Mapping[str, Any]
    owner: str
    key_id: str


@dataclass(frozen=True)
class Signer:
    """A private key that signs messages; its id is the thumbprint of its public half (RFC 7638)."""

    key: Key

    @property
    def key_id(self) -> str:
        """The key's id, as `kid` in each header and in the published key set."""
        return str(self.key.thumbprint())

    def sign(self, payload: Mapping[str, Any]) -> str:
        """Return a message as signed content."""
        algorithm = _algorithm(self.key)
        header = {"alg": algorithm, "kid": self.key_id}
        return jws.serialize_compact(header, canonicalize(payload), self.key, algorithms=[algorithm])

    def public_keys(self) -> dict[str, Any]:
        """Return the JWK set (RFC 7517) that others need to verify this signer's messages."""
        public = {**self.key.as_dict(private=False), "kid": self.key_id, "alg": _algorithm(self.key), "use": "sig"}
        return {"keys": [public]}

    def __repr__(self) -> str:
        return f"Signer(key_id={self.key_id!r})"


class TrustedKeys:
    """Public keys by id, each with its owner."""

    def __init__(self, sets: Mapping[str, Iterable[bytes]]) -> None:
        """Read the JWK sets of each owner.

        Raises:
            InputError: BAD_KEY_SET: not a JWK set, a private key in it, a key that is neither P-256 nor RSA of 2048
                bits and more, or two owners of one key.
        """
        self._keys: dict[str, tuple[str, Key]] = {}
        for owner, documents in sets.items():
            for document in documents:
                for key_id, key in _read_set(document):
                    if self._keys.setdefault(key_id, (owner, key))[0] != owner:
                        raise _bad_set(f"the key {key_id} belongs to both {owner} and {self._keys[key_id][0]}")

    @property
    def owners(self) -> frozenset[str]:
        """Everybody whose messages can be verified."""
        return frozenset(owner for owner, _ in self._keys.values())

    def verify(self, content: str) -> Signed:
        """Return a message once its signature holds.

        Raises:
            BadSignature: It does not, or nobody known has signed.
        """
        key_id, algorithm = _header(content)
        owner, key = self._keys.get(key_id, ("", None))
        if key is None:
            raise BadSignature("the key named by the header is unknown here")
        if algorithm != _algorithm(key):
            raise BadSignature(f"the header names another algorithm than the key's, {_algorithm(key)}")
        try:
            verified = jws.deserialize_compact(content, key, algorithms=[algorithm])
            payload = parse_json(verified.payload, MAX_SIGNED_CHARACTERS)
        except (JoseError, ValueError) as error:
            raise BadSignature(_sentence(error)) from None
        if not isinstance(payload, dict):
            raise BadSignature("the signed content is no JSON object")
        return Signed(payload, owner, key_id)


def claimed(content: str) -> Mapping[str, Any]:
    """Return what signed content says, whoever signed it; its signature is not looked at.

    Raises:
        BadSignature: It is no signed JSON object.
    """
    _header(content)
    try:
        payload = parse_json(jws.extract_compact(content.encode()).payload, MAX_SIGNED_CHARACTERS)
    except (JoseError, ValueError) as error:
        raise BadSignature(_sentence(error)) from None
    if not isinstance(payload, dict):
        raise BadSignature("the signed content is no JSON object")
    return payload


def generate() -> Signer:
    """Return a new signer, of ES256."""
    return Signer(ECKey.generate_key("P-256", auto_kid=False))


def load(path: Path) -> Signer:
    """Read a private key from a PEM file that only its owner may read.

    Raises:
        IdentityError: KEY_MISSING, KEY_EXPOSED, KEY_MALFORMED; KEY_UNSUPPORTED when it is neither P-256 nor RSA of 2048
            bits and more.
    """
    try:
        exposed = stat.S_IMODE(path.stat().st_mode) & 0o077
        content = path.read_bytes()
    except OSError as error:
        raise IdentityError(f"The signing key {path} cannot be read: {error.strerror}.", code="KEY_MISSING") from None
    if exposed:
        raise IdentityError(
            f"The signing key {path} can be read by others; give it mode 0600 and consider it exposed.",
            code="KEY_EXPOSED",
        )
    try:
        private = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The cause is dropped: no text that touches a private key may reach a log.
        raise IdentityError(f"The file {path} holds no PEM private key in the clear.", code="KEY_MALFORMED") from None
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name == "secp256r1":
        return Signer(ECKey.import_key(content))
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= _SMALLEST_RSA_BITS:
        return Signer(RSAKey.import_key(content))
    raise IdentityError(
        f"The key in {path} signs neither ES256 (P-256) nor PS256 (RSA of {_SMALLEST_RSA_BITS} bits or more).",
        code="KEY_UNSUPPORTED",
    )


def save(signer: Signer, path: Path) -> None:
    """Write a private key where there is none yet, for its owner's eyes only.

    Raises:
        InputError: FILE_UNWRITABLE.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(signer.key.as_pem(private=True))
    except OSError as error:
        raise InputError(f"The key {path} cannot be written: {error.strerror}.", code="FILE_UNWRITABLE") from None


def _algorithm(key: Key) -> str:
    return ES256 if isinstance(key, ECKey) else PS256


def _header(content: str) -> tuple[str, str]:
    if len(content) > MAX_SIGNED_CHARACTERS:
        raise BadSignature(f"the signed content has more than {MAX_SIGNED_CHARACTERS} characters")
    try:
        header = jws.extract_compact(content.encode()).headers()
    except (JoseError, ValueError):
        raise BadSignature("the signed content is no JWS in compact form") from None
    if not set(header) <= _KNOWN_HEADERS or not all(isinstance(header.get(name), str) for name in _ASKED_OF_HEADERS):
        raise BadSignature("the header of the signed content must name alg and kid, and nothing that changes them")
    return header["kid"], header["alg"]


def _read_set(document: bytes) -> list[tuple[str, Key]]:
    try:
        keys = parse_json(document)["keys"]
        return [_read_key(each) for each in keys]
    except (JsonError, JoseError, ValueError, KeyError, TypeError, AttributeError):
        raise _bad_set("it is no JWK set of public P-256 or RSA keys (RFC 7517)") from None


def _read_key(entry: dict[str, Any]) -> tuple[str, Key]:
    if {"d", "p", "q", "k"} & set(entry):
        raise ValueError("a private key")
    if entry["kty"] == "EC" and entry["crv"] == "P-256":
        key: Key = ECKey.import_key(entry)
    elif entry["kty"] == "RSA":
        key = RSAKey.import_key(entry)
        if key.public_key.key_size < _SMALLEST_RSA_BITS:
            raise ValueError("too short")
    else:
        raise ValueError("another kind of key")
    return str(entry.get("kid") or key.thumbprint()), key


def _bad_set(why: str) -> InputError:
    return InputError(f"The key set cannot be used: {why}.", code="BAD_KEY_SET")


def _sentence(error: Exception) -> str:
    return str(error) if isinstance(error, JsonError) else "the signature does not fit the content and the key"


def published(signer: Signer) -> bytes:
    """Return a signer's public keys as the text of a file."""
    return json.dumps(signer.public_keys(), indent=2, sort_keys=True).encode() + b"\n"
