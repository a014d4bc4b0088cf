"""What a dishonest party or organisation tries: refused by the contract, or invalid at commit."""

import copy
import json

import pytest

from tests.support.identities import admin_identity, make_identity, party_identity
from tests.support.memory_ledger import MemoryLedger, NotEndorsed
from tests.support.scripted_peer import Function
from tests.support.trade import (
    BANK,
    CARRIER,
    DOCUMENT,
    EXPORTER,
    HK,
    HK_OUTSIDER,
    IMPORTER,
    SALT,
    SH,
    SH_OUTSIDER,
    TITLE,
    Trade,
    changed,
    example_document,
    refused,
)
from tradelane.chaincode.shim.interface import Stub
from tradelane.chaincode.state import keys
from tradelane.model.canonical import canonicalize
from tradelane.model.document import DocumentContent
from tradelane.rules.refusal import Code

SG = "SingaporeMSP"


async def test_double_transfer_in_one_block_commits_once(issued: Trade) -> None:
    transfers = [
        await issued.endorse(EXPORTER, "ebl:transfer", {"titleId": TITLE, "recipient": recipient})
        for recipient in (BANK, IMPORTER)
    ]
    outcomes = issued.ledger.commit(transfers)
    assert [outcome.code for outcome in outcomes] == ["VALID", "MVCC_READ_CONFLICT"]
    title = await issued.show(EXPORTER)
    assert title.possessor is not None
    assert title.possessor.party_id == BANK
    assert title.sequence == 2


async def test_double_issue_over_one_document_in_one_block_commits_once(trade: Trade) -> None:
    await trade.lodge()
    facts = json.loads((await trade.lodgement()).to_json())
    issues = [
        await trade.endorse(CARRIER, "ebl:issue", {"titleId": title_id, "lodgement": facts, "issueTo": EXPORTER})
        for title_id in ("11" * 16, "22" * 16)
    ]
    assert [outcome.valid for outcome in trade.ledger.commit(issues)] == [True, False]


@pytest.mark.parametrize("alone", [HK, SH])
@pytest.mark.parametrize(
    ("who", "function", "request_"),
    [
        (EXPORTER, "ebl:transfer", {"titleId": TITLE, "recipient": BANK}),
        (EXPORTER, "ebl:endorse", {"titleId": TITLE, "actionCode": "BLANK_ENDORSE"}),
        (EXPORTER, "ebl:surrender", {"titleId": TITLE}),
    ],
)
async def test_one_jurisdiction_alone_changes_no_title(
    issued: Trade, alone: str, who: str, function: str, request_: dict[str, str]
) -> None:
    transaction = await issued.endorse(who, function, request_, endorsing=[alone])
    assert issued.ledger.commit([transaction])[0].code == "ENDORSEMENT_POLICY_FAILURE"


@pytest.mark.parametrize("alone", [HK, SH])
async def test_one_jurisdiction_alone_issues_nothing(trade: Trade, alone: str) -> None:
    await trade.lodge()
    facts = json.loads((await trade.lodgement()).to_json())
    request = {"titleId": TITLE, "lodgement": facts, "issueTo": EXPORTER}
    transaction = await trade.endorse(CARRIER, "ebl:issue", request, endorsing=[alone])
    assert trade.ledger.commit([transaction])[0].code == "ENDORSEMENT_POLICY_FAILURE"


async def test_a_double_transfer_that_changes_who_endorses_commits_once_too() -> None:
    """Fabric refuses the second for its endorsement, before it looks at versions."""
    trade = await three_jurisdictions()
    transfers = [
        await trade.endorse(EXPORTER, "ebl:transfer", {"titleId": TITLE, "recipient": recipient})
        for recipient in (BANK, IMPORTER)
    ]
    codes = [outcome.code for outcome in trade.ledger.commit(transfers)]
    assert codes == ["VALID", "ENDORSEMENT_POLICY_FAILURE"]
    holder = (await trade.show(EXPORTER)).possessor
    assert holder is not None
    assert holder.party_id == BANK


async def three_jurisdictions() -> Trade:
    trade = Trade(MemoryLedger((HK, SH, SG)))
    await trade.open()
    await trade.lodge()
    await trade.issue()
    return trade


@pytest.mark.parametrize(
    ("endorsing", "valid"),
    [((HK, SH), True), ((HK, SH, SG), True), ((SH, SG), False), ((HK, SG), False), ((SH,), False)],
)
async def test_a_majority_without_both_sides_is_not_enough(endorsing: tuple[str, ...], valid: bool) -> None:
    trade = await three_jurisdictions()
    await trade.act(EXPORTER, "transfer", recipient=BANK)
    request = {"titleId": TITLE, "recipient": HK_OUTSIDER}
    transaction = await trade.endorse(BANK, "ebl:transfer", request, endorsing=endorsing)
    assert trade.ledger.commit([transaction])[0].valid is valid


