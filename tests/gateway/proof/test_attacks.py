"""Proofs that lie, by people who have keys: each is refused for the reason it is wrong, its digest being right."""

from collections.abc import Callable
from typing import Any

import pytest
from fabric_protos.common import common_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.peer import transaction_pb2

from tests.gateway.proof.life import Life
from tests.support.pki import Authority
from tests.support.signed_ledger import DEFINITION, Organisation, SignedLedger, Signer, signed_by
from tests.support.titles import BANK, CARRIER, EXPORTER
from tradelane.gateway import proof
from tradelane.gateway.errors import ProofError
from tradelane.gateway.proof.container import CarriedTransaction, Evidence, Place, write
from tradelane.model.title_parts import Action, EndorsementRule, Pledge


def refused(data: bytes, **expected: Any) -> ProofError:
    with pytest.raises(ProofError) as error:
        proof.verify(data, **expected)
    return error.value


def issued() -> Life:
    life = Life()
    life.act(CARRIER, Action.ISSUE, EXPORTER)
    return life


def by(*endorsers: Callable[[Life], Signer]) -> bytes:
    """A transfer endorsed by these alone."""
    life = issued()
    life.act(EXPORTER, Action.TRANSFER, BANK, possessor=BANK.ref, endorsers=[each(life) for each in endorsers])
    return life.file()


def peer(index: int) -> Callable[[Life], Signer]:
    return lambda life: life.peers[index]


def as_client(life: Life) -> Signer:
    return life.ledger.trading[0].signer("clerk", "client")


def of_another_ca(life: Life) -> Signer:
    return Organisation("HongKongMSP", Authority("ca.hongkongmsp.example")).signer("peer0", "peer")


def of_nobody(life: Life) -> Signer:
    return Organisation("LisbonMSP").signer("peer0", "peer")


def of_two_roles(life: Life) -> Signer:
    pair = life.ledger.trading[0].authority.issue("peer1", units=["peer", "client"])
    return Signer("HongKongMSP", pair)


def a_ca(life: Life) -> Signer:
    return Signer("HongKongMSP", life.ledger.trading[0].authority.root)


@pytest.mark.parametrize(
    ("endorsers", "code"),
    [
        ((), "ENDORSERS_NOT_ENOUGH"),
        ((peer(0),), "ENDORSERS_NOT_ENOUGH"),
        ((peer(1), as_client), "ENDORSERS_NOT_ENOUGH"),
        ((peer(1), peer(1)), "SIGNED_TWICE"),
        ((peer(1), of_another_ca), "NOT_A_MEMBER"),
        ((peer(1), of_two_roles), "NOT_A_MEMBER"),
        ((peer(1), a_ca), "NOT_A_MEMBER"),
        ((peer(1), of_nobody), "UNKNOWN_ORGANISATION"),
    ],
)
def test_endorsers_that_do_not_count(endorsers: tuple[Callable[[Life], Signer], ...], code: str) -> None:
    assert refused(by(*endorsers)).code == code


@pytest.mark.parametrize("earlier", [(2, 0), (3, 0)])
def test_a_definition_that_builds_on_itself_or_on_a_later_one(earlier: tuple[int, int]) -> None:
    ledger = SignedLedger.begun()
    ledger.define(earlier=earlier)
    life = Life(ledger)
    life.act(CARRIER, Action.ISSUE, EXPORTER)
    assert refused(life.file()).code == "DEFINITION_NOT_WRITTEN"


def test_a_definition_that_says_nothing_of_endorsers() -> None:
    ledger = SignedLedger.begun()
    read = kv_rwset_pb2.KVRWSet(writes=[{"key": DEFINITION, "value": b"2"}])
    admin = ledger.trading[0].signer("admin", "admin")
    envelope = ledger.transaction(admin, ledger.peers, {"_lifecycle": read}, "Commit", chaincode="_lifecycle")
    ledger.defined = (ledger.order(envelope), 0)
    life = Life(ledger)
    life.act(CARRIER, Action.ISSUE, EXPORTER)
    assert refused(life.file()).code == "DEFINITION_NOT_WRITTEN"


