"""What goes wrong, and what the caller is told: class, code, gRPC status, and each peer's own words."""

import pytest

from tests.scenario.client.conftest import BOTH, HONGKONG, ORGANISATIONS, SHANGHAI, Connect, Gateway
from tests.support.waiting import until
from tradelane.gateway import errors, offline
from tradelane.gateway.errors import CallError
from tradelane.gateway.profile import load_profile
from tradelane.network import Network

pytestmark = pytest.mark.network


def speakers(error: CallError) -> set[str]:
    return {peer.msp_id for peer in error.peers}


def test_wrong_arguments(gateway: Gateway) -> None:
    with pytest.raises(errors.Refused, match="one argument, not 0") as refused:
        gateway.evaluate("echo")
    assert (refused.value.status, refused.value.grpc_status) == (400, "UNKNOWN")


def test_a_chaincode_that_is_not_there(connect: Connect) -> None:
    with pytest.raises(errors.ChaincodeUnavailable) as failed:
        connect(chaincode="nonexistent").submit("echo", "x")
    assert failed.value.code == "CHAINCODE_NOT_DEPLOYED"


def test_a_function_that_is_not_there(gateway: Gateway) -> None:
    with pytest.raises(errors.Refused, match="no function nonexistent") as refused:
        gateway.submit("nonexistent")
    assert (refused.value.status, refused.value.grpc_status) == (404, "ABORTED")
    assert speakers(refused.value) == {HONGKONG}, "the first to be asked is our own peer"


def test_a_chaincode_that_crashes(gateway: Gateway) -> None:
    with pytest.raises(errors.ChaincodeUnavailable) as failed:
        gateway.evaluate("crash")
    assert failed.value.code == "CHAINCODE_UNAVAILABLE"
    assert speakers(failed.value) == {HONGKONG}

    def back() -> bool:
        try:
            return bool(gateway.evaluate("echo", "back") == b"back")
        except CallError:
            return False

    until(back)


def test_a_signature_by_somebody_else(gateway: Gateway, network: Network) -> None:
    stranger = load_profile(network.paths.profile(ORGANISATIONS[SHANGHAI]).root, "admin").identity
    proposal = gateway.run(offline.new_proposal("echo", "x"))
    forged = proposal.with_signature(stranger.sign(proposal.message))
    for attempt, status in ((offline.evaluate, "FAILED_PRECONDITION"), (offline.endorse, "ABORTED")):
        with pytest.raises(errors.AccessDenied) as denied:
            gateway.run(attempt(forged))
        assert (denied.value.code, denied.value.grpc_status) == ("ACCESS_DENIED", status)


def test_a_client_of_no_member_organisation(connect: Connect, network: Network) -> None:
    whole = load_profile(network.paths.profile(ORGANISATIONS[HONGKONG]).root, "admin").identity
    stranger = type(whole)("NobodyMSP", whole.certificate_pem, whole.sign)
    with pytest.raises(errors.AccessDenied):
        connect(identity=stranger).evaluate("echo", "x", target_organizations=[HONGKONG])


def test_the_organisation_that_is_asked_fails_to_evaluate(gateway: Gateway) -> None:
    with pytest.raises(errors.ChaincodeFailed, match="HongKongMSP says no") as failed:
        gateway.evaluate("refused_by", HONGKONG)
    assert failed.value.grpc_status == "UNKNOWN"
    assert gateway.evaluate("refused_by", SHANGHAI) == b""


def test_another_organisation_fails_to_endorse(gateway: Gateway) -> None:
    with pytest.raises(errors.CallError, match="ShanghaiMSP says no") as failed:
        gateway.submit("refused_by", SHANGHAI)
    assert (speakers(failed.value), failed.value.grpc_status) == ({SHANGHAI}, "ABORTED")


def test_all_organisations_fail_to_endorse(gateway: Gateway) -> None:
    with pytest.raises(errors.CallError, match="says no") as failed:
        gateway.submit("refused_by", *BOTH, endorsing_organizations=BOTH)
    assert speakers(failed.value) <= set(BOTH)
    assert speakers(failed.value)


def test_a_chaincode_whose_answers_differ(gateway: Gateway, key: str) -> None:
    with pytest.raises(errors.EndorseError) as failed:
        gateway.submit("random", key)
    assert (failed.value.code, failed.value.grpc_status) == ("ENDORSEMENTS_DIFFER", "ABORTED")
    assert failed.value.peers
    with pytest.raises(errors.Refused, match="no such key"):
        gateway.evaluate("get", key)
