"""A title leaves the channel for another platform and comes back, over HTTPS and on the real ledger.

Two instances of TradeLane: each with its own operator, of its own organisation, database, keys and certificates.
"""

import copy
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import create_engine

from tests.support.bridges import (
    BANK,
    CARRIER,
    EXPORTER,
    HERE,
    IMPORTER,
    OUTSIDER,
    THERE,
    Bridge,
    NetworkCast,
    bridge_of,
    silent,
)
from tests.support.dcsa import FOLDER, violations
from tests.support.identifiers import fresh_lei
from tests.support.pint import Wire, transaction
from tests.support.told import Told
from tests.support.waiting import until
from tradelane.gateway import Refused, attachments, ebl, parties
from tradelane.gateway.dcsa import checksums, signing
from tradelane.gateway.dcsa.messages import ActingParty, ActionCode
from tradelane.gateway.errors import InputError, TransferPending
from tradelane.gateway.pint import chain, envelope
from tradelane.gateway.pint.along import Attachment, missing_on_channel
from tradelane.gateway.pint.chains import Chains, readers_of
from tradelane.gateway.pint.messages import ResponseCode
from tradelane.gateway.pint.notice import Notice
from tradelane.gateway.pint.receiving import Accepted
from tradelane.gateway.pint.settling import Settlement, open_disputes, settle
from tradelane.gateway.pint.store import Held, Store
from tradelane.gateway.trade.attachments import File
from tradelane.gateway.trade.endorsement_chain import endorsement_chain
from tradelane.gateway.trade.messages import surrender_message
from tradelane.model.title import TitleRecord
from tradelane.model.title_parts import Action
from tradelane.rules.ebl import Standing, standing_of
from tradelane.rules.refusal import Code

pytestmark = pytest.mark.network

INVOICE = Attachment("invoice.pdf", b"%PDF-1.7 invoice", "application/pdf")
PACKING = Attachment("packing.pdf", b"%PDF-1.7 packing list", "application/pdf")
BILL = b"%PDF-1.7 the bill as people see it"


