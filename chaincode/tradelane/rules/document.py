"""Documents: what may be lodged, who may share one, who may read one."""

import hashlib
import hmac
from dataclasses import dataclass

from tradelane.model.canonical import commitment
from tradelane.model.dcsa import DocumentError, ExaminedDocument, TransportDocument, lei_of, read_document
from tradelane.model.document import Lodgement
from tradelane.model.identifiers import DocumentId, PartyId
from tradelane.model.party import PartyRecord, PartyRole
from tradelane.model.title import TitleRecord
from tradelane.rules.refusal import Code, Refused


def examine(data: bytes) -> ExaminedDocument:
    """Read a transport document and hold it against DCSA's rules.

    Raises:
        Refused: INVALID_DOCUMENT; the details give rule and sentence by JSON path.
    """
    try:
        return read_document(data)
    except DocumentError as error:
        first = error.violations[0]
        raise Refused(
            400,
            Code.INVALID_DOCUMENT,
            f"the document breaks {len(error.violations)} rule(s) of DCSA's transport document 3.0.4; the first is at "
            f"{first.path}: {first.message} ({first.rule})",
            error.details,
        ) from None


def reference_fingerprint(key: bytes, owner: PartyId, reference: str) -> str:
    """Return what stands for a carrier's transport document reference: HMAC-SHA256 under the organisation's own key.

    A plain hash would show the reference to everyone, because references are short and guessable.
    """
    return hmac.new(key, f"{owner}\0{reference}".encode(), hashlib.sha256).hexdigest()


def require_prepared(msp_id: str, reference_key: bytes | None) -> bytes:
    """Return the organisation's key for references.

    Raises:
        Refused: NOT_PREPARED.
    """
    if reference_key is None:
        raise Refused(
            409,
            Code.NOT_PREPARED,
            f"{msp_id} cannot take documents yet: an administrator of it runs `tradelane --as admin@ORG organisation "
            "prepare` once",
            {"mspId": msp_id},
        )
    return reference_key


@dataclass(frozen=True, slots=True)
class NamedParties:
    """The Legal Entity Identifiers a document gives for the parties its title will know."""

    endorsee: str | None
    consignee: str | None

    @property
    def leis(self) -> tuple[str, ...]:
        """Those that are given."""
        return tuple(lei for lei in (self.endorsee, self.consignee) if lei is not None)


def named_parties(document: TransportDocument) -> NamedParties:
    """Return how the document identifies its endorsee or consignee.

    Raises:
        Refused: UNKNOWN_PARTY, it names one without a Legal Entity Identifier.
    """
    parties = document.document_parties
    found: dict[str, str | None] = {}
    for name, party in (("endorsee", parties.endorsee), ("consignee", parties.consignee)):
        found[name] = None if party is None else lei_of(party)
        if party is not None and found[name] is None:
            raise Refused(
                404,
                Code.UNKNOWN_PARTY,
                f"the document's {name} has no Legal Entity Identifier (identifyingCodes with codeListProvider GLEIF), "
                "by which parties of this channel are known",
                {"path": f"$.documentParties.{name}.identifyingCodes"},
            )
    return NamedParties(found["endorsee"], found["consignee"])


def require_party(party_id: PartyId | None, lei: str | None, name: str) -> PartyId | None:
    """Return the party that a document's identifier stands for, None where the document names nobody.

    Raises:
        Refused: UNKNOWN_PARTY.
    """
    if lei is not None and party_id is None:
        raise Refused(
            404,
            Code.UNKNOWN_PARTY,
            f"the document's {name} has the Legal Entity Identifier {lei}, which is no admitted party's",
            {"path": f"$.documentParties.{name}.identifyingCodes", "lei": lei},
        )
    return party_id


