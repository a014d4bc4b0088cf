"""DCSA's acceptance scenarios of a receiving platform, over HTTPS with client certificates."""

import copy
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.dcsa import FOLDER, violations
from tests.support.pint import (
    CHECKSUM,
    HERE,
    THERE,
    Keys,
    Letters,
    Place,
    Receiving,
    Wire,
    left_for,
    party,
    transaction,
)
from tests.support.trade import BANK, CARRIER, EXPORTER, IMPORTER, PARTIES
from tradelane.gateway.dcsa import checksums, signing
from tradelane.gateway.pint import envelope as envelopes
from tradelane.gateway.pint.messages import ResponseCode
from tradelane.gateway.pint.registry import Control, Receiver

INVOICE, PACKING = b"%PDF invoice", b"%PDF packing list"


def fits(schema: str, value: Any) -> None:
    """Hold a message against DCSA's schema, where that is at hand."""
    if FOLDER is not None:
        assert violations("PINT", schema, value) == []


def finished(wire: Wire, response: Any) -> dict[str, Any]:
    answer = wire.answer(response)
    fits("EnvelopeTransferFinishedResponse", answer)
    return answer


def describe(content: bytes) -> Any:
    return envelopes.describe("paper.pdf", content, "application/pdf")


def test_accepted_without_documents_at_once(wire: Wire, letters: Letters, receiving: Receiving) -> None:
    sent = letters.envelope()
    fits("EblEnvelope", sent)
    response = wire.start(sent)
    answer = finished(wire, response)
    last = checksums.of_signed(sent["envelopeTransferChain"][-1])
    assert (response.status_code, response.headers["API-Version"]) == (200, "3.0.0")
    assert answer == {
        "lastEnvelopeTransferChainEntrySignedContentChecksum": last,
        "responseCode": "RECE",
        "receivedAdditionalDocumentChecksums": [],
    }
    held = receiving.store.title(CHECKSUM)
    assert held is not None
    assert (held.here, held.holder) == (True, IMPORTER)


def test_accepted_with_two_documents(wire: Wire, letters: Letters) -> None:
    sent = letters.envelope(None, describe(INVOICE), describe(PACKING))
    begun = wire.start(sent)
    assert begun.status_code == 201
    fits("EnvelopeTransferStartedResponse", begun.json())
    both = [checksums.of_bytes(each) for each in (INVOICE, PACKING)]
    assert begun.json()["missingAdditionalDocumentChecksums"] == both
    reference = begun.json()["envelopeReference"]
    for content in (INVOICE, PACKING):
        assert wire.document(reference, checksums.of_bytes(content), content).status_code == 204
    ended = wire.finish(reference)
    assert ended.status_code == 200
    answer = finished(wire, ended)
    assert (answer["responseCode"], answer["receivedAdditionalDocumentChecksums"]) == ("RECE", sorted(both))


def test_a_retry_is_a_duplicate_unchanged_or_signed_anew(wire: Wire, letters: Letters) -> None:
    transactions = left_for()
    first = letters.envelope([letters.first(transactions)])
    anew = letters.envelope([letters.first(transactions)])
    assert first["envelopeTransferChain"] != anew["envelopeTransferChain"]  # ECDSA never signs alike
    assert wire.code(wire.start(first)) == (200, "RECE")
    for retry in (first, anew):
        response = wire.start(retry)
        answer = finished(wire, response)
        assert (response.status_code, answer["responseCode"]) == (200, "DUPE")
        accepted = answer["duplicateOfAcceptedEnvelopeTransferChainEntrySignedContent"]
        assert accepted == first["envelopeTransferChain"][0]


def test_a_duplicate_repeats_the_receipts(wire: Wire, letters: Letters) -> None:
    sent = letters.envelope(None, describe(INVOICE))
    reference = wire.start(sent).json()["envelopeReference"]
    wire.document(reference, checksums.of_bytes(INVOICE), INVOICE)
    wire.finish(reference)
    assert finished(wire, wire.start(sent))["receivedAdditionalDocumentChecksums"] == [checksums.of_bytes(INVOICE)]


def test_a_double_send_is_disputed_and_changes_nothing(wire: Wire, letters: Letters, receiving: Receiving) -> None:
    assert wire.code(wire.start(letters.envelope())) == (200, "RECE")
    before = receiving.store.title(CHECKSUM)
    response = wire.start(letters.envelope([letters.first(left_for(to=BANK))]))
    assert (response.status_code, finished(wire, response)["responseCode"]) == (409, "DISE")
    assert receiving.store.title(CHECKSUM) == before
    assert wire.code(wire.start(letters.envelope([letters.first(left_for(to=BANK))]))) == (409, "DISE")


