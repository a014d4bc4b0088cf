"""What belongs to a title beside its transport document: attached, handed on, read, and never public."""

import base64
from hashlib import sha256

import pytest

from tests.support.memory_ledger import NotEndorsed
from tests.support.memory_state import PUBLIC
from tests.support.trade import (
    ATTACHMENT,
    BANK,
    CARRIER,
    EXPORTER,
    HK,
    HK_AUTHORITY,
    IMPORTER,
    PDF,
    SALT,
    SH,
    TITLE,
    Trade,
    refused,
)
from tradelane.chaincode.state import keys
from tradelane.model.attachment import LARGE_FROM_BYTES, AttachmentKind, Description
from tradelane.rules.refusal import Code

LARGE = LARGE_FROM_BYTES


async def test_an_attachment_is_public_as_a_commitment_only(issued: Trade) -> None:
    description = issued.described()
    documents = await issued.attach(EXPORTER)
    (attached,) = documents.attached
    assert (attached.attached_by.party_id, attached.title_sequence) == (EXPORTER, 1)
    assert attached.commitment == sha256(description.to_json()).hexdigest()
    state = issued.ledger.state
    public = b"".join(
        collection.encode() + slot.value + (key.encode() if collection == PUBLIC else b"")
        for (collection, key), slot in state.slots.items()
    )
    assert attached.commitment.encode() in public
    for secret in (PDF, b"invoice", b"application/pdf", description.checksum.encode(), SALT.hex().encode()):
        assert secret not in public
    held = [values for (collection, _), values in state.private[HK].items() if collection.startswith("_implicit")]
    assert not any(PDF in value for values in held for value in values)


async def test_it_is_handed_on_and_read_by_whom_it_was_given_to(issued: Trade) -> None:
    await issued.attach(EXPORTER)
    await issued.share_attachment(EXPORTER, BANK)
    given = await issued.attachment(BANK)
    assert base64.b64decode(given.content or "") == PDF
    assert given.description == issued.described()
    with pytest.raises(NotEndorsed) as error:
        await issued.attachment(IMPORTER)
    assert refused(error.value)[0] is Code.NOT_A_PARTY


async def test_parties_see_how_many_there_are_and_only_who_has_one_its_name(issued: Trade) -> None:
    await issued.attach(EXPORTER)
    (own,), (others,) = await issued.attached(EXPORTER, CARRIER), await issued.attached(CARRIER)
    assert (own.description, own.recipient_has_it) == (issued.described(), False)
    assert (others.attached, others.description) == (own.attached, None)
    await issued.share_attachment(EXPORTER, CARRIER)
    assert [view.recipient_has_it for view in await issued.attached(EXPORTER, CARRIER)] == [True]
    assert [view.description for view in await issued.attached(CARRIER)] == [issued.described()]
    with pytest.raises(NotEndorsed) as error:
        await issued.attached(IMPORTER)
    assert refused(error.value)[0] is Code.NOT_A_PARTY
    assert [view.description for view in await issued.attached(HK_AUTHORITY)] == [None]


async def test_an_earlier_holder_does_not_get_what_a_later_one_adds(issued: Trade) -> None:
    await issued.share(EXPORTER, BANK)
    await issued.act(EXPORTER, "transfer", recipient=BANK)
    await issued.attach(BANK)
    for party in (EXPORTER, CARRIER):
        assert [view.description for view in await issued.attached(party)] == [None]
    with pytest.raises(NotEndorsed):
        await issued.attachment(EXPORTER)


async def test_each_document_stands_with_the_version_of_the_title_it_came_at(issued: Trade) -> None:
    await issued.attach(CARRIER, issued.described(attachment_id="1" * 32, kind=AttachmentKind.VISUALISATION))
    await issued.act(EXPORTER, "sign")
    documents = await issued.attach(EXPORTER)
    assert [(each.kind, each.title_sequence) for each in documents.attached] == [
        (AttachmentKind.VISUALISATION, 1),
        (AttachmentKind.SUPPORTING, 2),
    ]