def test_a_majority_that_leaves_out_whom_the_titles_rule_names() -> None:
    ledger = SignedLedger.begun()
    ledger.trading = [*ledger.trading, Organisation("SingaporeMSP")]
    ledger.configure()
    life = Life(ledger)
    life.act(CARRIER, Action.ISSUE, EXPORTER, endorsers=life.peers[:2])
    life.act(EXPORTER, Action.SIGN, endorsers=life.peers[1:])
    error = refused(life.file())
    assert error.code == "TITLE_ENDORSERS_NOT_ENOUGH"
    assert error.details["block"] == str(life.places[1][0])


def test_a_revoked_endorser() -> None:
    life = issued()
    life.ledger.trading[0].revoked.append(life.peers[0].pair)
    life.ledger.configure()
    life.act(EXPORTER, Action.SIGN)
    assert refused(life.file()).code == "NOT_A_MEMBER"


def transaction_spoilt(change: Callable[[Any], None]) -> bytes:
    """A life whose last transaction was changed after its endorsers signed, and signed by its creator then."""
    life = issued()
    transaction = life.ledger.transaction

    def spoil(*args: Any, **kwargs: Any) -> bytes:
        return transaction(*args, **kwargs, change=change)

    life.ledger.__dict__["transaction"] = spoil
    life.act(EXPORTER, Action.SIGN)
    del life.ledger.__dict__["transaction"]
    return life.file()


def swap_signatures(action: Any) -> None:
    one, other = action.action.endorsements
    one.signature, other.signature = other.signature, one.signature


def other_question(action: Any) -> None:
    # What the endorsers signed is untouched; the proposal is not.
    action.chaincode_proposal_payload += b"\x12\x00"


def other_answer(action: Any) -> None:
    action.action.proposal_response_payload += b"\x0a\x00"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (swap_signatures, "SIGNATURE_WRONG"),
        (other_question, "PROPOSAL_HASH_DIFFERS"),
        (other_answer, "PROPOSAL_HASH_DIFFERS"),
    ],
)
def test_transactions_changed_after_their_endorsement(change: Callable[[Any], None], code: str) -> None:
    assert refused(transaction_spoilt(change)).code == code


def test_somebody_elses_signature_on_an_act() -> None:
    life = issued()
    life.act(EXPORTER, Action.SIGN, creator=life.signers[BANK.party_id])
    error = refused(life.file())
    assert error.code == "ACTOR_DIFFERS"
    assert "signed for bank of HongKongMSP" in error.message


def test_a_record_that_tells_another_time() -> None:
    life = issued()
    life.ledger.__dict__["now"] = lambda: "2020-01-01T00:00:00.000Z"
    life.act(EXPORTER, Action.SIGN)
    assert refused(life.file()).code == "TIME_DIFFERS"


def test_a_key_with_another_rule_than_its_record() -> None:
    life = issued()
    alone = EndorsementRule(required=("ShanghaiMSP",))
    life.act(EXPORTER, Action.SIGN, endorsement=alone)  # the record says so, the key's policy stays
    assert refused(life.file()).code == "RULE_DIFFERS"


def test_a_title_whose_issuer_changes() -> None:
    life = issued()
    life.act(EXPORTER, Action.SIGN, issuer=BANK.ref)
    assert refused(life.file()).code == "RECORD_INCONSISTENT"


def spoilt(spoil: Callable[[dict[str, Any]], None], **how: Any) -> str:
    """What is said of a life whose second act reads, writes or is made otherwise than TradeLane's would."""
    life = issued()
    life.act(EXPORTER, Action.SIGN, spoil=spoil, how=how)
    return refused(life.file()).code


def other_state(state: dict[str, Any]) -> None:
    state["other"] = state.pop("tradelane")


def other_key(state: dict[str, Any]) -> None:
    state["tradelane"].writes[0].key = "other"


