"""What the holder chose to open: each against the digest that the ledger has of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tradelane.gateway.errors import ProofError
from tradelane.gateway.ledger.rwsets import HashedWrite
from tradelane.gateway.proof.carried import Carried, about
from tradelane.gateway.proof.container import (
    Disclosure,
    DocumentDisclosure,
    Evidence,
    NameDisclosure,
    RemarkDisclosure,
)
from tradelane.gateway.proof.definition import require_chaincodes_endorsers
from tradelane.gateway.proof.versions import ProvedVersion, examined, party_key
from tradelane.model.canonical import commitment

DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Opened:
    """One thing opened, and against what."""

    disclosure: Disclosure
    against: str
    """A sentence for people."""


def opened(evidence: Evidence, carried: Carried, versions: Sequence[ProvedVersion]) -> tuple[Opened, ...]:
    """Check every disclosure.

    Raises:
        ProofError: COMMITMENT_MISMATCH, REMARK_MISMATCH, NAME_MISMATCH, DISCLOSED_TWICE.
    """
    if len({each.to_json() for each in evidence.disclosures}) != len(evidence.disclosures):
        raise ProofError("Something is disclosed twice.", code="DISCLOSED_TWICE")
    return tuple(Opened(each, _check(each, evidence, carried, versions)) for each in evidence.disclosures)


def _check(found: Disclosure, evidence: Evidence, carried: Carried, versions: Sequence[ProvedVersion]) -> str:
    match found:
        case DocumentDisclosure():
            return _document(found, versions[0])
        case RemarkDisclosure():
            return _remark(found, versions)
        case NameDisclosure():
            with about(block=found.admission.block):
                return _name(found, evidence, carried)


def _document(found: DocumentDisclosure, issue: ProvedVersion) -> str:
    if commitment(bytes.fromhex(found.salt), found.content.encode()) != issue.record.commitment:
        raise ProofError("The document is not the one the title was issued for.", code="COMMITMENT_MISMATCH")
    return "the commitment in the title"


def _remark(found: RemarkDisclosure, versions: Sequence[ProvedVersion]) -> str:
    remark = found.remark
    version = next((each.record for each in versions if each.record.sequence == remark.sequence), None)
    digest = hashlib.sha256(remark.to_json()).hexdigest()
    if version is None or version.title_id != remark.title_id or version.last_action.evidence != digest:
        raise ProofError(
            f"The words are not those that went with act {remark.sequence} on the title.",
            code="REMARK_MISMATCH",
            details={"sequence": str(remark.sequence)},
        )
    return f"the evidence of act {remark.sequence}"


def _name(found: NameDisclosure, evidence: Evidence, carried: Carried) -> str:
    transaction = carried.at(found.admission)
    action, creator, endorsers = examined(transaction, evidence, carried.channel_at(found.admission.block))
    channel = carried.channel_at(found.admission.block)
    require_chaincodes_endorsers(action, evidence, carried, channel, endorsers)
    key = hashlib.sha256(party_key(found.entry.party_id).encode()).digest()
    value = hashlib.sha256(found.entry.to_json()).digest()
    written = [
        write
        for state in action.read_write_sets
        if state.namespace == evidence.chaincode
        for collection in state.collections
        if collection.name == DIRECTORY
        for write in collection.writes
    ]
    if HashedWrite(key_hash=key, value_hash=value, is_delete=False, is_purge=False) not in written:
        raise ProofError(
            f"The name of {found.entry.party_id} is not the one it was admitted under.", code="NAME_MISMATCH"
        )
    return f"the directory, as an administrator of {creator.msp_id} entered it in block {found.admission.block}"
