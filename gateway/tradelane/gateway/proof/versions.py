"""The versions of a title, one after the other: each transaction, its signatures, and that none is left out.

A transaction that changes a title states which version of it it has read, by its place. Peers let it take effect only
while that version is the last one, and the next transaction's endorsers state what they found then. So a chain in which
each version was read by the next one has no gap, and all but its last are shown to have taken effect.

That holds of the transaction which really stands at the place. Its block shows which one that is. Where the block is
left out, the next version does: it names the record it was made on by its digest. An act that was endorsed and never
took effect has the endorsements, the number and the time of a version, but no later one that names it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tradelane.gateway import ledger
from tradelane.gateway.certificate import attributes
from tradelane.gateway.errors import ProofError
from tradelane.gateway.ledger import Action, Transaction
from tradelane.gateway.ledger.policy import VALIDATION_PARAMETER
from tradelane.gateway.ledger.rwsets import ReadWriteSet, Version
from tradelane.gateway.proof import messages
from tradelane.gateway.proof.carried import Carried, about, members
from tradelane.gateway.proof.channel import Channel
from tradelane.gateway.proof.container import Evidence, Place
from tradelane.gateway.proof.definition import require_chaincodes_endorsers
from tradelane.gateway.proof.membership import Member
from tradelane.gateway.proof.policies import Policy, rule_of, satisfied, words
from tradelane.model.base import canonical_json
from tradelane.model.canonical import JsonError, parse_json
from tradelane.model.title import TitleRecord

_PARTY: Final = "tradelane.party"
"""The certificate's attribute that says for which party its holder signs."""
_LASTING: Final = ("title_id", "document_id", "commitment", "issuer", "governing_law", "transport_document_type_code",
                   "is_to_order", "quantities", "replaces")  # fmt: skip
"""What no act changes."""


@dataclass(frozen=True, slots=True)
class ProvedVersion:
    """One version of the title, with who has signed for it."""

    record: TitleRecord
    digest: str
    """SHA-256 of the record as it was written, which the next version names."""
    place: Place
    transaction: Transaction
    creator: Member
    endorsers: tuple[Member, ...]
    orderers: tuple[Member, ...]
    """Empty where the proof leaves the block out."""
    policy: Policy
    """Who has to endorse the next change."""
    jointly: bool
    """Whether the creator acted for a joint party, as its last member to ask for the act."""

    @property
    def in_block(self) -> bool:
        """Whether its block is carried, which shows that this transaction and no other stands at its place."""
        return bool(self.orderers)

    @property
    def version(self) -> Version:
        """How the next transaction names this one."""
        return Version(self.place.block, self.place.place)


def title_key(title_id: str) -> str:
    """Return the key of a title on the ledger, in Fabric's composite form."""
    return f"\x00title\x00{title_id}\x00"


def party_key(party_id: str) -> str:
    """Return the key of a party on the ledger and in the directory."""
    return f"\x00party\x00{party_id}\x00"


def chain(evidence: Evidence, carried: Carried) -> tuple[ProvedVersion, ...]:
    """Check the title's versions, from its issue on.

    Raises:
        ProofError: See docs/proof.md.
    """
    found: list[ProvedVersion] = []
    for place in evidence.versions:
        transaction = carried.at(place)
        with about(block=place.block, transaction=transaction.id):
            found.append(_version(evidence, carried, place, transaction, found[-1] if found else None))
    return tuple(found)


def namespace(action: Action, name: str) -> ReadWriteSet:
    """Return what a transaction read and wrote in a chaincode's own state.

    Raises:
        ProofError: TITLE_NOT_WRITTEN.
    """
    found = [each for each in action.read_write_sets if each.namespace == name]
    if len(found) != 1:
        raise ProofError(f"It neither reads nor writes the state of {name}.", code="TITLE_NOT_WRITTEN")
    return found[0]


