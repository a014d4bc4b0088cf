"""What a true proof proves, and what it says it does not."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from tests.gateway.bill import transport_document
from tests.gateway.proof.life import Life
from tests.support.signed_ledger import SignedLedger, admission_of, change_of_party
from tests.support.titles import BANK, CARRIER, EXPORTER
from tradelane.chaincode.state import keys
from tradelane.gateway import proof
from tradelane.gateway.errors import ProofError
from tradelane.gateway.proof.container import (
    CarriedTransaction,
    DocumentDisclosure,
    NameDisclosure,
    Place,
    RemarkDisclosure,
    write,
)
from tradelane.gateway.proof.versions import party_key, title_key
from tradelane.model.canonical import canonicalize, commitment
from tradelane.model.dcsa import read_document
from tradelane.model.party import DirectoryEntry
from tradelane.model.title_parts import Action
from tradelane.model.title_requests import Remark
from tradelane.rules.ebl.quantities import digest_of, quantities_digest

SALT = "5a" * 32


def refused(data: bytes, **expected: Any) -> ProofError:
    with pytest.raises(ProofError) as error:
        proof.verify(data, **expected)
    return error.value


def test_a_whole_life_is_proved_with_everybody_who_signed() -> None:
    life = Life.lived()
    verdict = proof.verify(life.file())
    assert [each.record for each in verdict.versions] == life.records
    assert [(each.place.block, each.place.place) for each in verdict.versions] == life.places
    for each in verdict.versions:
        assert {member.msp_id for member in each.endorsers} == {"HongKongMSP", "ShanghaiMSP"}
        assert [member.role for member in each.orderers] == ["orderer"]
    assert verdict.attestation is not None
    assert verdict.title.sequence == 6
    assert {each.msp_id for each in verdict.roots} == {"HongKongMSP", "ShanghaiMSP", "OperatorMSP"}
    assert verdict.out_of_period == ()
    assert any("none is left out" in each for each in proof.proved(verdict))
    assert any("first block's hash" in each for each in proof.not_proved(verdict))


def test_without_blocks_the_orderers_are_what_is_not_proved() -> None:
    verdict = proof.verify(write(Life.lived().loose()))
    assert not verdict.ordered
    assert any("orderers have signed" in each for each in proof.not_proved(verdict))
    assert not any("signed by orderers" in each for each in proof.proved(verdict))
    assert any("stays open which of them is shown" in each for each in proof.not_proved(verdict))


def test_without_the_peers_answer_the_last_version_is_what_is_not_proved() -> None:
    verdict = proof.verify(Life.lived().file(reading=None))
    assert verdict.attestation is None
    assert any("the last version, 6, took effect" in each for each in proof.not_proved(verdict))
    told = " ".join(proof.proved(verdict))
    assert "changed 4 times since" in told
    assert "One more change, version 6, was endorsed on that and stands in block" in told
    assert "if it took effect" in told


def test_an_issue_alone_is_proved_to_have_taken_effect_by_the_peers_answer_only() -> None:
    life = Life()
    life.act(CARRIER, Action.ISSUE, EXPORTER)
    assert "was issued by carrier" in proof.proved(proof.verify(life.file()))[0]
    told = proof.proved(proof.verify(life.file(reading=None)))[0]
    assert told.startswith("An issue of title ")
    assert "none is left out" not in told


def test_by_which_configuration_it_is_judged_is_said_where_nobody_has_signed_that() -> None:
    life = Life.lived()
    life.ledger.configure()
    life.act(EXPORTER, Action.SIGN)
    configured = life.ledger.configurations[-1]

    def told(data: bytes) -> str:
        return " ".join(each for each in proof.not_proved(proof.verify(data)) if "still in force" in each)

    assert (
        f"configuration of block {configured}, the last one here, was still in force when the peers answered"
        in told(life.file())
    )
    assert "when acts were endorsed whose blocks are left out and when the peers answered" in told(write(life.loose()))
    assert told(life.file(reading=None)) == ""


def test_the_rule_of_a_key_may_be_written_again() -> None:
    life = Life()
    life.act(CARRIER, Action.ISSUE, EXPORTER)
    life.act(EXPORTER, Action.SIGN, policy=True)
    assert len(proof.verify(life.file()).versions) == 2


def test_two_versions_in_one_block() -> None:
    life = Life()
    life.act(CARRIER, Action.ISSUE, EXPORTER)
    one = life.envelope(EXPORTER, Action.SIGN)
    block = len(life.ledger.blocks)
    life.places.append((block, 0))
    other = life.envelope(EXPORTER, Action.SIGN)
    life.places.append((life.ledger.order(one, other), 1))
    assert [each.place.place for each in proof.verify(life.file()).versions] == [0, 0, 1]


def test_a_configuration_that_changed_on_the_way() -> None:
    life = Life()
    life.act(CARRIER, Action.ISSUE, EXPORTER)
    life.ledger.configure()
    life.act(EXPORTER, Action.SIGN)
    verdict = proof.verify(life.file())
    assert verdict.configurations == 2
    assert any("administrators agreed" in each for each in proof.not_proved(verdict))


def test_a_later_definition_that_leaves_the_endorsers_as_they_are() -> None:
    ledger = SignedLedger.begun()
    first = ledger.defined
    ledger.define(earlier=first)
    life = Life(ledger)
    life.act(CARRIER, Action.ISSUE, EXPORTER)
    life.whole.add(first[0])
    proof.verify(life.file())
    life.whole.clear()
    assert refused(life.file()).code == "BLOCK_MISSING"


def test_times_are_compared_with_a_moment_that_is_given() -> None:
    life = Life.lived()
    data = life.file()
    assert proof.verify(data, at=life.ledger.clock + timedelta(minutes=1)).out_of_period == ()
    late = proof.verify(data, at=life.ledger.clock + timedelta(days=400))
    assert {"CN=ca.hongkongmsp.example"} < {each.subject for each in late.out_of_period}
    assert any("outside of" in each for each in proof.notes(late))
    assert refused(data, at=life.ledger.clock - timedelta(seconds=2)).code == "FROM_THE_FUTURE"


def test_a_certificate_out_of_its_period_is_named_and_counts() -> None:
    life = Life()
    life.act(CARRIER, Action.ISSUE, EXPORTER)
    home = life.ledger.trading[0]
    expired = home.signer("old", "peer", end=life.ledger.clock - timedelta(minutes=5))
    life.act(EXPORTER, Action.SIGN, endorsers=[expired, life.peers[1]])
    [found] = proof.verify(life.file()).out_of_period
    assert found.subject.startswith("CN=old")


def test_keys_are_those_that_the_chaincode_writes() -> None:
    assert title_key("a" * 32) == keys.title("a" * 32).key
    assert party_key("bank") == keys.party("bank").key == keys.directory_entry("bank").key


# What the holder opens.


def worded(text: str = "seen and accepted") -> tuple[Life, Remark]:
    life = Life()
    life.act(CARRIER, Action.ISSUE, EXPORTER, commitment=commitment(bytes.fromhex(SALT), b'{"a":1}'))
    remark = Remark(title_id=life.records[0].title_id, sequence=2, author=EXPORTER.party_id, text=text, salt=SALT)
    life.act(EXPORTER, Action.SIGN, evidence=hashlib.sha256(remark.to_json()).hexdigest())
    return life, remark


def test_a_document_is_opened_against_the_titles_commitment() -> None:
    life, _ = worded()
    opened = DocumentDisclosure(content='{"a":1}', salt=SALT)
    verdict = proof.verify(life.file(disclosures=(opened,)))
    assert [each.disclosure for each in verdict.opened] == [opened]
    assert not any("transport document says" in each for each in proof.not_proved(verdict))
    for other in (opened.model_copy(update={"content": '{"a":2}'}), opened.model_copy(update={"salt": "00" * 32})):
        assert refused(life.file(disclosures=(other,))).code == "COMMITMENT_MISMATCH"
    assert refused(life.file(disclosures=(opened, opened))).code == "DISCLOSED_TWICE"


def test_a_document_opened_has_the_quantities_that_the_title_commits_to() -> None:
    content, salt = canonicalize(transport_document()), bytes.fromhex(SALT)
    opened = DocumentDisclosure(content=content.decode(), salt=SALT)

    def proved(digest: str) -> bytes:
        life = Life()
        life.act(CARRIER, Action.ISSUE, EXPORTER, commitment=commitment(salt, content), quantities=digest)
        return life.file(disclosures=(opened,))

    true = quantities_digest(read_document(content).document, salt)
    assert [each.disclosure for each in proof.verify(proved(true)).opened] == [opened]
    assert refused(proved(digest_of("0" * 512))).code == "QUANTITIES_MISMATCH"


def test_words_are_opened_against_their_acts_evidence() -> None:
    life, remark = worded()
    verdict = proof.verify(life.file(disclosures=(RemarkDisclosure(remark=remark),)))
    assert any("'seen and accepted'" in each for each in proof.proved(verdict))
    for change in ({"text": "rejected"}, {"sequence": 1}, {"sequence": 9}, {"author": BANK.party_id}):
        other = RemarkDisclosure(remark=remark.model_copy(update=change))
        assert refused(life.file(disclosures=(other,))).code == "REMARK_MISMATCH"


def named() -> tuple[Life, DirectoryEntry, tuple[Place, ...]]:
    """A title whose issue has read the bank, as it was licensed after its admission."""
    life = Life()
    ledger, admin = life.ledger, life.ledger.trading[0].signer("admin", "admin")
    entry = DirectoryEntry(party_id=BANK.party_id, name="Victoria Bank", salt=SALT)
    state, collections = admission_of(entry, ledger.defined)
    admitted = ledger.order(ledger.transaction(admin, life.peers, state, "party:admit", collections=collections))
    change = change_of_party(BANK.party_id, (admitted, 0), ledger.defined)
    licensed = ledger.order(ledger.transaction(admin, life.peers, change, "party:licence"))
    life.act(CARRIER, Action.ISSUE, EXPORTER, reads={party_key(BANK.party_id): (licensed, 0)})
    life.whole.update({admitted, licensed})
    return life, entry, (Place(block=licensed, place=0), Place(block=admitted, place=0))


def test_a_name_is_opened_against_the_directory_back_to_the_admission() -> None:
    life, entry, written = named()
    verdict = proof.verify(life.file(disclosures=(NameDisclosure(entry=entry, written=written),)))
    assert any("'Victoria Bank'" in each and "administrator of HongKongMSP" in each for each in proof.proved(verdict))


def test_a_name_that_nothing_ties_to_the_title() -> None:
    life, entry, written = named()
    other = entry.model_copy(update={"name": "Victoria Trust"})
    for each in (
        NameDisclosure(entry=other, written=written),
        NameDisclosure(entry=entry, written=written[1:]),  # an admission that no endorser of the title has read
        NameDisclosure(entry=entry, written=written[:1]),
        NameDisclosure(entry=entry, written=(written[0], *written)),
    ):
        assert refused(life.file(disclosures=(each,))).code == "NAME_MISMATCH"


def test_a_name_is_shown_by_blocks_alone() -> None:
    """An administrator may have had two names endorsed and entered one of them."""
    life, entry, written = named()
    evidence = life.evidence(disclosures=(NameDisclosure(entry=entry, written=written),))
    [block] = [each for each in evidence.blocks if each.number == written[-1].block]
    loose = CarriedTransaction(block=block.number, place=0, envelope=block.envelopes[0])
    without = evidence.model_copy(
        update={"blocks": tuple(each for each in evidence.blocks if each != block), "transactions": (loose,)}
    )
    error = refused(write(without))
    assert (error.code, error.details["block"]) == ("BLOCK_MISSING", str(block.number))


# That a title was not pledged.


def test_no_pledge_where_the_next_version_was_made_on_the_one_before() -> None:
    life = Life.lived()
    pledge, release = life.places[3][0], life.places[4][0]
    before = proof.verify(life.file(no_pledge_at=pledge - 1)).no_pledge
    assert before is not None
    assert (before.version.record.sequence, before.earlier) == (3, ())
    assert before.closed_by is not None
    after = proof.verify(life.file(no_pledge_at=release)).no_pledge
    assert after is not None
    assert (after.version.record.sequence, after.earlier) == (5, (4,))
    assert any("all over by then" in each for each in proof.proved(proof.verify(life.file(no_pledge_at=release))))


def test_a_pledge_is_a_pledge() -> None:
    life = Life.lived()
    assert refused(life.file(no_pledge_at=life.places[3][0])).code == "PLEDGED"
    assert refused(life.file(no_pledge_at=1)).code == "NOT_YET_ISSUED"


def test_no_pledge_after_the_last_version_takes_every_block_up_to_then() -> None:
    life = Life.lived()
    stale = life.envelope(EXPORTER, Action.SIGN, read=life.places[2])
    life.records.pop()
    others = [life.ledger.order(b"somebody else's"), life.ledger.order(stale, b"\xff")]
    life.whole.update(others)
    found = proof.verify(life.file(no_pledge_at=others[-1])).no_pledge
    assert found is not None
    assert found.closed_by is None
    assert refused(life.file(no_pledge_at=others[-1], reading=None)).code == "NOT_CLOSED"
    life.whole.remove(others[0])
    error = refused(life.file(no_pledge_at=others[-1]))
    assert (error.code, error.details) == ("BLOCK_MISSING", {"block": str(others[0])})


@pytest.mark.parametrize("readable", [True, False])
def test_no_pledge_is_open_where_a_transaction_may_have_changed_the_title(readable: bool) -> None:
    life = Life.lived()
    answer = life.question()
    change = life.envelope(EXPORTER, Action.SIGN)
    life.records.pop()
    envelope = change if readable else b"\xff" + life.records[0].title_id.encode()
    number = life.ledger.order(envelope)
    life.whole.add(number)
    error = refused(life.file(no_pledge_at=number, reading=answer))
    assert error.code == "LATER_CHANGE"
    assert error.details["block"] == str(number)


def test_a_verdict_as_json_names_what_is_shown() -> None:
    life = Life.lived()
    found = proof.as_json(proof.verify(life.file(no_pledge_at=life.places[4][0])))
    assert found["noPledgeAt"] == {
        "blockNumber": life.places[4][0],
        "sequence": 5,
        "closedBy": 6,
        "pledgedBefore": [4],
    }
    assert found["versions"][3]["actionCode"] == "PLEDGE"
    assert found["attestation"]["askedBy"] == "exporter-clerk (ShanghaiMSP.client)"
    assert found["title"]["titleId"] == life.records[0].title_id
