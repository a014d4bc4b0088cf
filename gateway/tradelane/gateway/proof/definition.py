"""Who must endorse the chaincode's transactions: its definition, as the organisations committed it.

Every transaction states from where its endorsers have read the definition. The proof carries the transaction that
wrote it there, whose endorsers must satisfy the channel's policy for definitions.
"""

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


def require_chaincodes_endorsers(
    action: Action, evidence: Evidence, carried: Carried, channel: Channel, endorsers: tuple[Member, ...]
) -> None:
    """Check that a transaction's endorsers are enough for the chaincode it invokes.

    Raises:
        ProofError: DEFINITION_NOT_READ, DEFINITION_NOT_WRITTEN, DEFINITION_ENDORSERS_NOT_ENOUGH, ENDORSERS_NOT_ENOUGH.
    """
    policy = _policy(defined_at(action, evidence.chaincode), evidence, carried)
    enough = channel.satisfies(policy, endorsers) if isinstance(policy, str) else satisfied(policy, endorsers)
    if not enough:
        names = ", ".join(f"{each.msp_id}.{each.role}" for each in endorsers) or "nobody"
        raise ProofError(
            f"Its endorsers are {names}, which is not enough for the chaincode {evidence.chaincode}.",
            code="ENDORSERS_NOT_ENOUGH",
        )


def defined_at(action: Action, chaincode: str) -> Version:
    """Return where a transaction's endorsers have read the chaincode's definition.

    Raises:
        ProofError: DEFINITION_NOT_READ.
    """
    found = [
        read.version
        for each in action.read_write_sets
        if each.namespace == LIFECYCLE
        for read in each.reads
        if read.key == _key(chaincode) and read.version is not None
    ]
    if len(found) != 1:
        raise ProofError(f"It does not say by which definition of {chaincode} it ran.", code="DEFINITION_NOT_READ")
    return found[0]


def _policy(place: Version, evidence: Evidence, carried: Carried) -> Policy | str:
    if place not in carried.definitions:
        transaction = carried.at(place)
        with about(block=place.block_number, transaction=transaction.id):
            carried.definitions[place] = _defined(transaction, place, evidence, carried)
    return carried.definitions[place]


def _defined(transaction: Transaction, place: Version, evidence: Evidence, carried: Carried) -> Policy | str:
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
    written = [
        write.value
        for each in action.read_write_sets
        if each.namespace == LIFECYCLE
        for write in each.writes
        if write.key == _key(evidence.chaincode)
    ]
    if len(written) != 1:
        raise ProofError(f"It does not define {evidence.chaincode}.", code="DEFINITION_NOT_WRITTEN")
    return messages.chaincode_policy(written[0])


def _key(chaincode: str) -> str:
    return f"namespaces/fields/{chaincode}/ValidationInfo"
