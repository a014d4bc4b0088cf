"""Offline signing on the real network: a connection without the key, and the key without a connection."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from tests.scenario.client.conftest import HONGKONG, ORGANISATIONS, SHANGHAI, Connect, Gateway
from tests.scenario.test_identities import certified
from tests.support.softhsm import SoftHsm
from tradelane.gateway import offline
from tradelane.gateway.errors import AccessDenied, OfflineError, Refused
from tradelane.gateway.hsm import TokenKey
from tradelane.gateway.identity import Identity
from tradelane.gateway.profile import load_profile
from tradelane.gateway.token_session import module_of
from tradelane.network import Network

pytestmark = pytest.mark.network

S = TypeVar("S", bound=offline.Signable)
REQUESTS = (
    offline.chaincode_events_request,
    offline.block_events_request,
    offline.filtered_block_events_request,
    offline.block_and_private_data_events_request,
)


@pytest.fixture(params=["file", "token"])
def identity(request: pytest.FixtureRequest, network: Network) -> Identity:
    """The identity with its key, which has no connection; in a token the key leaves neither."""
    if request.param == "file":
        return load_profile(network.paths.profile(ORGANISATIONS[HONGKONG]).root, "admin").identity
    softhsm: SoftHsm = request.getfixturevalue("softhsm")
    pin = secrets.token_hex(4)
    token = softhsm.token(pin)
    module_of(softhsm.module).restart()
    key = TokenKey.generate(softhsm.module, token, pin=lambda: pin, label="admin")
    return Identity.of_key(HONGKONG, certified(network, key, ORGANISATIONS[HONGKONG]), key)


@pytest.fixture
def keyless(connect: Connect, identity: Identity) -> Gateway:
    """The connection, which has no key."""
    return connect(identity=Identity.offline(identity.msp_id, identity.certificate_pem))


def carried(made: S, identity: Identity) -> S:
    """Take a message to the signer and back, each time as bytes."""
    kind = type(made)
    there = kind.from_bytes(made.to_bytes())
    return kind.from_bytes(there.with_signature(identity.sign(there.message)).to_bytes())


def test_an_unsigned_evaluation_is_not_sent(keyless: Gateway) -> None:
    with pytest.raises(OfflineError, match="no private key"):
        keyless.run(offline.evaluate(keyless.run(offline.new_proposal("echo", "x"))))


def test_a_signed_evaluation_is_answered(keyless: Gateway, identity: Identity) -> None:
    proposal = keyless.run(offline.new_proposal("echo", "x"))
    assert keyless.run(offline.evaluate(carried(proposal, identity))) == b"x"


def test_nothing_unsigned_is_submitted(keyless: Gateway, identity: Identity, key: str) -> None:
    proposal = keyless.run(offline.new_proposal("put", key, "value"))
    with pytest.raises(OfflineError):
        keyless.run(offline.endorse(proposal))
    transaction = keyless.run(offline.endorse(carried(proposal, identity)))
    with pytest.raises(OfflineError):
        keyless.run(offline.submit(transaction))
    with pytest.raises(Refused, match="no such key"):
        keyless.run(offline.evaluate(carried(keyless.run(offline.new_proposal("get", key)), identity)))


def test_a_transaction_signed_elsewhere_takes_effect(keyless: Gateway, identity: Identity, key: str) -> None:
    proposal = keyless.run(offline.new_proposal("put", key, "value"))
    transaction = keyless.run(offline.endorse(carried(proposal, identity)))
    assert transaction.result == b"value"
    commit = keyless.run(offline.submit(carried(transaction, identity)))
    status = keyless.run(offline.status(carried(commit, identity)))
    assert (status.code, status.transaction_id) == ("VALID", proposal.transaction_id)
    with pytest.raises(OfflineError):
        keyless.run(offline.status(keyless.run(offline.new_commit(proposal.transaction_id))))


def test_another_organisations_gateway_submits_it(
    keyless: Gateway, connect: Connect, identity: Identity, key: str
) -> None:
    courier = connect(SHANGHAI)
    proposal = carried(keyless.run(offline.new_proposal("put", key, "value")), identity)
    transaction = carried(courier.run(offline.endorse(proposal)), identity)
    commit = courier.run(offline.submit(transaction))
    assert commit.msp_id == SHANGHAI
    assert courier.run(offline.status(commit)).successful


def test_a_signature_over_something_else_is_refused(keyless: Gateway, identity: Identity) -> None:
    proposal, other = (keyless.run(offline.new_proposal("echo", word)) for word in ("x", "y"))
    with pytest.raises(AccessDenied):
        keyless.run(offline.evaluate(proposal.with_signature(identity.sign(other.message))))


@pytest.mark.parametrize("build", REQUESTS)
def test_a_stream_opens_for_a_request_signed_elsewhere(
    keyless: Gateway, connect: Connect, identity: Identity, key: str, build: Callable[..., Any]
) -> None:
    connect().submit("announce", key, "payload")  # so that there is an event to be told of
    request = keyless.run(build(start_block=1))
    with pytest.raises(OfflineError), keyless.events(request) as events:
        next(events)
    with keyless.events(carried(request, identity)) as events:
        found = next(events)
    found = getattr(found, "block", found)
    assert (found.block_number if hasattr(found, "block_number") else found.number) >= 1
