"""A question for the title that peers have answered and signed: at which version they found it.

A version shows that it took effect once the next one has read it. For the last version nobody has yet, so the holder
asks: `ebl:show`, endorsed by the organisations that the title's own rule names, and never ordered. Each peer signs what
it read, the version included.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tradelane.gateway import ledger
from tradelane.gateway.errors import ProofError
from tradelane.gateway.ledger.rwsets import Version
from tradelane.gateway.proof.carried import Carried, about
from tradelane.gateway.proof.container import Evidence
from tradelane.gateway.proof.membership import Member
from tradelane.gateway.proof.policies import satisfied, words
from tradelane.gateway.proof.versions import ProvedVersion, examined, namespace, read_version, record_of

FUNCTION: Final = b"ebl:show"


@dataclass(frozen=True, slots=True)
class Attestation:
    """What the peers have signed."""

    transaction_id: str
    asked_at: datetime
    """By the clock of who asked."""
    asked_by: Member
    endorsers: tuple[Member, ...]
    version: Version


def attested(evidence: Evidence, carried: Carried, last: ProvedVersion) -> Attestation | None:
    """Check the answer, if the proof carries one.

    Raises:
        ProofError: ATTESTATION_OTHER: it is no answer to this question; ATTESTATION_DIFFERS: it found another version
            than the last one here; ATTESTATION_NOT_ENOUGH; or as `versions.examined`.
    """
    if evidence.reading is None:
        return None
    transaction = ledger.decode_transaction(evidence.reading)
    with about(transaction=transaction.id):
        action, asker, endorsers = examined(transaction, evidence, carried.newest)
        if (action.chaincode, action.function) != (evidence.chaincode, FUNCTION) or transaction.timestamp is None:
            raise ProofError("It is no question for the title.", code="ATTESTATION_OTHER")
        state = namespace(action, evidence.chaincode)
        if any(each.writes or each.metadata_writes for each in action.read_write_sets):
            raise ProofError("It changes something, which no question does.", code="ATTESTATION_OTHER")
        found = read_version(state, evidence.title_id)
        if found != last.version or record_of(action.response.payload) != last.record:
            raise ProofError(
                "The peers have found another version of the title than the proof's last one.",
                code="ATTESTATION_DIFFERS",
            )
        if not satisfied(last.policy, endorsers):
            raise ProofError(
                f"Too few have answered; the title's rule wants {words(last.policy)}.", code="ATTESTATION_NOT_ENOUGH"
            )
        return Attestation(transaction.id, transaction.timestamp, asker, endorsers, found)
