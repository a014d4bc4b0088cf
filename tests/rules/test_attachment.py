"""Which files are taken for a title, and of whom."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.support.titles import BANK, CARRIER, EXPORTER, SH, STRANGER, SUCCESSOR, UNLICENSED, frozen, party, title
from tests.support.trade import ATTACHMENT, PDF, TITLE, Trade
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
from tradelane.model.party import PartyRecord, PartyRef, PartyRole
from tradelane.model.title import TitleStatus
from tradelane.rules import attachment as rules
from tradelane.rules.refusal import Code, Refused

NOW = "2026-03-02T00:00:00.000Z"
EMPTY = DocumentSet(title_id=TITLE)
described = Trade().described


def attached(number: int, kind: AttachmentKind = AttachmentKind.SUPPORTING) -> Attached:
    return Attached(
        attachment_id=f"{number:032x}",
        kind=kind,
        commitment="0" * 64,
        attached_by=PartyRef(party_id=EXPORTER.party_id, msp_id=EXPORTER.msp_id),
        title_sequence=1,
        attached_at=NOW,
    )


def asked(description: Description) -> AttachRequest:
    return AttachRequest(
        title_id=TITLE,
        attachment_id=description.attachment_id,
        kind=description.kind,
        commitment=description.commitment,
    )


def attach(actor: PartyRecord, kind: AttachmentKind, present: DocumentSet = EMPTY) -> DocumentSet:
    description = described(kind=kind)
    digest = sha256(description.to_json()).digest()
    return rules.attach(title(), actor, asked(description), present, digest, NOW)


@pytest.mark.parametrize(
    ("actor", "kind", "code"),
    [
        (CARRIER, AttachmentKind.VISUALISATION, None),
        (CARRIER, AttachmentKind.ISSUANCE_MANIFEST, None),
        (CARRIER, AttachmentKind.SUPPORTING, None),
        (EXPORTER, AttachmentKind.SUPPORTING, None),
        (EXPORTER, AttachmentKind.VISUALISATION, Code.NOT_ISSUER),
        (EXPORTER, AttachmentKind.ISSUANCE_MANIFEST, Code.NOT_ISSUER),
        (BANK, AttachmentKind.SUPPORTING, Code.NOT_IN_CONTROL),
        (STRANGER, AttachmentKind.SUPPORTING, Code.NOT_IN_CONTROL),
        (UNLICENSED, AttachmentKind.SUPPORTING, Code.NOT_LICENSED),
    ],
)
def test_who_attaches_what(actor: PartyRecord, kind: AttachmentKind, code: Code | None) -> None:
    if code is None:
        assert attach(actor, kind).count(kind) == 1
        return
    with pytest.raises(Refused) as refused:
        attach(actor, kind)
    assert refused.value.code is code


def test_each_member_of_the_joint_party_in_control_adds() -> None:
    both = party("both", SH, PartyRole.TRADER).model_copy(update={"members": ("exporter", "successor"), "lei": None})
    held, elsewhere = title(possessor=both.ref), title(possessor=BANK.ref)
    for member in (EXPORTER, SUCCESSOR):
        rules.require_attachable(held, member, AttachmentKind.SUPPORTING, ATTACHMENT, EMPTY, holder=both)
        assert rules.reader_of(member, both) == "both"
    for record, actor, holder in ((held, STRANGER, both), (elsewhere, EXPORTER, both), (held, EXPORTER, None)):
        with pytest.raises(Refused) as refused:
            rules.require_attachable(record, actor, AttachmentKind.SUPPORTING, ATTACHMENT, EMPTY, holder=holder)
        assert refused.value.code is Code.NOT_IN_CONTROL
    assert rules.reader_of(CARRIER, both) == CARRIER.party_id
    assert rules.reader_of(EXPORTER, None) == EXPORTER.party_id


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        (AttachmentKind.SUPPORTING, MAX_SUPPORTING),
        (AttachmentKind.VISUALISATION, 1),
        (AttachmentKind.ISSUANCE_MANIFEST, 1),
    ],
)
def test_the_bound_is_inclusive_and_of_each_kind_alone(kind: AttachmentKind, most: int) -> None:
    others = [attached(1000 + place, other) for place, other in enumerate(AttachmentKind) if other is not kind]
    present = EMPTY.model_copy(update={"attached": (*others, *(attached(number, kind) for number in range(most - 1)))})
    full = attach(CARRIER, kind, present)
    assert full.count(kind) == most
    again = full.model_copy(update={"attached": (*others, *(attached(number, kind) for number in range(most)))})
    with pytest.raises(Refused) as refused:
        attach(CARRIER, kind, again)
    assert refused.value.code is Code.TOO_MANY_DOCUMENTS
    assert str(most) in refused.value.message


@pytest.mark.parametrize("status", [TitleStatus.VOIDED, TitleStatus.SURRENDERED_FOR_AMENDMENT])
def test_nothing_is_added_to_what_has_ended_but_to_what_may_come_back(status: TitleStatus) -> None:
    changed = title(status=status)
    if status is not TitleStatus.VOIDED:
        rules.require_attachable(changed, CARRIER, AttachmentKind.SUPPORTING, ATTACHMENT, EMPTY)
        return
    with pytest.raises(Refused) as refused:
        rules.require_attachable(changed, CARRIER, AttachmentKind.SUPPORTING, ATTACHMENT, EMPTY)
    assert (refused.value.code, "VOIDED" in refused.value.message) == (Code.WRONG_STATE, True)


def test_a_courts_stop_stops_attachments_too() -> None:
    for actor in (CARRIER, EXPORTER):
        with pytest.raises(Refused) as refused:
            rules.require_attachable(frozen(), actor, AttachmentKind.SUPPORTING, ATTACHMENT, EMPTY)
        assert refused.value.code is Code.WRONG_STATE


def test_a_commitment_nobody_lodged() -> None:
    for digest in (None, bytes(32)):
        with pytest.raises(Refused) as refused:
            rules.attach(title(), EXPORTER, asked(described()), EMPTY, digest, NOW)
        assert refused.value.code is Code.NOT_LODGED


@pytest.mark.parametrize(
    ("description", "content", "code"),
    [
        (described(), PDF, None),
        (described(), PDF + b"!", Code.COMMITMENT_MISMATCH),
        (described(), None, Code.COMMITMENT_MISMATCH),
        (described(b"%PDF-other"), PDF, Code.COMMITMENT_MISMATCH),
        (described(b""), b"", Code.EMPTY_DOCUMENT),
        (described(size=MAX_FILE_BYTES), None, None),
        (described(size=MAX_FILE_BYTES), PDF, Code.COMMITMENT_MISMATCH),
        (described(size=MAX_FILE_BYTES + 1), None, Code.DOCUMENT_TOO_LARGE),
        (described(media_type="image/jpeg"), PDF, Code.WRONG_MEDIA_TYPE),
        (described(media_type="text/plain"), PDF, None),
    ],
)
def test_which_files_are_taken(description: Description, content: bytes | None, code: Code | None) -> None:
    if code is None:
        rules.require_acceptable(description, content)
        return
    with pytest.raises(Refused) as refused:
        rules.require_acceptable(description, content)
    assert refused.value.code is code


@pytest.mark.parametrize("name", ["", " x", "x ", "a/b", "..\\x", "a\nb", "a\0", "\x7f", "x" * 256])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(ValidationError):
        described(name=name)


@pytest.mark.parametrize("media_type", ["pdf", "Application/PDF", "text/plain; charset=utf-8", "a/b/c", "/", "a/"])
def test_media_types_that_are_none(media_type: str) -> None:
    with pytest.raises(ValidationError):
        described(media_type=media_type)


@given(st.binary(max_size=64), st.sampled_from(["application/pdf", "image/png", "image/tiff", "application/zip"]))
def test_a_beginning_that_fits_one_known_type_fits_no_other(head: bytes, media_type: str) -> None:
    types = ("application/pdf", "image/png", "image/tiff", "image/gif", "image/jpeg", "application/zip")
    assert sum(begins_like(each, head) for each in types) <= 1
    assert begins_like("text/plain", head)
    assert not begins_like(media_type, b"")


@given(st.binary(min_size=1, max_size=200), st.binary(min_size=1, max_size=200))
def test_a_commitment_is_of_one_file_only(one: bytes, other: bytes) -> None:
    same = described(one).commitment == described(other).commitment
    assert same == (one == other)
    assert described(one).commitment != described(one, salt="00" * 32).commitment


def test_an_attachment_is_kept_under_its_kind() -> None:
    assert attach(CARRIER, AttachmentKind.VISUALISATION).find(ATTACHMENT) is not None