def deleted(state: dict[str, Any]) -> None:
    state["tradelane"].writes[0].is_delete = True


def blind(state: dict[str, Any]) -> None:
    state["tradelane"].ClearField("reads")


def of_another_definition(state: dict[str, Any]) -> None:
    state["_lifecycle"].reads[0].version.block_num = 0


def without_definition(state: dict[str, Any]) -> None:
    state["_lifecycle"].ClearField("reads")


def no_record(state: dict[str, Any]) -> None:
    state["tradelane"].writes[0].value = b'{"titleId":1}'


def not_canonical(state: dict[str, Any]) -> None:
    state["tradelane"].writes[0].value += b" "


def other_metadata(state: dict[str, Any]) -> None:
    entries = [{"name": "OTHER", "value": b""}]
    state["tradelane"].metadata_writes.add(key=state["tradelane"].writes[0].key, entries=entries)


def other_policy(state: dict[str, Any]) -> None:
    value = signed_by([("ShanghaiMSP", "peer")]).SerializeToString()
    entries = [{"name": "VALIDATION_PARAMETER", "value": value}]
    state["tradelane"].metadata_writes.add(key=state["tradelane"].writes[0].key, entries=entries)


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (other_state, "TITLE_NOT_WRITTEN"),
        (other_key, "TITLE_NOT_WRITTEN"),
        (deleted, "TITLE_NOT_WRITTEN"),
        (blind, "TITLE_NOT_READ"),
        (of_another_definition, "DEFINITION_NOT_WRITTEN"),
        (without_definition, "DEFINITION_NOT_READ"),
        (no_record, "RECORD_UNREADABLE"),
        (not_canonical, "RECORD_UNREADABLE"),
        (other_metadata, "RULE_DIFFERS"),
        (other_policy, "RULE_DIFFERS"),
    ],
)
def test_endorsed_by_all_and_yet_no_act_on_the_title(spoil: Callable[[dict[str, Any]], None], code: str) -> None:
    assert spoilt(spoil) == code


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"status": 500}, "NOT_SUCCESSFUL"),
        ({"channel": "other"}, "OTHER_CHANNEL"),
        ({"chaincode": "other"}, "OTHER_CHAINCODE"),
    ],
)
def test_a_transaction_of_another_kind(how: dict[str, Any], code: str) -> None:
    assert spoilt(lambda _: None, **how) == code


def test_a_transaction_with_two_actions() -> None:
    life = issued()
    envelope = common_pb2.Envelope.FromString(life.envelope(EXPORTER, Action.SIGN))
    payload = common_pb2.Payload.FromString(envelope.payload)
    twice = transaction_pb2.Transaction.FromString(payload.data)
    twice.actions.append(twice.actions[0])
    payload.data = twice.SerializeToString()
    signed = payload.SerializeToString()
    both = common_pb2.Envelope(payload=signed, signature=life.signers[EXPORTER.party_id].sign(signed))
    life.places.append((life.ledger.order(both.SerializeToString()), 0))
    assert refused(life.file()).code == "TRANSACTION_UNREADABLE"


def test_the_record_of_another_title_under_this_ones_key() -> None:
    life = Life()

    def other_title(state: dict[str, Any]) -> None:
        write = state["tradelane"].writes[0]
        write.value = write.value.replace(b"a" * 32, b"b" * 32)

    life.act(CARRIER, Action.ISSUE, EXPORTER, spoil=other_title)
    assert refused(life.file()).code == "RECORD_UNREADABLE"


def test_an_act_made_on_an_older_version() -> None:
    life = issued()
    life.act(EXPORTER, Action.SIGN)
    life.act(EXPORTER, Action.SIGN, read=life.places[0])
    assert refused(life.file()).code == "VERSION_GAP"


def test_numbers_that_skip_one() -> None:
    life = issued()
    life.act(EXPORTER, Action.SIGN, sequence=3)
    assert refused(life.file()).code == "VERSION_GAP"


