"""How events and blocks look, as JSON values and as lines for people."""

import base64
from collections.abc import Iterator
from typing import Any

from tradelane.gateway.errors import ResultError
from tradelane.gateway.events.announcements import read_event
from tradelane.gateway.events.reading import ChaincodeEvent
from tradelane.gateway.ledger.records import Block, FilteredBlock, FilteredTransaction, Transaction
from tradelane.model.events import Fact, OrganisationFact, PartyFact, TitleFact


def as_json(event: ChaincodeEvent | Block | FilteredBlock) -> dict[str, Any]:
    """Return an event or a block as a JSON value."""
    if not isinstance(event, ChaincodeEvent):
        return {"blockNumber": event.number, "transactions": [_transaction(one) for one in event.transactions]}
    found: dict[str, Any] = {
        "blockNumber": event.block_number,
        "transactionId": event.transaction_id,
        "chaincode": event.chaincode,
        "name": event.name,
    }
    facts = _facts(event)
    if facts is not None:
        return found | {"facts": [fact.model_dump(mode="json", exclude_none=True) for fact in facts]}
    return found | _payload(event.payload)


def as_text(event: ChaincodeEvent | Block | FilteredBlock) -> Iterator[str]:
    """Yield the lines that show an event or a block to a person."""
    if not isinstance(event, ChaincodeEvent):
        if not event.transactions:
            yield f"{event.number}  no transactions"
        for one in event.transactions:
            what = _invoked(one) or one.type
            yield f"{event.number}  {one.validation_code or '-'}  {what}  {one.id}"
        return
    facts = _facts(event)
    words = (_payload_words(event),) if facts is None else (_words(fact) for fact in facts)
    for each in words:
        yield f"{event.block_number}  {each}  {event.transaction_id}"


def _facts(event: ChaincodeEvent) -> tuple[Fact, ...] | None:
    """Return the facts of TradeLane's own event; None for another, or one of a newer release."""
    try:
        found = read_event("", event)
    except ResultError:
        return None
    return found.facts if found else None


def _payload(payload: bytes) -> dict[str, str]:
    try:
        return {"payload": payload.decode()}
    except UnicodeDecodeError:
        return {"payloadBase64": base64.b64encode(payload).decode()}


def _payload_words(event: ChaincodeEvent) -> str:
    (content,) = _payload(event.payload).values()
    return f"{event.name}  {content}"


def _words(fact: Fact) -> str:
    match fact:
        case TitleFact():
            to = f" to {fact.recipient}" if fact.recipient else ""
            return f"{fact.action_code}  {fact.title_id}  by {fact.actor}{to}, {fact.status}"
        case PartyFact():
            role = f" as {fact.role}" if fact.role else ""
            return f"{fact.action}  {fact.party_id} of {fact.msp_id}{role}"
        case OrganisationFact():
            return f"REGISTERED  {fact.msp_id}"


def _transaction(one: Transaction | FilteredTransaction) -> dict[str, Any]:
    found = {"transactionId": one.id, "type": one.type, "validationCode": one.validation_code}
    invoked = _invoked(one)
    if invoked:
        found["function"] = invoked
    if isinstance(one, Transaction) and one.creator is not None:
        found["creator"] = one.creator.msp_id
    return found


def _invoked(one: Transaction | FilteredTransaction) -> str:
    """Return chaincode and function of an endorsed transaction, in a whole block."""
    action = one.action if isinstance(one, Transaction) else None
    return f"{action.chaincode}/{action.function.decode(errors='replace')}" if action else ""
