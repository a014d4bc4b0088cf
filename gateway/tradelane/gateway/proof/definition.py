"""Who must endorse the chaincode's transactions: its definition, as the organisations committed it.

Every transaction states which definition its endorsers have read, by the version of the definition's number. The
proof carries the block with the transaction that wrote it, whose endorsers must satisfy the channel's policy for
definitions. The block has to be there: nothing else tells that transaction from one that was endorsed as well and never
took effect. A later definition writes only what it changes; then it states where it has read the rest.
"""

from collections.abc import Iterator
from typing import Final

from tradelane.gateway import ledger
from tradelane.gateway.errors import ProofError
from tradelane.gateway.ledger import Action, Transaction
from tradelane.gateway.ledger.rwsets import Version
from tradelane.gateway.proof import messages
from tradelane.gateway.proof.carried import Carried, about, members
from tradelane.gateway.proof.channel import Channel
from tradelane.gateway.proof.container import Evidence
from tradelane.gateway.proof.membership import Member
from tradelane.gateway.proof.policies import Policy, satisfied

LIFECYCLE: Final = "_lifecycle"
LIFECYCLE_ENDORSEMENT: Final = "/Channel/Application/LifecycleEndorsement"
_NUMBER, _VALIDATION = "Sequence", "ValidationInfo"


def require_chaincodes_endorsers(
    action: Action, evidence: Evidence, carried: Carried, channel: Channel, endorsers: tuple[Member, ...]
) -> None:
    """Check that a transaction's endorsers are enough for the chaincode it invokes.

    Raises:
        ProofError: DEFINITION_NOT_READ, DEFINITION_NOT_WRITTEN, DEFINITION_ENDORSERS_NOT_ENOUGH, ENDORSERS_NOT_ENOUGH.
    """
    place = defined_at(action, evidence.chaincode)
    if place not in carried.definitions:
        carried.definitions[place] = _policy(place, evidence, carried)
    policy = carried.definitions[place]
    enough = channel.satisfies(policy, endorsers) if isinstance(policy, str) else satisfied(policy, endorsers)
    if not enough:
        names = ", ".join(f"{each.msp_id}.{each.role}" for each in endorsers) or "nobody"
        raise ProofError(
            f"Its endorsers are {names}, which is not enough for the chaincode {evidence.chaincode}.",
            code="ENDORSERS_NOT_ENOUGH",
        )


def defined_at(action: Action, chaincode: str) -> Version:
    """Return where the definition was written by which a transaction's endorsers ran the chaincode.

    Raises:
        ProofError: DEFINITION_NOT_READ.
    """
    found = _read(action, chaincode, _NUMBER)
    if found is None:
        raise ProofError(f"It does not say by which definition of {chaincode} it ran.", code="DEFINITION_NOT_READ")
    return found


def earlier_definition(action: Action, chaincode: str) -> Version | None:
    """Return from where a definition takes over who must endorse; None where it says so itself.

    Raises:
        ProofError: DEFINITION_NOT_WRITTEN: it is no definition of the chaincode.
    """
    if not list(_written(action, chaincode, _NUMBER)):
        raise ProofError(f"It does not define {chaincode}.", code="DEFINITION_NOT_WRITTEN")
    if list(_written(action, chaincode, _VALIDATION)):
        return None
    found = _read(action, chaincode, _VALIDATION)
    if found is None:
        raise ProofError(f"It does not say who must endorse {chaincode}.", code="DEFINITION_NOT_WRITTEN")
    return found


def _policy(place: Version, evidence: Evidence, carried: Carried) -> Policy | str:
    transaction = carried.in_block(place)
    with about(block=place.block_number, transaction=transaction.id):
        action = _examined(transaction, place, evidence, carried)
        earlier = earlier_definition(action, evidence.chaincode)
        if earlier is None:
            [value] = _written(action, evidence.chaincode, _VALIDATION)
            return messages.chaincode_policy(value)
        if (earlier.block_number, earlier.transaction_number) >= (place.block_number, place.transaction_number):
            raise ProofError("It builds on a definition that comes after it.", code="DEFINITION_NOT_WRITTEN")
    return _policy(earlier, evidence, carried)


def _examined(transaction: Transaction, place: Version, evidence: Evidence, carried: Carried) -> Action:
    """Check that the organisations have endorsed a definition as the channel wants it."""
    ledger.check_transaction(transaction)
    channel = carried.channel_at(place.block_number)
    action = transaction.action
    if action is None or action.chaincode != LIFECYCLE or transaction.channel != evidence.channel:
        raise ProofError(f"It does not define {evidence.chaincode}.", code="DEFINITION_NOT_WRITTEN")
    if not channel.satisfies(LIFECYCLE_ENDORSEMENT, members(channel, [each.endorser for each in action.endorsements])):
        raise ProofError(
            f"Too few organisations endorse this definition of {evidence.chaincode}.",
            code="DEFINITION_ENDORSERS_NOT_ENOUGH",
        )
    return action


def _read(action: Action, chaincode: str, field: str) -> Version | None:
    found = [
        read.version
        for each in action.read_write_sets
        if each.namespace == LIFECYCLE
        for read in each.reads
        if read.key == _key(chaincode, field)
    ]
    return found[0] if len(found) == 1 else None


def _written(action: Action, chaincode: str, field: str) -> Iterator[bytes]:
    for each in action.read_write_sets:
        if each.namespace == LIFECYCLE:
            yield from (write.value for write in each.writes if write.key == _key(chaincode, field))


def _key(chaincode: str, field: str) -> str:
    return f"namespaces/fields/{chaincode}/{field}"
