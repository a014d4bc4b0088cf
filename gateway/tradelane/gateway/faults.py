"""From a failed gRPC call to the error that says what happened.

Fabric's gateway tells much only in words (a chaincode's refusal, a chaincode that is down and the limiter of requests
can all arrive under the same gRPC status), so the words are read here, in one table-like place.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tradelane.gateway import errors
from tradelane.gateway.errors import CallError, PeerDetail, Step
from tradelane.gateway.rpc import Failure

_RESPONSE: Final = re.compile(r"chaincode response (\d{3}), (.*)", re.DOTALL)
_LIMIT: Final = re.compile(r"exceeding concurrency limit")
_CHAINCODE_DOWN: Final = re.compile(
    r"could not launch chaincode|chaincode stream terminated|timeout expired while starting chaincode"
    r"|could not find handler|the chaincode is being stopped"
)
_NOT_DEPLOYED: Final = re.compile(r"has been successfully defined on channel|No metadata was found for chaincode")
_CHAINCODE_BUSY: Final = re.compile(r"SERVICE_BUSY: ")
_CHAINCODE_SLOW: Final = re.compile(r"timeout expired while executing transaction")
_DENIED: Final = re.compile(r"access denied|permission denied|identity expired", re.IGNORECASE)
_CLOCK: Final = re.compile(r"unauthorized due to incorrect timestamp")
_DUPLICATE: Final = re.compile(r"duplicate transaction found")
_UNDER_WAY: Final = re.compile(r"txid: \w+\([^)]*\) exists")
_TOO_LARGE: Final = re.compile(r"message larger than max|a message of \d+ bytes is more than the \d+ allowed")
_TAKEN_BACK: Final = re.compile(r"RST_STREAM|context (canceled|deadline exceeded)")
_BROKE: Final = re.compile(r"RST_STREAM|stream removed|goaway|connection (reset|closed)|transport", re.IGNORECASE)
_DIFFER: Final = re.compile(r"ProposalResponsePayloads do not match")
_NO_CHANNEL: Final = re.compile(r"could not get last config for channel (\S+)")
_NO_ENDORSERS: Final = re.compile(
    r"no peers available to evaluate|failed to find any endorsing peers|failed to select a set of endorsers"
    r"|no peer combination can satisfy the endorsement policy|rpc error: code = (Unavailable|DeadlineExceeded)"
    # A peer that has just started has not heard yet which chaincodes the others run.
    r"|required chaincodes are not installed on sufficient peers"
    # A gateway peer drops its connection to another when one client leaves in mid-call, and with it others' calls.
    r"|the client connection is closing"
)
_NO_ORDERERS: Final = re.compile(r"no orderer|number of orderers could")
# gRPC's words come first, then those of our own transport (`wire.dialling`).
_HANDSHAKE: Final = (
    (
        re.compile(
            r"hostname verification|peer name .* is not in peer certificate|certificate is for another name",
            re.IGNORECASE,
        ),
        "the peer's certificate is for another host; check serverName in the profile",
    ),
    (
        re.compile(r"certificate_verify_failed|certificate is not trusted", re.IGNORECASE),
        "the peer's certificate has expired or was not signed by the profile's TLS roots",
    ),
    (
        re.compile(r"(ssl|tls) handshake (with \S+ )?failed|tlsv1|ssl_error", re.IGNORECASE),
        "roots, server name or client certificate do not fit",
    ),
)
_LEFT: Final = re.compile(r"Channel (closed|deallocated)!")
_HUNG_UP: Final = re.compile(
    r"failed to connect.*(socket closed|connection reset|handshake)|closed the connection before HTTP/2 began",
    re.IGNORECASE,
)

_OTHER: Final[dict[Step, tuple[type[CallError], str, str]]] = {
    Step.EVALUATE: (errors.EvaluateError, "EVALUATION_FAILED", "The query failed"),
    Step.ENDORSE: (errors.EndorseError, "ENDORSEMENT_FAILED", "The transaction was not endorsed; nothing was written"),
    Step.SUBMIT: (errors.SubmitError, "SUBMISSION_FAILED", "The orderers did not take the transaction"),
    Step.COMMIT_STATUS: (errors.CommitStatusError, "STATUS_UNKNOWN", "The transaction's outcome could not be learnt"),
    Step.EVENTS: (errors.EventsError, "EVENTS_FAILED", "The stream of events broke"),
}


_OPEN_OUTCOME: Final = {
    Step.EVALUATE: " A transaction of this request may still take effect: repeat the request under its id.",
    Step.SUBMIT: " The transaction may still take effect: look before you repeat the act.",
    Step.COMMIT_STATUS: " The transaction was submitted and may still take effect: look before you repeat the act.",
}

_TAKES_NOTHING: Final = frozenset(
    {"CONCURRENCY_LIMIT", "MESSAGE_TOO_LARGE", "ACCESS_DENIED", "CLOCK_OFF", "UNKNOWN_CHANNEL"}
)
"""What a gateway peer says before it hands anything to an orderer."""

_REFUSING: Final = frozenset({"ABORTED", "INVALID_ARGUMENT"})
"""gRPC statuses by which an orderer, or the gateway peer, has decided that it does not take a transaction."""


LEFT: Final = Failure("CANCELLED", "Channel closed!")
"""How a call under way ends when the program itself closes its gRPC channel."""


def was_left(failure: Failure) -> bool:
    """Tell whether a call ended because the program itself closed its gRPC channel."""
    return failure.status == "CANCELLED" and _LEFT.search(failure.message) is not None


@dataclass(frozen=True)
class Fault:
    """A failed call, with what its error will say of where it happened."""

    step: Step
    failure: Failure
    endpoint: str
    transaction_id: str = ""
    open: bool = False
    """Whether the transaction may be with the orderers already, by an earlier try or another process."""

    def words(self) -> Iterator[PeerDetail]:
        """Yield what was said, single peers first: their words are closest to the cause."""
        yield from self.failure.peers
        yield PeerDetail(address=self.endpoint, msp_id="", message=self.failure.message)

    def saying(self, pattern: re.Pattern[str]) -> PeerDetail | None:
        """Return the first whose words match."""
        return next((one for one in self.words() if pattern.search(one.message)), None)

    def error(self, kind: type[CallError], message: str, code: str) -> CallError:
        """Build an error of this fault."""
        return kind(
            message,
            code=code,
            step=self.step,
            transaction_id=self.transaction_id,
            grpc_status=self.failure.status,
            peers=self.failure.peers,
        )


def explain(fault: Fault) -> CallError:
    """Return the error for a failed call, the most specific that its words allow.

    Where the transaction may be with the orderers the error says so, whatever the last try ended with.
    """
    error = _most_specific(fault)
    if fault.step in _OPEN_OUTCOME and (leaves_open(error) or fault.open):
        error.outcome_open = True
        error.details["outcomeOpen"] = "true"
        error.message += _OPEN_OUTCOME[fault.step]
        error.args = (error.message,)
    return error


def leaves_open(error: CallError) -> bool:
    """Tell whether after this failure, taken by itself, the transaction may be with the orderers."""
    if error.step is Step.SUBMIT:
        refused = isinstance(error, errors.SubmitError) and error.grpc_status in _REFUSING
        # Details are of orderers: if there are any, one of them may have taken it and not been able to say so.
        return not refused and (error.code not in _TAKES_NOTHING or bool(error.peers))
    return error.step is Step.COMMIT_STATUS


def _most_specific(fault: Fault) -> CallError:
    for find in (
        _closed,
        _chaincode_answer,
        _limit,
        _overdue,
        _chaincode_unavailable,
        _denied,
        _duplicate,
        _under_way,
        _too_large,
        _unknown_channel,
        _unreachable,
        _broken_connection,
        _disagreement,
    ):
        found = find(fault)
        if found is not None:
            return found
    return _other(fault)


def _so(fault: Fault, words: str) -> str:
    """Return how a sentence ends at a step that writes nothing; of other steps the last try alone cannot say so."""
    writes_nothing = fault.step in {Step.EVALUATE, Step.ENDORSE} and not fault.open
    return words if writes_nothing else "."


def _closed(fault: Fault) -> CallError | None:
    if not was_left(fault.failure):
        return None
    message = f"The gateway was closed before {fault.endpoint} had answered ({fault.step})."
    return fault.error(_OTHER[fault.step][0], message, "GATEWAY_CLOSED")


def _chaincode_answer(fault: Fault) -> CallError | None:
    said = fault.saying(_RESPONSE)
    match = _RESPONSE.search(said.message) if said else None
    if match is None:
        return None
    status, text = int(match.group(1)), match.group(2)
    code, message, details = _refusal(text)
    if status >= 500:
        return fault.error(errors.ChaincodeFailed, f"The chaincode met an error of its own: {message}", code)
    return errors.Refused(
        _sentence(message),
        code=code,
        status=status,
        step=fault.step,
        transaction_id=fault.transaction_id,
        grpc_status=fault.failure.status,
        peers=fault.failure.peers,
        details=details,
    )


def _sentence(message: str) -> str:
    """Return a rule's words as people read a sentence."""
    begun = message[:1].upper() + message[1:]
    return begun if begun.endswith((".", "!", "?")) else f"{begun}."


