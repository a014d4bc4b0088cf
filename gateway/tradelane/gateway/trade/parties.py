"""Typed calls of the contract `party`."""

from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter, ValidationError

from tradelane.gateway.envelope import Committed
from tradelane.gateway.errors import ResultError
from tradelane.gateway.rpc import Steps
from tradelane.gateway.session import Session, flow
from tradelane.gateway.trade.exchange import OPEN, answer, request, text
from tradelane.gateway.trade.organisations import endorsers
from tradelane.model.document import SALT_LENGTH_BYTES
from tradelane.model.party import (
    AdmitRequest,
    JointRequest,
    LeiQuery,
    LicenceRequest,
    PartyName,
    PartyQuery,
    PartyRecord,
    PartyRole,
    PartyView,
)

_NAME: Final[TypeAdapter[str]] = TypeAdapter(PartyName)
_VIEWS: Final = TypeAdapter(tuple[PartyView, ...])


@flow
def admit(
    session: Session,
    party_id: str,
    *,
    lei: str,
    name: str,
    roles: Sequence[PartyRole | str],
) -> Steps[Committed[PartyRecord]]:
    """Admit a party of the caller's organisation. Caller: its administrator.

    Args:
        session: Given by `run`.
        party_id: The party's public name on the network.
        lei: Legal Entity Identifier.
        name: Legal name; it stays in private data.
        roles: What the party does; regulated roles need a licence to have effect.

    Raises:
        InputError: INVALID_REQUEST, e.g. a wrong check digit; nothing was sent.
        Refused: NOT_ADMIN, UNKNOWN_ORGANISATION, PARTY_EXISTS, LEI_EXISTS.
    """
    body, private_name = admission(party_id, lei=lei, name=name, roles=roles)
    transient = {"name": private_name, "salt": session.random(SALT_LENGTH_BYTES)}
    done = yield from session.submit(
        "party:admit",
        body,
        transient=transient,
        endorsing_organizations=(yield from endorsers(session)),
    )
    return done.holding(answer(PartyRecord, done.result))


def admission(party_id: str, *, lei: str, name: str, roles: Sequence[PartyRole | str]) -> tuple[AdmitRequest, bytes]:
    """Return the request that admits a party, and its name as it travels; nothing is sent.

    Raises:
        InputError: INVALID_REQUEST.
    """
    return request(AdmitRequest, party_id=party_id, lei=lei, roles=list(roles)), text(_NAME, "name", name)


@flow
def join(session: Session, party_id: str, *, members: Sequence[str], name: str) -> Steps[Committed[PartyRecord]]:
    """Form a joint party, whose members act together and count as one. Caller: their organisation's administrator.

    Args:
        session: Given by `run`.
        party_id: The joint party's public name on the network.
        members: Party ids of two to ten parties of the caller's organisation.
        name: How the joint party is called; it stays in private data.

    Raises:
        InputError: INVALID_REQUEST; nothing was sent.
        Refused: NOT_ADMIN, PARTY_EXISTS, UNKNOWN_PARTY, FOREIGN_ORGANISATION, NOT_JOINABLE.
    """
    body = request(JointRequest, party_id=party_id, members=list(members))
    transient = {"name": text(_NAME, "name", name), "salt": session.random(SALT_LENGTH_BYTES)}
    done = yield from session.submit(
        "party:join", body, transient=transient, endorsing_organizations=(yield from endorsers(session))
    )
    return done.holding(answer(PartyRecord, done.result))


@flow
def licence(session: Session, party_id: str, role: PartyRole | str) -> Steps[Committed[PartyRecord]]:
    """Give a regulated role its effect. Caller: an authority of the party's organisation.

    Raises:
        Refused: NOT_AUTHORITY, FOREIGN_ORGANISATION, UNKNOWN_PARTY, ROLE_NOT_REGULATED, ROLE_NOT_HELD,
            ALREADY_LICENSED.
    """
    body = request(LicenceRequest, party_id=party_id, role=role)
    done = yield from session.submit("party:licence", body, endorsing_organizations=(yield from endorsers(session)))
    return done.holding(answer(PartyRecord, done.result))


@flow
def show(session: Session, party_id: str) -> Steps[PartyView]:
    """Return a party by its id.

    Raises:
        Refused: UNKNOWN_PARTY, NOT_IDENTIFIED.
    """
    body = request(PartyQuery, party_id=party_id)
    return answer(PartyView, (yield from session.evaluate("party:show", body)))


@flow
def find(session: Session, lei: str) -> Steps[PartyView]:
    """Return a party by its Legal Entity Identifier.

    Raises:
        Refused: UNKNOWN_PARTY, NOT_IDENTIFIED.
    """
    return answer(PartyView, (yield from session.evaluate("party:find", request(LeiQuery, lei=lei))))


@flow
def list_parties(session: Session) -> Steps[tuple[PartyView, ...]]:
    """Return all parties of the channel."""
    content = yield from session.evaluate("party:list", OPEN)
    try:
        return _VIEWS.validate_json(content)
    except ValidationError as error:
        raise ResultError("The chaincode's answer is no list of parties.", code="BAD_ANSWER") from error