def test_a_first_block_with_something_to_spare() -> None:
    life = issued()
    assert refused(carried(life, 0, signed_value=b"more")).code == "BLOCK_UNREADABLE"
    assert refused(carried(life, 0, previous_hash="00" * 32)).code == "PREVIOUS_HASH_DIFFERS"


def test_a_definition_that_one_organisation_made() -> None:
    ledger = SignedLedger.begun()
    ledger.define(endorsers=ledger.peers[:1])
    life = Life(ledger)
    life.act(CARRIER, Action.ISSUE, EXPORTER)
    assert refused(life.file()).code == "DEFINITION_ENDORSERS_NOT_ENOUGH"


def test_a_version_left_out() -> None:
    life = Life.lived()
    hidden = life.evidence().versions
    assert refused(life.file(versions=(*hidden[:3], *hidden[4:]))).code == "VERSION_GAP"
    assert refused(life.file(versions=hidden[1:])).code == "VERSION_GAP"
    assert refused(life.file(versions=hidden[:-1])).code == "ATTESTATION_DIFFERS"


def test_two_versions_in_the_other_order() -> None:
    versions = Life.lived().evidence().versions
    assert refused(Life.lived().file(versions=(versions[0], versions[2], versions[1]))).code == "VERSION_GAP"


def test_an_issue_ordered_once_more_hides_no_pledge() -> None:
    """The copy has no effect; a proof that begins with it has nothing that shows it took effect."""
    life = issued()
    [envelope] = [each.envelope for each in life.block(life.places[0][0]).transactions]
    life.pledge()
    answer = life.question()
    copy = (life.ledger.order(envelope), 0)
    life.places, life.records = [copy], life.records[:1]
    assert refused(life.file(no_pledge_at=copy[0], reading=None)).code == "NOT_CLOSED"
    assert refused(life.file(no_pledge_at=copy[0], reading=answer)).code == "ATTESTATION_DIFFERS"


def test_a_stale_act_hides_no_pledge() -> None:
    """Read before the pledge and ordered after it: invalid, which nobody signs; so it closes nothing by itself."""
    life = issued()
    stale = life.envelope(EXPORTER, Action.SIGN)
    life.records.pop()
    pledged = life.pledge()
    life.places[1:] = [(life.ledger.order(stale), 0)]
    life.records[1:] = [life.records[0]]
    assert refused(life.file(no_pledge_at=pledged[0], reading=None)).code == "NOT_CLOSED"


def decoy(life: Life) -> bytes:
    """An act that the exporter has endorsed now, and does not submit."""
    envelope = life.envelope(EXPORTER, Action.SIGN)
    life.records.pop()
    return envelope


def in_place_of(evidence: Evidence, place: tuple[int, int], envelope: bytes, **changes: Any) -> bytes:
    """A proof without blocks that shows another transaction at a version's place."""
    transactions = tuple(
        each.model_copy(update={"envelope": envelope}) if (each.block, each.place) == place else each
        for each in evidence.transactions
    )
    assert transactions != evidence.transactions
    return write(evidence.model_copy(update={"transactions": transactions, **changes}))


def pledged_meanwhile() -> tuple[Life, bytes, tuple[int, int]]:
    """A SIGN endorsed and kept back, the pledge that came in its place, and all that followed."""
    life = issued()
    kept_back = decoy(life)
    pledged = life.pledge()
    life.act(BANK, Action.RELEASE, possessor=EXPORTER.ref, pledge=None)
    life.act(EXPORTER, Action.SIGN)
    return life, kept_back, pledged


def test_an_endorsed_act_that_never_took_effect_hides_no_pledge() -> None:
    life, kept_back, pledged = pledged_meanwhile()
    for changes in ({}, {"no_pledge_at": pledged[0]}):
        error = refused(in_place_of(life.loose(), pledged, kept_back, **changes))
        assert error.code == "VERSION_DIFFERS"
        assert error.details["block"] == str(life.places[2][0])