def require_new(document_id: DocumentId, *, id_taken: bool, reference_taken: bool) -> None:
    """Refuse a document id or a transport document reference that was used before.

    Raises:
        Refused: DOCUMENT_EXISTS or DUPLICATE_REFERENCE.
    """
    if id_taken:
        raise Refused(
            409,
            Code.DOCUMENT_EXISTS,
            "a document with this id is lodged already; choose a new random id",
            {"documentId": document_id},
        )
    if reference_taken:
        raise Refused(
            409,
            Code.DUPLICATE_REFERENCE,
            "you have lodged a document with this transportDocumentReference before; a reference is never used again",
            {"path": "$.transportDocumentReference"},
        )


def lodge(
    document_id: DocumentId,
    owner: PartyRecord,
    examined: ExaminedDocument,
    salt: bytes,
    endorsee: PartyId | None,
    consignee: PartyId | None,
) -> Lodgement:
    """Return the facts of an examined document that its title will carry.

    Raises:
        Refused: NOT_LICENSED, none of the owner's roles has effect.
    """
    if not owner.effective_roles:
        raise Refused(
            403,
            Code.NOT_LICENSED,
            f"none of the roles of {owner.party_id!r} has effect before an authority licenses it",
        )
    document = examined.document
    return Lodgement(
        document_id=document_id,
        commitment=commitment(salt, examined.canonical),
        owner=owner.party_id,
        transport_document_type_code=document.transport_document_type_code,
        transport_document_status=document.transport_document_status,
        is_electronic=document.is_electronic,
        is_to_order=document.is_to_order,
        endorsee=endorsee,
        consignee=consignee,
    )


def share(title: TitleRecord, actor: PartyRecord, recipient: PartyRecord, stored: bytes, present: bytes | None) -> None:
    """Check that a party of a title hands on exactly the title's document.

    Args:
        title: The title the document belongs to.
        actor: Who shares.
        recipient: Who is to read.
        stored: Salt and canonical bytes as sent.
        present: What the recipient's organisation holds under this document id already.

    Raises:
        Refused: NOT_A_PARTY, RECIPIENT_NOT_LICENSED, COMMITMENT_MISMATCH, or DOCUMENT_EXISTS: the organisation holds
            another document under the same id, which must not be overwritten.
    """
    if actor.party_id not in title.parties:
        raise Refused(
            403,
            Code.NOT_A_PARTY,
            "only a party of the title may share its document",
            {"titleId": title.title_id},
        )
    if not recipient.effective_roles:
        raise Refused(
            422,
            Code.RECIPIENT_NOT_LICENSED,
            f"none of the roles of {recipient.party_id!r} has effect before an authority licenses it",
            {"partyId": recipient.party_id},
        )
    if hashlib.sha256(stored).hexdigest() != title.commitment:
        raise Refused(
            422,
            Code.COMMITMENT_MISMATCH,
            "this document with this salt is not the one the title commits to; send both as they were lodged",
            {"titleId": title.title_id},
        )
    if present is not None and present != stored:
        raise Refused(
            409,
            Code.DOCUMENT_EXISTS,
            f"{recipient.msp_id} holds another document under this id",
            {"documentId": title.document_id},
        )


def may_see_title(title: TitleRecord, reader: PartyRecord, *, shared: bool) -> bool:
    """Tell whether a party may see a title: as its party, as one it was shared with, or as an authority."""
    return reader.party_id in title.parties or shared or PartyRole.AUTHORITY in reader.effective_roles


def may_read(
    reader: PartyRecord, stored: bytes, lodgement: Lodgement | None, titles: tuple[TitleRecord, ...], *, shared: bool
) -> bool:
    """Tell whether a party may read a document that its organisation holds.

    Args:
        reader: Who asks.
        stored: Salt and canonical bytes as the organisation holds them.
        lodgement: The lodgement, where this organisation is the one it was lodged in.
        titles: Titles over a document of this id.
        shared: Whether a party of the title shared it with the reader.

    Returns:
        True for its owner, for one it was shared with, and for a party of the title that commits to these very bytes:
        a title over another document of the same id opens nothing.
    """
    if shared or (lodgement is not None and lodgement.owner == reader.party_id):
        return True
    digest = hashlib.sha256(stored).hexdigest()
    return any(title.commitment == digest and reader.party_id in title.parties for title in titles)
