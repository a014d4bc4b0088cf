"""The typed calls: what is asked of whom in which order, and what stands when something stops half-way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.bill import LEI, as_bytes, issuance_request, transport_document
from tests.gateway.conftest import USER
from tests.gateway.contracts import COMMITMENT, CONTENT, DOCUMENT, SALT, TITLE, Contracts, refusal, title
from tests.support.loopback_gateway import Script
from tradelane.gateway import client, errors
from tradelane.gateway.client import Gateway
from tradelane.gateway.retry import NO_RETRY
from tradelane.gateway.session import Flow
from tradelane.gateway.trade import documents, ebl, organisations, parties
from tradelane.model.dcsa import read_document
from tradelane.model.title_parts import Action
from tradelane.rules.ebl.quantities import digest_of, quantities_digest

BOTH = ("HongKongMSP", "ShanghaiMSP")
OWN = ("ShanghaiMSP",)
ISSUANCE = as_bytes(issuance_request())


@pytest.fixture
def contracts(script: Script) -> Contracts:
    script.chaincode = found = Contracts()
    return found


@pytest.fixture
def gateway(profile: Path, contracts: Contracts) -> Iterator[Gateway]:
    with client.connect(profile, USER, retry=NO_RETRY) as found:
        yield found


def raised_code(gateway: Gateway, flow: Flow[object]) -> str:
    with pytest.raises(errors.GatewayError) as raised:
        gateway.run(flow)
    return raised.value.code


class TestIssue:
    def test_the_party_is_found_first_and_the_document_shared_last(
        self, gateway: Gateway, contracts: Contracts
    ) -> None:
        done = gateway.run(ebl.issue(ISSUANCE))
        assert contracts.calls == [
            "party:find?", "ebl:issue?", "document:lodge", "document:lodgement?", "organisation:list?", "ebl:issue",
            "party:show?", "ebl:show?", "document:read?", "document:share", "document:attachments?",
        ]  # fmt: skip
        assert (done.result.title_id, done.block_number) == (TITLE, 7)
        assert done.transaction_id == contracts.asked("ebl:issue").transaction_id

    def test_the_document_travels_only_as_transient_data_to_the_own_organisation(
        self, gateway: Gateway, contracts: Contracts
    ) -> None:
        gateway.run(ebl.issue(ISSUANCE))
        lodge = contracts.asked("document:lodge")
        assert (lodge.organisations, lodge.transient["document"]) == (OWN, CONTENT)
        assert len(lodge.transient["salt"]) == 32
        issue = contracts.asked("ebl:issue")
        assert (issue.organisations, issue.transient) == (BOTH, {})
        assert all(b"HHL71800000" not in argument for one in contracts.invocations for argument in one.arguments)

    def test_the_lodged_facts_and_the_party_go_into_the_request(self, gateway: Gateway, contracts: Contracts) -> None:
        gateway.run(ebl.issue(issuance_request(), title_id=TITLE, share=False))
        body = contracts.body("ebl:issue")
        assert (body["titleId"], body["issueTo"], body["lodgement"]["commitment"]) == (TITLE, "shexporter", COMMITMENT)
        assert "document:share" not in contracts.calls

    def test_a_party_id_under_zzz_names_the_party(self, gateway: Gateway, contracts: Contracts) -> None:
        codes = [{"codeListProvider": "WAVE", "partyCode": "x"}, {"codeListProvider": "ZZZ", "partyCode": "hkbank"}]
        gateway.run(ebl.issue(issuance_request(identifyingCodes=codes), share=False))
        assert contracts.body("ebl:issue")["issueTo"] == "hkbank"

    def test_a_party_without_a_code_of_use_stops_it_before_anything_is_sent(
        self, gateway: Gateway, contracts: Contracts
    ) -> None:
        codes = [{"codeListProvider": "WAVE", "partyCode": "x"}]
        assert raised_code(gateway, ebl.issue(issuance_request(identifyingCodes=codes))) == "INVALID_DOCUMENT"
        assert contracts.calls == []

    def test_an_unknown_party_stops_it_before_anything_is_written(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["party:find"] = refusal(404, "UNKNOWN_PARTY")
        assert raised_code(gateway, ebl.issue(ISSUANCE)) == "UNKNOWN_PARTY"
        assert contracts.calls == ["party:find?"]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b'{"document": {', "line 1, column 15"),
            (as_bytes({"document": transport_document()}), "issueTo"),
            (as_bytes(issuance_request()).replace(b"CSQU3054383", b"CSQU3054384"), "equipmentReference"),
            (b"\xff", "UTF-8"),
        ],
    )
    def test_a_bad_file_stops_it_before_anything_is_sent(
        self, gateway: Gateway, contracts: Contracts, content: bytes, said: str
    ) -> None:
        with pytest.raises(errors.InputError, match=said) as raised:
            gateway.run(ebl.issue(content))
        assert (raised.value.code, raised.value.exit_status, contracts.calls) == ("INVALID_DOCUMENT", 2, [])

    def test_values_that_are_no_json_are_refused(self, gateway: Gateway) -> None:
        assert raised_code(gateway, ebl.issue({"document": "\ud800"})) == "INVALID_DOCUMENT"

    def test_a_stop_after_lodging_says_how_to_go_on(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["ebl:issue"] = refusal(422, "NOT_LODGED")
        with pytest.raises(errors.Refused) as raised:
            gateway.run(ebl.issue(ISSUANCE, document_id=DOCUMENT, title_id=TITLE))
        assert raised.value.code == "NOT_LODGED"
        assert DOCUMENT in raised.value.diagnostics()
        assert TITLE in raised.value.diagnostics()
        assert (raised.value.details["documentId"], raised.value.details["titleId"]) == (DOCUMENT, TITLE)

    @pytest.mark.parametrize("code", ["NOT_CARRIER", "TITLE_EXISTS", "UNKNOWN_PARTY"])
    def test_who_may_not_issue_leaves_no_document_behind(
        self, gateway: Gateway, contracts: Contracts, code: str
    ) -> None:
        contracts.answers["ebl:issue"] = refusal(403, code)
        with pytest.raises(errors.Refused) as raised:
            gateway.run(ebl.issue(ISSUANCE))
        assert (raised.value.code, "to go on" in raised.value.diagnostics()) == (code, False)
        assert contracts.calls == ["party:find?", "ebl:issue?"]

    @pytest.mark.parametrize("code", ["DOCUMENT_EXISTS", "DUPLICATE_REFERENCE"])
    def test_it_goes_on_with_the_document_lodged_before(
        self, gateway: Gateway, contracts: Contracts, code: str
    ) -> None:
        contracts.answers["document:lodge"] = refusal(409, code)
        gateway.run(ebl.issue(ISSUANCE, document_id=DOCUMENT, share=False))
        assert contracts.calls[-1] == "ebl:issue"

    def test_it_does_not_go_on_with_another_document_of_that_id(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["document:lodge"] = refusal(409, "DOCUMENT_EXISTS")
        contracts.answers["document:read"] = {"documentId": DOCUMENT, "salt": SALT.hex(), "content": "{}"}
        assert raised_code(gateway, ebl.issue(ISSUANCE, document_id=DOCUMENT)) == "OTHER_DOCUMENT"

    def test_a_reference_used_before_is_refused_as_such(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["document:lodge"] = refusal(409, "DUPLICATE_REFERENCE")
        contracts.answers["document:read"] = refusal(404, "UNKNOWN_DOCUMENT")
        assert raised_code(gateway, ebl.issue(ISSUANCE)) == "DUPLICATE_REFERENCE"

    def test_another_refusal_to_lodge_ends_it(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["document:lodge"] = refusal(409, "NOT_PREPARED")
        assert raised_code(gateway, ebl.issue(ISSUANCE)) == "NOT_PREPARED"
        assert contracts.calls[-1] == "document:lodge"

    def test_a_stop_before_sharing_says_that_the_title_stands(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["document:share"] = refusal(422, "COMMITMENT_MISMATCH")
        with pytest.raises(errors.Refused, match="COMMITMENT_MISMATCH") as raised:
            gateway.run(ebl.issue(ISSUANCE, title_id=TITLE))
        assert f"Title {TITLE} is issued" in raised.value.diagnostics()


class TestTransfer:
    def test_the_document_reaches_a_new_party_before_the_title(self, gateway: Gateway, contracts: Contracts) -> None:
        gateway.run(ebl.transfer(TITLE, to="hkbank"))
        assert contracts.calls == [
            "ebl:show?", "ebl:transfer?", "party:show?", "ebl:show?", "document:read?", "document:share",
            "document:attachments?", "organisation:list?", "ebl:transfer",
        ]  # fmt: skip
        assert contracts.asked("ebl:transfer").organisations == BOTH
        assert contracts.body("ebl:transfer") == {"titleId": TITLE, "recipient": "hkbank"}

    def test_only_the_recipients_organisation_endorses_the_sharing(
        self, gateway: Gateway, contracts: Contracts
    ) -> None:
        gateway.run(ebl.transfer(TITLE, to="hkbank"))
        share = contracts.asked("document:share")
        assert share.organisations == ("HongKongMSP",)
        assert share.transient == {"document": CONTENT, "salt": SALT}

    def test_nothing_is_asked_of_another_organisations_peer(self, gateway: Gateway, contracts: Contracts) -> None:
        """It could name an organisation of its choice as the recipient's, and would be sent the document."""
        gateway.run(ebl.transfer(TITLE, to="hkbank"))
        asked = {one.function: one.organisations for one in contracts.invocations if one.rpc == "evaluate"}
        assert set(asked) == {
            "ebl:show",
            "ebl:transfer",
            "party:show",
            "document:read",
            "document:attachments",
            "organisation:list",
        }
        assert set(asked.values()) == {OWN}

    def test_the_recipient_of_a_refused_transfer_does_not_get_the_document(
        self, gateway: Gateway, contracts: Contracts
    ) -> None:
        contracts.answers["ebl:transfer"] = refusal(403, "NOT_IN_CONTROL")
        assert raised_code(gateway, ebl.transfer(TITLE, to="hkbank")) == "NOT_IN_CONTROL"
        assert contracts.calls == ["ebl:show?", "ebl:transfer?"]

    def test_the_issuer_has_the_document_already(self, gateway: Gateway, contracts: Contracts) -> None:
        gateway.run(ebl.transfer(TITLE, to="shcarrier"))
        assert contracts.calls == ["ebl:show?", "document:attachments?", "organisation:list?", "ebl:transfer"]

    def test_whom_the_title_was_just_endorsed_to_has_the_document_already(
        self, gateway: Gateway, contracts: Contracts
    ) -> None:
        last = {**title()["lastAction"], "recipient": {"partyId": "hkbank", "mspId": "HongKongMSP"}}
        contracts.answers["ebl:show"] = title(lastAction=last)
        gateway.run(ebl.transfer(TITLE, to="hkbank"))
        assert contracts.calls == ["ebl:show?", "document:attachments?", "organisation:list?", "ebl:transfer"]

    def test_a_party_that_the_document_only_names_is_given_it(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["ebl:show"] = title(parties=["shcarrier", "shexporter", "hkbank"])
        gateway.run(ebl.transfer(TITLE, to="hkbank"))
        assert "document:share" in contracts.calls

    @pytest.mark.parametrize("code", ["UNKNOWN_DOCUMENT", "NOT_AT_THIS_PEER"])
    def test_who_does_not_have_the_document_is_told_how_to_act_without(
        self, gateway: Gateway, contracts: Contracts, code: str
    ) -> None:
        contracts.answers["document:read"] = refusal(409, code)
        with pytest.raises(errors.Refused) as raised:
            gateway.run(ebl.transfer(TITLE, to="hkbank"))
        assert "share=False" in raised.value.diagnostics()
        assert contracts.calls[-1] == "document:read?"

    def test_sharing_can_be_left_out(self, gateway: Gateway, contracts: Contracts) -> None:
        gateway.run(ebl.transfer(TITLE, to="hkbank", share=False))
        assert contracts.calls == ["organisation:list?", "ebl:transfer"]

    def test_organisations_are_asked_for_once_per_client(self, gateway: Gateway, contracts: Contracts) -> None:
        gateway.run(ebl.surrender(TITLE))
        gateway.run(ebl.accept(TITLE))
        assert contracts.calls == ["organisation:list?", "ebl:surrender", "ebl:accept"]

    @pytest.mark.parametrize("bad", ["", "short", "G" * 32])
    def test_a_malformed_id_is_refused_before_anything_is_sent(
        self, gateway: Gateway, contracts: Contracts, bad: str
    ) -> None:
        assert raised_code(gateway, ebl.transfer(bad, to="hkbank")) == "INVALID_REQUEST"
        assert contracts.calls == []


def test_endorsing_shares_as_transferring_does(gateway: Gateway, contracts: Contracts) -> None:
    gateway.run(ebl.endorse(TITLE, to="hkbank", action=Action.ENDORSE_TO_ORDER))
    assert contracts.calls[-4:] == ["document:share", "document:attachments?", "organisation:list?", "ebl:endorse"]
    body = contracts.body("ebl:endorse")
    assert body == {"titleId": TITLE, "actionCode": "ENDORSE_TO_ORDER", "recipient": "hkbank"}


def test_endorsing_in_blank_names_nobody(gateway: Gateway, contracts: Contracts) -> None:
    gateway.run(ebl.endorse(TITLE, action=Action.BLANK_ENDORSE))
    assert contracts.calls == ["organisation:list?", "ebl:endorse"]
    assert contracts.body("ebl:endorse") == {"titleId": TITLE, "actionCode": "BLANK_ENDORSE"}


def test_the_reason_of_a_rejection_is_private(gateway: Gateway, contracts: Contracts) -> None:
    gateway.run(ebl.reject(TITLE, reason="Freight is unpaid"))
    reject = contracts.asked("ebl:reject")
    assert (reject.transient["reason"], len(reject.transient["salt"])) == (b"Freight is unpaid", 32)
    assert contracts.body("ebl:reject") == {"titleId": TITLE}


@pytest.mark.parametrize("reason", ["", " ", "x" * 256])
def test_a_rejection_needs_a_reason_of_due_length(gateway: Gateway, contracts: Contracts, reason: str) -> None:
    assert raised_code(gateway, ebl.reject(TITLE, reason=reason)) == "INVALID_REQUEST"
    assert contracts.calls == []


def test_titles_are_listed_page_by_page_up_to_the_limit(gateway: Gateway, contracts: Contracts) -> None:
    pages = [{"titles": [title()] * 100, "bookmark": TITLE}, {"titles": [title()] * 2, "bookmark": ""}]
    contracts.answers["ebl:list"] = lambda _: pages.pop(0)
    assert len(gateway.run(ebl.list_up_to(500, held_only=True))) == 102
    sizes = [one.arguments[0] for one in contracts.invocations]
    assert sizes == [
        b'{"bookmark":"","heldOnly":true,"pageSize":100}',
        b'{"bookmark":"' + TITLE.encode() + b'","heldOnly":true,"pageSize":100}',
    ]


def test_listing_stops_at_the_limit(gateway: Gateway, contracts: Contracts) -> None:
    contracts.answers["ebl:list"] = {"titles": [title()] * 3, "bookmark": "next"}
    assert len(gateway.run(ebl.list_up_to(3))) == 3
    assert contracts.calls == ["ebl:list?"]


def test_show_and_history_read_records(gateway: Gateway, contracts: Contracts) -> None:
    entry = {"transactionId": "ab", "title": title(), "remark": "Freight is unpaid"}
    contracts.answers["ebl:history"] = {"entries": [entry]}
    assert gateway.run(ebl.show(TITLE)).title_id == TITLE
    assert gateway.run(ebl.history(TITLE)).entries[0].remark == "Freight is unpaid"


def test_an_answer_of_another_release_is_an_error(gateway: Gateway, contracts: Contracts) -> None:
    contracts.answers["ebl:show"] = {**title(), "novelty": True}
    contracts.answers["party:list"] = {}
    assert raised_code(gateway, ebl.show(TITLE)) == "BAD_ANSWER"
    assert raised_code(gateway, parties.list_parties()) == "BAD_ANSWER"


def test_a_title_that_commits_to_other_quantities_is_not_believed(gateway: Gateway, contracts: Contracts) -> None:
    digest = quantities_digest(read_document(CONTENT).document, SALT)
    contracts.answers["ebl:show"] = title(quantities=digest)
    assert gateway.run(documents.read_of_title(TITLE)).document_id == DOCUMENT
    contracts.answers["ebl:show"] = title(quantities=digest_of("0" * 512))
    assert raised_code(gateway, documents.read_of_title(TITLE)) == "QUANTITIES_MISMATCH"


def test_a_document_that_is_not_the_titles_is_not_believed(gateway: Gateway, contracts: Contracts) -> None:
    contracts.answers["document:read"] = {"documentId": DOCUMENT, "salt": SALT.hex(), "content": '{"other":1}'}
    assert raised_code(gateway, documents.read_of_title(TITLE)) == "COMMITMENT_MISMATCH"
    assert raised_code(gateway, ebl.transfer(TITLE, to="hkbank")) == "COMMITMENT_MISMATCH"
    assert "document:share" not in contracts.calls


def test_an_id_may_be_a_titles_or_a_documents(gateway: Gateway, contracts: Contracts) -> None:
    assert gateway.run(documents.read_either(TITLE)).content.encode() == CONTENT
    contracts.answers["ebl:show"] = refusal(404, "UNKNOWN_TITLE")
    assert gateway.run(documents.read_either(DOCUMENT)).content.encode() == CONTENT
    contracts.answers["ebl:show"] = refusal(403, "NOT_A_PARTY")
    assert raised_code(gateway, documents.read_either(TITLE)) == "NOT_A_PARTY"


def test_a_document_can_be_lodged_alone(gateway: Gateway, contracts: Contracts) -> None:
    done = gateway.run(documents.lodge(as_bytes(transport_document()), document_id=DOCUMENT))
    assert done.result == DOCUMENT
    assert contracts.asked("document:lodge").organisations == OWN
    assert raised_code(gateway, documents.lodge("{}")) == "INVALID_DOCUMENT"


def test_admitting_keeps_the_name_private(gateway: Gateway, contracts: Contracts) -> None:
    record = {"partyId": "hkbank", "mspId": "HongKongMSP", "lei": LEI, "roles": ["BANK"], "licensedRoles": []}
    contracts.answers["party:admit"] = record
    done = gateway.run(parties.admit("hkbank", lei=LEI, name="Harbour Bank", roles=["BANK"]))
    admit = contracts.asked("party:admit")
    assert (done.result.party_id, admit.organisations) == ("hkbank", BOTH)
    assert (admit.transient["name"], len(admit.transient["salt"])) == (b"Harbour Bank", 32)
    assert b"Harbour" not in admit.arguments[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lei": LEI[:-1] + "0"}, "check digits of ISO 17442"),
        ({"roles": ["KING"]}, "roles"),
        ({"roles": []}, "roles"),
        ({"name": ""}, "name"),
        ({"party_id": "No Good"}, "partyId"),
    ],
)
def test_a_malformed_party_is_refused_before_anything_is_sent(
    gateway: Gateway, contracts: Contracts, changes: dict[str, object], said: str
) -> None:
    values = {"party_id": "hkbank", "lei": LEI, "name": "Harbour Bank", "roles": ["BANK"], **changes}
    with pytest.raises(errors.InputError, match=said) as raised:
        gateway.run(parties.admit(**values))  # type: ignore[arg-type]
    assert (raised.value.code, contracts.calls) == ("INVALID_REQUEST", [])


