"""Names of everything the chaincode keeps; no other module makes a key.

Public:
    network                              NetworkRecord
    party, id                            PartyRecord
    party.lei, lei                       party id
    party.joint, party id, joint party   index: the joint parties a party is a member of
    title, id                            TitleRecord
    title.holder, party id, title id     index: the titles in a party's possession
    title.party, party id, title id      index: the titles a party is or was a party of
    agreement, title id, version, joint party, act  Agreement of a joint party's members
    attachments, title id                DocumentSet
    title.document, document id, msp id  title id; the organisation is the issuer's, so that nobody can use up the id of
                                         a document lodged elsewhere by issuing a title over another one
    title.exit, entry                    title id; the entry is the checksum of the chain entry with which it left, by
                                         which whoever is sent a chain finds the title
Implicit collection of an organisation:
    document, id, msp id                 salt followed by the canonical bytes; the organisation is the one it was lodged
                                         in, so that nobody can use up the id of a document that is shared later
    lodged, id                           Lodgement
    reference, fingerprint               document id
    reference.key                        key of the fingerprints
    grant, title id, party id            index: who may read the title's document here
    attachment, title id, attachment id, kind          Description
    attachment.content, title id, attachment id        salt followed by the content, unless it is large
    attachment.grant, title id, attachment id, party id  index: who may read the attachment here
Collection `directory`: party, id -> DirectoryEntry.
Collection `remarks`:
    title, id, sequence                  Remark
    agreement, title id, version, joint party, act  Remark: what the first member to ask for an act has said with it
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

from tradelane.chaincode.shim.keys import create_composite_key, split_composite_key
from tradelane.model.attachment import AttachmentId, AttachmentKind, DocumentSet
from tradelane.model.identifiers import DocumentId, MspId, PartyId, Sha256, TitleId
from tradelane.model.joint import Agreement
from tradelane.model.party import NetworkRecord, PartyRecord
from tradelane.model.title import TitleRecord

T_co = TypeVar("T_co", covariant=True)

PARTY = "party"
JOINT = "party.joint"
AGREEMENT = "agreement"
HELD = "title.holder"
OF_PARTY = "title.party"
OF_DOCUMENT = "title.document"

PRESENT = b"\x01"
"""Value of an index key: Fabric cannot tell an empty value from an absent key."""


@dataclass(frozen=True, slots=True)
class Slot(Generic[T_co]):
    """A public key and how to read its value."""

    key: str
    decode: Callable[[bytes], T_co]


# Every act reads them again, and they hardly change.
_network_record = lru_cache(maxsize=16)(NetworkRecord.from_ledger)
_party_record = lru_cache(maxsize=4096)(PartyRecord.from_ledger)
_NETWORK = Slot(create_composite_key("network", []), _network_record)


class PrivateKey(NamedTuple):
    """A key in a private data collection."""

    collection: str
    key: str


def network() -> Slot[NetworkRecord]:
    """The organisations of the channel."""
    return _NETWORK


def party(party_id: PartyId) -> Slot[PartyRecord]:
    """A party."""
    return Slot(create_composite_key(PARTY, [party_id]), _party_record)


def party_of_lei(lei: str) -> Slot[PartyId]:
    """The id of the party with a Legal Entity Identifier."""
    return Slot(create_composite_key("party.lei", [lei]), bytes.decode)


def joint_of(member: PartyId, joint_party: PartyId) -> str:
    """Index: the party is a member of the joint party."""
    return create_composite_key(JOINT, [member, joint_party])


def title(title_id: TitleId) -> Slot[TitleRecord]:
    """A title."""
    return Slot(create_composite_key("title", [title_id]), TitleRecord.from_ledger)


def title_of_document(document_id: DocumentId, issuer_msp_id: MspId) -> Slot[TitleId]:
    """The title over a document of the issuer's organisation."""
    return Slot(create_composite_key(OF_DOCUMENT, [document_id, issuer_msp_id]), bytes.decode)