def _refusal(text: str) -> tuple[str, str, dict[str, str]]:
    """Read {"code","message","details"}; another chaincode's words are taken as they are."""
    try:
        body = json.loads(text)
        return str(body["code"]), str(body["message"]), {str(k): str(v) for k, v in body.get("details", {}).items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return "REFUSED", text, {}


def _limit(fault: Fault) -> CallError | None:
    said = fault.saying(_LIMIT)
    if said is None:
        return None
    return fault.error(
        errors.ConcurrencyLimit,
        f"The peer {said.address} has as many requests under way as it allows"
        + _so(fault, "; nothing was done, try again shortly."),
        "CONCURRENCY_LIMIT",
    )


def _overdue(fault: Fault) -> CallError | None:
    # A peer's clock may run out a moment before ours; it then takes the call back.
    taken_back = fault.failure.status == "CANCELLED" and _TAKEN_BACK.search(fault.failure.message)
    if fault.failure.status != "DEADLINE_EXCEEDED" and not (taken_back and fault.step is not Step.EVENTS):
        return None
    message = f"No answer within the deadline from {fault.endpoint} ({fault.step})"
    return fault.error(errors.Overdue, message + _so(fault, ". Nothing was written."), "OVERDUE")


def _chaincode_unavailable(fault: Fault) -> CallError | None:
    for pattern, what, code in (
        (_NOT_DEPLOYED, "has no chaincode of that name on this channel; deploy it first", "CHAINCODE_NOT_DEPLOYED"),
        (_CHAINCODE_DOWN, "cannot reach its chaincode service", "CHAINCODE_UNAVAILABLE"),
        (_CHAINCODE_BUSY, "has a chaincode service with no place free", "SERVICE_BUSY"),
        (_CHAINCODE_SLOW, "got no answer from its chaincode service in time", "CHAINCODE_OVERDUE"),
    ):
        said = fault.saying(pattern)
        if said is not None:
            nothing = "." if pattern is _NOT_DEPLOYED else _so(fault, "; nothing was written, try again.")
            return fault.error(errors.ChaincodeUnavailable, f"The peer {_name(said)} {what}{nothing}", code)
    return None


def _denied(fault: Fault) -> CallError | None:
    if fault.saying(_CLOCK):
        message = "The peer refuses the request's time; set this machine's clock."
        return fault.error(errors.AccessDenied, message, "CLOCK_OFF")
    said = fault.saying(_DENIED)
    if said is None and fault.failure.status not in {"PERMISSION_DENIED", "UNAUTHENTICATED"}:
        return None
    where = _name(said) if said else fault.endpoint
    return fault.error(
        errors.AccessDenied,
        f"The peer {where} does not accept this identity on the channel; the certificate must be a current one "
        "from the CA of an organisation that is a member.",
        "ACCESS_DENIED",
    )


def _too_large(fault: Fault) -> CallError | None:
    if fault.saying(_TOO_LARGE) is None:
        return None
    kind = _OTHER[fault.step][0]
    message = f"The request or its answer is larger than {fault.endpoint} lets through"
    return fault.error(kind, message + _so(fault, "; nothing was done."), "MESSAGE_TOO_LARGE")


def _unknown_channel(fault: Fault) -> CallError | None:
    said = fault.saying(_NO_CHANNEL)
    match = _NO_CHANNEL.search(said.message) if said else None
    if match is None:
        return None
    message = f"The peer at {fault.endpoint} is not on the channel {match.group(1)}; check the profile's channel."
    return fault.error(errors.UnknownChannel, message, "UNKNOWN_CHANNEL")


def _unreachable(fault: Fault) -> CallError | None:
    for pattern, code in ((_NO_ENDORSERS, "ENDORSERS_UNAVAILABLE"), (_NO_ORDERERS, "ORDERERS_UNAVAILABLE")):
        if fault.saying(pattern):
            message = f"The peer at {fault.endpoint} does not reach others it needs: {_said(fault)}."
            return fault.error(errors.Unreachable, message, code)
    if fault.failure.status != "UNAVAILABLE":
        return None
    hint, code = _why_unreachable(fault.failure.message)
    message = f"The peer at {fault.endpoint} cannot be reached; {hint}."
    return fault.error(errors.Unreachable, message, code)


def _broken_connection(fault: Fault) -> CallError | None:
    # gRPC's words for a stream that was cut under a call; Fabric's own words never come under these statuses. A stream
    # of events breaks with a class of its own.
    status, message = fault.failure.status, fault.failure.message
    cut = status in {"INTERNAL", "UNKNOWN"} and _BROKE.search(message) is not None
    if fault.step is Step.EVENTS or not (cut or status == "CANCELLED"):
        return None
    said = f"The connection to {fault.endpoint} broke before it had answered ({fault.step})"
    return fault.error(errors.Unreachable, said + _so(fault, "; nothing was written."), "CONNECTION_LOST")


def _why_unreachable(said: str) -> tuple[str, str]:
    for pattern, words in _HANDSHAKE:
        if pattern.search(said):
            return f"the TLS handshake failed: {words}", "TLS_FAILED"
    if _HUNG_UP.search(said):
        return "it is stopping, or it does not trust the TLS client certificate", "UNREACHABLE"
    return "look whether it runs and the address is right", "UNREACHABLE"


def _duplicate(fault: Fault) -> CallError | None:
    if fault.saying(_DUPLICATE) is None:
        return None
    message = "This very transaction is on the ledger already; ask for its outcome."
    return fault.error(errors.EndorseError, message, "DUPLICATE_TXID")


def _under_way(fault: Fault) -> CallError | None:
    # A peer runs a transaction id once at a time: another process, or an earlier try of ours, is there before us.
    if fault.saying(_UNDER_WAY) is None:
        return None
    message = "A peer is at work on this very transaction for another call just now" + _so(
        fault, "; nothing was written, try again."
    )
    return fault.error(_OTHER[fault.step][0], message, "TRANSACTION_UNDER_WAY")


def _disagreement(fault: Fault) -> CallError | None:
    if fault.saying(_DIFFER) is None:
        return None
    return fault.error(
        errors.EndorseError,
        "The endorsers' results differ, so nothing was written; one of them may be a block behind. Try again.",
        "ENDORSEMENTS_DIFFER",
    )


def _other(fault: Fault) -> CallError:
    kind, code, what = _OTHER[fault.step]
    if fault.step is Step.SUBMIT and (fault.open or fault.failure.status not in _REFUSING):
        what = "The orderers did not confirm that they took the transaction"
    return fault.error(kind, f"{what}: {_said(fault)}.", code)


def _said(fault: Fault) -> str:
    """What single peers said, else the gateway's own words."""
    said = "; ".join(f"{_name(one)}: {one.message}" for one in fault.failure.peers) or fault.failure.message
    return (said or fault.failure.status).rstrip(".")


def _name(peer: PeerDetail) -> str:
    return f"{peer.address} of {peer.msp_id}" if peer.msp_id else peer.address
