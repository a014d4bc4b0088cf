"""From what gRPC and Fabric say to the error a caller gets: one row per way to fail."""

from typing import NamedTuple

import pytest

from tradelane.gateway import errors
from tradelane.gateway.errors import PeerDetail, Step
from tradelane.gateway.faults import Fault, explain
from tradelane.gateway.rpc import Failure

PEER = "127.0.0.1:7151"
ATTACHED = "failed to endorse transaction, see attached details for more info"
REFUSAL = '{"code":"UNKNOWN_TITLE","message":"There is no such title.","details":{"titleId":"ab"}}'
DOWN = (
    "failed to execute transaction ab: could not launch chaincode tradelane:9f: connection to "
    "tradelane:9f failed: error cannot create connection for tradelane:9f: error creating grpc connection to "
    "127.0.0.1:7161: context deadline exceeded"
)


class Row(NamedTuple):
    step: Step
    status: str
    message: str
    kind: type[errors.CallError]
    code: str
    peers: tuple[str, ...] = ()
    exit_status: int = 1


ROWS = [
    Row(Step.EVALUATE, "UNKNOWN", f"evaluate call to endorser returned error: chaincode response 404, {REFUSAL}",
        errors.Refused, "UNKNOWN_TITLE", exit_status=3),
    Row(Step.ENDORSE, "ABORTED", ATTACHED, errors.Refused, "UNKNOWN_TITLE", (f"chaincode response 404, {REFUSAL}",), 3),
    Row(Step.ENDORSE, "ABORTED", ATTACHED, errors.Refused, "REFUSED", ("chaincode response 400, in other words",), 3),
    Row(Step.ENDORSE, "ABORTED", ATTACHED, errors.Refused, "REFUSED", ('chaincode response 400, ["code"]',), 3),
    Row(Step.ENDORSE, "ABORTED", ATTACHED, errors.ChaincodeFailed, "INTERNAL_ERROR",
        ('chaincode response 500, {"code":"INTERNAL_ERROR","message":"Look into the log."}',)),
    Row(Step.EVALUATE, "UNKNOWN", "too many requests for /gateway.Gateway, exceeding concurrency limit (500)",
        errors.ConcurrencyLimit, "CONCURRENCY_LIMIT", exit_status=4),
    Row(Step.ENDORSE, "ABORTED", ATTACHED, errors.ConcurrencyLimit, "CONCURRENCY_LIMIT",
        ("too many requests for /protos.Endorser, exceeding concurrency limit (2500)",), 4),
    Row(Step.EVALUATE, "DEADLINE_EXCEEDED", "Deadline Exceeded", errors.Overdue, "OVERDUE", exit_status=4),
    Row(Step.EVALUATE, "RESOURCE_EXHAUSTED", "grpc: received message larger than max (60000300 vs. 50331648)",
        errors.EvaluateError, "MESSAGE_TOO_LARGE"),
    Row(Step.ENDORSE, "RESOURCE_EXHAUSTED", "CLIENT: Sent message larger than max (120001193 vs. 104857600)",
        errors.EndorseError, "MESSAGE_TOO_LARGE"),
    Row(Step.ENDORSE, "RESOURCE_EXHAUSTED", "a message of 104857601 bytes is more than the 104857600 allowed",
        errors.EndorseError, "MESSAGE_TOO_LARGE"),
    Row(Step.COMMIT_STATUS, "CANCELLED", "Received RST_STREAM with error code 8", errors.Overdue, "OVERDUE",
        exit_status=4),
    Row(Step.COMMIT_STATUS, "CANCELLED", "Channel closed!", errors.CommitStatusError, "GATEWAY_CLOSED"),
    Row(Step.SUBMIT, "DEADLINE_EXCEEDED", "submit timeout expired while broadcasting to ordering service",
        errors.Overdue, "OVERDUE", exit_status=4),
    Row(Step.EVALUATE, "ABORTED", "failed to evaluate transaction, see attached details for more info",
        errors.ChaincodeUnavailable, "CHAINCODE_UNAVAILABLE", (DOWN,), 4),
    Row(Step.ENDORSE, "ABORTED", ATTACHED, errors.ChaincodeUnavailable, "CHAINCODE_UNAVAILABLE",
        ("error in simulation: transaction returned with failure: the chaincode is being stopped",), 4),
    Row(Step.ENDORSE, "ABORTED", ATTACHED, errors.ChaincodeUnavailable, "CHAINCODE_UNAVAILABLE",
        ("error in simulation: failed to execute transaction ab: invoke error: chaincode stream terminated",), 4),
    Row(Step.EVALUATE, "ABORTED", "failed to evaluate", errors.ChaincodeUnavailable, "SERVICE_BUSY",
        ("error in simulation: transaction returned with failure: SERVICE_BUSY: the service runs as many",), 4),
    Row(Step.ENDORSE, "ABORTED", ATTACHED, errors.ChaincodeUnavailable, "CHAINCODE_OVERDUE",
        ("error in simulation: failed to execute transaction ab: timeout expired while executing transaction",), 4),
    Row(Step.EVALUATE, "ABORTED", "failed to evaluate", errors.ChaincodeUnavailable, "CHAINCODE_NOT_DEPLOYED",
        ("make sure the chaincode x has been successfully defined on channel trade and try again",), 4),
    Row(Step.EVALUATE, "FAILED_PRECONDITION", "error validating proposal: access denied: channel [trade] creator org "
        "[OtherMSP]", errors.AccessDenied, "ACCESS_DENIED", exit_status=6),
    Row(Step.COMMIT_STATUS, "PERMISSION_DENIED", "signature set did not satisfy policy", errors.AccessDenied,
        "ACCESS_DENIED", exit_status=6),
    Row(Step.ENDORSE, "FAILED_PRECONDITION", ATTACHED, errors.AccessDenied, "CLOCK_OFF",
        ("request unauthorized due to incorrect timestamp",), 6),
    Row(Step.EVALUATE, "UNAVAILABLE", "failed to connect to all addresses; last error: UNKNOWN: Connection refused",
        errors.Unreachable, "UNREACHABLE", exit_status=4),
    Row(Step.EVALUATE, "UNAVAILABLE", "cannot connect to 127.0.0.1:7151: Connection refused", errors.Unreachable,
        "UNREACHABLE", exit_status=4),
    Row(Step.SUBMIT, "UNAVAILABLE", "the connection to the peer was lost (Connection reset by peer)",
        errors.Unreachable, "UNREACHABLE", exit_status=4),
    Row(Step.EVALUATE, "UNAVAILABLE", "failed to get config for channel [nowhere]: could not get last config for "
        "channel nowhere", errors.UnknownChannel, "UNKNOWN_CHANNEL", exit_status=6),
    Row(Step.ENDORSE, "UNAVAILABLE", "failed to find any endorsing peers for org(s): HongKongMSP",
        errors.Unreachable, "ENDORSERS_UNAVAILABLE", exit_status=4),
    Row(Step.SUBMIT, "UNAVAILABLE", "no orderers could successfully process transaction",
        errors.Unreachable, "ORDERERS_UNAVAILABLE", ("connection refused",), 4),
    Row(Step.EVALUATE, "FAILED_PRECONDITION", "no peers available to evaluate chaincode tradelane in channel trade",
        errors.Unreachable, "ENDORSERS_UNAVAILABLE", exit_status=4),
    Row(Step.ENDORSE, "ABORTED", "failed to collect enough transaction endorsements, see attached details",
        errors.Unreachable, "ENDORSERS_UNAVAILABLE", ("rpc error: code = Unavailable desc = connection error",), 4),
    Row(Step.ENDORSE, "ABORTED", ATTACHED, errors.Unreachable, "ENDORSERS_UNAVAILABLE",
        ("rpc error: code = Canceled desc = grpc: the client connection is closing",), 4),
    Row(Step.ENDORSE, "ABORTED", "failed to assemble transaction: ProposalResponsePayloads do not match",
        errors.EndorseError, "ENDORSEMENTS_DIFFER"),
    Row(Step.ENDORSE, "FAILED_PRECONDITION", "no peer combination can satisfy the endorsement policy",
        errors.Unreachable, "ENDORSERS_UNAVAILABLE", exit_status=4),
    Row(Step.ENDORSE, "FAILED_PRECONDITION",
        "no combination of peers can be derived which satisfy the endorsement policy: required chaincodes are not "
        "installed on sufficient peers", errors.Unreachable, "ENDORSERS_UNAVAILABLE", exit_status=4),
    Row(Step.SUBMIT, "CANCELLED", "Channel closed!", errors.SubmitError, "GATEWAY_CLOSED"),
    Row(Step.ENDORSE, "ABORTED", ATTACHED, errors.EndorseError, "DUPLICATE_TXID",
        ("duplicate transaction found [ab]. Creator [00]",)),
    Row(Step.ENDORSE, "ABORTED", ATTACHED, errors.EndorseError, "TRANSACTION_UNDER_WAY",
        ("error in simulation: failed to execute transaction ab: error sending: txid: ab(trade) exists",)),
    Row(Step.EVALUATE, "ABORTED", "failed to evaluate", errors.EvaluateError, "TRANSACTION_UNDER_WAY",
        ("error in simulation: failed to execute transaction ab: error sending: txid: ab(trade) exists",)),
    Row(Step.EVALUATE, "INVALID_ARGUMENT", "a signed proposal is required", errors.EvaluateError, "EVALUATION_FAILED"),
    Row(Step.ENDORSE, "FAILED_PRECONDITION", "no combination of peers can be derived", errors.EndorseError,
        "ENDORSEMENT_FAILED"),
    Row(Step.SUBMIT, "ABORTED", "received unsuccessful response", errors.SubmitError, "SUBMISSION_FAILED"),
    Row(Step.SUBMIT, "INTERNAL", "Received RST_STREAM with error code 2", errors.Unreachable, "CONNECTION_LOST",
        exit_status=4),
    Row(Step.COMMIT_STATUS, "UNKNOWN", "Stream removed", errors.Unreachable, "CONNECTION_LOST", exit_status=4),
    Row(Step.SUBMIT, "CANCELLED", "", errors.Unreachable, "CONNECTION_LOST", exit_status=4),
    Row(Step.EVALUATE, "INTERNAL", "Received RST_STREAM with error code 2", errors.Unreachable, "CONNECTION_LOST",
        exit_status=4),
    Row(Step.SUBMIT, "INTERNAL", "Exception serializing request!", errors.SubmitError, "SUBMISSION_FAILED"),
    Row(Step.COMMIT_STATUS, "NOT_FOUND", "channel does not exist", errors.CommitStatusError, "STATUS_UNKNOWN"),
    Row(Step.EVENTS, "INTERNAL", "", errors.EventsError, "EVENTS_FAILED"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.step}-{row.code}")
def test_a_failure_becomes_its_most_specific_error(row: Row) -> None:
    peers = tuple(PeerDetail("127.0.0.1:7152", "HongKongMSP", message) for message in row.peers)
    error = explain(Fault(row.step, Failure(row.status, row.message, peers), PEER, "ab"))
    assert type(error) is row.kind
    assert (error.code, error.exit_status, error.step) == (row.code, row.exit_status, row.step)
    assert (error.transaction_id, error.grpc_status, error.peers) == ("ab", row.status, peers)


OPEN = "may still take effect"
NOTHING = ("nothing was done", "othing was written", "did not take")


@pytest.mark.parametrize("earlier", [False, True], ids=["alone", "after a lost answer"])
@pytest.mark.parametrize("row", [row for row in ROWS if row.step in {Step.SUBMIT, Step.COMMIT_STATUS}])
def test_after_the_transaction_was_handed_over_no_error_says_that_nothing_was_done(row: Row, earlier: bool) -> None:
    error = explain(Fault(row.step, Failure(row.status, row.message), PEER, "ab", open=earlier))
    assert str(error) == error.message
    refused = row.status == "ABORTED" and not earlier
    assert (OPEN in error.diagnostics()) is error.outcome_open is not refused
    assert error.details.get("outcomeOpen") == (None if refused else "true")
    assert any(word in error.diagnostics() for word in NOTHING) is refused


@pytest.mark.parametrize(
    ("status", "message"),
    [
        ("UNKNOWN", "too many requests for /gateway.Gateway, exceeding concurrency limit (500)"),
        ("RESOURCE_EXHAUSTED", "CLIENT: Sent message larger than max (120001193 vs. 104857600)"),
        ("PERMISSION_DENIED", "access denied"),
        ("ABORTED", "received unsuccessful response from orderer"),
        ("INVALID_ARGUMENT", "a prepared transaction is required"),
    ],
)
def test_what_refuses_a_submission_leaves_nothing_open_unless_an_earlier_try_did(status: str, message: str) -> None:
    failure = Failure(status, message)
    assert OPEN not in explain(Fault(Step.SUBMIT, failure, PEER, "ab")).diagnostics()
    assert OPEN in explain(Fault(Step.SUBMIT, failure, PEER, "ab", open=True)).diagnostics()
    assert OPEN in explain(Fault(Step.COMMIT_STATUS, failure, PEER, "ab")).diagnostics()


def test_a_failed_handshake_is_told_from_a_peer_that_is_down() -> None:
    error = unavailable("UNKNOWN: ipv4:127.0.0.1:1: Ssl handshake failed: CERTIFICATE_VERIFY_FAILED")
    assert (error.code, "TLS handshake" in error.diagnostics()) == ("TLS_FAILED", True)
    error = unavailable("UNKNOWN: ipv4:127.0.0.1:1: Tls handshake failed (TSI_PROTOCOL_FAILURE): SSL_ERROR_SSL: ...")
    assert error.code == "TLS_FAILED"


@pytest.mark.parametrize("how", ["Socket closed", "recvmsg:Connection reset by peer (104)"])
def test_a_peer_that_goes_during_the_handshake_is_no_misfit(how: str) -> None:
    error = unavailable(f"UNAVAILABLE: ipv4:127.0.0.1:1: Handshake read failed ({how})")
    assert (error.code, "it is stopping" in error.diagnostics()) == ("UNREACHABLE", True)


OURS = {
    "its certificate is for another name than peer0": "the peer's certificate is for another host",
    "its certificate is not trusted: certificate has expired": "has expired or was not signed by the profile's",
    "[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca": "roots, server name or client certificate do not fit",
    "[SSL: WRONG_VERSION_NUMBER] wrong version number": "roots, server name or client certificate do not fit",
}


@pytest.mark.parametrize("said", OURS)
def test_our_own_words_of_a_handshake_mean_the_same(said: str) -> None:
    failure = Failure("UNAVAILABLE", f"the TLS handshake with 127.0.0.1:1 failed: {said}")
    error = explain(Fault(Step.EVALUATE, failure, PEER))
    assert (error.code, OURS[said] in error.message) == ("TLS_FAILED", True)


@pytest.mark.parametrize("cause", ["", " (Connection reset by peer)"])
def test_our_own_words_of_a_peer_that_hangs_up_mean_the_same(cause: str) -> None:
    failure = Failure("UNAVAILABLE", f"127.0.0.1:1 closed the connection before HTTP/2 began{cause}")
    error = explain(Fault(Step.EVALUATE, failure, PEER))
    assert (error.code, "it is stopping" in error.diagnostics()) == ("UNREACHABLE", True)


@pytest.mark.parametrize("said", ["it does not answer", "it speaks TLS, and not HTTP/2 in it", "Connection refused"])
def test_our_own_words_of_an_address_where_no_peer_is_mean_the_same(said: str) -> None:
    error = explain(Fault(Step.EVALUATE, Failure("UNAVAILABLE", f"cannot connect to 127.0.0.1:1: {said}"), PEER))
    assert (error.code, "look whether it runs" in error.diagnostics()) == ("UNREACHABLE", True)


def unavailable(last: str) -> errors.CallError:
    said = f"failed to connect to all addresses; last error: {last}"
    return explain(Fault(Step.EVALUATE, Failure("UNAVAILABLE", said), PEER))


def test_a_chaincode_that_is_down_is_placed() -> None:
    peers = (PeerDetail("127.0.0.1:7152", "HongKongMSP", DOWN),)
    error = explain(Fault(Step.ENDORSE, Failure("ABORTED", ATTACHED, peers), PEER))
    assert "127.0.0.1:7152 of HongKongMSP" in error.diagnostics()


def test_advice_goes_with_the_message_and_its_facts_with_the_details() -> None:
    error = errors.GatewayError("It stopped.", code="STOPPED")
    error.advise("Go on with 7.", documentId="7")
    assert (error.diagnostics(), error.details) == ("It stopped. Go on with 7.", {"documentId": "7"})
