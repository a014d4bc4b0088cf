"""Typed calls of the contract `organisation`."""

from tradelane.gateway.envelope import Committed
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade.exchange import OPEN, answer
from tradelane.model.document import SALT_LENGTH_BYTES
from tradelane.model.party import NetworkRecord


@flow
def register(session: Session) -> Steps[Committed[NetworkRecord]]:
    """Add the caller's organisation to those from which the majority is counted. Caller: its administrator.

    Raises:
        Refused: NOT_ADMIN, ORGANISATION_EXISTS.
    """
    # Nobody can be named as endorser before somebody is registered, so the choice is left to the peer.
    done = yield from session.submit("organisation:register", OPEN)
    session.organisations = ()
    return done.holding(answer(NetworkRecord, done.result))


@flow
def prepare(session: Session) -> Steps[Committed[None]]:
    """Give the caller's organisation its secret key for document references, once. Caller: its administrator.

    Raises:
        Refused: NOT_ADMIN, ORGANISATION_EXISTS when it has one already.
    """
    done = yield from session.submit(
        "organisation:prepare",
        OPEN,
        transient={"referenceKey": session.random(SALT_LENGTH_BYTES)},
        endorsing_organizations=[session.identity.msp_id],
    )
    return done.holding(None)


@flow
def list_organisations(session: Session) -> Steps[NetworkRecord]:
    """Return the registered organisations."""
    return answer(NetworkRecord, (yield from session.evaluate("organisation:list", OPEN)))


def endorsers(session: Session) -> Steps[tuple[str, ...]]:
    """Return the MSP ids of all registered organisations, asked once per client."""
    if not session.organisations:
        session.organisations = (yield from session.run(list_organisations())).msp_ids
    return session.organisations