@pytest.mark.parametrize(
    ("endorsing", "valid"), [((SH, HK), True), ((SH, SG), True), ((HK, SG), False), ((SH,), False)]
)
async def test_within_one_jurisdiction_a_majority_still_endorses(endorsing: tuple[str, ...], valid: bool) -> None:
    trade = await three_jurisdictions()
    request = {"titleId": TITLE, "recipient": SH_OUTSIDER}
    transaction = await trade.endorse(EXPORTER, "ebl:transfer", request, endorsing=endorsing)
    assert trade.ledger.commit([transaction])[0].valid is valid


async def test_lodging_in_another_organisation_is_invalid(trade: Trade) -> None:
    content = json.dumps(example_document()).encode()
    transaction = await trade.endorse(
        CARRIER, "document:lodge", {"documentId": DOCUMENT}, {"document": content, "salt": SALT}, endorsing=[SH]
    )
    assert {collection for collection, _ in transaction.simulated.writes} == {keys.implicit_collection(SH)}
    # Hong Kong's peer has not got Shanghai's key of references, so it cannot even simulate.
    with pytest.raises(NotEndorsed) as error:
        await trade.endorse(
            CARRIER, "document:lodge", {"documentId": DOCUMENT}, {"document": content, "salt": SALT}, endorsing=[HK]
        )
    assert refused(error.value)[0] is Code.NOT_AT_THIS_PEER


async def test_preparing_at_another_organisations_peer_is_invalid() -> None:
    trade = Trade()
    transient = {"referenceKey": bytes(32)}
    transaction = await trade.endorse(admin_identity(SH), "organisation:prepare", transient=transient, endorsing=[HK])
    assert trade.ledger.commit([transaction])[0].code == "ENDORSEMENT_POLICY_FAILURE"


@pytest.mark.parametrize("function", ["document:read", "document:lodgement"])
async def test_another_organisations_peer_says_where_to_ask(issued: Trade, function: str) -> None:
    for who in (CARRIER, EXPORTER):
        with pytest.raises(NotEndorsed) as error:
            await issued.evaluate(who, function, {"documentId": DOCUMENT}, at=HK)
        code, status, message, details = refused(error.value)
        assert (code, status, details["mspId"]) == (Code.NOT_AT_THIS_PEER, 409, SH)
        assert f"a peer of {SH}" in message


RIVALS_TITLE = "66" * 16
RIVALS_DOCUMENT = changed(example_document(), transportDocumentReference="RIVAL")


@pytest.fixture
async def contested(trade: Trade) -> Trade:
    """A rival of another organisation has issued over another document under the same, public id."""
    await trade.submit(
        admin_identity(HK),
        "party:admit",
        {"partyId": "hk-carrier", "lei": "529900T8BM49AURSDO55", "roles": ["CARRIER"]},
        {"name": b"Rival Line Limited", "salt": SALT},
    )
    rival = party_identity(HK, "hk-carrier")
    await trade.lodge(RIVALS_DOCUMENT, who=rival)
    facts = json.loads(await trade.evaluate(rival, "document:lodgement", {"documentId": DOCUMENT}))
    await trade.submit(rival, "ebl:issue", {"titleId": RIVALS_TITLE, "lodgement": facts, "issueTo": HK_OUTSIDER})
    await trade.lodge()
    await trade.issue()
    return trade


async def reference_read(trade: Trade, who: str, **request: str) -> str:
    answer = await trade.evaluate(who, "document:read", {"documentId": DOCUMENT, **request})
    reference: str = json.loads(DocumentContent.from_json(answer).content)["transportDocumentReference"]
    return reference


async def test_a_document_id_cannot_be_used_up_by_somebody_elses_title(contested: Trade) -> None:
    true_reference = example_document()["transportDocumentReference"]
    await contested.share(CARRIER, BANK)
    assert await reference_read(contested, BANK) == true_reference
    assert await reference_read(contested, HK_OUTSIDER) == "RIVAL"
    assert await reference_read(contested, CARRIER) == true_reference
    with pytest.raises(NotEndorsed) as error:
        await reference_read(contested, BANK, titleId=RIVALS_TITLE)
    assert refused(error.value)[0] is Code.NOT_A_PARTY