@pytest.fixture(scope="module")
def bridge(told: Told, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    with ExitStack() as stack, bridge_of(NetworkCast(told, stack), tmp_path_factory.mktemp("bridges")) as found:
        yield found


def checksum(document: Attachment) -> str:
    return checksums.of_bytes(document.content)


def fits(schema: str, value: Any) -> None:
    if FOLDER is not None:
        assert violations("PINT", schema, value) == []


def answered(wire: Wire, response: Any) -> tuple[int, str]:
    """Return status and code of a signed answer that has DCSA's shape."""
    answer = wire.answer(response)
    fits("EnvelopeTransferFinishedResponse", answer)
    return response.status_code, answer["responseCode"]


def begun(wire: Wire, sent: dict[str, Any]) -> str:
    response = wire.start(sent)
    assert response.status_code == 201, response.text
    fits("EnvelopeTransferStartedResponse", response.json())
    return str(response.json()["envelopeReference"])


def signed_anew(bridge: Bridge, sent: dict[str, Any], changed: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return an envelope whose last entry the sender has signed once more, with other fields where given."""
    home = bridge.instances[HERE].home
    *before, last = sent["envelopeTransferChain"]
    entry = home.signer.sign({**home.platforms.verify(last).payload, **(changed or {})})
    manifest = home.platforms.verify(sent["envelopeManifestSignedContent"]).payload
    manifest = {**manifest, "lastEnvelopeTransferChainEntrySignedContentChecksum": checksums.of_signed(entry)}
    return {
        **sent,
        "envelopeTransferChain": [*before, entry],
        "envelopeManifestSignedContent": home.signer.sign(manifest),
    }


def to_another(bridge: Bridge, sent: dict[str, Any], party_id: str = BANK) -> dict[str, Any]:
    """Return the same envelope to another party: what somebody with the platform's key, but no ledger, would send."""
    transactions = copy.deepcopy(
        bridge.instances[HERE].home.platforms.verify(sent["envelopeTransferChain"][-1]).payload["transactions"]
    )
    transactions[-1]["recipient"] = bridge.party(party_id, THERE).value()
    return signed_anew(bridge, sent, {"transactions": transactions})


def handed_back(bridge: Bridge, title: TitleRecord, to: str = BANK) -> TitleRecord:
    """Have a title that is at the other platform come back; returns it as it is then."""
    outcome = bridge.come_back(bridge.held(title.title_id).document_checksum, to)
    assert outcome.code is ResponseCode.RECE, outcome.reason
    back = bridge.title(title.title_id)
    bridge.known_there(back)
    return back


class TestAcceptance:
    """DCSA's list: each of its scenarios, with every answer computed from the real ledger."""

    def test_accepted_without_documents(self, bridge: Bridge) -> None:
        title, _ = bridge.issued()
        sent = bridge.out(title)
        fits("EblEnvelope", sent)
        with bridge.wire() as wire:
            assert answered(wire, wire.start(sent)) == (200, "RECE")
        assert standing_of(bridge.title(title.title_id)) is Standing.EXPORTED

    def test_accepted_with_two_documents_of_which_one_was_corrupt_and_one_missing(self, bridge: Bridge) -> None:
        title, _ = bridge.issued()
        sent = bridge.out(title, attachments=[INVOICE, PACKING])
        with bridge.wire() as wire:
            reference = begun(wire, sent)
            corrupt = wire.document(reference, checksum(INVOICE), INVOICE.content[:-1] + b"X")
            assert answered(wire, corrupt) == (409, "INCD")
            unrelated = wire.document(reference, checksums.of_bytes(b"unrelated"), b"unrelated")
            assert answered(wire, unrelated) == (409, "INCD")
            assert wire.document(reference, checksum(INVOICE), INVOICE.content).status_code == 204
            early = wire.finish(reference)
            assert answered(wire, early) == (409, "MDOC")
            assert wire.answer(early)["missingAdditionalDocumentChecksums"] == [checksum(PACKING)]
            assert wire.document(reference, checksum(PACKING), PACKING.content).status_code == 204
            ended = wire.finish(reference)
            assert answered(wire, ended) == (200, "RECE")
            received = wire.answer(ended)["receivedAdditionalDocumentChecksums"]
            assert received == sorted([checksum(INVOICE), checksum(PACKING)])

    def test_a_retry_is_a_duplicate_and_a_changed_chain_is_disputed(self, bridge: Bridge) -> None:
        title, _ = bridge.issued()
        sent = bridge.out(title)
        before = bridge.title(title.title_id)
        with bridge.wire() as wire:
            assert answered(wire, wire.start(sent)) == (200, "RECE")
            for retry in (sent, signed_anew(bridge, sent)):
                response = wire.start(retry)
                assert answered(wire, response) == (200, "DUPE")
                accepted = wire.answer(response)["duplicateOfAcceptedEnvelopeTransferChainEntrySignedContent"]
                assert accepted == sent["envelopeTransferChain"][-1]
            assert answered(wire, wire.start(to_another(bridge, sent))) == (409, "DISE")
        assert bridge.title(title.title_id) == before
        (found,) = [each for each in open_disputes(bridge.instances[THERE].store) if each.reference in str(sent)]
        assert (found.sent, found.other) == (False, HERE)

    def test_a_bad_signature_then_a_good_one(self, bridge: Bridge) -> None:
        title, _ = bridge.issued()
        sent = bridge.out(title)
        manifest = bridge.instances[HERE].home.platforms.verify(sent["envelopeManifestSignedContent"]).payload
        forged = {**sent, "envelopeManifestSignedContent": signing.generate().sign(manifest)}
        with bridge.wire() as wire:
            assert answered(wire, wire.start(forged)) == (422, "BSIG")
            assert answered(wire, wire.start(sent)) == (200, "RECE")

    def test_a_wrong_platform_and_an_unknown_party_are_given_back(self, bridge: Bridge) -> None:
        title, _ = bridge.issued()
        stranger = bridge.party(IMPORTER, THERE).value()
        stranger["identifyingCodes"] = [{"codeListProvider": "GLEIF", "partyCode": fresh_lei()}]
        for recipient in (bridge.party(IMPORTER, "BOLE"), ActingParty.model_validate(stranger)):
            before = bridge.title(title.title_id) if title.sequence > 1 else title
            assert bridge.leave(before, recipient=recipient).code is ResponseCode.BENV
            title = bridge.title(title.title_id)
            assert (standing_of(title), title.possessor) == (Standing.ISSUED, before.possessor)
            bridge.seen_by(EXPORTER, title)
        assert bridge.leave(title).code is ResponseCode.RECE

    def test_receiver_validation(self, bridge: Bridge) -> None:
        known = bridge.cast.as_party(BANK).run(parties.show(BANK))
        with bridge.wire() as wire:
            asked = {"codeListProvider": "GLEIF", "partyCode": known.party.lei}
            response = wire.client.post("/v3/receiver-validation", json=asked)
            fits("ReceiverValidationResponse", response.json())
            assert (response.status_code, response.json()) == (200, {"partyName": known.name})
            asked["partyCode"] = fresh_lei()
            assert wire.client.post("/v3/receiver-validation", json=asked).status_code == 404


class TestRegistry:
    """The ledger decides, where a receiver's own database knows nothing."""

    def test_the_channel_has_a_name_of_its_own_on_both_sides(self, bridge: Bridge) -> None:
        here, there = (bridge.registry(code).uri for code in (HERE, THERE))
        assert here == there
        title, _ = bridge.issued()
        first = bridge.out(title)["envelopeTransferChain"][0]
        assert bridge.instances[HERE].home.platforms.verify(first).payload["controlTrackingRegistry"] == here

    def test_of_a_double_send_to_two_receivers_the_second_is_disputed(self, bridge: Bridge) -> None:
        title, _ = bridge.issued()
        sent = bridge.out(title)
        forged = to_another(bridge, sent)
        before = bridge.title(title.title_id)
        with bridge.wire() as wire:
            assert answered(wire, wire.start(sent)) == (200, "RECE")
        with bridge.wire(store=bridge.fresh_store("second")) as wire:
            assert answered(wire, wire.start(forged)) == (409, "DISE")
        assert bridge.title(title.title_id) == before

    def test_what_never_left_is_received_by_nobody(self, bridge: Bridge) -> None:
        """A title in its holder's hands, offered by somebody with the platform's key: guarded, unguarded, misguided."""
        title, _ = bridge.issued()
        sent = bridge.out(title)
        bridge.leave(title)
        back = handed_back(bridge, title, EXPORTER)
        unguarded = signed_anew(bridge, sent, {"controlTrackingRegistry": None})
        elsewhere = signed_anew(bridge, sent, {"controlTrackingRegistry": "https://ctr.example/v1"})
        with bridge.wire(store=bridge.fresh_store("third")) as wire:
            assert answered(wire, wire.start(sent)) == (409, "DISE")
            assert answered(wire, wire.start(unguarded)) in ((409, "DISE"), (422, "BENV"))
            assert answered(wire, wire.start(elsewhere)) == (422, "BENV")
        assert bridge.title(title.title_id) == back

    def test_a_chain_that_the_ledger_does_not_know_is_invalid(self, bridge: Bridge) -> None:
        title, _ = bridge.issued()
        sent = copy.deepcopy(bridge.out(title))
        sent["transportDocument"]["transportDocumentReference"] = "NOBODYS" + title.title_id[:8].upper()
        document = checksums.of_json(sent["transportDocument"])
        home = bridge.instances[HERE].home
        entry = dict(home.platforms.verify(sent["envelopeTransferChain"][0]).payload)
        issued = dict(home.carriers.verify(entry["issuanceManifestSignedContent"]).payload)
        entry["issuanceManifestSignedContent"] = bridge.carrier_key.sign({**issued, "documentChecksum": document})
        entry["transportDocumentChecksum"] = document
        unknown = envelope.build(sent["transportDocument"], [home.signer.sign(entry)], home.signer)
        with bridge.wire(store=bridge.fresh_store("fourth")) as wire:
            response = wire.start(unknown)
            assert answered(wire, response) == (422, "BENV")
            assert "no record of this transfer" in wire.answer(response)["reason"]


def test_out_and_back_with_an_unbroken_chain(bridge: Bridge) -> None:
    title, manifest = bridge.issued()
    outcome = bridge.leave(title, attachments=[INVOICE], issuance_manifest=manifest)
    assert (outcome.code, outcome.received) == (ResponseCode.RECE, (checksum(INVOICE),))
    away = bridge.title(title.title_id)
    assert standing_of(away) is Standing.EXPORTED
    assert away.abroad is not None
    held = bridge.held(title.title_id)
    assert away.abroad.entry == checksums.of_signed(held.chain[-1])

    # Nobody disposes of it here meanwhile.
    with pytest.raises(Refused) as refused:
        bridge.cast.as_party(EXPORTER).run(ebl.transfer(title.title_id, to=BANK, share=False))
    assert refused.value.reason is Code.WRONG_STATE
    with pytest.raises(InputError, match="Nobody is in control"):
        bridge.leave(title)

    back = handed_back(bridge, title)
    assert back.possessor is not None
    assert (standing_of(back), back.possessor.party_id) == (Standing.ISSUED, BANK)
    returned = bridge.held(title.title_id)
    assert returned.chain[:1] == held.chain
    assert back.returned_by == checksums.of_signed(returned.chain[1])

    # And out once more: the chain goes on from where it was, with nothing told twice.
    bridge.seen_by(BANK, back)
    assert bridge.leave(back, BANK).code is ResponseCode.RECE
    again = bridge.instances[THERE].store.title(held.document_checksum)
    assert again is not None
    assert again.chain[:2] == returned.chain
    third = bridge.instances[HERE].home.platforms.verify(again.chain[2]).payload
    assert [each["actionCode"] for each in third["transactions"]] == ["TRANSFER"]


def test_possession_abroad_is_no_title(bridge: Bridge) -> None:
    """The exporter's bill, in the importer's hands abroad, does not come back as the importer's."""
    title, _ = bridge.issued()
    assert bridge.leave(title).code is ResponseCode.RECE
    checked = bridge.held(title.title_id)
    there = bridge.instances[THERE]
    abroad, bank = bridge.party(IMPORTER, THERE), bridge.party(BANK, HERE)
    grabbed = [transaction("ENDORSE_TO_ORDER", abroad, bank), transaction("TRANSFER", abroad, bank, at=60)]
    entry = chain.next_entry(there.home.signer, THERE, checked.document_checksum, checked.chain, grabbed)
    forged = envelope.build(checked.document, [*checked.chain, entry], there.home.signer)
    with bridge.wire(HERE) as wire:
        response = wire.start(forged)
        assert answered(wire, response) == (422, "BENV")
        assert "not the endorsee" in wire.answer(response)["reason"]
    # Nor does the ledger let an operator say so.
    operator = bridge.instances[HERE].operator
    away = bridge.title(title.title_id)
    assert away.abroad is not None
    back = ebl.import_back(
        title.title_id,
        to=BANK,
        left_by=away.abroad.entry,
        entry="e" * 64,
        endorsed=True,
        endorsee=BANK,
        may_endorse=True,
        endorser=IMPORTER,
    )
    with pytest.raises(Refused) as refused:
        operator.run(back)
    assert refused.value.reason is Code.NOT_ENDORSEE
    assert bridge.title(title.title_id) == away


def test_an_endorsement_abroad_by_the_endorsee_comes_back(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    sold = (
        bridge.cast.as_party(EXPORTER)
        .run(ebl.endorse(title.title_id, to=IMPORTER, action=Action.ENDORSE_TO_ORDER))
        .result
    )
    bridge.seen_by(EXPORTER, sold)
    assert bridge.leave(sold).code is ResponseCode.RECE
    held, there = bridge.held(title.title_id), bridge.instances[THERE]
    abroad, bank = bridge.party(IMPORTER, THERE), bridge.party(BANK, HERE)
    done = [transaction("ENDORSE", abroad, bank), transaction("TRANSFER", abroad, bank, at=60)]
    entry = chain.next_entry(there.home.signer, THERE, held.document_checksum, held.chain, done)
    with bridge.wire(HERE) as wire:
        sent = envelope.build(held.document, [*held.chain, entry], there.home.signer)
        assert answered(wire, wire.start(sent)) == (200, "RECE")
    back = bridge.title(title.title_id)
    assert back.endorsee is not None
    assert (back.endorsee.party_id, back.endorsee_may_endorse) == (BANK, False)


def test_what_is_attached_goes_along_and_what_comes_is_adopted(bridge: Bridge) -> None:
    title, _ = bridge.issued(BILL)
    exporter, bank = (bridge.cast.as_party(each) for each in (EXPORTER, BANK))
    exporter.run(attachments.attach(title.title_id, File.of("invoice.pdf", INVOICE.content)))
    exporter.run(attachments.attach(title.title_id, File.of("secret.txt", b"not for everyone")))
    until(lambda: len(exporter.run(attachments.attached(title.title_id))) == 4)
    outcome = bridge.leave(title, chosen=["invoice.pdf"], attachments=[PACKING])
    gone = sorted([checksums.of_bytes(BILL), checksum(INVOICE), checksum(PACKING)])
    assert (outcome.code, sorted(outcome.received)) == (ResponseCode.RECE, gone)
    there, held = bridge.instances[THERE].store, bridge.held(title.title_id)
    kept = there.title(held.document_checksum)
    assert kept is not None
    assert kept.visualisation is not None
    assert kept.visualisation["documentChecksum"] == checksums.of_bytes(BILL)
    assert {each.name for each in there.received(held.document_checksum)} == {"bill.pdf", "invoice.pdf", "packing.pdf"}
    assert there.document(held.document_checksum, checksum(PACKING)) == PACKING.content

    # It comes back with all of it; its new holder has what the channel had, and attaches the rest.
    back = handed_back(bridge, title)
    bridge.seen_by(BANK, back)
    store = bridge.instances[HERE].store
    (missing,) = missing_on_channel(bank, store, title.title_id)
    assert (missing.name, missing.content) == ("packing.pdf", PACKING.content)
    bank.run(attachments.attach(title.title_id, missing))
    until(lambda: len(bank.run(attachments.attached(title.title_id))) == 5)
    assert list(missing_on_channel(bank, store, title.title_id)) == []
    has = {view.description.name for view in bank.run(attachments.attached(title.title_id)) if view.description}
    assert {"bill.pdf", "invoice.pdf", "packing.pdf"} <= has


def surrendered_abroad(bridge: Bridge) -> TitleRecord:
    """Have the importer buy a title, take it to the other platform and surrender it from there."""
    title, _ = bridge.issued()
    sold = bridge.cast.as_party(EXPORTER).run(ebl.endorse(title.title_id, to=IMPORTER)).result
    bridge.seen_by(EXPORTER, sold)
    assert bridge.leave(sold).code is ResponseCode.RECE
    checked = bridge.held(title.title_id).document_checksum
    outcome = bridge.come_back(checked, CARRIER, action=ActionCode.SURRENDER_FOR_DELIVERY)
    assert outcome.code is ResponseCode.RECE, outcome.reason
    asked = bridge.title(title.title_id)
    assert standing_of(asked) is Standing.PENDING_SURRENDER_FOR_DELIVERY
    assert asked.surrendered_by is not None
    assert (asked.surrendered_by.party_id, asked.possessor) == (IMPORTER, title.issuer)
    bridge.seen_by(CARRIER, asked)
    return asked


def test_a_surrender_from_abroad_is_accepted_and_told_there(bridge: Bridge) -> None:
    asked = surrendered_abroad(bridge)
    carrier, here, there = bridge.cast.as_party(CARRIER), bridge.instances[HERE], bridge.instances[THERE]
    notice = Notice(here.home, here.store, carrier)
    with bridge.sender(THERE) as sender, pytest.raises(InputError, match="nothing to tell"):
        notice.send(asked.title_id, sender.run)
    message = carrier.run(surrender_message(asked.title_id, platform=HERE))
    assert message["endorsementChain"][0]["actionCode"] == "SURRENDER_FOR_DELIVERY"
    done = carrier.run(ebl.accept(asked.title_id)).result
    bridge.seen_by(CARRIER, done)
    assert notice.platform(asked.title_id) == THERE
    for code in (ResponseCode.RECE, ResponseCode.DUPE):
        with bridge.sender(THERE) as sender:
            assert notice.send(asked.title_id, sender.run).code is code
    told = there.store.title(bridge.held(asked.title_id).document_checksum)
    assert told is not None
    assert (told.here, len(told.chain)) == (False, 3)
    last = there.home.platforms.verify(told.chain[-1]).payload["transactions"]
    assert [each["actionCode"] for each in last] == ["SACC"]
    if FOLDER is not None:
        assert [violations("PINT", "Transaction", each) for each in last] == [[]]
        assert violations("SUR", "SurrenderRequestDetails", message) == []


def test_a_surrender_from_abroad_is_rejected_and_goes_back_with_the_rejection(bridge: Bridge) -> None:
    asked = surrendered_abroad(bridge)
    back = bridge.cast.as_party(CARRIER).run(ebl.reject(asked.title_id, reason="not paid")).result
    bridge.seen_by(IMPORTER, back)
    assert (standing_of(back), back.possessor) == (Standing.ISSUED, asked.surrendered_by)
    assert bridge.leave(back, IMPORTER).code is ResponseCode.RECE
    held = bridge.held(asked.title_id)
    last = bridge.instances[HERE].home.platforms.verify(held.chain[-1]).payload["transactions"]
    assert [each["actionCode"] for each in last] == ["SREJ", "TRANSFER"]


def test_a_dispute_is_settled_in_either_way(bridge: Bridge) -> None:
    here = bridge.instances[HERE]
    for settlement in Settlement:
        title, _ = bridge.issued()
        sent = bridge.out(title)
        with bridge.wire() as wire:
            rival = to_another(bridge, sent)
            assert answered(wire, wire.start(rival)) == (409, "DISE")  # the ledger has another entry
        # The other platform has the title by a chain of which this one knows nothing.
        store = bridge.instances[THERE].store
        entries, document = tuple(rival["envelopeTransferChain"]), bridge.held(title.title_id).document_checksum
        held = Held(document, entries, here=True, document=rival["transportDocument"], holder=BANK, version=1)
        store.accept(None, held, "0" * 32 + title.title_id, Accepted(entries[-1], ()))
        assert bridge.leave(title).code is ResponseCode.DISE
        (found,) = [each for each in open_disputes(here.store) if each.title_id == title.title_id]
        assert (found.sent, found.other, "is on this platform" in found.reason) == (True, THERE, True)
        away = bridge.title(title.title_id)
        settle(here.store, here.operator, title.title_id, settlement, b"signed by both")
        after = bridge.title(title.title_id)
        if settlement is Settlement.THEIRS:
            assert after == away
            continue
        assert (standing_of(after), after.possessor) == (Standing.ISSUED, title.possessor)
        assert after.returned_by == checksums.of_bytes(b"signed by both")
        bridge.seen_by(EXPORTER, after)
        with pytest.raises(InputError, match="disputed"):
            settle(here.store, here.operator, title.title_id, settlement, b"signed by both")


class Dying(Store):
    """A database that its process does not get to write, once."""

    alive = False

    def accept(self, *args: Any, **more: Any) -> None:
        if not self.alive:
            self.alive = True
            raise OSError("the process died between ledger and database")
        super().accept(*args, **more)


def test_a_stop_between_ledger_and_database_is_made_good_though_the_holder_has_acted(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    assert bridge.leave(title).code is ResponseCode.RECE
    held, here, there = bridge.held(title.title_id), bridge.instances[HERE], bridge.instances[THERE]
    handed = transaction("TRANSFER", bridge.party(IMPORTER, THERE), bridge.party(BANK, HERE))
    entry = chain.next_entry(there.home.signer, THERE, held.document_checksum, held.chain, [handed])
    sent = envelope.build(held.document, [*held.chain, entry], there.home.signer)
    dying = Dying(create_engine(f"sqlite:///{here.place.home / 'pint.db'}"))
    try:
        with bridge.wire(HERE, dying) as wire:
            assert wire.start(sent).status_code == 500
            back = bridge.title(title.title_id)
            signed = bridge.seen_by(BANK, back).run(ebl.sign(title.title_id)).result
            assert answered(wire, wire.start(sent)) == (200, "RECE")
            assert answered(wire, wire.start(sent)) == (200, "DUPE")
    finally:
        dying.close()
    assert bridge.title(title.title_id) == signed
    bridge.seen_by(BANK, signed)
    again = bridge.out(signed, BANK)
    last = here.home.platforms.verify(again["envelopeTransferChain"][-1]).payload["transactions"]
    assert [each["actionCode"] for each in last] == ["SIGN", "TRANSFER"]
    with bridge.wire(store=bridge.fresh_store("next")) as wire:
        assert answered(wire, wire.start(again)) == (200, "RECE")


def test_a_platform_that_has_lost_its_database_takes_its_titles_back(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    assert bridge.leave(title).code is ResponseCode.RECE
    held, there = bridge.held(title.title_id), bridge.instances[THERE]
    handed = transaction("TRANSFER", bridge.party(IMPORTER, THERE), bridge.party(BANK, HERE))
    entry = chain.next_entry(there.home.signer, THERE, held.document_checksum, held.chain, [handed])
    sent = envelope.build(held.document, [*held.chain, entry], there.home.signer)
    fresh = bridge.fresh_store("lost")
    with bridge.wire(HERE, fresh) as wire:
        assert answered(wire, wire.start(sent)) == (200, "RECE")
    again = fresh.title_by_id(title.title_id)
    assert again is not None
    assert again.here
    fresh.close()
    back = bridge.title(title.title_id)
    assert back.possessor is not None
    assert back.possessor.party_id == BANK


def test_acts_for_another_party_are_accepted_by_a_strict_receiver(bridge: Bridge) -> None:
    """The exporter nominates, the bank endorses for it, an endorsement is refused: the chain holds by DCSA's rules."""
    title, _ = bridge.issued()
    exporter, bank, importer = (bridge.cast.as_party(each) for each in (EXPORTER, BANK, IMPORTER))
    done = exporter.run(ebl.endorse(title.title_id, to=IMPORTER)).result
    bridge.seen_by(IMPORTER, done)
    done = importer.run(ebl.refuse(title.title_id, reason="not ordered")).result
    bridge.seen_by(EXPORTER, done)
    exporter.run(ebl.nominate(title.title_id, to=IMPORTER))
    done = exporter.run(ebl.transfer(title.title_id, to=BANK)).result
    bridge.seen_by(BANK, done)
    done = bank.run(ebl.endorse(title.title_id, to=IMPORTER, action=Action.ENDORSE_TO_ORDER)).result
    bridge.seen_by(BANK, done)
    outcome = bridge.leave(done, BANK)
    assert outcome.code is ResponseCode.RECE, outcome.reason
    held = bridge.held(title.title_id)
    entry = bridge.instances[HERE].home.platforms.verify(held.chain[0]).payload
    assert [each["actionCode"] for each in entry["transactions"]] == [
        "ISSUE",
        "TRANSFER",
        "ENDORSE_TO_ORDER",
        "TRANSFER",
    ]
    assert "representedParty" in entry["transactions"][2]["actor"]
    if FOLDER is not None:
        assert [violations("PINT", "Transaction", each) for each in entry["transactions"]] == [[]] * 4


def test_the_carrier_reads_the_chain_of_its_title_over_http(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    assert bridge.leave(title).code is ResponseCode.RECE
    handed_back(bridge, title)
    here, there = bridge.instances[HERE], bridge.instances[THERE]
    reference = str(bridge.held(title.title_id).document["transportDocumentReference"])
    for reader, found in ((CARRIER, True), (OUTSIDER, False)):
        readers = readers_of({reader: [there.place.client_certificate]})
        chains = Chains(HERE, here.home.platforms, here.store, here.operator, readers)
        with bridge.wire(HERE, chains=chains) as wire:
            response = wire.client.get(f"/endorsement-chains/{reference}")
            assert response.status_code == (200 if found else 404)
            if found:
                (told,) = response.json()
                codes = [link["actionCode"] for link in told["endorsementChain"]]
                assert codes == ["TRANSFER", "TRANSFER", "ISSUE"]
                if FOLDER is not None:
                    assert violations("END", "EndorsementChain", told) == []


def test_a_transfer_without_an_answer_goes_on_with_the_same_envelope(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    recipient = bridge.party(IMPORTER, THERE)
    departure = bridge.departure(EXPORTER)
    with pytest.raises(TransferPending):
        departure.send(title.title_id, THERE, recipient, silent)
    assert standing_of(bridge.title(title.title_id)) is Standing.EXPORTED
    exporter = bridge.cast.as_party(EXPORTER)
    until(lambda: exporter.run(ebl.show(title.title_id)).abroad)
    with pytest.raises(InputError, match="on its way to WAVE"):
        departure.send(title.title_id, "IQAX", recipient, silent)
    assert bridge.leave(title).code is ResponseCode.RECE


def test_a_refusal_of_the_ledger_leaves_no_trace(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    with pytest.raises(Refused) as refused:
        bridge.leave(title, CARRIER)
    assert refused.value.reason is Code.NOT_IN_CONTROL
    assert bridge.leave(title).code is ResponseCode.RECE


def test_the_exported_chain_fits_dcsas_schema(bridge: Bridge) -> None:
    title, _ = bridge.issued()
    exporter = bridge.cast.as_party(EXPORTER)
    (exported,) = exporter.run(endorsement_chain(title.title_id, platform=HERE))
    assert [link["actionCode"] for link in exported["endorsementChain"]] == ["ISSUE"]
    assert exported["endorsementChain"][0]["recipient"]["identifyingCodes"][0]["codeListProvider"] == "GLEIF"
    if FOLDER is not None:
        assert violations("END", "EndorsementChain", exported) == []