def test_nor_does_it_where_only_the_pledges_block_is_left_out() -> None:
    life, kept_back, pledged = pledged_meanwhile()
    whole, [shown] = life.evidence(), [each for each in life.loose().transactions if each.block == pledged[0]]
    mixed = whole.model_copy(
        update={
            "blocks": tuple(each for each in whole.blocks if each.number != pledged[0]),
            "transactions": (shown,),
        }
    )
    assert not proof.verify(write(mixed)).ordered
    assert refused(in_place_of(mixed, pledged, kept_back, no_pledge_at=pledged[0])).code == "VERSION_DIFFERS"


def test_who_lost_the_race_in_one_block_is_no_version() -> None:
    """Both are endorsed on the same version and ordered in one block; peers void the second one."""
    life = issued()
    loser = decoy(life)
    pledge = Pledge(pledgor=EXPORTER.ref, pledgee=BANK.ref, since=life.ledger.now())
    winner = life.envelope(EXPORTER, Action.PLEDGE, BANK, possessor=BANK.ref, pledge=pledge)
    block = life.ledger.order(winner, loser)
    life.places.append((block, 0))
    assert refused(in_place_of(life.loose(), (block, 0), loser)).code == "ATTESTATION_DIFFERS"  # as the last version
    life.act(BANK, Action.RELEASE, possessor=EXPORTER.ref, pledge=None)
    assert refused(in_place_of(life.loose(), (block, 0), loser)).code == "VERSION_DIFFERS"
    lost = Place(block=block, place=1)
    with_blocks = life.evidence()
    first, _, last = with_blocks.versions
    assert refused(write(with_blocks.model_copy(update={"versions": (first, lost, last)}))).code == "VERSION_GAP"


def test_a_last_version_without_block_is_what_the_peers_have_found() -> None:
    life = Life.lived()
    last, answer = life.places[-1], life.question()
    other = life.envelope(EXPORTER, Action.SIGN, read=life.places[-2], sequence=6, previous=life.records[-2].digest)
    life.records.pop()
    loose = life.loose().model_copy(update={"reading": answer})
    assert refused(in_place_of(loose, last, other)).code == "ATTESTATION_DIFFERS"


def test_versions_cut_or_in_the_other_order_without_blocks() -> None:
    loose = Life.lived().loose()
    one, two, three, *rest = loose.versions
    for versions in ((one, three, two, *rest), (two, three, *rest), (one, three, *rest)):
        assert refused(write(loose.model_copy(update={"versions": versions}))).code == "VERSION_GAP"
    cut = loose.model_copy(update={"versions": loose.versions[:-1], "transactions": loose.transactions[:-1]})
    assert refused(write(cut)).code == "ATTESTATION_DIFFERS"


def test_two_versions_that_swap_their_transactions_without_blocks() -> None:
    loose = Life.lived().loose()
    one, two, *rest = loose.transactions
    swapped = (one.model_copy(update={"envelope": two.envelope}), two.model_copy(update={"envelope": one.envelope}))
    assert refused(write(loose.model_copy(update={"transactions": (*swapped, *rest)}))).code == "VERSION_GAP"


@pytest.mark.parametrize("place", range(5))
def test_an_act_endorsed_once_more_is_not_what_the_next_one_was_made_on(place: int) -> None:
    """The same act with another time: endorsers who sign it after the fact do not change what the next have signed."""
    life = Life.lived()
    envelope = spent(life, place)
    assert refused(in_place_of(life.loose(), life.places[place], envelope)).code == "VERSION_DIFFERS"


def spent(life: Life, place: int) -> bytes:
    """The act that made a version, made again some seconds later with the same effect."""
    again = Life(life.ledger, life.records[:place], life.places[:place])
    record = life.records[place]
    same = {name: getattr(record, name) for name in ("possessor", "pledge")}
    actor = next(each for each in (CARRIER, EXPORTER, BANK) if each.ref == record.last_action.actor)
    return again.envelope(actor, record.last_action.action_code, **same)


