"""The steps of a transaction for messages that may be signed elsewhere: see the package.

An unsigned message is signed by the gateway that sends it if its identity is the maker and has its key, as with the
official clients; otherwise OfflineError says what is missing, and nothing is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from tradelane.gateway import envelope
from tradelane.gateway.envelope import Status
from tradelane.gateway.errors import ResultError, Step
from tradelane.gateway.events import requests
from tradelane.gateway.offline.messages import (
    BlockAndPrivateDataEventsRequest,
    BlockEventsRequest,
    ChaincodeEventsRequest,
    Commit,
    FilteredBlockEventsRequest,
    Proposal,
    Signable,
    Transaction,
)
from tradelane.gateway.rpc import Rpc, Steps
from tradelane.gateway.session import Argument, Session, flow

S = TypeVar("S", bound=Signable)


def unsigned(_message: bytes) -> bytes:
    """Sign nothing: a builder that is given this returns the bytes of an unsigned message."""
    return b""


@flow
def new_proposal(
    session: Session,
    function: str,
    *arguments: Argument,
    transient: Mapping[str, bytes] | None = None,
    endorsing_organizations: Sequence[str] = (),
) -> Steps[Proposal]:
    """Build a proposal and sign nothing; no call is made. Arguments are those of `Gateway.new_proposal`."""
    yield from ()
    made = session.new_proposal(
        function, arguments, transient=transient, organisations=endorsing_organizations, sign=unsigned
    )
    return Proposal.of(made)


@flow
def evaluate(session: Session, proposal: Proposal, *, timeout_seconds: float | None = None) -> Steps[bytes]:
    """Ask one peer of the proposal's organisations, by default of the gateway's own, and return the answer.

    Raises:
        OfflineError: The proposal is unsigned and cannot be signed here.
        CallError: As for `Gateway.evaluate`.
    """
    # As in Session.evaluate: left to itself the gateway peer may pass the question on to another organisation.
    asked = proposal.organisations or (session.identity.msp_id,)
    made = replace(_signed(session, proposal), organisations=asked)
    timeout = session.deadlines.evaluate_seconds if timeout_seconds is None else timeout_seconds
    request = envelope.evaluate_request(made.sendable())
    answer = yield from session.ask(Rpc(envelope.EVALUATE, request, timeout), Step.EVALUATE, made.transaction_id)
    try:
        return envelope.evaluate_result(answer)
    except envelope.UNREADABLE as error:
        raise _unreadable(error) from error


@flow
def endorse(session: Session, proposal: Proposal, *, timeout_seconds: float | None = None) -> Steps[Transaction]:
    """Have a proposal endorsed and return the transaction, unsigned.

    Raises:
        OfflineError: The proposal is unsigned and cannot be signed here.
        CallError: As for `Gateway.endorse`.
    """
    made = _signed(session, proposal).sendable()
    timeout = session.deadlines.endorse_seconds if timeout_seconds is None else timeout_seconds
    rpc = Rpc(envelope.ENDORSE, envelope.endorse_request(made), timeout)
    answer = yield from session.ask(rpc, Step.ENDORSE, made.transaction_id)
    try:
        payload = envelope.endorsed_payload(made, answer)
        envelope.result_of(payload)
    except (*envelope.UNREADABLE, ValueError) as error:
        raise _unreadable(error) from error
    return Transaction(payload, made.transaction_id)


@flow
def submit(session: Session, transaction: Transaction, *, timeout_seconds: float | None = None) -> Steps[Commit]:
    """Hand a transaction to the orderers and return the question for its outcome, unsigned and by this gateway.

    Raises:
        OfflineError: The transaction is unsigned and cannot be signed here.
        CallError: As for `Gateway.submit_endorsed`.
    """
    made = _signed(session, transaction).sendable()
    yield from session.submit_endorsed(made, timeout_seconds=timeout_seconds)
    return _commit(session, made.transaction_id, made.channel)


@flow
def new_commit(session: Session, transaction_id: str) -> Steps[Commit]:
    """Build the question for the outcome of a transaction known by its id, unsigned; no call is made."""
    yield from ()
    return _commit(session, transaction_id, session.channel)


@flow
def status(session: Session, commit: Commit, *, timeout_seconds: float | None = None) -> Steps[Status]:
    """Wait for the outcome and return it; a transaction without effect is no error here.

    Raises:
        OfflineError: The question is unsigned and cannot be signed here.
        CallError: As for `Gateway.status`.
    """
    made = _signed(session, commit)
    timeout = session.deadlines.commit_status_seconds if timeout_seconds is None else timeout_seconds
    rpc = Rpc(envelope.COMMIT_STATUS, made.to_bytes(), timeout)
    answer = yield from session.ask(rpc, Step.COMMIT_STATUS, made.transaction_id)
    try:
        return envelope.commit_status(envelope.Commit(made.transaction_id, made.channel, b""), answer)
    except envelope.UNREADABLE as error:
        raise _unreadable(error) from error


@flow
def chaincode_events_request(
    session: Session, *, start_block: int | None = None, after_transaction_id: str = ""
) -> Steps[ChaincodeEventsRequest]:
    """Build the request for the chaincode's events, unsigned; no call is made.

    Args:
        session: Given by `run`.
        start_block: The first block to be told of; None begins with the next commit.
        after_transaction_id: Pass over everything up to and including this transaction of that block.
    """
    yield from ()
    return ChaincodeEventsRequest(
        requests.chaincode_events_request(
            session.channel,
            session.chaincode,
            start_block=start_block,
            creator=session.creator,
            after_transaction_id=after_transaction_id,
        )
    )


@flow
def block_events_request(session: Session, *, start_block: int | None = None) -> Steps[BlockEventsRequest]:
    """Build the request for blocks, from one on or from the next commit, unsigned; no call is made."""
    yield from ()
    return BlockEventsRequest(_deliver_payload(session, start_block))


@flow
def filtered_block_events_request(
    session: Session, *, start_block: int | None = None
) -> Steps[FilteredBlockEventsRequest]:
    """Build the request for filtered blocks, unsigned; no call is made."""
    yield from ()
    return FilteredBlockEventsRequest(_deliver_payload(session, start_block))


@flow
def block_and_private_data_events_request(
    session: Session, *, start_block: int | None = None
) -> Steps[BlockAndPrivateDataEventsRequest]:
    """Build the request for blocks with private data, unsigned; no call is made."""
    yield from ()
    return BlockAndPrivateDataEventsRequest(_deliver_payload(session, start_block))


def _deliver_payload(session: Session, start_block: int | None) -> bytes:
    return requests.deliver_payload(
        session.channel,
        start_block=start_block,
        creator=session.creator,
        now_ns=session.clock(),
        tls_certificate_hash=session.tls_certificate_hash,
    )


def _signed(session: Session, message: S) -> S:
    return message.signed_by(session.creator, session.identity.sign)


def _commit(session: Session, transaction_id: str, channel: str) -> Commit:
    asked = envelope.Commit(transaction_id, channel, b"")
    return Commit.from_bytes(envelope.commit_status_request(asked, creator=session.creator, sign=unsigned))


def _unreadable(error: Exception) -> ResultError:
    return ResultError(f"The peer's answer cannot be read: {error}.", code="BAD_ANSWER")
