"""What a flow needs in order to be repeated under a request id: the same ids, and no offence at what it did before."""

import hashlib
import json
from collections.abc import Mapping
from itertools import count
from typing import Final

from tradelane.gateway import envelope
from tradelane.gateway.errors import ChaincodeFailed, Refused
from tradelane.gateway.ledger import decode
from tradelane.gateway.request_id import nonce_of
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Argument, Session

_ID_BYTES: Final = 16


def new_id(session: Session, purpose: str) -> str:
    """Return an opaque id of 128 bits: random, or under a request id always the same one for a purpose."""
    if session.request_id is None:
        return session.random(_ID_BYTES).hex()
    return hashlib.sha256(json.dumps([session.request_id, purpose]).encode()).hexdigest()[: 2 * _ID_BYTES]


def try_out(
    session: Session, function: str, *arguments: Argument, transient: Mapping[str, bytes] | None = None
) -> Steps[bytes | None]:
    """Find out whether an act would be refused, before anything is written for its sake.

    Under a request id, an act that took effect before passes, though the contract would refuse it by now.

    Returns:
        What would come of it; None where it took effect before.

    Raises:
        Refused: It would be.
    """
    try:
        return (yield from session.evaluate(function, *arguments, transient=transient))
    except Refused:
        if not (yield from _took_effect(session, function)):
            raise
        return None


def _took_effect(session: Session, function: str) -> Steps[bool]:
    request_id = session.name_of(function)
    if request_id is None:
        return False
    for number in count():
        nonce = nonce_of(request_id, number, channel=session.channel, chaincode=session.chaincode)
        transaction_id = envelope.transaction_id(nonce, session.creator)
        try:
            answer = yield from session.evaluate(
                "GetTransactionByID", session.channel, transaction_id, chaincode="qscc"
            )
        except ChaincodeFailed:  # it is not on the ledger
            return False
        if decode.decode_processed_transaction(answer).is_valid:
            return True
    raise AssertionError("unreachable")