def test_a_version_that_names_no_other_one_needs_the_blocks() -> None:
    """As releases wrote them before versions were tied to each other."""
    life = issued()
    life.act(EXPORTER, Action.SIGN, previous=None)
    assert len(proof.verify(life.file()).versions) == 2
    error = refused(write(life.loose()))
    assert (error.code, error.details["block"]) == ("BLOCK_MISSING", str(life.places[0][0]))


def test_a_version_that_names_another_one() -> None:
    life = issued()
    life.act(EXPORTER, Action.SIGN, previous="0" * 64)
    assert refused(life.file()).code == "VERSION_DIFFERS"
    first = Life()
    first.act(CARRIER, Action.ISSUE, EXPORTER, previous="0" * 64)
    assert refused(first.file()).code == "RECORD_INCONSISTENT"


def test_a_definition_that_never_took_effect_is_not_shown_without_its_block() -> None:
    """It would say who must endorse; endorsed it may be, and another one committed in its place."""
    life = issued()
    block, place = life.ledger.defined
    loose, envelope = life.loose(), life.block(block).transactions[place].envelope
    without = loose.model_copy(
        update={
            "blocks": tuple(each for each in loose.blocks if each.number != block),
            "transactions": (CarriedTransaction(block=block, place=place, envelope=envelope), *loose.transactions),
        }
    )
    assert refused(write(without)).code == "BLOCK_MISSING"


@pytest.mark.parametrize("unit", ["peer", "client"])
def test_a_block_that_no_orderer_signed(unit: str) -> None:
    life = issued()
    life.ledger.orderer = life.ledger.ordering[0].signer("orderer1", unit)
    life.act(EXPORTER, Action.SIGN)
    assert refused(life.file()).code == "ORDERERS_NOT_ENOUGH"


def carried(life: Life, number: int, **changes: Any) -> bytes:
    evidence = life.evidence()
    blocks = tuple(each.model_copy(update=changes) if each.number == number else each for each in evidence.blocks)
    return write(evidence.model_copy(update={"blocks": blocks}))


def test_a_transaction_put_into_a_block() -> None:
    life = issued()
    envelopes = tuple(each.envelope for each in life.block(2).transactions)
    assert refused(carried(life, 2, envelopes=(*envelopes, envelopes[0]))).code == "SIGNATURE_WRONG"
    assert refused(carried(life, 2, envelopes=())).code == "SIGNATURE_WRONG"


def test_a_block_of_another_chain() -> None:
    assert refused(carried(issued(), 2, previous_hash="00" * 32)).code == "PREVIOUS_HASH_DIFFERS"
    assert refused(carried(issued(), 2, signatures=())).code == "ORDERERS_NOT_ENOUGH"


def test_another_first_block() -> None:
    life, other = issued(), issued()
    evidence = life.evidence()
    foreign = evidence.model_copy(update={"blocks": (*other.carried({0}), *evidence.blocks[1:])})
    assert refused(write(foreign)).code == "PREVIOUS_HASH_DIFFERS"


def test_a_configuration_left_out() -> None:
    life = issued()
    life.ledger.configure()
    life.act(EXPORTER, Action.SIGN)
    assert refused(life.file(configuration=(0,))).code == "OTHER_CONFIGURATION"


def test_a_block_without_configuration_named_as_one() -> None:
    life = Life()
    envelope = life.envelope(CARRIER, Action.ISSUE, EXPORTER)
    number = life.ledger.order(envelope, last_config=len(life.ledger.blocks))
    life.places.append((number, 0))
    assert refused(life.file(configuration=(0, number))).code == "OTHER_CHANNEL"


