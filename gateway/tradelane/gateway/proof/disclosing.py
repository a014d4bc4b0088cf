"""What the holder chose to open: each against the digest that the ledger has of it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from tradelane.gateway.errors import ProofError
from tradelane.gateway.ledger import Action
from tradelane.gateway.ledger.rwsets import HashedWrite, Version
from tradelane.gateway.proof.carried import Carried, about
from tradelane.gateway.proof.container import (
    Disclosure,
    DocumentDisclosure,
    Evidence,
    NameDisclosure,
    RemarkDisclosure,
)
from tradelane.gateway.proof.definition import require_chaincodes_endorsers
from tradelane.gateway.proof.versions import ProvedVersion, examined, namespace, party_key, version_read
from tradelane.model.canonical import commitment
from tradelane.rules.ebl.quantities import is_of

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
        ProofError: COMMITMENT_MISMATCH, QUANTITIES_MISMATCH, REMARK_MISMATCH, NAME_MISMATCH, BLOCK_MISSING,
            DISCLOSED_TWICE.
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
            return _name(found, evidence, carried, versions)


def _document(found: DocumentDisclosure, issue: ProvedVersion) -> str:
    if commitment(bytes.fromhex(found.salt), found.content.encode()) != issue.record.commitment:
        raise ProofError("The document is not the one the title was issued for.", code="COMMITMENT_MISMATCH")
    if not is_of(issue.record.quantities, found.content.encode(), bytes.fromhex(found.salt)):
        raise ProofError(
            "The title commits to other quantities than its document is about.", code="QUANTITIES_MISMATCH"
        )
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


def _name(found: NameDisclosure, evidence: Evidence, carried: Carried, versions: Sequence[ProvedVersion]) -> str:
    key = party_key(found.entry.party_id)
    # Endorsers state what they have read: that shows that each of these transactions took effect.
    read = {version_read(each.transaction, evidence.chaincode, key) for each in versions}
    for place in found.written:
        with about(block=place.block):
            if Version(place.block, place.place) not in read:
                raise ProofError(
                    f"Nothing shows that this transaction wrote the record of {found.entry.party_id}.",
                    code="NAME_MISMATCH",
                )
            transaction = carried.in_block(place)  # else another name that was endorsed could be put there
            action, creator, endorsers = examined(transaction, evidence, carried.channel_at(place.block))
            channel = carried.channel_at(place.block)
            require_chaincodes_endorsers(action, evidence, carried, channel, endorsers)
            read = {version_read(transaction, evidence.chaincode, key)}
    if HashedWrite(
        _digest(key.encode()), _digest(found.entry.to_json()), is_delete=False, is_purge=False
    ) not in _entered(action, evidence):
        raise ProofError(
            f"The name of {found.entry.party_id} is not the one it was admitted under.", code="NAME_MISMATCH"
        )
    return f"the directory, as an administrator of {creator.msp_id} entered it in block {found.written[-1].block},"


def _entered(action: Action, evidence: Evidence) -> list[HashedWrite]:
    state = namespace(action, evidence.chaincode)
    return [write for each in state.collections if each.name == DIRECTORY for write in each.writes]


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
