"""Attachments of a title: who may add which, how many, and who may hand one on or read it."""

import hashlib

from tradelane.model.attachment import (
    MAX_FILE_BYTES,
    MAX_SUPPORTING,
    Attached,
    AttachmentKind,
    AttachRequest,
    Description,
    DocumentSet,
    begins_like,
)
from tradelane.model.identifiers import OpaqueId, PartyId, Timestamp
from tradelane.model.party import PartyRecord, PartyRef
from tradelane.model.title import TitleRecord
from tradelane.rules.answer import complete, told
from tradelane.rules.ebl import require_fresh
from tradelane.rules.ebl.standing import ENDED, Standing, standing_of
from tradelane.rules.party import require_licensed, require_licensed_recipient
from tradelane.rules.refusal import Code, Refused

_WORDS = {
    AttachmentKind.VISUALISATION: "visualisation",
    AttachmentKind.ISSUANCE_MANIFEST: "signed issuance manifest",
    AttachmentKind.SUPPORTING: "supporting document",
}
_BY = {
    AttachmentKind.VISUALISATION: "its carrier",
    AttachmentKind.ISSUANCE_MANIFEST: "its carrier",
    AttachmentKind.SUPPORTING: "its carrier or who is in control",
}
_MOST = {
    AttachmentKind.VISUALISATION: 1,
    AttachmentKind.ISSUANCE_MANIFEST: 1,
    AttachmentKind.SUPPORTING: MAX_SUPPORTING,
}


def require_attachable(
    title: TitleRecord,
    actor: PartyRecord,
    kind: AttachmentKind,
    attachment_id: OpaqueId,
    present: DocumentSet,
    *,
    holder: PartyRecord | None = None,
) -> None:
    """Refuse what a party may not add to a title.

    Args:
        title: The title.
        actor: Who adds.
        kind: What is added.
        attachment_id: Its id.
        present: What is attached already.
        holder: The party in control where that is another one; of a joint party each member may add.

    Raises:
        Refused: NOT_LICENSED, WRONG_STATE, NOT_ISSUER, NOT_IN_CONTROL, ATTACHMENT_EXISTS or TOO_MANY_DOCUMENTS.
    """
    with told("ATTACH", standing_of(title), _BY[kind]):
        _require_attachable(title, actor, kind, attachment_id, present, holder)


def _require_attachable(
    title: TitleRecord,
    actor: PartyRecord,
    kind: AttachmentKind,
    attachment_id: OpaqueId,
    present: DocumentSet,
    holder: PartyRecord | None,
) -> None:
    require_licensed(actor)
    if standing_of(title) in (*ENDED, Standing.EXPORTED, Standing.FROZEN):
        raise Refused(
            409,
            Code.WRONG_STATE,
            f"nothing is attached to a title that is {standing_of(title)}",
            {"titleId": title.title_id},
        )
    _require_entitled(title, actor, kind, holder)
    if present.find(attachment_id) is not None:
        raise Refused(
            409,
            Code.ATTACHMENT_EXISTS,
            "an attachment of this title has this id already; choose a new random id",
            {"attachmentId": attachment_id},
        )
    if present.count(kind) >= _MOST[kind]:
        raise Refused(
            422,
            Code.TOO_MANY_DOCUMENTS,
            f"a title takes no more than {_MOST[kind]} of kind {_WORDS[kind]}, and this one has as many",
            {"titleId": title.title_id, "kind": kind.value, "most": str(_MOST[kind])},
        )


def reader_of(actor: PartyRecord, holder: PartyRecord | None) -> PartyId:
    """Return who may read what a party lodges: itself, or all members of the joint party in control."""
    return holder.party_id if holder is not None and actor.party_id in holder.members else actor.party_id


def _require_entitled(title: TitleRecord, actor: PartyRecord, kind: AttachmentKind, holder: PartyRecord | None) -> None:
    if actor.party_id == title.issuer.party_id:
        return
    if kind is not AttachmentKind.SUPPORTING:
        raise Refused(
            403,
            Code.NOT_ISSUER,
            f"only the carrier that issued the title adds its {_WORDS[kind]}",
            {"titleId": title.title_id},
        )
    members = () if holder is None or holder.ref != title.possessor else holder.members
    if title.possessor is None or actor.party_id not in (title.possessor.party_id, *members):
        raise Refused(
            403,
            Code.NOT_IN_CONTROL,
            "a supporting document is added by the title's carrier, or by the party in control of it or a member of it",
            {"titleId": title.title_id},
        )


