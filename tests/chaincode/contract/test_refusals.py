"""Every refusal code is reached through the contracts, with its status and a sentence."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from tests.support.crossing import BACK_BY, LEFT_BY, admit_operator, come_back, leave
from tests.support.identities import admin_identity, make_identity, party_identity
from tests.support.memory_ledger import MemoryLedger, NotEndorsed
from tests.support.trade import (
    ATTACHMENT,
    BANK,
    CARRIER,
    DOCUMENT,
    EXPORTER,
    HK,
    HK_AUTHORITY,
    HK_OUTSIDER,
    IMPORTER,
    PARTIES,
    PDF,
    SALT,
    SH,
    SH_AUTHORITY,
    SH_OUTSIDER,
    TITLE,
    Trade,
    changed,
    example_document,
    refused,
)
from tradelane.model.attachment import MAX_FILE_BYTES, AttachmentKind
from tradelane.rules.refusal import Code

Attempt = Callable[[Trade], Awaitable[object]]
ATTEMPTS: list[tuple[Code, int, Attempt]] = []
OTHER = "ee" * 16
LEI_TO_SPARE = "529900T8BM49AURSDO55"


def attempt(code: Code, status: int) -> Callable[[Attempt], Attempt]:
    """Declare an act on the issued example title that is refused."""

    def declare(act: Attempt) -> Attempt:
        ATTEMPTS.append((code, status, act))
        return act

    return declare


def admit_request(**changes: Any) -> tuple[dict[str, Any], dict[str, bytes]]:
    request = {"partyId": "newcomer", "lei": LEI_TO_SPARE, "roles": ["TRADER"], **changes}
    return request, {"name": b"Newcomer Limited", "salt": SALT}


async def admit(trade: Trade, msp_id: str = HK, **changes: Any) -> object:
    request, transient = admit_request(**changes)
    return await trade.submit(admin_identity(msp_id), "party:admit", request, transient)


async def add_unlicensed_bank(trade: Trade) -> None:
    await admit(trade, partyId="new-bank", roles=["BANK"])


async def issue_with(trade: Trade, who: str = CARRIER, **changes: Any) -> object:
    """Lodge and try to issue over facts that were changed afterwards."""
    await trade.lodge(changed(example_document(), transportDocumentReference="SECOND"), OTHER)
    facts = {**json.loads((await trade.lodgement(OTHER)).to_json()), **changes}
    return await trade.submit(who, "ebl:issue", {"titleId": OTHER, "lodgement": facts, "issueTo": EXPORTER})


async def lodge_and_issue(trade: Trade, document: Mapping[str, Any]) -> object:
    await trade.lodge(changed(document, transportDocumentReference="SECOND"), OTHER)
    return await trade.issue(title_id=OTHER, document_id=OTHER)


@attempt(Code.INVALID_REQUEST, 400)
async def broken_json(trade: Trade) -> object:
    return await trade.submit(EXPORTER, "ebl:transfer", b"{")


@attempt(Code.INVALID_REQUEST, 400)
async def another_act_through_endorse(trade: Trade) -> object:
    return await trade.act(EXPORTER, "endorse", actionCode="TRANSFER", recipient=BANK)


@attempt(Code.INVALID_DOCUMENT, 400)
async def a_document_that_breaks_a_rule(trade: Trade) -> object:
    return await trade.lodge(changed(example_document(), isToOrder=False), OTHER)


@attempt(Code.UNKNOWN_FUNCTION, 400)
async def unknown_function(trade: Trade) -> object:
    return await trade.act(EXPORTER, "transmit", recipient=BANK)


@attempt(Code.NOT_IDENTIFIED, 403)
async def a_certificate_without_party(trade: Trade) -> object:
    return await trade.submit(make_identity(SH), "ebl:transfer", {"titleId": TITLE, "recipient": BANK})


@attempt(Code.NOT_IDENTIFIED, 403)
async def an_administrator_has_no_party(trade: Trade) -> object:
    return await trade.submit(admin_identity(SH), "ebl:transfer", {"titleId": TITLE, "recipient": BANK})


@attempt(Code.NOT_ADMIN, 403)
async def admission_by_a_signer(trade: Trade) -> object:
    request, transient = admit_request()
    return await trade.submit(EXPORTER, "party:admit", request, transient)


@attempt(Code.NOT_ADMIN, 403)
async def registration_by_a_signer(trade: Trade) -> object:
    return await trade.submit(EXPORTER, "organisation:register")


@attempt(Code.NOT_SIGNER, 403)
async def a_viewer_acts(trade: Trade) -> object:
    viewer = party_identity(SH, EXPORTER, "viewer")
    return await trade.submit(viewer, "ebl:transfer", {"titleId": TITLE, "recipient": BANK})


@attempt(Code.NOT_SIGNER, 403)
async def an_unknown_role_acts(trade: Trade) -> object:
    return await trade.submit(party_identity(SH, EXPORTER, "owner"), "ebl:surrender", {"titleId": TITLE})


@attempt(Code.NOT_AUTHORITY, 403)
async def a_licence_by_a_trader(trade: Trade) -> object:
    return await trade.submit(HK_OUTSIDER, "party:licence", {"partyId": BANK, "role": "BANK"})


@attempt(Code.NOT_CARRIER, 403)
async def a_trader_issues_over_its_own_document(trade: Trade) -> object:
    await trade.lodge(None, OTHER, who=SH_OUTSIDER)
    return await trade.issue(title_id=OTHER, document_id=OTHER, who=SH_OUTSIDER)


@attempt(Code.NOT_LICENSED, 403)
async def an_unlicensed_bank_lodges(trade: Trade) -> object:
    await add_unlicensed_bank(trade)
    return await trade.lodge(None, OTHER, who=party_identity(HK, "new-bank"))


@attempt(Code.NOT_LICENSED, 403)
async def an_unlicensed_bank_transfers(trade: Trade) -> object:
    await add_unlicensed_bank(trade)
    request = {"titleId": TITLE, "recipient": BANK}
    return await trade.submit(party_identity(HK, "new-bank"), "ebl:transfer", request)


@attempt(Code.NOT_IN_CONTROL, 403)
async def a_stranger_transfers(trade: Trade) -> object:
    return await trade.act(SH_OUTSIDER, "transfer", recipient=BANK)


@attempt(Code.NOT_ENDORSEE, 403)
async def a_holder_without_title_endorses(trade: Trade) -> object:
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    return await trade.act(BANK, "endorse", actionCode="ENDORSE", recipient=IMPORTER)


@attempt(Code.NOT_ISSUER, 403)
async def the_exporter_accepts(trade: Trade) -> object:
    await trade.act(EXPORTER, "surrender")
    return await trade.act(EXPORTER, "accept")


@attempt(Code.NOT_TITLEHOLDER, 403)
async def a_holder_without_title_surrenders(trade: Trade) -> object:
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    return await trade.act(BANK, "surrender")


@attempt(Code.NOT_A_PARTY, 403)
async def a_stranger_looks(trade: Trade) -> object:
    return await trade.show(SH_OUTSIDER)


@attempt(Code.NOT_A_PARTY, 403)
async def a_stranger_reads_the_document(trade: Trade) -> object:
    return await trade.evaluate(SH_OUTSIDER, "document:read", {"documentId": DOCUMENT})


@attempt(Code.NOT_A_PARTY, 403)
async def a_stranger_shares(trade: Trade) -> object:
    return await trade.share(SH_OUTSIDER, SH_OUTSIDER)


@attempt(Code.NOT_OWNER, 403)
async def issue_over_somebody_elses_document(trade: Trade) -> object:
    return await issue_with(trade, owner=SH_OUTSIDER)


@attempt(Code.NOT_OWNER, 403)
async def a_stranger_asks_for_the_facts(trade: Trade) -> object:
    return await trade.lodgement(who=SH_OUTSIDER)


@attempt(Code.FOREIGN_ORGANISATION, 403)
async def a_user_of_another_organisation_acts(trade: Trade) -> object:
    return await trade.submit(party_identity(HK, EXPORTER), "ebl:surrender", {"titleId": TITLE})


@attempt(Code.FOREIGN_ORGANISATION, 403)
async def an_authority_licenses_abroad(trade: Trade) -> object:
    return await trade.submit(HK_AUTHORITY, "party:licence", {"partyId": CARRIER, "role": "BANK"})


@attempt(Code.UNKNOWN_PARTY, 404)
async def a_transfer_to_nobody_known(trade: Trade) -> object:
    return await trade.act(EXPORTER, "transfer", recipient="nobody")


@attempt(Code.UNKNOWN_PARTY, 404)
async def a_party_that_was_not_admitted(trade: Trade) -> object:
    return await trade.submit(party_identity(SH, "nobody"), "ebl:surrender", {"titleId": TITLE})


@attempt(Code.UNKNOWN_PARTY, 404)
async def a_document_that_names_nobody_known(trade: Trade) -> object:
    document = changed(example_document(), transportDocumentReference="SECOND")
    document["documentParties"]["endorsee"]["identifyingCodes"][0]["partyCode"] = LEI_TO_SPARE
    return await trade.lodge(document, OTHER)


@attempt(Code.UNKNOWN_PARTY, 404)
async def nobody_has_this_identifier(trade: Trade) -> object:
    return await trade.evaluate(EXPORTER, "party:find", {"lei": LEI_TO_SPARE})


@attempt(Code.UNKNOWN_TITLE, 404)
async def no_such_title(trade: Trade) -> object:
    return await trade.act(EXPORTER, "surrender", OTHER)


@attempt(Code.UNKNOWN_DOCUMENT, 404)
async def the_document_was_not_shared(trade: Trade) -> object:
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    return await trade.evaluate(BANK, "document:read", {"documentId": DOCUMENT})


@attempt(Code.UNKNOWN_DOCUMENT, 404)
async def no_such_document(trade: Trade) -> object:
    return await trade.evaluate(BANK, "document:read", {"documentId": OTHER})


@attempt(Code.NOT_AT_THIS_PEER, 409)
async def the_document_is_asked_for_at_another_organisations_peer(trade: Trade) -> object:
    return await trade.evaluate(EXPORTER, "document:read", {"documentId": DOCUMENT}, at=HK)


@attempt(Code.SEVERAL_DOCUMENTS, 409)
async def one_of_two_documents_of_one_id(trade: Trade) -> object:
    await admit(trade, partyId="rival", roles=["CARRIER"])
    rival = party_identity(HK, "rival")
    await trade.lodge(who=rival)
    facts = json.loads(await trade.evaluate(rival, "document:lodgement", {"documentId": DOCUMENT}))
    await trade.submit(rival, "ebl:issue", {"titleId": OTHER, "lodgement": facts, "issueTo": EXPORTER})
    return await trade.evaluate(EXPORTER, "document:read", {"documentId": DOCUMENT})


@attempt(Code.WRONG_STATE, 409)
async def a_surrendered_title_is_transferred(trade: Trade) -> object:
    await trade.act(EXPORTER, "surrender")
    return await trade.act(EXPORTER, "transfer", recipient=BANK)


@attempt(Code.PARTY_EXISTS, 409)
async def a_taken_party_id(trade: Trade) -> object:
    return await admit(trade, partyId=BANK)


@attempt(Code.LEI_EXISTS, 409)
async def a_taken_identifier(trade: Trade) -> object:
    return await admit(trade, lei=PARTIES[BANK]["lei"])


@attempt(Code.TITLE_EXISTS, 409)
async def a_taken_title_id(trade: Trade) -> object:
    await trade.lodge(changed(example_document(), transportDocumentReference="SECOND"), OTHER)
    return await trade.issue(document_id=OTHER)


@attempt(Code.TITLE_EXISTS, 409)
async def a_second_title_over_one_document(trade: Trade) -> object:
    return await trade.issue(title_id=OTHER)


@attempt(Code.DOCUMENT_EXISTS, 409)
async def a_taken_document_id(trade: Trade) -> object:
    return await trade.lodge(changed(example_document(), transportDocumentReference="SECOND"))


@attempt(Code.DUPLICATE_REFERENCE, 409)
async def a_reference_used_again(trade: Trade) -> object:
    return await trade.lodge(None, OTHER)


@attempt(Code.ALREADY_LICENSED, 409)
async def a_second_licence(trade: Trade) -> object:
    return await trade.submit(HK_AUTHORITY, "party:licence", {"partyId": BANK, "role": "BANK"})


@attempt(Code.ORGANISATION_EXISTS, 409)
async def a_second_registration(trade: Trade) -> object:
    return await trade.submit(admin_identity(HK), "organisation:register")


@attempt(Code.ORGANISATION_EXISTS, 409)
async def a_second_preparation(trade: Trade) -> object:
    transient = {"referenceKey": bytes(32)}
    return await trade.submit(admin_identity(HK), "organisation:prepare", transient=transient, endorsing=[HK])


@attempt(Code.NOT_NEGOTIABLE, 422)
async def a_straight_bill_is_endorsed(trade: Trade) -> object:
    await lodge_and_issue(trade, example_document("straight"))
    return await trade.act(EXPORTER, "endorse", OTHER, actionCode="ENDORSE", recipient=BANK)


@attempt(Code.ENDORSEE_MAY_NOT_ENDORSE, 422)
async def an_endorsee_by_name_endorses_on(trade: Trade) -> object:
    await trade.act(EXPORTER, "endorse", actionCode="ENDORSE", recipient=BANK)
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    return await trade.act(BANK, "endorse", actionCode="ENDORSE", recipient=IMPORTER)


@attempt(Code.RECIPIENT_REQUIRED, 422)
async def an_endorsement_to_nobody(trade: Trade) -> object:
    return await trade.act(EXPORTER, "endorse", actionCode="ENDORSE")


@attempt(Code.RECIPIENT_NOT_ALLOWED, 422)
async def a_blank_endorsement_to_somebody(trade: Trade) -> object:
    return await trade.act(EXPORTER, "endorse", actionCode="BLANK_ENDORSE", recipient=BANK)


@attempt(Code.SAME_PARTY, 422)
async def a_transfer_to_oneself(trade: Trade) -> object:
    return await trade.act(EXPORTER, "transfer", recipient=EXPORTER)


@attempt(Code.RECIPIENT_NOT_LICENSED, 422)
async def a_transfer_to_an_unlicensed_bank(trade: Trade) -> object:
    await add_unlicensed_bank(trade)
    return await trade.act(EXPORTER, "transfer", recipient="new-bank")


@attempt(Code.ROLE_NOT_REGULATED, 422)
async def a_licence_to_trade(trade: Trade) -> object:
    return await trade.submit(HK_AUTHORITY, "party:licence", {"partyId": IMPORTER, "role": "TRADER"})


@attempt(Code.ROLE_NOT_HELD, 422)
async def a_licence_for_a_role_not_held(trade: Trade) -> object:
    return await trade.submit(HK_AUTHORITY, "party:licence", {"partyId": IMPORTER, "role": "BANK"})


@attempt(Code.NOT_A_TITLE_DOCUMENT, 422)
async def a_draft_becomes_a_title(trade: Trade) -> object:
    return await lodge_and_issue(trade, changed(example_document(), transportDocumentStatus="DRAFT"))


@attempt(Code.NOT_LODGED, 422)
async def issue_over_other_facts_than_lodged(trade: Trade) -> object:
    return await issue_with(trade, endorsee=BANK)


@attempt(Code.COMMITMENT_MISMATCH, 422)
async def another_document_is_shared(trade: Trade) -> object:
    return await trade.share(EXPORTER, BANK, document=changed(example_document(), carrierCode="ELSE"))


@attempt(Code.COMMITMENT_MISMATCH, 422)
async def the_document_is_shared_with_another_salt(trade: Trade) -> object:
    return await trade.share(EXPORTER, BANK, salt=bytes(32))


@attempt(Code.REASON_REQUIRED, 422)
async def a_rejection_without_reason(trade: Trade) -> object:
    await trade.act(EXPORTER, "surrender")
    return await trade.reject(CARRIER, " ")


# The full life of a title

ORDER = "order 1 of 3 March 2026"


async def amendable(trade: Trade) -> None:
    await trade.act(EXPORTER, "surrenderForAmendment")
    await trade.act(CARRIER, "accept")


def renamed(reference: str) -> dict[str, Any]:
    return changed(example_document(), transportDocumentReference=reference)


@attempt(Code.STALE_TITLE, 409)
async def an_act_on_a_version_that_is_gone(trade: Trade) -> object:
    await trade.act(EXPORTER, "sign")
    return await trade.act(EXPORTER, "transfer", recipient=BANK, expectedSequence=1)


@attempt(Code.NOTHING_TO_REFUSE, 409)
async def a_refusal_after_an_own_act(trade: Trade) -> object:
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    await trade.act(BANK, "sign")
    return await trade.act(BANK, "refuse", reason="not ours")


@attempt(Code.TOO_LATE_TO_REFUSE, 409)
async def a_refusal_after_the_senders_limit(trade: Trade) -> object:
    until = trade.ledger.later(seconds=3)
    await trade.act(EXPORTER, "transfer", recipient=BANK, refusableUntil=until)
    for _ in range(3):  # each proposal is a second later
        await trade.evaluate(EXPORTER, "ebl:show", {"titleId": TITLE})
    return await trade.act(BANK, "refuse", reason="not ours")


@attempt(Code.LIMIT_PASSED, 422)
async def a_limit_in_the_past(trade: Trade) -> object:
    return await trade.act(EXPORTER, "transfer", recipient=BANK, refusableUntil="2020-01-01T00:00:00.000Z")


@attempt(Code.NOT_PLEDGEE, 403)
async def a_release_by_the_pledgor(trade: Trade) -> object:
    await trade.act(EXPORTER, "pledge", recipient=BANK)
    return await trade.act(EXPORTER, "release")


@attempt(Code.WRONG_STATE, 409)
async def a_second_pledge(trade: Trade) -> object:
    await trade.act(EXPORTER, "pledge", recipient=BANK)
    return await trade.act(EXPORTER, "pledge", recipient=BANK)


@attempt(Code.NOT_A_BANK, 422)
async def a_pledge_to_a_trader(trade: Trade) -> object:
    return await trade.act(EXPORTER, "pledge", recipient=IMPORTER)


@attempt(Code.NOT_A_TITLE, 422)
async def a_transfer_of_a_waybill(trade: Trade) -> object:
    waybill = changed(example_document("straight"), transportDocumentTypeCode="SWB", transportDocumentReference="SWB1")
    await trade.lodge(waybill, OTHER)
    await trade.issue(title_id=OTHER, document_id=OTHER)
    return await trade.act(EXPORTER, "transfer", OTHER, recipient=BANK)


@attempt(Code.SURRENDER_FIRST, 422)
async def a_delivery_without_surrender(trade: Trade) -> object:
    return await trade.act(CARRIER, "accomplish", reason="delivery order 17")


@attempt(Code.NOTHING_TO_RECOVER, 422)
async def a_recovery_from_a_party_that_has_nothing(trade: Trade) -> object:
    return await trade.act(SH_AUTHORITY, "recover", subject=SH_OUTSIDER, recipient=EXPORTER, reason=ORDER)


@attempt(Code.FOREIGN_ORGANISATION, 403)
async def a_recovery_into_another_jurisdiction(trade: Trade) -> object:
    return await trade.act(SH_AUTHORITY, "recover", subject=EXPORTER, recipient=IMPORTER, reason=ORDER)


@attempt(Code.LAW_NOT_IN_FORCE, 422)
async def a_title_under_a_law_of_the_future(trade: Trade) -> object:
    await trade.lodge(renamed("SECOND"), OTHER)
    facts = json.loads((await trade.lodgement(OTHER)).to_json())
    body = {"titleId": OTHER, "lodgement": facts, "issueTo": EXPORTER, "governingLaw": "CN_MARITIME_CODE"}
    return await trade.submit(CARRIER, "ebl:issue", body)


@attempt(Code.NOT_UNDER_THIS_LAW, 422)
async def a_paper_replaced_under_a_contract(trade: Trade) -> object:
    await trade.lodge(renamed("SECOND"), OTHER)
    facts = json.loads((await trade.lodgement(OTHER)).to_json())
    body = {"titleId": OTHER, "lodgement": facts, "issueTo": EXPORTER, "governingLaw": "CONTRACT", "fromPaper": True}
    return await trade.submit(CARRIER, "ebl:issue", body, {"reason": b"bill 4711", "salt": SALT})


@attempt(Code.REASON_REQUIRED, 422)
async def a_paper_replaced_without_naming_it(trade: Trade) -> object:
    await trade.lodge(renamed("SECOND"), OTHER)
    facts = json.loads((await trade.lodgement(OTHER)).to_json())
    body = {"titleId": OTHER, "lodgement": facts, "issueTo": EXPORTER, "fromPaper": True}
    return await trade.submit(CARRIER, "ebl:issue", body)


@attempt(Code.NOT_TO_BE_REPLACED, 422)
async def a_title_replaced_by_itself(trade: Trade) -> object:
    await amendable(trade)
    return await trade.replace(CARRIER, [TITLE, TITLE], {OTHER: renamed("SECOND")})


@attempt(Code.QUANTITIES_DIFFER, 422)
async def a_split_that_doubles_the_cargo(trade: Trade) -> object:
    await amendable(trade)
    return await trade.replace(CARRIER, [TITLE], {OTHER: renamed("SECOND"), "ff" * 16: renamed("THIRD")})


# Documents of a title


@attempt(Code.UNKNOWN_ATTACHMENT, 404)
async def no_such_attachment(trade: Trade) -> object:
    return await trade.attachment(EXPORTER)


@attempt(Code.ATTACHMENT_EXISTS, 409)
async def an_attachment_id_lodged_before(trade: Trade) -> object:
    await trade.lodge_attachment(EXPORTER, trade.described())
    return await trade.lodge_attachment(EXPORTER, trade.described())


@attempt(Code.ATTACHMENT_EXISTS, 409)
async def an_attachment_id_attached_before(trade: Trade) -> object:
    await trade.attach(EXPORTER)
    return await trade.attach_lodged(EXPORTER, trade.described())


@attempt(Code.TOO_MANY_DOCUMENTS, 422)
async def a_twenty_eighth_supporting_document(trade: Trade) -> object:
    for number in range(27):
        await trade.attach(EXPORTER, trade.described(attachment_id=f"{number:032x}"))
    return await trade.attach(EXPORTER)


@attempt(Code.TOO_MANY_DOCUMENTS, 422)
async def a_second_visualisation(trade: Trade) -> object:
    await trade.attach(CARRIER, trade.described(kind=AttachmentKind.VISUALISATION))
    return await trade.attach(CARRIER, trade.described(attachment_id=OTHER, kind=AttachmentKind.VISUALISATION))


@attempt(Code.EMPTY_DOCUMENT, 422)
async def an_empty_file(trade: Trade) -> object:
    return await trade.attach(EXPORTER, trade.described(b""), None)


@attempt(Code.DOCUMENT_TOO_LARGE, 422)
async def a_file_beyond_the_bound(trade: Trade) -> object:
    return await trade.attach(EXPORTER, trade.described(size=MAX_FILE_BYTES + 1), None)


@attempt(Code.WRONG_MEDIA_TYPE, 422)
async def a_picture_that_is_no_picture(trade: Trade) -> object:
    return await trade.attach(EXPORTER, trade.described(media_type="image/png"))


@attempt(Code.COMMITMENT_MISMATCH, 422)
async def a_file_other_than_described(trade: Trade) -> object:
    return await trade.attach(EXPORTER, trade.described(), b"%PDF-1.7 invoice 18")


@attempt(Code.COMMITMENT_MISMATCH, 422)
async def another_file_is_handed_on(trade: Trade) -> object:
    await trade.attach(EXPORTER)
    other = b"%PDF-1.7 invoice 18"
    return await trade.share_attachment(EXPORTER, BANK, trade.described(other), other)


@attempt(Code.NOT_LODGED, 422)
async def nothing_is_attached(trade: Trade) -> object:
    return await trade.attach_lodged(EXPORTER, trade.described())


@attempt(Code.NOT_LODGED, 422)
async def a_supporting_document_attached_as_a_visualisation(trade: Trade) -> object:
    await trade.lodge_attachment(CARRIER, trade.described())
    return await trade.attach_lodged(CARRIER, trade.described(), kind="VISUALISATION")


@attempt(Code.NOT_ISSUER, 403)
async def the_exporter_adds_a_visualisation(trade: Trade) -> object:
    return await trade.attach(EXPORTER, trade.described(kind=AttachmentKind.VISUALISATION))


@attempt(Code.NOT_IN_CONTROL, 403)
async def a_stranger_adds_a_document(trade: Trade) -> object:
    return await trade.attach(SH_OUTSIDER)


@attempt(Code.WRONG_STATE, 409)
async def a_document_for_a_title_that_has_ended(trade: Trade) -> object:
    await amendable(trade)
    await trade.act(CARRIER, "void")
    return await trade.attach(CARRIER)


@attempt(Code.NOT_A_PARTY, 403)
async def a_stranger_hands_an_attachment_on(trade: Trade) -> object:
    await trade.attach(EXPORTER)
    return await trade.share_attachment(SH_OUTSIDER, SH_OUTSIDER)


@attempt(Code.NOT_A_PARTY, 403)
async def a_party_reads_an_attachment_it_was_not_given(trade: Trade) -> object:
    await trade.attach(EXPORTER)
    return await trade.attachment(CARRIER)


@attempt(Code.INVALID_REQUEST, 400)
async def a_file_name_with_a_folder(trade: Trade) -> object:
    content = json.loads(trade.described().to_json()) | {"name": "../invoice.pdf"}
    body = {"titleId": TITLE, "attachmentId": ATTACHMENT}
    transient = {"description": json.dumps(content).encode(), "content": PDF}
    return await trade.submit(EXPORTER, "document:lodgeAttachment", body, transient, endorsing=[SH])


@attempt(Code.INVALID_REQUEST, 400)
async def a_description_of_another_attachment(trade: Trade) -> object:
    body = {"titleId": TITLE, "attachmentId": OTHER}
    transient = {"description": trade.described().to_json(), "content": PDF}
    return await trade.submit(EXPORTER, "document:lodgeAttachment", body, transient, endorsing=[SH])


# Joint control


@attempt(Code.NOT_JOINABLE, 422)
async def a_joint_party_without_a_role_in_common(trade: Trade) -> object:
    return await trade.join("both", EXPORTER, CARRIER)


@attempt(Code.NOT_A_MEMBER, 403)
async def an_act_for_a_joint_party_of_others(trade: Trade) -> object:
    await trade.join("both", EXPORTER, SH_OUTSIDER)
    return await trade.act(IMPORTER, "sign", jointParty="both")


@attempt(Code.ALREADY_AGREED, 409)
async def the_same_member_twice(trade: Trade) -> object:
    await trade.join("both", EXPORTER, SH_OUTSIDER)
    await trade.act(EXPORTER, "transfer", recipient="both")
    await trade.act(EXPORTER, "transfer", recipient=BANK, jointParty="both")
    return await trade.act(EXPORTER, "transfer", recipient=BANK, jointParty="both")


@attempt(Code.ALREADY_FROZEN, 409)
async def a_second_order_of_the_same_authority(trade: Trade) -> object:
    await trade.act(SH_AUTHORITY, "freeze", reason="order 1")
    return await trade.act(SH_AUTHORITY, "freeze", reason="order 2")


@attempt(Code.NOT_A_PLATFORM, 422)
async def a_way_out_by_nobody_licensed_for_it(trade: Trade) -> object:
    return await leave(trade, operator=BANK)


@attempt(Code.NOT_OPERATOR, 403)
async def a_way_back_by_somebody_else(trade: Trade) -> object:
    await admit_operator(trade)
    await leave(trade)
    return await trade.act(EXPORTER, "import", recipient=BANK, leftBy=LEFT_BY, entry=BACK_BY)


@attempt(Code.CHAIN_BROKEN, 422)
async def a_way_back_by_another_chain(trade: Trade) -> object:
    await admit_operator(trade)
    await leave(trade)
    return await come_back(trade, BANK, leftBy=BACK_BY)


@attempt(Code.CHAIN_BROKEN, 422)
async def a_second_way_out_by_one_entry(trade: Trade) -> object:
    await admit_operator(trade)
    await leave(trade)
    await come_back(trade, BANK)
    return await leave(trade, BANK)


@attempt(Code.NOT_ENDORSEE, 403)
async def an_endorsement_abroad_by_who_was_only_in_possession(trade: Trade) -> object:
    await admit_operator(trade)
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    await leave(trade, BANK)
    return await come_back(trade, BANK, endorsed=True, endorsee=BANK, mayEndorse=True, endorser=BANK)


@pytest.mark.parametrize(("code", "status", "act"), ATTEMPTS, ids=[act.__name__ for _, _, act in ATTEMPTS])
async def test_refused(issued: Trade, code: Code, status: int, act: Attempt) -> None:
    with pytest.raises(NotEndorsed) as error:
        await act(issued)
    found, found_status, message, details = refused(error.value)
    assert (found, found_status) == (code, status), message
    assert len(message) > 20
    assert all(isinstance(value, str) for value in details.values())
    if status != 400:  # there the details are the fields of the request
        assert details.get("function") or details.get("actionCode")
        assert details["by"]
        assert details["accepted"]


# Before anything is set up


async def test_admission_before_the_organisation_is_registered() -> None:
    with pytest.raises(NotEndorsed) as error:
        await Trade().admit(BANK)
    assert refused(error.value)[:2] == (Code.UNKNOWN_ORGANISATION, 404)


async def test_lodging_before_the_organisation_is_prepared() -> None:
    trade = Trade()
    for msp_id in (HK, SH):
        await trade.submit(admin_identity(msp_id), "organisation:register")
    for party_id in (CARRIER, EXPORTER):
        await trade.admit(party_id)
    with pytest.raises(NotEndorsed) as error:
        await trade.lodge()
    assert refused(error.value)[:2] == (Code.NOT_PREPARED, 409)


def test_every_code_is_tested() -> None:
    before_set_up = {Code.UNKNOWN_ORGANISATION, Code.NOT_PREPARED}
    assert {code for code, _, _ in ATTEMPTS} | before_set_up == set(Code)


async def test_a_refusal_leaves_nothing_behind(issued: Trade) -> None:
    ledger: MemoryLedger = issued.ledger
    before, height = dict(ledger.state.slots), ledger.height
    with pytest.raises(NotEndorsed):
        await issued.act(SH_OUTSIDER, "transfer", recipient=BANK)
    assert (ledger.state.slots, ledger.height) == (before, height)