def test_licence_show_find_and_list(gateway: Gateway, contracts: Contracts) -> None:
    record = {"partyId": "hkbank", "mspId": "HongKongMSP", "lei": LEI, "roles": ["BANK"], "licensedRoles": ["BANK"]}
    contracts.answers["party:licence"] = record
    contracts.answers["party:list"] = [{"party": record}]
    assert gateway.run(parties.licence("hkbank", "BANK")).result.licensed_roles == ("BANK",)
    assert contracts.body("party:licence") == {"partyId": "hkbank", "role": "BANK"}
    assert gateway.run(parties.show("hkbank")).name == "hkbank Ltd"
    assert gateway.run(parties.find(LEI)).party.party_id == "shexporter"
    assert [one.party.party_id for one in gateway.run(parties.list_parties())] == ["hkbank"]


def test_registering_asks_nobody_by_name_and_forgets_the_old_list(gateway: Gateway, contracts: Contracts) -> None:
    contracts.answers["organisation:register"] = {"mspIds": ["ShanghaiMSP"]}
    gateway.run(ebl.surrender(TITLE))
    assert gateway.run(organisations.register()).result.msp_ids == OWN
    assert contracts.asked("organisation:register").organisations == ()
    gateway.run(ebl.accept(TITLE))
    assert contracts.calls.count("organisation:list?") == 2