def test_a_configuration_that_skips_one() -> None:
    life = issued()
    life.ledger.configurations.append(life.places[0][0])  # so that the next one counts as the third
    life.ledger.configure()
    del life.ledger.configurations[1]
    life.act(EXPORTER, Action.SIGN)
    assert refused(life.file()).code == "CONFIGURATION_GAP"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda each: {"blocks": each.blocks[:1]}, "NOT_CARRIED"),
        (lambda each: {"blocks": each.blocks[1:]}, "NO_CONFIGURATION"),
        (lambda each: {"blocks": each.blocks[::-1]}, "BLOCKS_UNORDERED"),
        (lambda each: {"blocks": each.blocks[:1] * 2}, "BLOCKS_UNORDERED"),
        (lambda _: {"configuration": (0, 2)}, "OTHER_CONFIGURATION"),
        (lambda _: {"configuration": ()}, "NO_CONFIGURATION"),
        (lambda _: {"configuration": (0, 99)}, "NO_CONFIGURATION"),
        (lambda _: {"channel": "other"}, "OTHER_CHANNEL"),
        (lambda _: {"chaincode": "other"}, "OTHER_CHAINCODE"),
        (lambda _: {"title_id": "b" * 32}, "TITLE_NOT_WRITTEN"),
        (lambda _: {"versions": (Place(block=2, place=7),)}, "NOT_CARRIED"),
        (lambda _: {"reading": b""}, "TRANSACTION_UNREADABLE"),
        (lambda each: {"reading": each.blocks[-1].envelopes[0]}, "ATTESTATION_OTHER"),
        (lambda each: {"second": each.second.model_copy(update={"signatures": ()})}, "ORDERERS_NOT_ENOUGH"),
    ],
)
def test_proofs_put_together_wrongly(spoil: Callable[[Evidence], dict[str, Any]], code: str) -> None:
    evidence = issued().evidence()
    assert refused(write(evidence.model_copy(update=spoil(evidence)))).code == code


def test_what_proves_nothing_is_not_carried_along() -> None:
    life = issued()
    other = life.ledger.order(b"somebody else's")
    life.whole.add(other)
    assert refused(life.file()).code == "NOT_NEEDED"


def test_an_answer_of_too_few_peers_or_of_an_older_version() -> None:
    life = Life.lived()
    assert refused(life.file(reading=life.question(endorsers=life.peers[:1]))).code == "ATTESTATION_NOT_ENOUGH"
    assert refused(life.file(reading=life.question(of=-2))).code == "ATTESTATION_DIFFERS"


def also_writes(state: dict[str, Any]) -> None:
    state["tradelane"].writes.add(key="other", value=b"1")


def test_an_answer_to_another_question() -> None:
    life = Life.lived()
    answers = {
        "ATTESTATION_OTHER": (life.question(function="ebl:list"), life.question(spoil=also_writes)),
        "ATTESTATION_DIFFERS": (life.question(answer=life.records[0].to_json()),),
        "RECORD_UNREADABLE": (life.question(answer=b"{}"), life.question(answer=b"[")),
        "TITLE_NOT_READ": (life.question(spoil=blind),),
    }
    for code, readings in answers.items():
        for each in readings:
            assert refused(life.file(reading=each)).code == code


def test_transactions_without_blocks_need_the_peers_answer() -> None:
    loose = Life.lived().loose()
    proof.verify(write(loose))
    assert refused(write(loose.model_copy(update={"reading": None}))).code == "NOT_CLOSED"


def test_an_expected_title_and_network() -> None:
    life = issued()
    data, genesis = life.file(), life.block(0).header.hash.hex()
    verdict = proof.verify(data, title_id=life.records[0].title_id, genesis=genesis.upper())
    assert verdict.genesis == genesis
    assert refused(data, title_id="b" * 32).code == "OTHER_TITLE"
    assert refused(data, genesis="00" * 32).code == "OTHER_NETWORK"


def test_every_refusal_names_block_and_transaction() -> None:
    life = Life.lived()
    block, _ = life.places[3]
    spoilt = carried(life, block, signatures=())
    error = refused(spoilt)
    assert error.details == {"block": str(block)}
    assert error.message.startswith(f"Block {block}: ")
    assert error.exit_status == 3
