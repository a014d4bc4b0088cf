"""A client without the key, and the key without a client."""

from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.gateway.conftest import MSP, USER, Connect
from tests.support.loopback_gateway import Invocation, Script
from tests.support.pki import Pair
from tradelane.gateway import offline
from tradelane.gateway.identity import Identity
from tradelane.gateway.session import Session

S = TypeVar("S", bound=offline.Signable)


def echo(invocation: Invocation) -> bytes:
    return invocation.function.encode() + b"|" + b"|".join(invocation.arguments)


def session_of(gateway: Any) -> Session:
    return getattr(gateway, "_gateway", gateway)._session  # type: ignore[no-any-return]


@pytest.fixture
def key(signer: Pair) -> Identity:
    """The identity whole, as it is where the key is."""
    return Identity.load(MSP, signer.certificate_pem, signer.key_pem)


@pytest.fixture
def keyless(connect: Connect, profile: Path, script: Script) -> Any:
    """A connected client of a profile that lacks its user's key."""
    script.chaincode = echo
    (profile / "users" / USER / "key.pem").unlink()
    return connect(offline=True)


def carried(made: S, key: Identity) -> S:
    """Take a message to the signer and back, each time as bytes."""
    kind = type(made)
    there = kind.from_bytes(made.to_bytes())
    return kind.from_bytes(there.with_signature(key.sign(there.message)).to_bytes())