def test_a_bad_signature_then_a_good_one(wire: Wire, letters: Letters) -> None:
    transactions = left_for()
    unknown = letters.envelope([letters.first(transactions, signer=signing.generate())])
    response = wire.start(unknown)
    assert (response.status_code, finished(wire, response)["responseCode"]) == (422, "BSIG")
    assert wire.code(wire.start(letters.envelope([letters.first(transactions)]))) == (200, "RECE")


def test_a_manifest_of_another_platform_or_an_unknown_carriers_is_a_bad_signature(
    wire: Wire, letters: Letters, keys: Keys
) -> None:
    foreign = Letters(keys, THERE).envelope([letters.first()])
    assert wire.code(wire.start(foreign)) == (422, "BSIG")
    unknown = signing.generate().sign({"documentChecksum": CHECKSUM, "issueToChecksum": CHECKSUM})
    assert wire.code(wire.start(letters.envelope([letters.first(manifest=unknown)]))) == (422, "BSIG")


@pytest.mark.parametrize(
    ("transactions", "why"),
    [
        (left_for("BOLE"), "no recipient on this platform"),
        (left_for(to="nobody-at-all"), "not known here"),
        (left_for()[:1], "no recipient on this platform"),
        ([*left_for()[:1], transaction("TRNS", party(EXPORTER, HERE), party(IMPORTER, THERE))], "no action code"),
        ([*left_for(), *left_for()], "exactly once"),
        (left_for()[1:], "exactly once"),
        ([left_for()[0], transaction("TRANSFER", party(BANK, HERE), party(IMPORTER, THERE))], "not in possession"),
        ([left_for()[0], transaction("TRANSFER", party(EXPORTER, "BOLE"), party(IMPORTER, THERE))], "another platform"),
        ([left_for()[0], transaction("TRANSFER", party(EXPORTER, HERE))], "has no recipient"),
        (
            [left_for()[0], transaction("SURRENDER_FOR_DELIVERY", party(EXPORTER, HERE), party(IMPORTER, THERE))],
            "not addressed to the carrier",
        ),
        ([left_for()[0], transaction("SACC", party(EXPORTER, HERE)), *left_for()[1:]], "SACC"),
        ([left_for()[0], transaction("ENDORSE", party(EXPORTER, HERE), party(IMPORTER, THERE))], "by TRANSFER"),
    ],
)  # fmt: skip
def test_a_bad_envelope_is_rejected_with_the_reason(
    wire: Wire, letters: Letters, transactions: list[Any], why: str
) -> None:
    response = wire.start(letters.envelope([letters.first(transactions)]))
    answer = finished(wire, response)
    assert (response.status_code, answer["responseCode"]) == (422, "BENV")
    assert why in answer["reason"]
    assert wire.code(wire.start(letters.envelope())) == (200, "RECE")


def test_a_chain_guarded_by_a_registry_that_is_not_asked_is_a_bad_envelope(wire: Wire, letters: Letters) -> None:
    guarded = letters.envelope([letters.first(registry="https://ctr.example/v1")])
    answer = finished(wire, wire.start(guarded))
    assert (answer["responseCode"], "registry" in answer["reason"]) == ("BENV", True)


def test_parts_that_do_not_belong_together_are_a_bad_envelope(wire: Wire, letters: Letters) -> None:
    sent = letters.envelope()
    changed = copy.deepcopy(sent)
    changed["transportDocument"]["termsAndConditions"] = "others"
    swapped = {**sent, "envelopeTransferChain": letters.envelope()["envelopeTransferChain"]}
    unlinked = letters.envelope([letters.first(), letters.first()])
    twice = letters.envelope(None, describe(INVOICE), describe(INVOICE))
    empty = {**sent, "transportDocument": {}}
    for bad in (changed, swapped, unlinked, twice, empty):
        assert wire.code(wire.start(bad)) == (422, "BENV")


def test_a_corrupt_and_an_unrelated_document_do_not_end_the_transfer(wire: Wire, letters: Letters) -> None:
    checksum = checksums.of_bytes(INVOICE)
    reference = wire.start(letters.envelope(None, describe(INVOICE))).json()["envelopeReference"]
    corrupt = wire.document(reference, checksum, INVOICE[:-1] + b"X")
    assert (corrupt.status_code, finished(wire, corrupt)["responseCode"]) == (409, "INCD")
    assert wire.code(wire.document(reference, checksum, INVOICE + b"more")) == (409, "INCD")
    assert wire.code(wire.document(reference, checksums.of_bytes(PACKING), PACKING)) == (409, "INCD")
    assert wire.document(reference, checksum, INVOICE).status_code == 204
    assert wire.code(wire.finish(reference)) == (200, "RECE")