def examined(
    transaction: Transaction, evidence: Evidence, channel: Channel
) -> tuple[Action, Member, tuple[Member, ...]]:
    """Check a transaction by itself: its id, every signature, every signer, and that the chaincode accepted it.

    Returns:
        Its action, its creator and its endorsers.

    Raises:
        ProofError: TRANSACTION_UNREADABLE, TRANSACTION_ID_DIFFERS, PROPOSAL_HASH_DIFFERS, SIGNATURE_WRONG,
            OTHER_CHANNEL, OTHER_CHAINCODE, NOT_SUCCESSFUL, SIGNED_TWICE, NOT_A_MEMBER, ...
    """
    ledger.check_transaction(transaction)
    action = transaction.action
    if transaction.channel != evidence.channel or transaction.type != "ENDORSER_TRANSACTION":
        raise ProofError(f"It is no transaction of the channel {evidence.channel}.", code="OTHER_CHANNEL")
    if action is None or transaction.creator is None:
        raise ProofError("It is not one invocation of a chaincode.", code="TRANSACTION_UNREADABLE")
    if action.response.status != 200:
        raise ProofError(f"The chaincode refused it with status {action.response.status}.", code="NOT_SUCCESSFUL")
    endorsers = members(channel, [each.endorser for each in action.endorsements])
    return action, channel.member(transaction.creator), endorsers


def _version(
    evidence: Evidence, carried: Carried, place: Place, transaction: Transaction, before: ProvedVersion | None
) -> ProvedVersion:
    channel = carried.channel_at(place.block)
    action, creator, endorsers = examined(transaction, evidence, channel)
    if action.chaincode != evidence.chaincode:
        raise ProofError(f"It invokes {action.chaincode!r}, not {evidence.chaincode!r}.", code="OTHER_CHAINCODE")
    value, state = _written(action, evidence)
    record = record_of(value)
    _check_read(state, evidence.title_id, before, place)
    _check_record(record, evidence.title_id, None if before is None else before.record)
    _check_link(record, before)
    jointly = _check_act(record, transaction, creator)
    require_chaincodes_endorsers(action, evidence, carried, channel, endorsers)
    if before is not None:
        _require_titles_endorsers(before, endorsers)
    return ProvedVersion(
        record=record,
        digest=hashlib.sha256(value).hexdigest(),
        place=place,
        transaction=transaction,
        creator=creator,
        endorsers=endorsers,
        orderers=carried.orderers_of(place),
        policy=_policy(state, evidence.title_id, record, before),
        jointly=jointly,
    )


def _written(action: Action, evidence: Evidence) -> tuple[bytes, ReadWriteSet]:
    state, key = namespace(action, evidence.chaincode), title_key(evidence.title_id)
    found = [each for each in state.writes if each.key == key]
    if len(found) != 1 or found[0].is_delete:
        raise ProofError("It does not write the title.", code="TITLE_NOT_WRITTEN")
    return found[0].value, state


def record_of(value: bytes) -> TitleRecord:
    """Read a title as it stands on the ledger; one of an earlier release may lack what was added since.

    Raises:
        ProofError: RECORD_UNREADABLE.
    """
    try:
        if canonical_json(parse_json(value)) == value:
            return TitleRecord.from_json(value)
    except (JsonError, ValueError):
        pass
    raise ProofError("What it says of the title is no record that this release knows.", code="RECORD_UNREADABLE")


def _check_read(state: ReadWriteSet, title_id: str, before: ProvedVersion | None, place: Place) -> None:
    found = read_version(state, title_id)
    expected = None if before is None else before.version
    if found != expected:
        raise ProofError(
            f"It has read {_named(found)} of the title, the proof has {_named(expected)} before it: a version is left "
            "out, or this one never took effect.",
            code="VERSION_GAP",
        )
    if expected is not None and (expected.block_number, expected.transaction_number) >= (place.block, place.place):
        raise ProofError("It stands before the version it changes.", code="VERSION_GAP")


def read_version(state: ReadWriteSet, title_id: str) -> Version | None:
    """Return which version of a title was read; None: there was none yet.

    Raises:
        ProofError: TITLE_NOT_READ.
    """
    found = [each for each in state.reads if each.key == title_key(title_id)]
    if len(found) != 1:
        raise ProofError("It has not read the title.", code="TITLE_NOT_READ")
    return found[0].version


def version_read(transaction: Transaction, chaincode: str, key: str) -> Version | None:
    """Return which version of a key of the chaincode a transaction has read, None where it has read none."""
    if transaction.action is None:
        return None
    state = namespace(transaction.action, chaincode)
    return next((each.version for each in state.reads if each.key == key), None)