def require_acceptable(description: Description, content: bytes | None) -> None:
    """Hold a file against what is said of it; of a large one only what is said can be checked.

    Raises:
        Refused: EMPTY_DOCUMENT, DOCUMENT_TOO_LARGE, COMMITMENT_MISMATCH or WRONG_MEDIA_TYPE.
    """
    if description.size == 0:
        raise Refused(422, Code.EMPTY_DOCUMENT, "the file is empty; attach one with content", {"size": "0"})
    if description.size > MAX_FILE_BYTES:
        raise Refused(
            422,
            Code.DOCUMENT_TOO_LARGE,
            f"the file has {description.size} bytes; at most {MAX_FILE_BYTES} are accepted",
            {"size": str(description.size), "most": str(MAX_FILE_BYTES)},
        )
    if description.is_large:
        if content:
            raise _mismatch("a file of this size is kept in the organisation's own store; send its description alone")
        return
    if content is None or len(content) != description.size or _digest(content) != description.checksum:
        raise _mismatch("the content is not the one that the description gives size and checksum of")
    if not begins_like(description.media_type, content):
        raise Refused(
            422,
            Code.WRONG_MEDIA_TYPE,
            "the content does not begin as files of the media type do that the description names",
            {"description.mediaType": "does not fit the content"},
        )


def require_unlodged(attachment_id: OpaqueId, *, taken: bool) -> None:
    """Refuse an attachment id that the organisation has used before.

    Raises:
        Refused: ATTACHMENT_EXISTS.
    """
    if taken:
        raise Refused(
            409,
            Code.ATTACHMENT_EXISTS,
            "an attachment with this id is lodged already; choose a new random id",
            {"attachmentId": attachment_id},
        )


def attach(
    title: TitleRecord,
    actor: PartyRecord,
    asked: AttachRequest,
    present: DocumentSet,
    lodged_digest: bytes | None,
    now: Timestamp,
    *,
    holder: PartyRecord | None = None,
) -> DocumentSet:
    """Return a title's documents with one more.

    Args:
        title: The title.
        actor: Who attaches.
        asked: What.
        present: What is attached already.
        lodged_digest: SHA-256 of the description lodged in the actor's organisation, which every peer has.
        now: The transaction's time.
        holder: As for `require_attachable`.

    Raises:
        Refused: STALE_TITLE, NOT_LODGED, or as `require_attachable`.
    """
    with told("ATTACH", standing_of(title), _BY[asked.kind]):
        require_fresh(title, "ATTACH", asked.expected_sequence)
    require_attachable(title, actor, asked.kind, asked.attachment_id, present, holder=holder)
    if lodged_digest is None or lodged_digest.hex() != asked.commitment:
        not_lodged = Refused(
            422,
            Code.NOT_LODGED,
            f"{actor.msp_id} has lodged nothing with this commitment under this id; lodge the file first",
            {"attachmentId": asked.attachment_id},
        )
        raise complete(not_lodged, "ATTACH", standing_of(title), _BY[asked.kind])
    added = Attached(
        attachment_id=asked.attachment_id,
        kind=asked.kind,
        commitment=asked.commitment,
        attached_by=PartyRef(party_id=actor.party_id, msp_id=actor.msp_id),
        title_sequence=title.sequence,
        attached_at=now,
    )
    return present.model_copy(update={"attached": (*present.attached, added)})


def share(
    title: TitleRecord,
    actor: PartyRecord,
    recipient: PartyRecord,
    attached: Attached,
    description: Description,
    content: bytes | None,
) -> None:
    """Check that a party of a title hands on exactly what was attached.

    Raises:
        Refused: NOT_A_PARTY, RECIPIENT_NOT_LICENSED, COMMITMENT_MISMATCH, ...
    """
    with told("SHARE", standing_of(title), "a party of the title"):
        if actor.party_id not in title.parties:
            raise Refused(
                403,
                Code.NOT_A_PARTY,
                "only a party of the title may share what is attached to it",
                {"titleId": title.title_id},
            )
        require_licensed_recipient(recipient)
        if description.commitment != attached.commitment:
            raise _mismatch("this description is not the one the title's documents commit to; send it as it was lodged")
        require_acceptable(description, content)


def known_attachment(attached: Attached | None, attachment_id: OpaqueId) -> Attached:
    """Return an attachment that was asked for by its id.

    Raises:
        Refused: UNKNOWN_ATTACHMENT.
    """
    if attached is None:
        raise Refused(
            404,
            Code.UNKNOWN_ATTACHMENT,
            "the title has no attachment with this id; ask what is attached to it",
            {"attachmentId": attachment_id},
        )
    return attached


def require_given(reader: PartyRecord, attachment_id: OpaqueId, *, given: bool) -> None:
    """Let an attachment be read by who attached it and whom it was shared with.

    Raises:
        Refused: NOT_A_PARTY.
    """
    if not given:
        raise Refused(
            403,
            Code.NOT_A_PARTY,
            f"this attachment was not shared with {reader.party_id!r}; a party of the title that has it can share it",
            {"attachmentId": attachment_id},
        )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _mismatch(message: str) -> Refused:
    return Refused(422, Code.COMMITMENT_MISMATCH, message)