def title_of_exit(entry: Sha256) -> Slot[TitleId]:
    """The title that left for another platform with an entry of its envelope transfer chain."""
    return Slot(create_composite_key("title.exit", [entry]), bytes.decode)


def attachments(title_id: TitleId) -> Slot[DocumentSet]:
    """What was attached to a title."""
    return Slot(create_composite_key("attachments", [title_id]), DocumentSet.from_ledger)


def agreement(title_id: TitleId, sequence: int, joint_party: PartyId, act: Sha256) -> Slot[Agreement]:
    """What the members of a joint party have agreed on."""
    return Slot(create_composite_key(AGREEMENT, [title_id, str(sequence), joint_party, act]), Agreement.from_ledger)


def held(party_id: PartyId, title_id: TitleId) -> str:
    """Index: the title is in the party's possession."""
    return create_composite_key(HELD, [party_id, title_id])


def of_party(party_id: PartyId, title_id: TitleId) -> str:
    """Index: the party is or was a party of the title."""
    return create_composite_key(OF_PARTY, [party_id, title_id])


def last_part(key: str) -> str:
    """Return what an index key ends with: the id of what it points to."""
    return split_composite_key(key)[1][-1]


def implicit_collection(msp_id: MspId) -> str:
    """Return Fabric's name of an organisation's own collection."""
    return f"_implicit_org_{msp_id}"


def document(msp_id: MspId, document_id: DocumentId, lodged_in: MspId) -> PrivateKey:
    """A document with its salt, in an organisation that may be another one than it was lodged in."""
    return _own(msp_id, "document", document_id, lodged_in)


def lodged(msp_id: MspId, document_id: DocumentId) -> PrivateKey:
    """The facts of a lodged document."""
    return _own(msp_id, "lodged", document_id)


def reference(msp_id: MspId, fingerprint: str) -> PrivateKey:
    """A transport document reference that has been used."""
    return _own(msp_id, "reference", fingerprint)


def reference_key(msp_id: MspId) -> PrivateKey:
    """The key of the fingerprints of references."""
    return _own(msp_id, "reference.key")


def grant(msp_id: MspId, title_id: TitleId, party_id: PartyId) -> PrivateKey:
    """A party's right to read a title's document that was shared with it."""
    return _own(msp_id, "grant", title_id, party_id)


def attachment(msp_id: MspId, title_id: TitleId, attachment_id: AttachmentId, kind: AttachmentKind) -> PrivateKey:
    """What is said of an attachment; the kind is part of the key, so that its hash commits to the public kind."""
    return _own(msp_id, "attachment", title_id, attachment_id, kind)


def attachment_content(msp_id: MspId, title_id: TitleId, attachment_id: AttachmentId) -> PrivateKey:
    """An attachment's content."""
    return _own(msp_id, "attachment.content", title_id, attachment_id)


def attachment_grant(msp_id: MspId, title_id: TitleId, attachment_id: AttachmentId, party_id: PartyId) -> PrivateKey:
    """A party's right to read an attachment."""
    return _own(msp_id, "attachment.grant", title_id, attachment_id, party_id)


def directory_entry(party_id: PartyId) -> PrivateKey:
    """A party's legal name."""
    return PrivateKey("directory", create_composite_key(PARTY, [party_id]))


def remark(title_id: TitleId, sequence: int) -> PrivateKey:
    """The words that went with one act on a title."""
    return PrivateKey("remarks", create_composite_key("title", [title_id, str(sequence)]))


def asked(title_id: TitleId, sequence: int, joint_party: PartyId, act: Sha256) -> PrivateKey:
    """The words of the first member of a joint party who asked for an act."""
    return PrivateKey("remarks", agreement(title_id, sequence, joint_party, act).key)


def _own(msp_id: MspId, object_type: str, *attributes: str) -> PrivateKey:
    return PrivateKey(implicit_collection(msp_id), create_composite_key(object_type, attributes))
