"""Documents: what may be lodged, who may share one, who may read one."""

import hashlib
import hmac
from collections.abc import Container, Mapping, Sequence
from typing import TypeVar

from tradelane.model.canonical import commitment
from tradelane.model.dcsa import (
    Consignee,
    DocumentError,
    Endorsee,
    ExaminedDocument,
    TransportDocument,
    lei_of,
    read_document,
)
from tradelane.model.document import Lodgement
from tradelane.model.identifiers import DocumentId, MspId, PartyId, TitleId
from tradelane.model.party import PartyRecord
from tradelane.model.title import TitleRecord
from tradelane.rules.answer import told
from tradelane.rules.ebl.quantities import quantities_digest
from tradelane.rules.ebl.standing import standing_of
from tradelane.rules.party import require_licensed, require_licensed_recipient
from tradelane.rules.refusal import Code, Refused

T = TypeVar("T")


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


def require_prepared(msp_id: MspId, reference_key: bytes | None) -> bytes:
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


def named_leis(document: TransportDocument) -> tuple[str, ...]:
    """Return the Legal Entity Identifiers by which the document names its endorsee or consignee.

    Raises:
        Refused: UNKNOWN_PARTY, it names one without such an identifier.
    """
    parties = document.document_parties
    named = (("endorsee", parties.endorsee), ("consignee", parties.consignee))
    return tuple(_lei(name, party) for name, party in named if party is not None)


def _lei(name: str, party: Consignee | Endorsee) -> str:
    lei = lei_of(party)
    if lei is None:
        raise Refused(
            404,
            Code.UNKNOWN_PARTY,
            f"the document's {name} has no Legal Entity Identifier (identifyingCodes with codeListProvider GLEIF), by "
            "which parties of this channel are known",
            {"path": f"$.documentParties.{name}.identifyingCodes"},
        )
    return lei


def _party(name: str, party: Consignee | Endorsee | None, ids: Mapping[str, PartyId | None]) -> PartyId | None:
    if party is None:
        return None
    lei = _lei(name, party)
    party_id = ids[lei]
    if party_id is None:
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
    ids: Mapping[str, PartyId | None],
) -> Lodgement:
    """Return the facts of an examined document that its title will carry.

    Args:
        document_id: What the document is called on the ledger.
        owner: Who lodges it.
        examined: The document.
        salt: 32 random bytes of the owner's.
        ids: The parties that the identifiers of `named_leis` stand for.

    Raises:
        Refused: NOT_LICENSED, none of the owner's roles has effect; UNKNOWN_PARTY.
    """
    require_licensed(owner)
    document, parties = examined.document, examined.document.document_parties
    return Lodgement(
        document_id=document_id,
        commitment=commitment(salt, examined.canonical),
        owner=owner.party_id,
        transport_document_type_code=document.transport_document_type_code,
        transport_document_status=document.transport_document_status,
        is_electronic=document.is_electronic,
        is_to_order=document.is_to_order,
        endorsee=_party("endorsee", parties.endorsee, ids),
        consignee=_party("consignee", parties.consignee, ids),
        quantities=quantities_digest(document, salt),
    )


def share(title: TitleRecord, actor: PartyRecord, recipient: PartyRecord, stored: bytes) -> None:
    """Check that a party of a title hands on exactly the title's document.

    Args:
        title: The title the document belongs to.
        actor: Who shares.
        recipient: Who is to read.
        stored: Salt and canonical bytes as sent.

    Raises:
        Refused: NOT_A_PARTY, RECIPIENT_NOT_LICENSED or COMMITMENT_MISMATCH.
    """
    with told("SHARE", standing_of(title), "a party of the title"):
        if actor.party_id not in title.parties:
            raise Refused(
                403,
                Code.NOT_A_PARTY,
                "only a party of the title may share its document",
                {"titleId": title.title_id},
            )
        require_licensed_recipient(recipient)
        if hashlib.sha256(stored).hexdigest() != title.commitment:
            raise Refused(
                422,
                Code.COMMITMENT_MISMATCH,
                "this document with this salt is not the one the title commits to; send both as they were lodged",
                {"titleId": title.title_id},
            )


def known_document(stored: T | None, msp_id: MspId, document_id: DocumentId) -> T:
    """Return what an organisation holds of a document.

    Raises:
        Refused: UNKNOWN_DOCUMENT.
    """
    if stored is None:
        raise Refused(
            404,
            Code.UNKNOWN_DOCUMENT,
            f"{msp_id} holds no such document; a party of the title can share it",
            {"documentId": document_id},
        )
    return stored


def not_at_this_peer(msp_id: MspId) -> Refused:
    """Return the refusal of a peer that does not hold an organisation's private data."""
    return Refused(
        409,
        Code.NOT_AT_THIS_PEER,
        f"this peer does not hold what {msp_id} keeps in private; ask a peer of {msp_id}, your own organisation, that "
        "is up to date",
        {"mspId": msp_id},
    )


def readable(
    document_id: DocumentId,
    reader: PartyRecord,
    lodgement: Lodgement | None,
    titles: Sequence[TitleRecord],
    granted: Container[TitleId],
) -> MspId:
    """Let read who lodged a document, whom it was shared with, and the parties of its title.

    Organisations choose ids on their own, so one id may stand for several documents; what the reader lodged itself
    comes first, among those of others it has to name the title.

    Args:
        document_id: What is asked for.
        reader: Who asks.
        lodgement: The facts of the document of this id that was lodged in the reader's organisation.
        titles: Titles over documents of this id.
        granted: Titles whose document was shared with the reader.

    Returns:
        The organisation in which the document was lodged, which tells it from others of the same id.

    Raises:
        Refused: UNKNOWN_DOCUMENT, NOT_A_PARTY or SEVERAL_DOCUMENTS.
    """
    if lodgement is not None and lodgement.owner == reader.party_id:
        return reader.msp_id
    if not titles:
        known_document(lodgement, reader.msp_id, document_id)
    open_to_reader = [title for title in titles if reader.party_id in title.parties or title.title_id in granted]
    if not open_to_reader:
        raise Refused(
            403,
            Code.NOT_A_PARTY,
            f"{reader.party_id!r} is no party of this document's title, nor was the document shared with it",
        )
    if len(open_to_reader) > 1:
        raise Refused(
            409,
            Code.SEVERAL_DOCUMENTS,
            "you may read several documents of this id; name the title (titleId) of the one you mean",
            {"titleIds": " ".join(title.title_id for title in open_to_reader)},
        )
    return open_to_reader[0].issuer.msp_id


def require_lodgement_readable(reader: PartyRecord, lodgement: Lodgement, titles: Sequence[TitleRecord]) -> None:
    """Let the facts of a document be read by its owner and by the parties of its title.

    Raises:
        Refused: NOT_OWNER.
    """
    of_title = any(title.commitment == lodgement.commitment and reader.party_id in title.parties for title in titles)
    if lodgement.owner != reader.party_id and not of_title:
        raise Refused(
            403,
            Code.NOT_OWNER,
            f"{reader.party_id!r} did not lodge this document and is no party of its title",
            {"documentId": lodgement.document_id},
        )
