"""That a title was not pledged at a block.

The chain of versions tells the title's state wherever it is closed on both sides. Between a version and the next one
that took effect there is no other. After the last version there is no next one; there the proof carries every block up
to the one in question, and no transaction in them can have changed the title.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tradelane.gateway.errors import ProofError
from tradelane.gateway.ledger import Transaction
from tradelane.gateway.proof.attestation import Attestation
from tradelane.gateway.proof.carried import Carried
from tradelane.gateway.proof.container import Evidence
from tradelane.gateway.proof.versions import ProvedVersion, title_key


@dataclass(frozen=True, slots=True)
class NoPledge:
    """The title was not pledged at a block."""

    block: int
    version: ProvedVersion
    """The version that the title was at."""
    closed_by: ProvedVersion | None
    """The next version; None where every block up to the one in question is carried instead."""
    earlier: tuple[int, ...]
    """Versions before at which the title was pledged, all over by then."""


def no_pledge(
    evidence: Evidence, carried: Carried, versions: Sequence[ProvedVersion], attestation: Attestation | None
) -> NoPledge | None:
    """Check that the title was not pledged at the block the proof names, if it names one.

    Raises:
        ProofError: NOT_YET_ISSUED, PLEDGED, NOT_CLOSED, BLOCK_MISSING, LATER_CHANGE.
    """
    number = evidence.no_pledge_at
    if number is None:
        return None
    until = [each for each in versions if each.place.block <= number]
    if not until:
        raise ProofError(
            f"There was no title at block {number}: it was issued in block {versions[0].place.block}.",
            code="NOT_YET_ISSUED",
        )
    at = until[-1]
    if at.record.pledge is not None:
        raise ProofError(
            f"At block {number} the title was pledged to {at.record.pledge.pledgee.party_id}.", code="PLEDGED"
        )
    if attestation is None and len(versions) - len(until) < 2:
        raise ProofError(
            "Nothing shows that the last version took effect, so what follows from it is open.", code="NOT_CLOSED"
        )
    following = versions[len(until)] if len(until) < len(versions) else None
    if following is None:
        _check_between(evidence, carried, at, number)
    earlier = tuple(each.record.sequence for each in until if each.record.pledge is not None)
    return NoPledge(number, at, following, earlier)


def _check_between(evidence: Evidence, carried: Carried, last: ProvedVersion, number: int) -> None:
    """Check that no transaction after the last version, up to the end of a block, can have changed the title.

    One that reads another version than the last is invalid for certain; any other that would write the title is not
    told apart from a change here, be it valid or not.
    """
    for place, transaction in _after(carried, last, number):
        if _may_change(transaction, evidence, last):
            raise ProofError(
                f"Transaction {transaction.id or place[1]} in block {place[0]} may have changed the title.",
                code="LATER_CHANGE",
                details={"block": str(place[0]), "transaction": transaction.id},
            )


def _after(carried: Carried, last: ProvedVersion, number: int) -> Iterator[tuple[tuple[int, int], Transaction]]:
    for block in range(last.place.block, number + 1):
        for index, transaction in enumerate(carried.whole(block).transactions):
            if (block, index) > (last.place.block, last.place.place):
                yield (block, index), transaction


def _may_change(transaction: Transaction, evidence: Evidence, last: ProvedVersion) -> bool:
    if evidence.title_id.encode() not in transaction.envelope:  # the key stands in clear where it is written
        return False
    if transaction.unreadable is not None:  # here; Fabric may read it
        return True
    key = title_key(evidence.title_id)
    for action in transaction.actions:
        for state in action.read_write_sets:
            if state.namespace != evidence.chaincode or not (
                any(each.key == key for each in state.writes) or any(each.key == key for each in state.metadata_writes)
            ):
                continue
            reads = [each.version for each in state.reads if each.key == key]
            if all(each == last.version for each in reads):
                return True
    return False