async def test_who_may_read_two_documents_of_one_id_names_the_title(contested: Trade) -> None:
    await contested.share(CARRIER, BANK)
    await contested.share(HK_OUTSIDER, BANK, RIVALS_TITLE, RIVALS_DOCUMENT)
    with pytest.raises(NotEndorsed) as error:
        await reference_read(contested, BANK)
    code, _, _, details = refused(error.value)
    assert code is Code.SEVERAL_DOCUMENTS
    assert set(details["titleIds"].split()) == {TITLE, RIVALS_TITLE}
    assert await reference_read(contested, BANK, titleId=RIVALS_TITLE) == "RIVAL"
    assert await reference_read(contested, BANK, titleId=TITLE) == example_document()["transportDocumentReference"]


async def test_a_share_of_one_title_opens_no_other_over_the_same_id(contested: Trade) -> None:
    await contested.share(HK_OUTSIDER, BANK, RIVALS_TITLE, RIVALS_DOCUMENT)
    await contested.show(BANK, RIVALS_TITLE)
    for function in ("ebl:show", "ebl:history"):
        with pytest.raises(NotEndorsed) as error:
            await contested.evaluate(BANK, function, {"titleId": TITLE})
        assert refused(error.value)[0] is Code.NOT_A_PARTY


async def test_a_title_opens_only_the_document_it_is_over(issued: Trade) -> None:
    with pytest.raises(NotEndorsed) as error:
        await issued.evaluate(EXPORTER, "document:read", {"documentId": "ee" * 16, "titleId": TITLE})
    assert refused(error.value)[0] is Code.UNKNOWN_DOCUMENT


async def test_two_parties_of_one_organisation_are_given_a_document_in_one_block(issued: Trade) -> None:
    content = canonicalize(example_document())
    shares = [
        await issued.endorse(
            EXPORTER,
            "document:share",
            {"titleId": TITLE, "recipient": recipient},
            {"document": content, "salt": SALT},
            endorsing=[HK],
        )
        for recipient in (BANK, IMPORTER)
    ]
    assert [outcome.code for outcome in issued.ledger.commit(shares)] == ["VALID", "VALID"]
    for recipient in (BANK, IMPORTER):
        await reference_read(issued, recipient)


@pytest.mark.parametrize("function", ["transfer", "surrender", "endorse"])
async def test_a_majority_that_moves_a_party_to_another_jurisdiction_does_not_get_its_titles(function: str) -> None:
    trade = await three_jurisdictions()
    slot = keys.party(EXPORTER)

    async def forge(stub: Stub) -> None:
        record = slot.decode(await stub.get_state(slot.key) or b"")
        await stub.put_state(slot.key, record.model_copy(update={"msp_id": HK}).to_json())

    assert (await trade.ledger.submit(Function(forge), make_identity(HK), "f", endorsing=[HK, SG])).valid
    thief = party_identity(HK, EXPORTER)
    request = {
        "transfer": {"recipient": HK_OUTSIDER},
        "surrender": {},
        "endorse": {"actionCode": "ENDORSE", "recipient": HK_OUTSIDER},
    }[function]
    with pytest.raises(NotEndorsed) as error:
        await trade.submit(thief, f"ebl:{function}", {"titleId": TITLE, **request})
    assert refused(error.value)[0] is Code.NOT_IN_CONTROL


async def test_sharing_is_endorsed_by_the_recipients_organisation_alone(issued: Trade) -> None:
    outcome = await issued.share(EXPORTER, BANK)
    assert outcome.valid
    content = await issued.evaluate(BANK, "document:read", {"documentId": DOCUMENT})
    assert json.loads(DocumentContent.from_json(content).content) == example_document()


async def test_sharing_again_is_harmless(issued: Trade) -> None:
    for _ in range(2):
        assert (await issued.share(EXPORTER, BANK)).valid


async def test_sharing_grants_one_party_not_its_organisation(issued: Trade) -> None:
    await issued.share(EXPORTER, BANK)
    with pytest.raises(NotEndorsed) as error:
        await issued.evaluate(HK_OUTSIDER, "document:read", {"documentId": DOCUMENT})
    assert refused(error.value)[0] is Code.NOT_A_PARTY


async def test_a_forged_copy_of_the_ledger_does_not_help(issued: Trade) -> None:
    """A peer that pretends the title is the bank's produces a result that the honest one does not."""
    forged = Trade(copy.deepcopy(issued.ledger))
    await forged.act(EXPORTER, "transfer", recipient=BANK)
    transaction = await forged.endorse(BANK, "ebl:transfer", {"titleId": TITLE, "recipient": HK_OUTSIDER})
    assert issued.ledger.commit([transaction])[0].code == "MVCC_READ_CONFLICT"