async def test_of_a_large_file_the_channel_keeps_only_what_is_said_of_it(issued: Trade) -> None:
    content = b"%PDF-" + bytes(LARGE)
    description = issued.described(content)
    await issued.attach(EXPORTER, description, None)
    await issued.share_attachment(EXPORTER, BANK, description, None)
    given = await issued.attachment(BANK)
    assert (given.description, given.content) == (description, None)
    with pytest.raises(NotEndorsed) as error:
        await issued.lodge_attachment(EXPORTER, issued.described(content, "b" * 32), content)
    assert refused(error.value)[0] is Code.COMMITMENT_MISMATCH


async def test_the_largest_file_that_travels_in_the_channel(issued: Trade) -> None:
    content = b"%PDF-".ljust(LARGE - 1, b"\0")
    await issued.attach(EXPORTER, issued.described(content), content)
    assert base64.b64decode((await issued.attachment(EXPORTER)).content or "") == content


@pytest.mark.parametrize("alone", [HK, SH])
async def test_one_jurisdiction_alone_attaches_nothing(issued: Trade, alone: str) -> None:
    description = issued.described()
    await issued.lodge_attachment(EXPORTER, description)
    body = {
        "titleId": TITLE,
        "attachmentId": ATTACHMENT,
        "kind": "SUPPORTING",
        "commitment": description.commitment,
    }
    transaction = await issued.endorse(EXPORTER, "document:attach", body, endorsing=[alone])
    assert issued.ledger.commit([transaction])[0].code == "ENDORSEMENT_POLICY_FAILURE"


async def test_lodging_in_another_organisation_is_invalid(issued: Trade) -> None:
    description = issued.described()
    transaction = await issued.endorse(
        EXPORTER,
        "document:lodgeAttachment",
        {"titleId": TITLE, "attachmentId": ATTACHMENT},
        {"description": description.to_json(), "content": PDF},
        endorsing=[HK],
    )
    assert not issued.ledger.commit([transaction])[0].valid


async def test_two_attachments_in_one_block_are_both_counted(issued: Trade) -> None:
    """The second is found to have read an older list; tried again, it stands behind the first."""
    descriptions = [issued.described(attachment_id=digit * 32) for digit in "12"]
    transactions = []
    for description in descriptions:
        await issued.lodge_attachment(EXPORTER, description)
        body = {
            "titleId": TITLE,
            "attachmentId": description.attachment_id,
            "kind": "SUPPORTING",
            "commitment": description.commitment,
        }
        transactions.append(await issued.endorse(EXPORTER, "document:attach", body))
    assert [outcome.code for outcome in issued.ledger.commit(transactions)] == ["VALID", "MVCC_READ_CONFLICT"]
    documents = await issued.attach_lodged(EXPORTER, descriptions[1])
    assert [each.attachment_id for each in documents.attached] == ["1" * 32, "2" * 32]


async def test_who_hands_an_attachment_on_cannot_change_what_was_said_of_it(issued: Trade) -> None:
    await issued.attach(EXPORTER)
    with pytest.raises(NotEndorsed) as error:
        await issued.share_attachment(EXPORTER, BANK, issued.described(name="another name.pdf"))
    assert refused(error.value)[0] is Code.COMMITMENT_MISMATCH
    assert keys.attachment_content(HK, TITLE, ATTACHMENT) not in issued.ledger.state.private[HK]


async def test_who_lodged_a_file_finds_out_what_was_said_of_it(issued: Trade) -> None:
    await issued.lodge_attachment(EXPORTER, issued.described())
    body = {"titleId": TITLE, "attachmentId": ATTACHMENT, "kind": "SUPPORTING"}
    found = await issued.evaluate(EXPORTER, "document:lodgedAttachment", body)
    assert Description.from_json(found) == issued.described()
    for party, question in ((CARRIER, body), (EXPORTER, {**body, "attachmentId": "b" * 32})):
        with pytest.raises(NotEndorsed) as error:
            await issued.evaluate(party, "document:lodgedAttachment", question)
        assert refused(error.value)[0] is Code.NOT_A_PARTY