def test_the_reference_key_stays_in_the_own_organisation(gateway: Gateway, contracts: Contracts) -> None:
    contracts.answers["organisation:prepare"] = {}
    gateway.run(organisations.prepare())
    prepare = contracts.asked("organisation:prepare")
    assert (prepare.organisations, len(prepare.transient["referenceKey"])) == (OWN, 32)


class TestJointly:
    def test_every_act_is_asked_for_in_the_joint_partys_name(self, gateway: Gateway, contracts: Contracts) -> None:
        gateway.run(ebl.jointly(ebl.sign(TITLE), "both"))
        gateway.run(ebl.release(TITLE))
        assert contracts.body("ebl:sign")["jointParty"] == "both"
        assert "jointParty" not in contracts.body("ebl:release")

    @pytest.mark.parametrize("last", [False, True])
    def test_the_recipient_is_given_nothing_before_all_have_asked(
        self, last: bool, gateway: Gateway, contracts: Contracts
    ) -> None:
        contracts.answers["ebl:transfer"] = title("hkbank", sequence=2) if last else title()
        gateway.run(ebl.jointly(ebl.transfer(TITLE, to="hkbank"), "both"))
        assert ("document:share" in contracts.calls) == last
        assert contracts.calls.index("ebl:transfer?") < contracts.calls.index("ebl:transfer")

    def test_lists_are_of_the_joint_partys_titles(self, gateway: Gateway, contracts: Contracts) -> None:
        contracts.answers["ebl:list"] = {"titles": [title()]}
        assert len(gateway.run(ebl.jointly(ebl.list_up_to(5, held_only=True), "both"))) == 1
        assert contracts.body("ebl:list", "evaluate")["jointParty"] == "both"

    def test_what_is_asked_for_is_read(self, gateway: Gateway, contracts: Contracts) -> None:
        assert gateway.run(ebl.agreements(TITLE)) == ()
        noted = {"titleId": TITLE, "sequence": 2, "jointParty": "both", "act": "a" * 64, "agreed": ["shexporter"]}
        view = {"inForce": True, "waitingFor": ["hkbank"], "waitsForCaller": True, "remark": "Seen."}
        asked = {"actionCode": "SIGN", "request": "{}", "words": "b" * 64}
        contracts.answers["ebl:agreements"] = [
            view | {"agreement": noted | asked},
            {"agreement": noted, "inForce": False},
        ]
        one, old = gateway.run(ebl.agreements(TITLE))
        assert (one.agreement.action_code, one.waiting_for, one.remark) == (Action.SIGN, ("hkbank",), "Seen.")
        assert (old.agreement.action_code, old.in_force, old.waiting_for) == (None, False, ())
        for wrong in ({}, {"agreement": noted}, view):
            contracts.answers["ebl:agreements"] = [wrong]
            assert raised_code(gateway, ebl.agreements(TITLE)) == "BAD_ANSWER"

    def test_who_may_not_see_the_title_is_refused_what_is_asked_for(
        self, gateway: Gateway, contracts: Contracts
    ) -> None:
        contracts.answers["ebl:agreements"] = refusal(403, "NOT_A_PARTY")
        assert raised_code(gateway, ebl.agreements(TITLE)) == "NOT_A_PARTY"

    def test_what_one_carrier_does_is_not_asked_for_together(self, gateway: Gateway, contracts: Contracts) -> None:
        for flow in (ebl.issue(ISSUANCE), ebl.replace((TITLE,), (CONTENT,))):
            assert raised_code(gateway, ebl.jointly(flow, "both")) == "NOT_JOINTLY"
        assert contracts.calls == []