def _check_record(record: TitleRecord, title_id: str, before: TitleRecord | None) -> None:
    if record.title_id != title_id:
        raise ProofError("What it writes is another title.", code="RECORD_UNREADABLE")
    expected = 1 if before is None else before.sequence + 1
    if record.sequence != expected:
        raise ProofError(
            f"It writes version {record.sequence} of the title, expected is version {expected}.", code="VERSION_GAP"
        )
    changed = [] if before is None else [each for each in _LASTING if getattr(record, each) != getattr(before, each)]
    if changed:
        raise ProofError(f"It changes what no act may change: {', '.join(changed)}.", code="RECORD_INCONSISTENT")
    if before is not None and record.parties[: len(before.parties)] != before.parties:
        raise ProofError("It takes a party out of the title's.", code="RECORD_INCONSISTENT")


def _check_link(record: TitleRecord, before: ProvedVersion | None) -> None:
    """Check that a version was made on the record that the proof has before it, and on no other one at that place."""
    if before is None:
        if record.previous is not None:
            raise ProofError("It names a version before the first.", code="RECORD_INCONSISTENT")
    elif record.previous is None:
        if not before.in_block:
            raise ProofError(
                f"It does not say on which version it was made, so only the block of version {before.record.sequence}, "
                "which is left out, could show that.",
                code="BLOCK_MISSING",
                details={"block": str(before.place.block)},
            )
    elif record.previous != before.digest:
        raise ProofError(
            f"It was made on another version {before.record.sequence} of the title than the proof has: that one was "
            "endorsed and never took effect, or was changed.",
            code="VERSION_DIFFERS",
        )


def _check_act(record: TitleRecord, transaction: Transaction, creator: Member) -> bool:
    """Check that whoever signed the transaction is who the record says has acted, and when; tell whether jointly."""
    actor = record.last_action.actor
    party = attributes(creator.certificate).get(_PARTY)
    joint = _joint_party(transaction) == actor.party_id and party in record.parties
    if creator.msp_id != actor.msp_id or not (party == actor.party_id or joint):
        raise ProofError(
            f"The record names {actor.party_id} of {actor.msp_id} as acting; the transaction is signed for "
            f"{party or 'no party'} of {creator.msp_id}.",
            code="ACTOR_DIFFERS",
        )
    if transaction.timestamp is None or _milliseconds(transaction.timestamp) != record.last_action.action_date_time:
        raise ProofError("The record's time is not the transaction's.", code="TIME_DIFFERS")
    return party != actor.party_id


def _joint_party(transaction: Transaction) -> str | None:
    """Return the joint party that the transaction's creator asked to act for, as one of its members."""
    arguments = () if transaction.action is None else transaction.action.arguments
    try:
        found = parse_json(arguments[1]).get("jointParty")
    except (IndexError, JsonError, AttributeError):
        return None
    return found if isinstance(found, str) else None


def _require_titles_endorsers(before: ProvedVersion, endorsers: tuple[Member, ...]) -> None:
    if not satisfied(before.policy, endorsers):
        raise ProofError(
            f"Its endorsers are {_names(endorsers)}; the title's own rule wants {words(before.policy)}.",
            code="TITLE_ENDORSERS_NOT_ENOUGH",
        )


def _policy(state: ReadWriteSet, title_id: str, record: TitleRecord, before: ProvedVersion | None) -> Policy:
    """Return who endorses the next change: as the key says, which must be what the record says."""
    expected = rule_of(record.endorsement)
    written = [each for each in state.metadata_writes if each.key == title_key(title_id)]
    if not written:
        if before is None or before.policy != expected:
            raise ProofError("The title's key lacks the endorsement rule of its record.", code="RULE_DIFFERS")
        return expected
    entries = written[-1].entries
    if len(written) != 1 or len(entries) != 1 or entries[0].name != VALIDATION_PARAMETER:
        raise ProofError("The title's key has other metadata than its endorsement rule.", code="RULE_DIFFERS")
    if messages.signature_policy(entries[0].value) != expected:
        raise ProofError("The rule of the title's key is not that of its record.", code="RULE_DIFFERS")
    return expected


def _milliseconds(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def _named(version: Version | None) -> str:
    if version is None:
        return "no version"
    return f"the version of transaction {version.transaction_number} in block {version.block_number}"


def _names(signers: tuple[Member, ...]) -> str:
    return ", ".join(f"{each.msp_id}.{each.role}" for each in signers) or "nobody"
