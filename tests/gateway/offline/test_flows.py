"""A client without the key, a signer without a connection: the peer sees valid signatures or nothing at all."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway.conftest import MSP
from tests.gateway.offline.conftest import carried, session_of
from tests.support.loopback_gateway import Script
from tests.support.pki import Authority, Pair
from tradelane.gateway import errors, offline
from tradelane.gateway.identity import Identity


def test_a_transaction_goes_its_whole_way_with_the_key_elsewhere(keyless: Any, key: Identity, script: Script) -> None:
    proposal = keyless.run(offline.new_proposal("a:b", "x", transient={"s": b"1"}, endorsing_organizations=["A"]))
    transaction = keyless.run(offline.endorse(carried(proposal, key)))
    assert transaction.result == b"a:b|x"
    commit = keyless.run(offline.submit(carried(transaction, key)))
    status = keyless.run(offline.status(carried(commit, key)))
    assert (status.successful, status.block_number) == (True, 7)
    assert status.transaction_id == commit.transaction_id == transaction.transaction_id == proposal.transaction_id
    (invocation,) = script.invocations
    assert (invocation.transient, invocation.organisations) == ({"s": b"1"}, ("A",))


def test_a_proposal_signed_elsewhere_can_be_evaluated(keyless: Any, key: Identity, script: Script) -> None:
    own = keyless.run(offline.new_proposal("a:b", "x"))
    given = keyless.run(offline.new_proposal("a:b", "y", endorsing_organizations=["A"]))
    assert keyless.run(offline.evaluate(carried(own, key))) == b"a:b|x"
    assert keyless.run(offline.evaluate(carried(given, key))) == b"a:b|y"
    # Left to itself the peer may ask another organisation's.
    assert [one.organisations for one in script.invocations] == [(MSP,), ("A",)]


def test_the_outcome_of_a_transaction_known_by_its_id(keyless: Any, key: Identity) -> None:
    commit = keyless.run(offline.new_commit("ab" * 32))
    assert keyless.run(offline.status(carried(commit, key))).transaction_id == "ab" * 32


def test_a_gateway_with_the_key_signs_what_is_unsigned(gateway: Any, keyless: Any, key: Identity) -> None:
    proposal = offline.Proposal.from_bytes(keyless.run(offline.new_proposal("a:b")).to_bytes())
    commit = gateway.run(offline.submit(gateway.run(offline.endorse(proposal))))
    assert gateway.run(offline.status(commit)).successful


def test_nothing_unsigned_is_sent(keyless: Any, key: Identity, script: Script) -> None:
    proposal = keyless.run(offline.new_proposal("a:b"))
    with pytest.raises(errors.OfflineError, match="no private key"):
        keyless.run(offline.endorse(proposal))
    with pytest.raises(errors.OfflineError):
        keyless.run(offline.evaluate(proposal))
    assert script.invocations == []
    transaction = keyless.run(offline.endorse(carried(proposal, key)))
    with pytest.raises(errors.OfflineError):
        keyless.run(offline.submit(transaction))
    with pytest.raises(errors.OfflineError):
        keyless.run(offline.status(keyless.run(offline.new_commit("ab" * 32))))


def test_another_identitys_gateway_sends_but_does_not_sign(
    gateway: Any, keyless: Any, key: Identity, script: Script, authority: Authority
) -> None:
    proposal = keyless.run(offline.new_proposal("a:b"))
    other = authority.issue("somebody else")
    session_of(gateway).identity = Identity.load("HongKongMSP", other.certificate_pem, other.key_pem)
    session_of(gateway).__dict__.pop("creator", None)
    with pytest.raises(errors.OfflineError, match="ShanghaiMSP"):
        gateway.run(offline.endorse(proposal))
    transaction = gateway.run(offline.endorse(carried(proposal, key)))
    commit = gateway.run(offline.submit(carried(transaction, key)))
    assert commit.msp_id == "HongKongMSP", "the one who submits asks for the outcome, in its own name"
    assert gateway.run(offline.status(commit)).successful


@pytest.mark.parametrize("spoil", [lambda _: b"", lambda payload: payload[:-40]])
def test_an_endorsed_transaction_that_is_none_is_not_handed_out(
    keyless: Any, key: Identity, script: Script, spoil: Callable[[bytes], bytes]
) -> None:
    script.spoil = spoil
    proposal = carried(keyless.run(offline.new_proposal("a:b")), key)
    with pytest.raises(errors.ResultError):
        keyless.run(offline.endorse(proposal))


def test_requests_for_events_are_built_without_a_key(keyless: Any, signer: Pair) -> None:
    session_of(keyless).tls_certificate_hash = b"hash of the TLS certificate"
    built = [
        keyless.run(offline.chaincode_events_request(start_block=3, after_transaction_id="ab")),
        keyless.run(offline.block_events_request(start_block=3)),
        keyless.run(offline.filtered_block_events_request()),
        keyless.run(offline.block_and_private_data_events_request()),
    ]
    for request in built:
        assert (request.msp_id, request.signature) == (MSP, b"")
        assert type(request).from_bytes(request.to_bytes()) == request
    assert all(b"hash of the TLS certificate" in request.message for request in built[1:])