def test_an_early_finish_names_what_is_missing(wire: Wire, letters: Letters) -> None:
    checksum = checksums.of_bytes(INVOICE)
    reference = wire.start(letters.envelope(None, describe(INVOICE))).json()["envelopeReference"]
    early = wire.finish(reference)
    answer = finished(wire, early)
    assert (early.status_code, answer["responseCode"]) == (409, "MDOC")
    assert answer["missingAdditionalDocumentChecksums"] == [checksum]
    wire.document(reference, checksum, INVOICE)
    assert wire.code(wire.finish(reference)) == (200, "RECE")


def test_a_new_start_takes_the_place_of_the_one_under_way(wire: Wire, letters: Letters) -> None:
    sent = letters.envelope(None, describe(INVOICE))
    old, new = (wire.start(sent).json()["envelopeReference"] for _ in range(2))
    assert wire.finish(old).status_code == 404
    assert wire.document(new, checksums.of_bytes(INVOICE), INVOICE).status_code == 204
    assert wire.code(wire.finish(new)) == (200, "RECE")


def test_of_two_transfers_under_way_one_is_accepted(wire: Wire, letters: Letters, receiving: Receiving) -> None:
    reference = wire.start(letters.envelope(None, describe(INVOICE))).json()["envelopeReference"]
    content = receiving.store.envelope(reference)
    assert content is not None
    wire.document(reference, checksums.of_bytes(INVOICE), INVOICE)
    assert wire.code(wire.start(letters.envelope([letters.first(left_for(to=BANK))]))) == (200, "RECE")
    receiving.store.begin(CHECKSUM, "again", content)
    assert wire.code(wire.finish("again")) == (409, "DISE")


@pytest.mark.parametrize("code", [("GLEIF", PARTIES[IMPORTER]["lei"]), ("ZZZ", IMPORTER)])
def test_receiver_validation_names_the_party(wire: Wire, code: tuple[str, str]) -> None:
    asked = {"codeListProvider": code[0], "partyCode": code[1]}
    fits("IdentifyingCode", asked)
    response = wire.client.post("/v3/receiver-validation", json=asked)
    fits("ReceiverValidationResponse", response.json())
    assert (response.status_code, response.json()) == (200, {"partyName": PARTIES[IMPORTER]["name"]})


def test_receiver_validation_says_little_of_whom_it_does_not_know(wire: Wire) -> None:
    asked = {"codeListProvider": "GLEIF", "partyCode": "529900T8BM49AURSDO55"}
    response = wire.client.post("/v3/receiver-validation", json=asked)
    fits("ErrorResponse", response.json())
    assert response.status_code == 404
    assert "529900T8BM49AURSDO55" not in response.text


def test_conflicting_codes_name_nobody(wire: Wire, letters: Letters, receiving: Receiving) -> None:
    receiving.register.parties["ZZZ", IMPORTER] = Receiver(BANK, "another")
    assert wire.code(wire.start(letters.envelope())) == (422, "BENV")


def test_the_visualisation_goes_along_unchanged_or_not_at_all(wire: Wire, letters: Letters) -> None:
    picture, other = (envelopes.describe("bill.pdf", each, "application/pdf") for each in (INVOICE, PACKING))
    entries = [letters.first(visualisation=INVOICE)]
    assert wire.code(wire.start(letters.envelope(entries, visualisation=other))) == (422, "BENV")
    reference = wire.start(letters.envelope(entries, visualisation=picture)).json()["envelopeReference"]
    wire.document(reference, checksums.of_bytes(INVOICE), INVOICE)
    assert wire.code(wire.finish(reference)) == (200, "RECE")


class TestWayBack:
    """A title that this channel's ledger knows leaves and comes back."""

    @pytest.fixture
    def home(self, place: Place, keys: Keys) -> Any:
        with place.receiving(keys, HERE) as found:
            yield found

    def leave(self, home: Receiving, letters: Letters, done: list[Any] | None = None) -> list[str]:
        from tradelane.gateway.pint.store import Held, Sending

        sent = letters.envelope([letters.first(done)])
        entries = sent["envelopeTransferChain"]
        after = Held(CHECKSUM, tuple(entries), here=False, document=sent["transportDocument"], title_id="a" * 32)
        home.store.send(None, after, Sending(THERE, sent))
        home.register.export("a" * 32, checksums.of_signed(entries[-1]))
        return list(entries)

    def back(self, keys: Keys, entries: list[str], to: str = BANK) -> dict[str, Any]:
        there = Letters(keys, THERE)
        returned = transaction("TRANSFER", party(IMPORTER, THERE), party(to, HERE), at=120)
        return there.envelope(there.then(entries, returned))

    def test_it_comes_back_with_an_unbroken_chain(self, home: Receiving, letters: Letters, keys: Keys) -> None:
        entries = self.leave(home, letters)
        coming = self.back(keys, entries)
        assert home.wire.code(home.wire.start(coming)) == (200, "RECE")
        (returned,) = home.register.returned
        assert (returned.to, returned.left_by) == (BANK, checksums.of_signed(entries[-1]))
        assert returned.entry == checksums.of_signed(coming["envelopeTransferChain"][-1])
        assert home.wire.code(home.wire.start(coming)) == (200, "DUPE")
        assert len(home.register.returned) == 1

    def test_endorsements_abroad_come_back_too(self, home: Receiving, letters: Letters, keys: Keys) -> None:
        here, there, abroad = party(EXPORTER, HERE), Letters(keys, THERE), party(IMPORTER, THERE)
        sold = transaction("ENDORSE_TO_ORDER", here, party(IMPORTER, HERE), at=30)
        entries = self.leave(home, letters, [left_for()[0], sold, left_for()[1]])
        endorsed = transaction("ENDORSE_TO_ORDER", abroad, party(BANK, HERE), at=90)
        moved = transaction("TRANSFER", abroad, party(BANK, HERE), at=120)
        assert home.wire.code(home.wire.start(there.envelope(there.then(entries, endorsed, moved)))) == (200, "RECE")
        (returned,) = home.register.returned
        assert (returned.endorsed, returned.endorsee, returned.may_endorse) == (True, BANK, True)
        assert returned.endorser == IMPORTER  # with which the ledger compares the endorsee that it knows

    @pytest.mark.parametrize("code", ["ENDORSE", "ENDORSE_TO_ORDER", "BLANK_ENDORSE"])
    def test_possession_abroad_is_no_title(self, home: Receiving, letters: Letters, keys: Keys, code: str) -> None:
        entries = self.leave(home, letters)  # to the exporter's order, in the importer's hands
        there, abroad = Letters(keys, THERE), party(IMPORTER, THERE)
        grabbed = transaction(code, abroad, None if code == "BLANK_ENDORSE" else party(BANK, HERE), at=90)
        moved = transaction("TRANSFER", abroad, party(BANK, HERE), at=120)
        response = home.wire.start(there.envelope(there.then(entries, grabbed, moved)))
        answer = finished(home.wire, response)
        assert (response.status_code, answer["responseCode"]) == (422, "BENV")
        assert f"{code} was done by a party that is not the endorsee" in answer["reason"]
        assert home.register.returned == []

    def test_a_title_that_never_left_does_not_come_back(self, home: Receiving, letters: Letters, keys: Keys) -> None:
        coming = self.back(keys, [letters.first()])
        assert home.wire.code(home.wire.start(coming)) == (409, "DISE")
        assert home.register.returned == []

    def test_another_chain_than_the_one_it_left_with_is_disputed(
        self, home: Receiving, letters: Letters, keys: Keys
    ) -> None:
        self.leave(home, letters)
        assert home.wire.code(home.wire.start(self.back(keys, [letters.first()]))) == (409, "DISE")

    def test_the_ledger_has_the_last_word(self, home: Receiving, letters: Letters, keys: Keys) -> None:
        entries = self.leave(home, letters)
        home.register.controls["a" * 32] = Control("a" * 32, None, None)  # as if a court had moved it
        assert home.wire.code(home.wire.start(self.back(keys, entries))) == (409, "DISE")

    def test_a_stop_between_ledger_and_store_is_made_good(self, home: Receiving, letters: Letters, keys: Keys) -> None:
        coming = self.back(keys, self.leave(home, letters))
        entry = checksums.of_signed(coming["envelopeTransferChain"][-1])
        home.register.controls["a" * 32] = Control("a" * 32, None, entry)
        assert home.wire.code(home.wire.start(coming)) == (200, "RECE")
        assert home.register.returned == []  # the ledger is not asked twice

    @pytest.mark.parametrize("code", ["SURRENDER_FOR_DELIVERY", "SURRENDER_FOR_AMENDMENT"])
    def test_a_surrender_to_the_carrier_here_waits_for_its_answer(
        self, home: Receiving, letters: Letters, keys: Keys, code: str
    ) -> None:
        sold = transaction("ENDORSE", party(EXPORTER, HERE), party(IMPORTER, HERE), at=30)
        entries = self.leave(home, letters, [left_for()[0], sold, left_for()[1]])
        there = Letters(keys, THERE)
        more = {"reasonCode": "COD"}
        asked = transaction(code, party(IMPORTER, THERE), party(CARRIER, HERE), at=90, **more)
        coming = there.envelope(there.then(entries, asked))
        assert home.wire.code(home.wire.start(coming)) == (200, "RECE")
        (returned,) = home.register.returned
        assert (returned.to, returned.surrender, returned.reason_code) == (
            IMPORTER,
            code,
            "COD" if code.endswith("AMENDMENT") else None,
        )
        held = home.store.title(CHECKSUM)
        assert held is not None
        assert (held.here, held.holder) == (True, CARRIER)
        assert home.wire.code(home.wire.start(coming)) == (200, "DUPE")

    def test_a_surrender_by_a_stranger_or_to_another_is_rejected(
        self, home: Receiving, letters: Letters, keys: Keys
    ) -> None:
        entries, there = self.leave(home, letters), Letters(keys, THERE)
        for actor, to in ((IMPORTER, BANK), (IMPORTER, CARRIER), (EXPORTER, CARRIER)):
            asked = transaction("SURRENDER_FOR_DELIVERY", party(actor, THERE), party(to, HERE), at=90)
            assert home.wire.code(home.wire.start(there.envelope(there.then(entries, asked)))) == (422, "BENV")
        assert home.register.returned == []

    @pytest.mark.parametrize(
        ("code", "answer"),
        [(code, (422, "BENV")) for code in ("NOT_NEGOTIABLE", "NOT_UNDER_THIS_LAW", "RECIPIENT_NOT_LICENSED")]
        + [(code, (422, "BENV")) for code in ("NOT_ENDORSEE", "ENDORSEE_MAY_NOT_ENDORSE", "UNKNOWN_PARTY")]
        + [("SAME_PARTY", (422, "BENV"))]
        + [(code, (409, "DISE")) for code in ("WRONG_STATE", "CHAIN_BROKEN", "UNKNOWN_TITLE")],
    )  # fmt: skip
    def test_the_ledgers_refusal_says_whose_fault_it_is(
        self, home: Receiving, letters: Letters, keys: Keys, code: str, answer: tuple[int, str]
    ) -> None:
        coming = self.back(keys, self.leave(home, letters))
        home.register.refuses = code
        assert home.wire.code(home.wire.start(coming)) == answer
        held = home.store.title(CHECKSUM)
        assert held is not None
        assert not held.here
        home.register.refuses = None  # nothing of it stays
        assert home.wire.code(home.wire.start(coming)) == (200, "RECE")

    @pytest.mark.parametrize("code", ["NOT_OPERATOR", "NOT_LICENSED", "NOT_SIGNER"])
    def test_a_fault_of_our_own_is_answered_by_nothing_signed(
        self, home: Receiving, letters: Letters, keys: Keys, code: str
    ) -> None:
        coming = self.back(keys, self.leave(home, letters))
        home.register.refuses = code
        assert home.wire.start(coming).status_code == 503
        home.register.refuses = None
        assert home.wire.code(home.wire.start(coming)) == (200, "RECE")

    def test_of_two_processes_that_take_it_in_neither_disputes(
        self, home: Receiving, letters: Letters, keys: Keys
    ) -> None:
        coming = self.back(keys, self.leave(home, letters))
        home.register.refuses = "WRONG_STATE"
        home.register.meanwhile = Control("a" * 32, None, checksums.of_signed(coming["envelopeTransferChain"][-1]))
        assert home.wire.code(home.wire.start(coming)) == (200, "RECE")


def test_every_code_is_answered_somewhere_above() -> None:
    assert {code.value for code in ResponseCode} == {"RECE", "DUPE", "BSIG", "BENV", "INCD", "MDOC", "DISE"}


def test_of_many_that_come_at_the_same_moment_one_is_accepted(wire: Wire, letters: Letters) -> None:
    rivals = [letters.envelope([letters.first(left_for(to=to))]) for to in (IMPORTER, BANK, EXPORTER) * 4]
    with ThreadPoolExecutor(len(rivals)) as pool:
        codes = Counter(wire.answer(each)["responseCode"] for each in pool.map(wire.start, rivals))
    # The same payload signed anew is the same transfer, so its retries are duplicates; the others' are disputed.
    assert codes == {"RECE": 1, "DUPE": 3, "DISE": 8}
